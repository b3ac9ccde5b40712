"""A database with a rich history: everything that the service and people do to it in a few weeks, on invented records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from storage import alerts, events, operator_actions, storms
from storage.reviews import Review, add_review
from sync.alerts.channels import ChannelError
from sync.alerts.outbox import Outbox
from sync.alerts.settings import RouteSettings
from sync.changes.model import Severity
from sync.config import DatabaseSettings, Settings, WatchSettings
from sync.cycle import classify
from sync.cycle.cycle import run_cycle
from sync.demo.registry import RunningRegistry, serve
from sync.demo.show import settings as demo_settings
from sync.demo.story import RELEASES, story
from sync.service import Service, open_service
from sync.study.canonical import Canonical, canonicalise, canonicalise_beside, rederived
from sync.study.record import Record
from sync.versions import new_version
from tests.acceptance.registry_server import study, told, write_corpus
from tests.faults.office import Receiver
from tests.support.deliveries import deliver_all

LONG = "NCT91000099"
"""A study that changes on each release: it has more versions than one full payload serves."""
MANY = tuple(f"NCT91000{number:03}" for number in range(1, 10))
"""Studies that the registry renames the sponsor of, twice: two storms."""
OLD, NEW = "NCT91000050", "NCT99000050"
"""A study that the registry keeps under another id in the end."""
LATER = ("2026-10-05", "2026-10-06", "2026-10-07", "2026-10-08", "2026-10-09", "2026-10-12")
DAYS = (*RELEASES, *LATER)
REHASHED_ON = DAYS[8]
"""From here on records have the canonical form of today; before, they have one that is no more."""


class History:
    """Lives through the releases, day by day."""

    def __init__(self, service: Service, registry: RunningRegistry, time: list[datetime]) -> None:
        self.service, self.registry, self.time = service, registry, time
        self.hook = Receiver("hook", now=service.now)
        self.characters = Receiver("letters", now=service.now)
        receivers = {"hook": self.hook, "letters": self.characters}
        self.outbox = Outbox(
            service.database,
            service.settings.route,
            service.settings.alerts,
            {name: {"kind": "memory"} for name in receivers},
            service.now,
            open=lambda name, _table: receivers[name],
            chance=lambda: 0.0,
        )

    def live(self, days: tuple[str, ...]) -> None:
        """A cycle on each day, deliveries after it, and what people do then."""
        for day in days:
            self.time[0] = datetime.fromisoformat(day).replace(hour=13, tzinfo=UTC)
            self.registry.move_to(day)
            self._faults(day)
            self.hook.fails = self._hook_fails(day)
            run_cycle(self.service)
            if day == DAYS[10]:
                self.registry.set_faults()
                run_cycle(self.service)  # what was in quarantine can be read now
            deliver_all(self.outbox)
            self._people(DAYS.index(day))
            self._pass(hours=19, step=timedelta(hours=1))

    def _pass(self, hours: int, step: timedelta) -> None:
        for _ in range(hours):
            self.time[0] += step
            deliver_all(self.outbox)

    def _faults(self, day: str) -> None:
        if day == DAYS[10]:
            self.registry.set_faults(f"poison:surrogate={LONG}")
        elif day >= DAYS[20]:
            self.registry.set_faults(f"alias:{OLD}")

    def _hook_fails(self, day: str) -> Any:
        if day == DAYS[2]:
            return lambda _outgoing: ChannelError("503 Service Unavailable")
        if day == DAYS[4]:
            return lambda _outgoing: ChannelError("404 Not Found", permanent=True)
        return lambda _outgoing: None

    def _people(self, number: int) -> None:
        now = self.service.now()
        with self.service.database.write() as session:
            for storm in storms.storms(session, held_only=True):
                verdict = "released" if number < 12 else "dismissed"
                operator_actions.decide_storm(session, storm.event_id, verdict, by="ana", at=now)
            waiting = [alert.event_id for alert in alerts.alerts(session, now=now)]
            if number == 3:
                alerts.acknowledge(
                    session, waiting[0], by="ana", at=now, verdict="acted", note="page changed"
                )
                alerts.snooze(session, waiting[1], by="ana", at=now, until=now + timedelta(days=2))
                alerts.assign(session, waiting[1], by="ana", at=now, to="ben")
            if number == 5:
                alerts.acknowledge(session, waiting[0], by="ben", at=now, close=True)
                alerts.undo(session, _last(session), by="ben", at=now)
                alerts.acknowledge(session, waiting[0], by="ben", at=now, close=True, verdict="noise")
                alerts.snooze(session, waiting[1], by="ben", at=now, until=None)
                muted = alerts.mute(
                    session, by="ana", at=now, until=now + timedelta(days=9), reason="x", kind="sites"
                )
                alerts.mute(session, by="ana", at=now, until=now + timedelta(days=2), reason="y", nct_id=LONG)
                alerts.lift(session, muted, by="ana", at=now)
                operator_actions.send_again(session, ["hook"], by="ana", at=now)
                add_review(session, Review(LONG, 3, now, "ana", "looked at it"))
            if number == 14:
                event = next(each for each in events.events(session) if each["from"])
                events.supersede(session, {**event, "rules": "0" * 64, "headline": "Told anew"}, now)


def _last(session: Any) -> int:
    from storage import audit

    return audit.last(session)


@contextmanager
def history(url: str, folder: Path) -> Iterator[Service]:
    """The service over a database that has lived through it all."""
    time = [datetime.fromisoformat(DAYS[0]).replace(hour=13, tzinfo=UTC)]
    corpora = [write_corpus(folder / "corpus.jsonl", [*story(), *_studies()])]
    with (
        serve(corpora, release=DAYS[0]) as registry,
        open_service(_settings(registry.api_url, url, folder), lambda: time[0]) as service,
    ):
        lived = History(service, registry, time)
        early = DAYS[: DAYS.index(REHASHED_ON)]
        with pytest.MonkeyPatch.context() as patch:
            _use_older_form(patch)
            lived.live(early)
        lived.live(DAYS[len(early) :])
        yield service


def _use_older_form(patch: pytest.MonkeyPatch) -> None:
    """As a program of an earlier day made hashes: of another form, with another number."""

    def reversed_hashes(form: Canonical) -> Canonical:
        content, derived = form.content_hash[::-1], form.derived_hash[::-1]
        return replace(form, content_hash=content, derived_hash=derived)

    def older_derived(record: Record, content_hash: str) -> Canonical:
        return replace(reversed_hashes(rederived(record, content_hash)), content_hash=content_hash)

    for module in (classify, new_version):
        patch.setattr(module, "CANON", 2)
    patch.setattr(classify, "canonicalise", lambda record: reversed_hashes(canonicalise(record)))
    patch.setattr(classify, "canonicalise_beside", lambda *args: reversed_hashes(canonicalise_beside(*args)))
    patch.setattr(classify, "rederived", older_derived)


def _settings(api_url: str, url: str, folder: Path) -> Settings:
    demo = demo_settings(api_url, folder)
    own = WatchSettings(name="own", ids=(LONG, OLD, *MANY))
    changed = {
        "database": DatabaseSettings(url=SecretStr(url)),
        "watch": (*demo.watch, own),
        "route": (
            RouteSettings(name="urgent", channels=("letters", "hook"), min_severity=Severity.LOW),
            RouteSettings(name="morning", channels=("letters",), mode="daily"),
        ),
    }
    return Settings.model_construct(**{**dict(demo), **changed})


def _studies() -> Iterator[dict[str, Any]]:
    names = {DAYS[0]: "Meridian", DAYS[6]: "Meridian Bio", DAYS[15]: "Meridian Bio, Inc."}
    for nct_id in MANY:
        yield told(nct_id, {day: _sponsored(nct_id, name) for day, name in names.items()})
    yield told(OLD, {DAYS[0]: study(OLD)})
    yield told(LONG, {day: _enrolling(LONG, number) for number, day in enumerate(DAYS, start=1)})


def _sponsored(nct_id: str, name: str) -> Record:
    return study(nct_id, sponsorCollaboratorsModule={"leadSponsor": {"name": name, "class": "INDUSTRY"}})


def _enrolling(nct_id: str, number: int) -> Record:
    design = {"enrollmentInfo": {"count": 20 + number, "type": "ESTIMATED"}}
    return study(nct_id, posted=DAYS[number - 1], designModule=design)


def as_json(value: Any) -> str:
    """JSON as a database keeps it."""
    return json.dumps(value, separators=(",", ":"))
