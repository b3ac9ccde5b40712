"""A daemon whose every receiver holds it up: it polls on, tells of it, and ends in seconds when it is told to."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.acceptance.registry_server import StartRegistry, study, told, write_corpus
from tests.faults.hostile import HANDSHAKES, MAIL, NOT_TAKEN, Hostile, Manner, hostile
from tests.support.operator import Operator, has

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

CHANNELS = """
[alerts]
heartbeat_url = "{scheme}://127.0.0.1:{ping}/canary-ping"
[[route]]
name = "now"
channels = ["hook", "mail", "other"]
[channels.hook]
kind = "webhook"
url = "{scheme}://127.0.0.1:{hook}/"
secret = "whsec_bm90IGEgc2VjcmV0LCBidXQgbG9uZyBlbm91Z2g="
allow_hosts = ["127.0.0.1"]
timeout_s = 120
[channels.mail]
kind = "email"
host = "127.0.0.1"
port = {mail}
security = "{security}"
sender = "a@ops.example"
to = "b@ops.example"
allow_hosts = ["127.0.0.1"]
timeout_s = 120
[channels.other]
kind = "apprise"
url = "{other_scheme}://127.0.0.1:{other}/"
allow_hosts = ["127.0.0.1"]
timeout_s = 120
"""
MANNERS: dict[str, tuple[Manner, Manner, bool]] = {
    "drips its headers": (NOT_TAKEN["drips its headers"], MAIL["drips its greeting"], False),
    "never answers": (NOT_TAKEN["never answers"], MAIL["drips after the data"], False),
    "interim answers": (NOT_TAKEN["interim answers now and then"], MAIL["drips its extensions"], False),
    "hangs in the handshake": (
        HANDSHAKES["hangs in the handshake"],
        HANDSHAKES["drips in the handshake"],
        True,
    ),
}
"""What the receivers of HTTP do, what the mail server does, and whether that is over TLS."""


@pytest.mark.parametrize("manner", MANNERS)
def test_a_receiver_that_holds_calls_up_stops_neither_polling_nor_the_end(
    start_registry: StartRegistry, tmp_path: Path, manner: str
) -> None:
    versions = {
        "2026-09-01": study("NCT90000001"),
        "2026-09-02": study("NCT90000001", "SUSPENDED", posted="2026-09-02"),
    }
    corpus = write_corpus(tmp_path / "c.jsonl", [told("NCT90000001", versions)])
    registry = start_registry([corpus], release="2026-09-01")
    operator = Operator(tmp_path, registry.api_url)
    web, smtp, tls = MANNERS[manner]
    with ExitStack() as running:
        receivers = {name: running.enter_context(hostile(web)) for name in ("ping", "hook", "other")}
        receivers["mail"] = running.enter_context(hostile(smtp))
        _configure(operator, receivers, tls=tls)
        process = running.enter_context(operator.daemon())
        operator.wait_for(has("cycle_finished", release="2026-09-01"))
        registry.move_to("2026-09-02")
        operator.wait_for(has("cycle_finished", release="2026-09-02"))
        operator.wait_for(lambda _said: all(each.connections for each in receivers.values()))
        polls = registry_asked(operator)
        operator.wait_for(lambda _said: registry_asked(operator) >= polls + 5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    said = (tmp_path / "log").read_text()
    assert has("daemon_stopped")(operator.said())
    assert "canary-ping" not in said


def registry_asked(operator: Operator) -> int:
    """How many polls came to an end."""
    return sum(line["event"] == "release_unchanged" for line in operator.said())


def _configure(operator: Operator, receivers: dict[str, Hostile], *, tls: bool) -> None:
    told = CHANNELS.format(
        scheme="https" if tls else "http",
        other_scheme="jsons" if tls else "json",
        security="tls" if tls else "none",
        **{name: each.port for name, each in receivers.items()},
    )
    operator.config.write_text(operator.config.read_text() + told)


def test_a_ping_that_is_not_taken_is_in_doctor_and_nothing_waits_for_it(
    start_registry: StartRegistry, tmp_path: Path
) -> None:
    corpus = write_corpus(tmp_path / "c.jsonl", [told("NCT90000001", {"2026-09-01": study("NCT90000001")})])
    operator = Operator(tmp_path, start_registry([corpus], release="2026-09-01").api_url)
    with hostile(NOT_TAKEN["closes"]) as receiver:
        url = f'heartbeat_url = "http://127.0.0.1:{receiver.port}/canary-ping"'
        operator.config.write_text(f"{operator.config.read_text()}[alerts]\n{url}\n")
        with operator.daemon():
            said = operator.wait_for(has("heartbeat_failed"))
            doctor = operator.run("doctor", "--offline")
    assert "the last ping" in doctor.stdout
    assert "was not taken" in doctor.stdout
    assert doctor.returncode == 3
    assert "canary-ping" not in f"{doctor.stdout}{doctor.stderr}{said}"
