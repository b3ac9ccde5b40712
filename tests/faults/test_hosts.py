"""What a request names as its host opens nothing: hundreds of spellings, over raw sockets, at the daemon's own server."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from storage import accounts
from sync.config import Settings, WebSettings
from sync.demo.show import settings
from sync.service import open_service
from sync.web import secrets
from sync.web.server import Console
from tests.faults.wire import Answer, exchange
from tests.support.stories import NOWHERE

HOST = "trials.example.org"
Record = Callable[[str, object], None]
CLOSED = ("/audit", "/", "/api/v1/events", "/studies/NCT90000001", "/metrics", "/feed.atom", "/nothing")
"""Paths that need somebody who is signed in; the last one does not exist, and a stranger does not learn that."""

POISONED = tuple(
    template.format(host=HOST, open=path)
    for path in ("/static/", "/static/x", "/login", "/healthz", "/readyz")
    for template in (
        "{host}{open}?",
        "{host}{open}#",
        "{host}:8470{open}?",
        "{host}:80{open}#",
        "{open}?",
        "x@{host}{open}?",
        "x:y@{host}{open}?",
        "{host}\\{open}?",
        "{host}{open};",
        "[::1]{open}?",
        "{host}?{open}",
        "{host}#{open}",
    )
)
"""Each would put an open path in front of the one that is asked for, where an address is made of the two."""
MALFORMED = (
    *(
        "",
        " ",
        "/",
        "?",
        "#",
        "@",
        ":",
        ":80",
        "//",
        ".",
        "..",
        "[",
        "]",
        "[]",
        "[::1",
        "::1",
        "[::1]x",
        "[x]",
    ),
    *(f"{HOST}:", f"{HOST}:x", f"{HOST}:0", f"{HOST}:65536", f"{HOST}:-1", f"{HOST}:+80", f"{HOST}:8 0"),
    *(f"{HOST}:80:80", f"user@{HOST}", f"user:pw@{HOST}", f"@{HOST}", f"{HOST}@", f"{HOST}/", f"{HOST}//"),
    *(f"{HOST}?", f"{HOST}#", f"{HOST}\\", f"{HOST}%2f", f"{HOST}%00", f"%74{HOST[1:]}", f"{HOST},{HOST}"),
    *(
        f"{HOST} {HOST}",
        f"{HOST} x",
        f"{HOST}\t{HOST}",
        f"{HOST};",
        f"{HOST}|",
        f'"{HOST}"',
        f"<{HOST}>",
        f"{HOST}\xa0",
    ),
    *(
        f"http://{HOST}",
        f"//{HOST}",
        f"{HOST}\xad",
        "tri\xe4ls.example.org",
        "trials.example\xb7org",
        f".{HOST}",
    ),
    *(
        f"{HOST}..",
        "trials..example.org",
        "-trials.example.org",
        f"{'a' * 64}.example.org",
        "a." * 127 + "org",
    ),
    *("[fe80::1%25lo]", "[fe80::1%lo]", "[127.0.0.1]", "[1:2:3:4:5:6:7:8:9]", "[::1]:", "[::1]:x", "[v1.x]"),
    *("trials.example.org:\xef\xbc\x98", "\xef\xbd\x94rials.example.org", "{{7*7}}", "${x}", "*"),
)
"""Nothing that RFC 9110 and 3986 call a host and a port."""
FOREIGN = (
    "evil.example",
    f"{HOST}.evil.example",
    "evil-trials.example.org",
    "10.0.0.7",
    "[fd00::1]",
    f"{HOST}.",
)
"""Hosts, but not the console's."""
OURS = (
    HOST,
    HOST.upper(),
    f"{HOST}:8470",
    f"{HOST}:443",
    "localhost",
    "localhost:1",
    "127.0.0.1:8470",
    "[::1]:8470",
)


@contextmanager
def console(database: Path, folder: Path, **web: Any) -> Iterator[int]:
    """The port of a console over a copy of the story's database, with one account."""
    shutil.copy(database, folder / "demo.db")
    told = Settings.model_construct(**{**dict(settings(NOWHERE, folder)), "web": WebSettings(port=0, **web)})
    with open_service(told) as service:
        with service.database.write() as session:
            hashed = secrets.hash_password("correct horse battery")
            about: dict[str, Any] = {"role": "operator", "password_hash": hashed, "at": service.now()}
            accounts.add_account(session, "ana", by="root", **about)
        console = Console(service)
        console.start()
        try:
            yield urlsplit(console.url).port or 0
        finally:
            console.stop()


