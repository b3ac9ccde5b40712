"""Whatever a receiver does, a call to it ends: within its time, in seconds when the service stops, with little memory."""

from __future__ import annotations

import resource
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from storage.engine import open_database
from sync.alerts.channels import ChannelError, open_channel
from sync.alerts.heartbeat import Heartbeat, last_ping
from sync.alerts.settings import AlertSettings
from sync.net.deadline import Stopped, ended_by
from sync.service import utc_now
from tests.faults.hostile import HANDSHAKES, MAIL, MAIL_TLS, NOT_TAKEN, TAKEN, Manner, hostile, unreachable
from tests.unit.channels.outgoing import an_outgoing

pytestmark = [
    pytest.mark.timeout(180),
    # one of Apprise's hundred services imports it; nothing of ours does
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),
]

ALLOWED = {"allow_hosts": ["127.0.0.1"]}
SECRET = "whsec_bm90IGEgc2VjcmV0LCBidXQgbG9uZyBlbm91Z2g="
FOR_EVER = 100.0
"""Seconds, where it is not the time that is to end a call: the test would not wait for them."""
LONG = 40.0
"""No call may take so long that is to end sooner; there is no other measure of time here, for machines are slow."""

Send = Callable[[int, float], str]
Record = Callable[[str, object], None]


def webhook(port: int, seconds: float, scheme: str = "http") -> str:
    url = f"{scheme}://127.0.0.1:{port}/hook"
    return _sent({"kind": "webhook", "url": url, "secret": SECRET}, seconds)


def slack(port: int, seconds: float, scheme: str = "http") -> str:
    return _sent({"kind": "slack", "url": f"{scheme}://127.0.0.1:{port}/hook"}, seconds)


def teams(port: int, seconds: float, scheme: str = "http") -> str:
    return _sent({"kind": "teams", "url": f"{scheme}://127.0.0.1:{port}/hook"}, seconds)


def apprise(port: int, seconds: float, scheme: str = "json") -> str:
    return _sent({"kind": "apprise", "url": f"{scheme}://127.0.0.1:{port}/hook"}, seconds)


def mail(port: int, seconds: float, security: str = "none") -> str:
    about = {"sender": "a@ops.example", "to": ["b@ops.example"], "security": security}
    return _sent({"kind": "email", "host": "127.0.0.1", "port": port, **about}, seconds)


def _sent(table: dict[str, Any], seconds: float) -> str:
    return open_channel("it", table | ALLOWED | {"timeout_s": seconds}).send(an_outgoing())


def over_tls(send: Callable[..., str], name: str) -> Send:
    return lambda port, seconds: send(port, seconds, name)


@pytest.fixture
def trapped() -> Iterator[list[Any]]:
    """Who was led to a port on loopback; its number comes first."""
    caught: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        caught.append(listener.getsockname()[1])

        def watch() -> None:
            while True:
                try:
                    caught.append(listener.accept()[1])
                except OSError:
                    return

        threading.Thread(target=watch, daemon=True).start()
        yield caught


def outcomes(
    manners: Mapping[str, Manner], send: Send, seconds: float, trap: int = 0, stops_after: float | None = None
) -> dict[str, str | Exception]:
    """What comes of sending to a receiver of each manner, all at once; every call must have come to an end."""

    def one(name: str) -> str | Exception:
        began = time.monotonic()
        is_stopping = (lambda: time.monotonic() - began > stops_after) if stops_after else (lambda: False)
        with hostile(manners[name], trap) as receiver, ended_by(is_stopping):
            try:
                return send(receiver.port, seconds)
            except (ChannelError, Stopped) as error:
                return error
            finally:
                assert time.monotonic() - began < LONG, name

    with ThreadPoolExecutor(len(manners)) as together:
        return dict(zip(manners, together.map(one, manners), strict=True))


HTTP: dict[str, Send] = {"webhook": webhook, "slack": slack, "teams": teams}


