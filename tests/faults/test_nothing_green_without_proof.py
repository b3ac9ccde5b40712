"""No "nothing needs you" before a poll has succeeded; that all channels fail, and what a failed poll cost, is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storage import ledger, outbox
from storage.outbox import NewDelivery
from sync.alerts.failing import cause_of
from sync.alerts.outbox import Outbox
from sync.demo.registry import RunningRegistry
from sync.health.doctor import examine
from sync.registry.errors import Unavailable
from sync.service import Service
from sync.web.views.watcher.view import load
from tests.acceptance.console import Browser, text_of
from tests.acceptance.instance import Instance
from tests.faults.conftest import Fresh

NOON = datetime(2026, 9, 2, 12, 0, tzinfo=UTC)


class Clock:
    """Goes on by a second each time that it is asked."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


@pytest.fixture
def instance(fresh: Fresh) -> Instance:
    return fresh(now=Clock(), registry={"retries": 0})


@pytest.fixture
def service(instance: Instance) -> Iterator[Service]:
    """Its only channels are two webhooks to a port where nothing listens, and to a host that is none."""
    with instance.service() as service:
        webhook = {
            "kind": "webhook",
            "secret": "whsec_" + "a" * 32,
            "allow_hosts": ["127.0.0.1", "nowhere.invalid"],
        }
        channels = {
            "ops": webhook | {"url": "http://127.0.0.1:9/hook"},
            "far": webhook | {"url": "https://nowhere.invalid/hook"},
        }
        yield replace(service, settings=service.settings.model_copy(update={"channels": channels}))


def beat(service: Service, name: str, **detail: object) -> None:
    with service.database.write() as session:
        ledger.beat(session, name, service.now(), detail)


def inbox(service: Service) -> str:
    return text_of(Browser(service).get("/"))


class TestTheInbox:
    """The tick is for what is proved."""

    def test_without_any_poll_we_cannot_know(self, service: Service) -> None:
        shown = inbox(service)
        assert "We cannot know" in shown
        assert "The registry has not answered yet" in shown
        assert "Nothing needs you" not in shown

    def test_while_the_first_poll_is_under_way_neither(self, service: Service) -> None:
        beat(service, "daemon")
        assert "Nothing needs you" not in inbox(service)

    def test_after_a_poll_that_succeeded_nothing_needs_you(self, service: Service) -> None:
        for name in ("daemon", "poll", "good_poll"):
            beat(service, name, state="complete")
        shown = inbox(service)
        assert "Nothing needs you" in shown
        assert "cannot know" not in shown

    def test_when_polls_fail_it_says_since_when_the_registry_has_not_answered(self, service: Service) -> None:
        for name in ("daemon", "good_poll"):
            beat(service, name, state="complete")
        beat(service, "poll", state="failed", error="Unavailable", message="no answer from it")
        shown = inbox(service)
        assert "We cannot know" in shown
        assert "has not answered since 2026-09-02 12:0" in shown
        assert "Nothing needs you" not in shown

    def test_a_stopped_daemon_proves_nothing_of_now(self, service: Service) -> None:
        beat(service, "good_poll", state="complete")
        beat(service, "daemon", stopped=True)
        assert "Nothing needs you" not in inbox(service)


def owe(service: Service, *channels: str) -> None:
    """Each of the channels is to tell a notice."""
    body = {"subject": "s", "lead": "l", "facts": {}, "severity": "info"}
    with service.database.write() as session:
        now = service.now()
        new = [
            NewDelivery(
                id=f"dlv_{name}", kind="notice", route="notices", channel=name, state="due",
                created_at=now, due_at=now, body=body,
            )
            for name in channels
        ]  # fmt: skip
        outbox.add(session, new)


def deliver(service: Service, *channels: str) -> None:
    settings = service.settings
    sender = Outbox(service.database, (), settings.alerts, settings.channels, service.now)
    for name in channels:
        sender.deliver(name)


