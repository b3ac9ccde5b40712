"""The console of a real daemon: it answers beside the cycles, ends with it, and does not begin where it is open to all."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.acceptance.registry_server import StartRegistry, study, told, write_corpus
from tests.support.operator import Operator

STATUSES = {"2026-09-01": "RECRUITING", "2026-09-02": "SUSPENDED"}


@pytest.fixture
def operator(start_registry: StartRegistry, tmp_path: Path) -> Operator:
    """Somebody with a configuration for one study on two releases, the second one to come."""
    versions = {release: study("NCT90000001", status, posted=release) for release, status in STATUSES.items()}
    corpus = write_corpus(tmp_path / "c.jsonl", [told("NCT90000001", versions)])
    registry = start_registry([corpus], release="2026-09-01")
    made = Operator(tmp_path, registry.api_url)
    made.registry = registry  # type: ignore[attr-defined]
    return made


def url_of(operator: Operator) -> str:
    said = operator.wait_for(lambda said: any(line["event"] == "console_started" for line in said))
    return str(next(line["url"] for line in said if line["event"] == "console_started"))


def configure(operator: Operator, *lines: str) -> None:
    operator.config.write_text(operator.config.read_text() + "[web]\n" + "\n".join(lines) + "\n")


def test_the_console_shows_what_the_daemon_finds_and_ends_with_it(operator: Operator) -> None:
    with operator.daemon() as process, httpx.Client(timeout=10) as client:
        url = url_of(operator)
        operator.wait_for(lambda said: any(line["event"] == "cycle_finished" for line in said))
        assert client.get(f"{url}/readyz").json()["state"] == "healthy"
        assert "Nothing needs you" in client.get(url, headers={"accept": "text/html"}).text
        operator.registry.move_to("2026-09-02")  # type: ignore[attr-defined]
        operator.wait_for(lambda said: sum(line["event"] == "cycle_finished" for line in said) > 1)
        page = client.get(url, headers={"accept": "text/html"}).text
        assert "Suspended" in page
        assert re.search(r'data-pulse="open">1<', page)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        with pytest.raises(httpx.ConnectError):
            client.get(f"{url}/healthz")
    assert operator.said()[-1]["event"] == "daemon_stopped"


def test_a_console_that_others_reach_needs_an_account_before_it_begins(operator: Operator) -> None:
    configure(operator, 'host = "0.0.0.0"', "port = 0")
    refused = operator.run("run")
    assert refused.returncode == 2
    assert "without accounts" in refused.stderr
    assert "trialdelta users add" in refused.stderr
    (operator.folder / "password").write_text("correct horse battery")
    password = ("--password-file", str(operator.folder / "password"))
    assert operator.run("users", "add", "ana", "--role", "operator", *password).returncode == 0
    with operator.daemon(), httpx.Client(timeout=10) as client:
        url = url_of(operator)
        assert client.get(f"{url}/events").status_code == 401
        assert client.get(f"{url}/healthz").status_code == 200


def test_a_port_that_is_taken_is_told_with_what_to_do(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("TRIALDELTA_WEB__PORT", str(taken.getsockname()[1]))
        refused = operator.run("run")
    assert refused.returncode == 2
    assert "cannot listen" in refused.stderr
    assert "TRIALDELTA_WEB__PORT" in refused.stderr


def test_without_a_console_the_daemon_listens_nowhere(operator: Operator) -> None:
    configure(operator, "enabled = false")
    with operator.daemon():
        said = operator.wait_for(lambda said: any(line["event"] == "cycle_finished" for line in said))
    assert not any(line["event"].startswith("console") for line in said)


def test_what_a_proxy_says_is_believed_from_that_proxy_alone(operator: Operator) -> None:
    configure(operator, "port = 0", 'hosts = ["trials.example.org"]', 'behind_proxy = ["127.0.0.1"]')
    (operator.folder / "password").write_text("correct horse battery")
    password = ("--password-file", str(operator.folder / "password"))
    operator.run("users", "add", "ana", "--role", "reader", *password)
    forwarded = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https", "host": "trials.example.org"}
    with operator.daemon(), httpx.Client(timeout=10) as client:
        url = url_of(operator)
        page = client.get(f"{url}/login", headers=forwarded | {"accept": "text/html"})
        token = re.search(r'data-csrf="(\w+)"', page.text)
        assert token
        assert "Secure" in page.headers["set-cookie"]
        fields = {"name": "ana", "password": "correct horse battery", "csrf": token[1]}
        cookie = page.headers["set-cookie"].partition(";")[0]
        answer = client.post(
            f"{url}/login",
            data=fields,
            headers=forwarded | {"origin": "https://trials.example.org", "cookie": cookie},
        )
        assert answer.status_code == 303
        signed_in = operator.wait_for(lambda said: any(line["event"] == "console_signed_in" for line in said))
    assert (
        next(line for line in signed_in if line["event"] == "console_signed_in")["address"] == "203.0.113.9"
    )


def test_the_demo_stays_with_a_console_when_asked(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sync", "demo", "--console", "--port", "0", "--folder", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as demo:
        assert demo.stdout
        line = next(line for line in demo.stdout if line.startswith("The console:"))
        page = httpx.get(line.split()[2], headers={"accept": "text/html"}, timeout=10).text
        demo.send_signal(signal.SIGTERM)
        assert demo.wait(30) == 0
    assert "NCT90000005" in page