@pytest.mark.parametrize("user", HTTP)
def test_a_post_ends_whatever_the_receiver_does(
    user: str, trapped: list[Any], record_property: Record
) -> None:
    before = _peak_mb()
    taken = outcomes(TAKEN, HTTP[user], 3.0)
    assert {name for name, said in taken.items() if not isinstance(said, str)} == set()
    refused = outcomes(NOT_TAKEN, HTTP[user], 3.0, trapped[0])
    assert {name for name, error in refused.items() if not isinstance(error, ChannelError)} == set()
    assert not any(error.permanent for error in refused.values() if isinstance(error, ChannelError))
    assert len(trapped) == 1
    record_property("kinds of receivers", len(TAKEN) + len(NOT_TAKEN))
    assert _peak_mb() - before < 150


@pytest.mark.parametrize("user", HTTP)
def test_a_handshake_ends_whatever_the_receiver_does(user: str) -> None:
    told = outcomes(HANDSHAKES, over_tls(HTTP[user], "https"), 2.0)
    assert {name for name, error in told.items() if not isinstance(error, ChannelError)} == set()


def test_a_mail_ends_whatever_the_server_does(record_property: Record) -> None:
    before = _peak_mb()
    told = outcomes(MAIL, mail, 3.0)
    told |= {
        f"{name}, asked for TLS": said
        for name, said in outcomes(MAIL_TLS, over_tls(mail, "starttls"), 3.0).items()
    }
    told |= {f"{name}, TLS": said for name, said in outcomes(HANDSHAKES, over_tls(mail, "tls"), 3.0).items()}
    assert {name for name, error in told.items() if not isinstance(error, ChannelError)} == set()
    record_property("kinds of servers", len(told))
    assert _peak_mb() - before < 150


@pytest.mark.slow
def test_a_notification_by_apprise_ends_whatever_the_receiver_does(
    trapped: list[Any], record_property: Record
) -> None:
    before, children = _peak_mb(), _peak_mb(resource.RUSAGE_CHILDREN)
    manners = {**TAKEN, **NOT_TAKEN}
    told = outcomes(manners, apprise, 8.0, trapped[0])
    told |= {
        f"{name}, TLS": said for name, said in outcomes(HANDSHAKES, over_tls(apprise, "jsons"), 8.0).items()
    }
    wrong = {name for name, said in told.items() if isinstance(said, Stopped)}
    taken = {name for name, said in told.items() if isinstance(said, str)}
    assert wrong == set()
    assert taken <= {"gzip bomb", "closes within its body", "resets within its body"}
    assert len(trapped) == 1
    record_property("kinds of receivers", len(told))
    assert _peak_mb() - before < 150
    # Another test of the same worker may have used more before, and Linux counts to a child what its parent held
    # when it was forked, even after it runs another program.
    assert _peak_mb(resource.RUSAGE_CHILDREN) <= max(children, _peak_mb(), 600)


def test_a_connection_that_is_neither_made_nor_refused_ends() -> None:
    with unreachable() as port:
        for send in (webhook, mail):
            with pytest.raises(ChannelError) as caught:
                send(port, 1.0)
            assert caught.value.passing


