"""A daemon to lay siege to: its console asks for accounts and stands behind a proxy, and every secret it has is a canary."""

from __future__ import annotations

import base64
import copy
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from storage import accounts
from storage.engine import open_database
from sync.demo.registry import RunningRegistry, serve
from sync.demo.story import RELEASES, SEARCH, WATCHED_IDS, story
from sync.service import utc_now
from sync.web import secrets
from tests.faults.wire import Answer, ask
from tests.support import forked

HOST = "trials.example.org"
AFTERWARDS = "2026-10-05"
"""The release that is to come."""
WILD = {"NCT90000001": "100%_sure* \\ of it", "NCT90000002": "50% [a-z] 'quoted' \"twice\""}
"""What the titles of two studies end with on that release; a third study stops."""
STOPS = "NCT90000004"
READERS = ("ben", *(f"guard{number}" for number in range(8)))
"""The first has a token; at the others' passwords is guessed."""
CANARIES = {
    "password": "canary-password-Kolibri7",
    "password of a reader": "canary-password-Zaunkoenig",
    "guessed password": "canary-guess-Goldammer3",
    "overlong password": "canary-overlong-Rotmilan" * 20,
    "guessed token": "tdl_canary-guess-Wiedehopf",
    "webhook address": "canary-hook-Steinkauz",
    "webhook key": base64.b64encode(b"canary-key-Nachtigall-of-24-bytes").decode(),
    "address that a receiver repeats": "canary-echo-Uhu",
    "heartbeat address": "canary-ping-Schleiereule",
    "planted cookie": "canary-cookie-Eisvogel-long-enough",
}
CONFIG = """
[registry]
base_url = "{registry}"
min_interval_s = 0
[database]
url = "sqlite:///{folder}/demo.db"
[log]
level = "debug"
[schedule]
poll = 1
jitter_s = 0
[[watch]]
name = "demo"
ids = {ids}
searches = [{{ intr = "{intr}" }}]
[web]
port = 0
hosts = ["{host}"]
behind_proxy = ["127.0.0.1"]
[alerts]
heartbeat_url = "{receiver}/{heartbeat}"
[[route]]
name = "urgent"
channels = {channels}
[channels.echo]
kind = "webhook"
url = "{receiver}/repeat/{echo}"
secret = "whsec_{key}"
allow_hosts = ["127.0.0.1"]
[channels.hook]
kind = "webhook"
url = "{receiver}/{hook}"
secret = "whsec_{key}"
allow_hosts = ["127.0.0.1"]
"""
INSIDE = (
    *("127.0.0.1", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "localhost", "0", "[::1]", "[::]"),
    *("[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "169.254.169.254", "100.64.0.1"),
    *("10.0.0.1", "224.0.0.1", "[fe80::1]", "[fd00:ec2::254]"),
)
"""Where no channel may lead that does not name it in `allow_hosts`."""
CHANNEL = """
[channels.{name}]
kind = "webhook"
url = "https://{host}:{port}/"
secret = "whsec_{key}"
"""


@dataclass
class Siege:
    """A daemon that runs, and what its visitors have."""

    folder: Path
    port: int = 0
    secrets: dict[str, str] = field(default_factory=lambda: dict(CANARIES))
    told: list[str] = field(default_factory=list)
    """What commands printed."""
    trapped: list[Any] = field(default_factory=list)
    """Who connected to the port on loopback to which channels were misled."""

    @property
    def database(self) -> Path:
        return self.folder / "demo.db"

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "sync", *words, "--config", str(self.config)]

    def run(
        self, *words: str, expect: int = 0, keep: bool = True, environment: Mapping[str, str] = {}
    ) -> str:
        """What a command prints; it is kept for the search for canaries, unless it is to print one."""
        done = forked.run(self.command(*words), env={**os.environ, **environment})
        assert done.returncode == expect, done.stderr
        self.told += [done.stdout, done.stderr] if keep else [done.stderr]
        return done.stdout

    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8")

    def said(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]

    def wait_for(self, happened: Callable[[list[dict[str, Any]]], bool]) -> None:
        deadline = time.monotonic() + 30
        while not happened(self.said()):
            if time.monotonic() > deadline:
                pytest.fail(f"the daemon did not come to it; it said: {self.log()}")
            time.sleep(0.05)

    def as_reader(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.secrets['token to read']}"}

    def as_operator(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.secrets['token to operate']}"}

    def ask(
        self, method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """One request over a socket of its own, the target sent as it is written here."""
        return ask(self.port, method, target, {"host": HOST, **(headers or {})}, body)

    def json(self, target: str) -> Any:
        """What a script that may read gets."""
        answer = self.ask("GET", target, self.as_reader())
        assert answer.status == 200, (target, answer.status)
        return json.loads(answer.body)


@dataclass
class Guest:
    """A browser elsewhere, behind the proxy: keeps its cookie, takes the token of its forms from a page."""

    siege: Siege
    address: str
    cookie: str = ""

    def headers(self, **more: str) -> dict[str, str]:
        kept = {"cookie": f"trialdelta_visit={self.cookie}"} if self.cookie else {}
        said = {"x-forwarded-for": self.address, "x-forwarded-proto": "https", "accept": "text/html"}
        return {**said, **kept, **more}

    def get(self, target: str) -> Answer:
        return self._kept(self.siege.ask("GET", target, self.headers()))

    def csrf(self) -> str:
        found = re.search(r'data-csrf="([0-9a-f]+)"', self.get("/login").text or "") or re.search(
            r'data-csrf="([0-9a-f]+)"', self.get("/").text
        )
        assert found
        return found[1]

    def post(self, target: str, fields: dict[str, str], csrf: str | None = None, **headers: str) -> Answer:
        own = {"origin": f"https://{HOST}", "sec-fetch-site": "same-origin"}
        body = urlencode({"csrf": self.csrf() if csrf is None else csrf, **fields}).encode()
        form = {"content-type": "application/x-www-form-urlencoded"}
        return self._kept(self.siege.ask("POST", target, self.headers(**{**own, **form, **headers}), body))

    def sign_in(self, name: str, password: str, csrf: str | None = None, **headers: str) -> Answer:
        return self.post("/login", {"name": name, "password": password}, csrf, **headers)

    def _kept(self, answer: Answer) -> Answer:
        given = re.match(r"trialdelta_visit=([^;]*)", answer.headers.get("set-cookie", ""))
        if given:
            self.cookie = given[1]
        return answer


@contextmanager
def besieged(folder: Path, story_database: Path) -> Iterator[Siege]:
    """The daemon over a copy of the demo's story, once it has read the release after it."""
    shutil.copy(story_database, folder / "demo.db")
    siege = Siege(folder)
    with (
        serve([_corpus(folder)], release=RELEASES[-1]) as registry,
        _receiver() as receiver,
        _trap(siege.trapped) as port,
    ):
        _configure(siege, registry, receiver, port)
        _let_in(siege)
        with (folder / "log").open("wb") as log:
            daemon = subprocess.Popen(siege.command("run"), stderr=log, stdout=log, env=os.environ)
        try:
            siege.wait_for(has("console_started"))
            url = next(line["url"] for line in siege.said() if line["event"] == "console_started")
            siege.port = urlsplit(url).port or 0
            registry.move_to(AFTERWARDS)
            siege.wait_for(has("cycle_finished", release=AFTERWARDS))
            yield siege
            assert daemon.poll() is None, siege.log()
        finally:
            daemon.kill()
            daemon.wait()


def _corpus(folder: Path) -> Path:
    """The demo's story, and one more release: other titles, and a study that stops."""
    lines = []
    for each in story():
        *_, last = (version for version in each["versions"] if version["study"])
        study = copy.deepcopy(last["study"])
        protocol = study["protocolSection"]
        protocol["identificationModule"]["briefTitle"] += f" {WILD.get(each['nctId'], '')}".rstrip()
        if each["nctId"] == STOPS:
            protocol["statusModule"] |= {"overallStatus": "SUSPENDED", "whyStopped": "Invented reasons"}
        if each["nctId"] in {*WILD, STOPS}:
            each["versions"].append({"release": AFTERWARDS, "study": study})
        listed = [
            [first, AFTERWARDS if until == RELEASES[-1] else until] for first, until in each.get("listed", ())
        ]
        lines.append(json.dumps({**each, "listed": listed}))
    (folder / "story.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    return folder / "story.jsonl"


def _configure(siege: Siege, registry: RunningRegistry, receiver: str, trap: int) -> None:
    misled = {f"inside{number}": host for number, host in enumerate(INSIDE)}
    key = CANARIES["webhook key"]
    siege.config.write_text(
        CONFIG.format(
            channels=json.dumps(["hook", "echo", *misled]),
            registry=registry.api_url,
            folder=siege.folder,
            ids=json.dumps(WATCHED_IDS),
            intr=SEARCH["intr"],
            host=HOST,
            receiver=receiver,
            heartbeat=CANARIES["heartbeat address"],
            hook=CANARIES["webhook address"],
            echo=CANARIES["address that a receiver repeats"],
            key=key,
        )
        + "".join(CHANNEL.format(name=name, host=host, port=trap, key=key) for name, host in misled.items())
    )


def has(event: str, **fields: Any) -> Callable[[list[dict[str, Any]]], bool]:
    """Whether a line of this event with these fields was logged."""
    return lambda said: any(line["event"] == event and fields.items() <= line.items() for line in said)


def _let_in(siege: Siege) -> None:
    """Ana may act, by commands; Ben may read, and so may some at whose passwords others guess."""
    (siege.folder / "ana").write_text(siege.secrets["password"])
    siege.run("users", "add", "ana", "--role", "operator", "--password-file", str(siege.folder / "ana"))
    siege.secrets["token to operate"] = siege.run(
        "tokens", "add", "script", "--account", "ana", "--scope", "operate", keep=False
    ).strip()
    siege.secrets["token to read"] = secrets.new_token()
    about: dict[str, Any] = {"by": "root", "at": utc_now()}
    hashed = secrets.hash_password(siege.secrets["password of a reader"])
    database = open_database(f"sqlite:///{siege.database}")
    with database.write() as session:
        for name in READERS:
            accounts.add_account(session, name, role="reader", password_hash=hashed, **about)
        known = secrets.fingerprint(siege.secrets["token to read"])
        accounts.add_token(session, known, READERS[0], "script", "read", expires_at=None, **about)
    database.close()


@contextmanager
def _trap(trapped: list[Any]) -> Iterator[int]:
    """A port on loopback, under both of its addresses where there are two; whoever connects is written down."""
    listening = [socket.create_server(("127.0.0.1", 0))]
    port = listening[0].getsockname()[1]
    with suppress(OSError):
        listening.append(socket.create_server(("::1", port), family=socket.AF_INET6))

    def watch(server: socket.socket) -> None:
        with suppress(OSError):
            while True:
                trapped.append(server.accept()[1])

    for each in listening:
        threading.Thread(target=watch, args=[each], daemon=True).start()
    try:
        yield port
    finally:
        for each in listening:
            each.close()


@contextmanager
def _receiver() -> Iterator[str]:
    """Fails at every message and ping; some receivers also repeat in their answer what was asked for, as Express does."""

    class Failing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(500)
            self.end_headers()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(500)
            self.end_headers()
            if self.path.startswith("/repeat/"):
                self.wfile.write(f"Cannot POST {self.path}".encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Failing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