@pytest.fixture(scope="module")
def port(story_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of a console that is called trials.example.org."""
    with console(story_database, tmp_path_factory.mktemp("named"), hosts=(HOST,)) as port:
        yield port


@pytest.fixture(scope="module")
def nameless(story_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of a console that listens everywhere and was given no name."""
    with console(story_database, tmp_path_factory.mktemp("nameless"), host="0.0.0.0") as port:
        yield port


def ask(port: int, target: str, *headers: str, method: str = "GET", version: str = "1.1") -> Answer:
    """One request; everything in it goes over the wire as it is written."""
    lines = (f"{method} {target} HTTP/{version}", "connection: close", *headers, "", "")
    return exchange(port, "\r\n".join(lines).encode("latin-1"))


def test_no_host_opens_what_needs_somebody_who_is_signed_in(port: int, record_property: Record) -> None:
    asked = 0
    for host in (*POISONED, *MALFORMED, *FOREIGN):
        for path in CLOSED:
            answer = ask(port, path, f"host: {host}", "accept: text/html")
            asked += 1
            assert answer.status in (400, 421), (host, path, answer.status)
            assert b"NCT9" not in answer.body, (host, path)
    record_property("hosts", len(POISONED) + len(MALFORMED) + len(FOREIGN))
    record_property("requests", asked)
    assert asked > 800


def test_what_is_no_host_is_refused_also_for_what_is_open(port: int) -> None:
    for host in (*POISONED, *MALFORMED):
        assert ask(port, "/healthz", f"host: {host}").status == 400, host
    for host in FOREIGN:
        assert ask(port, "/healthz", f"host: {host}").status == 421, host


def test_the_console_answers_to_its_names(port: int, nameless: int) -> None:
    for each in (port, nameless):
        for host in OURS:
            assert ask(each, "/healthz", f"host: {host}").status == 200, host
            assert ask(each, "/audit", f"host: {host}").status == 401, host


def test_a_console_without_names_takes_any_host_and_no_malformed_one(nameless: int) -> None:
    for host in FOREIGN:
        assert ask(nameless, "/audit", f"host: {host}").status == 401, host
    for host in (*POISONED, *MALFORMED):
        assert ask(nameless, "/audit", f"host: {host}").status == 400, host


@pytest.mark.parametrize(
    "headers",
    [
        [f"host: {HOST}", f"host: {HOST}"],
        [f"host: {HOST}", "host: evil.example"],
        [f"host: {HOST}", f"Host: {HOST}/static/?"],
        [f"host: {HOST}", "host:"],
        [f"host : {HOST}"],
        [f"host: {HOST}\r\n /static/?"],
        ["host: \0"],
        [],
    ],
    ids=["twice", "two", "two, one poisoned", "two, one empty", "a space", "folded", "NUL", "none"],
)
@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_a_request_names_exactly_one_host(port: int, headers: list[str], version: str) -> None:
    assert ask(port, "/audit", *headers, version=version).status == 400
    assert ask(port, "/healthz", *headers, version=version).status == 400


@pytest.mark.parametrize(
    "target",
    [
        *(
            f"http://{HOST}/audit",
            f"http://{HOST}/static/x",
            f"https://{HOST}/",
            "http://evil.example/healthz",
        ),
        *(
            f"//{HOST}/static/../audit",
            "//static/audit",
            "*",
            "static/x",
            "?/static/",
            "#/static/",
            "@/healthz",
        ),
        *(
            "healthz",
            ":80/healthz",
            "\\static\\x",
            "/static/..%2faudit",
            "/static/%2e%2e/audit",
            "/static/x/../../audit",
        ),
        *(
            "/static\\..\\audit",
            "/login/../audit",
            "/login%2f..%2faudit",
            "/healthz/../audit",
            "/healthz%3f/audit",
        ),
        *(
            "/audit?/static/",
            "/audit#/static/",
            "/audit;/static/",
            "/./audit",
            "//audit",
            "/%61udit",
            "/audit/",
        ),
        *(
            "/static//audit",
            "/static/",
            "/static",
            "/LOGIN",
            "/login/",
            "/healthz/",
            "/healthz%00",
            "/%2fhealthz",
        ),
    ],
)
def test_no_spelling_of_the_target_is_a_way_in(port: int, target: str) -> None:
    for method in ("GET", "OPTIONS", "HEAD"):
        answer = ask(port, target, f"host: {HOST}", "accept: text/html", method=method)
        assert answer.status in (400, 401, 404, 303), (method, answer.status)
        if answer.status == 303:
            assert answer.headers["location"].startswith("/login?next=")
        assert b"NCT9" not in answer.body


@pytest.mark.parametrize(
    "name", ["x-forwarded-host", "forwarded", "x-host", "x-original-url", "x-rewrite-url"]
)
def test_no_other_header_says_what_is_asked_for(port: int, name: str) -> None:
    for value in ("localhost", "/static/x", f"{HOST}/static/?", "host=localhost;path=/static/x"):
        assert ask(port, "/audit", f"host: {HOST}", f"{name}: {value}").status == 401


def test_who_is_sent_to_sign_in_comes_back_to_what_was_asked_for(port: int) -> None:
    answer = ask(port, "/events?kind=status&next=//evil.example", f"host: {HOST}", "accept: text/html")
    assert answer.status == 303
    assert answer.headers["location"] == "/login?next=/events%3Fkind%3Dstatus%26next%3D//evil.example"


def test_cookies_are_secure_by_the_scheme_of_the_connection_and_not_by_what_a_host_says(port: int) -> None:
    page = ask(port, "/login", f"host: {HOST}", "accept: text/html", "x-forwarded-proto: https")
    assert re.match(r"trialdelta_visit=[^;]+; Path=/; HttpOnly; SameSite=Lax$", page.headers["set-cookie"])


def test_nothing_in_the_console_reads_an_address_that_the_framework_made_of_the_host() -> None:
    files = sorted((Path(__file__).parents[2] / "sync" / "web").rglob("*.py"))
    read = [
        f"{file.name}:{node.lineno}"
        for file in files
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in ("url", "base_url", "url_for")
        and isinstance(node.value, ast.Name)
        and node.value.id == "request"
    ]
    assert len(files) > 60
    assert read == []