def test_a_name_that_is_not_found_in_time_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def getaddrinfo(*_: Any, **__: Any) -> None:
        over.wait(LONG)
        raise socket.gaierror("at last")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    for send in (webhook, mail):
        with pytest.raises(ChannelError) as caught:
            send(9, 0.5)
        assert caught.value.passing
    over.set()


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "fd00::1"])
def test_a_name_that_leads_into_the_house_is_refused(
    monkeypatch: pytest.MonkeyPatch, address: str, empty: Path, tmp_path: Path
) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    tables: tuple[dict[str, Any], ...] = (
        {"kind": "webhook", "url": "https://hooks.example/x", "secret": SECRET},
        {"kind": "slack", "url": "https://hooks.example/x"},
        {"kind": "teams", "url": "https://hooks.example/x"},
        {"kind": "email", "host": "mail.example", "sender": "a@ops.example", "to": ["b@ops.example"]},
    )
    for table in tables:
        with pytest.raises(ChannelError, match="not a public address") as caught:
            open_channel("it", table).send(an_outgoing())
        assert caught.value.disable
    assert "not public" in ping(empty, tmp_path, "https://hc.example/secret")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without anything in it, to be copied: migrations run in one thread only."""
    file = tmp_path_factory.mktemp("empty") / "empty.db"
    database = open_database(f"sqlite:///{file}")
    database.ensure_schema()
    database.close()
    return file


def ping(empty: Path, folder: Path, url: str) -> str:
    """What is remembered of a ping that did not go through; empty where it did."""
    file = shutil.copy(empty, folder / "x.db")
    database = open_database(f"sqlite:///{file}")
    settings = AlertSettings(heartbeat_url=SecretStr(url))
    heartbeat = Heartbeat(database, settings, utc_now, outbox_moves=lambda: True)
    heartbeat.owe()
    taken = heartbeat.send_owed()
    with database.read() as session:
        last = last_ping(session)
    database.close()
    assert taken == (last is not None and last.state == "sent")
    return last.problem if last else "nothing"


def test_a_ping_ends_whatever_its_receiver_does(
    empty: Path, tmp_path: Path, trapped: list[Any], monkeypatch: pytest.MonkeyPatch, record_property: Record
) -> None:
    monkeypatch.setattr("sync.alerts.heartbeat.TIMEOUT_S", 2.0)
    before = _peak_mb()

    def send(port: int, seconds: float, scheme: str = "http") -> str:
        folder = tmp_path / f"{scheme}{port}"
        folder.mkdir()
        return ping(empty, folder, f"{scheme}://127.0.0.1:{port}/canary")

    taken = outcomes(TAKEN, send, 2.0)
    assert {name for name, problem in taken.items() if problem != ""} == set()
    failed = outcomes(NOT_TAKEN, send, 2.0, trapped[0]) | outcomes(HANDSHAKES, over_tls(send, "https"), 2.0)
    assert {name for name, problem in failed.items() if "was not taken" not in str(problem)} == set()
    assert not any("canary" in str(problem) or "127.0.0.1" in str(problem) for problem in failed.values())
    assert len(trapped) == 1
    record_property("kinds of receivers", len(TAKEN) + len(failed))
    assert _peak_mb() - before < 150


HOLDING = {name: NOT_TAKEN[name] for name in ("drips its headers", "never answers", "never reads")}


@pytest.mark.parametrize("user", ["webhook", "mail", "apprise"])
def test_a_call_under_way_ends_in_seconds_when_the_service_stops(user: str) -> None:
    if user == "mail":
        held = {
            name: each for name, each in MAIL.items() if "hangs" in name or "drips" in name or "never" in name
        }
        told = outcomes(held, mail, FOR_EVER, stops_after=0.5)
        told |= outcomes(MAIL_TLS, over_tls(mail, "starttls"), FOR_EVER, stops_after=0.5)
    else:
        send: Callable[..., str] = {"webhook": webhook, "apprise": apprise}[user]
        told = outcomes(HOLDING, send, FOR_EVER, stops_after=0.5)
        held = {name: HANDSHAKES[name] for name in ("hangs in the handshake", "drips in the handshake")}
        told |= outcomes(
            held, over_tls(send, "https" if user == "webhook" else "jsons"), FOR_EVER, stops_after=0.5
        )
    assert {name for name, error in told.items() if not isinstance(error, Stopped)} == set()


def test_a_connection_that_is_not_made_ends_in_seconds_when_the_service_stops() -> None:
    with unreachable() as port, ended_by(lambda: True):
        for send in (webhook, mail):
            with pytest.raises(Stopped):
                send(port, FOR_EVER)


def _peak_mb(who: int = resource.RUSAGE_SELF) -> float:
    return resource.getrusage(who).ru_maxrss / 1024