class TestChannels:
    """All failing is a trouble at the first failure."""

    def test_bar_watcher_and_doctor_say_it_with_the_cause_in_words(self, service: Service) -> None:
        for name in ("daemon", "poll", "good_poll"):
            beat(service, name, state="complete")
        owe(service, "ops", "far")
        deliver(service, "ops", "far")
        bar = json.loads(Browser(service).get("/api/v1/pulse", headers={"accept": "application/json"}).text)
        assert (bar["state"], bar["word"]) == ("unheard", "Nobody is told")
        assert "ops: the connection was refused" in bar["sentence"]
        assert "far: the host is unknown" in bar["sentence"]
        with service.database.read() as session:
            assert "Nobody is told" in [each.subject for each in load(session, service).troubles]
        found = [each for each in examine(service.settings, ask_registry=False) if each.subject == "outbox"]
        assert [each.exit_code for each in found] == [3]
        assert "ops does not take what it is sent: the connection was refused" in found[0].sentence

    def test_one_that_fails_beside_one_that_works_is_named_by_doctor_and_not_by_the_bar(
        self, service: Service
    ) -> None:
        for name in ("daemon", "poll", "good_poll"):
            beat(service, name, state="complete")
        console = {"kind": "console"}
        service.settings.channels["screen"] = console
        owe(service, "ops", "screen")
        deliver(service, "ops", "screen")
        bar = json.loads(Browser(service).get("/api/v1/pulse", headers={"accept": "application/json"}).text)
        assert (bar["state"], bar["word"]) == ("healthy", "Watching")
        found = [each for each in examine(service.settings, ask_registry=False) if each.subject == "outbox"]
        assert [each.exit_code for each in found] == [3]

    @pytest.mark.parametrize(
        ("said", "words"),
        [
            ("127.0.0.1: [Errno 111] Connection refused", "the connection was refused"),
            ("mail.example cannot be reached: ConnectionRefusedError", "the connection was refused"),
            ("mail.example cannot be reached: gaierror", "the host is unknown"),
            ("x: [Errno -2] Name or service not known", "the host is unknown"),
            ("x: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "its certificate is not valid"),
            ("mail.example cannot be reached: SSLCertVerificationError", "its certificate is not valid"),
            ("mail.example did not come to an end in time", "it did not answer in time"),
            ("x refuses the credentials: 401", "it refuses our credentials"),
            ("x answered 500", "x answered 500"),
        ],
    )
    def test_a_cause_is_told_in_words_with_what_was_said(self, said: str, words: str) -> None:
        assert cause_of(said).startswith(words)
        assert said in cause_of(said)


class TestFailedPolls:
    """What they were, what they cost, and when they are over."""

    def test_one_is_recorded_with_its_real_duration_and_requests(
        self, server: RunningRegistry, instance: Instance
    ) -> None:
        server.set_faults("503:/version")
        with pytest.raises(Unavailable):
            instance.sync()
        (cycle, *_) = instance.cycles()
        assert cycle.finished_at is not None
        assert cycle.finished_at > cycle.started_at, "the clock goes on each time that it is asked"
        assert cycle.counts["requests"] == len([each for each in server.log() if "version" in each["path"]])

    def test_it_is_no_trouble_any_more_once_a_later_poll_passes(
        self, server: RunningRegistry, instance: Instance
    ) -> None:
        assert instance.sync().state == "complete"
        server.set_faults("503:/version")
        with pytest.raises(Unavailable):
            instance.sync()
        assert "The last cycle failed" in subjects(instance)
        assert cycle_check(instance) == 3
        server.set_faults()
        assert instance.sync().state == "unchanged"
        assert "The last cycle failed" not in subjects(instance)
        assert cycle_check(instance) == 0
        server.set_faults("503:/version")
        with pytest.raises(Unavailable):
            instance.sync()
        assert "The last cycle failed" in subjects(instance)


def subjects(instance: Instance) -> list[str]:
    with instance.service() as service, service.database.read() as session:
        return [each.subject for each in load(session, service).troubles]


def cycle_check(instance: Instance) -> int:
    (found,) = [each for each in examine(instance.settings, ask_registry=False) if each.subject == "cycle"]
    return found.exit_code
