"""A large instance for benchmarks: thousands of invented studies that half a year has happened to, in one watch `large`.

`python tests/bench/large.py FILE.db` makes one to look at. The same numbers give the same database each time.
"""

from __future__ import annotations

import copy
import json
import random
import sys
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy.orm import Session  # noqa: E402

from storage import alerts as inbox  # noqa: E402
from storage import cohorts, ledger  # noqa: E402
from storage.engine import Database, open_database  # noqa: E402
from storage.events import add_events  # noqa: E402
from storage.new_versions import NewVersion, Summary, add_versions  # noqa: E402
from sync.changes.event import Event  # noqa: E402
from sync.changes.explain import explain, presence_event, silence_event  # noqa: E402
from sync.changes.model import Kind, Snapshot, VersionRef  # noqa: E402
from sync.changes.ruleset import RuleSet  # noqa: E402
from sync.changes.silence import silence  # noqa: E402
from sync.study.canonical import CANON, canonicalise  # noqa: E402
from sync.study.record import Record, Study, at  # noqa: E402
from sync.study.searched import searched  # noqa: E402
from sync.study.summary import facts  # noqa: E402
from tests.bench.invented import edited, invented  # noqa: E402

WATCH = "large"
LAST = date(2026, 9, 4)
WEEKS = 26
RELEASES = [
    day.isoformat()
    for back in range(WEEKS * 7 - 1, -1, -1)
    if (day := LAST - timedelta(days=back)).weekday() < 5
]
"""The weekdays of half a year."""
RULES = RuleSet.default()


@dataclass
class Life:
    """A study, its record as it now stands, and the releases on which something happens to it."""

    nct_id: str
    record: Record
    first: str = RELEASES[0]
    edits: set[str] = field(default_factory=set)
    version: int = 0
    seen: str = ""
    """The release that the last version was first seen in."""
    left: str | None = None


class World:
    """All lives, and what each release brings."""

    def __init__(self, studies: int, versions: int) -> None:
        self.chance = chance = random.Random(11)
        self.lives = [
            Life(f"NCT{91_000_000 + number}", invented(number, chance)) for number in range(studies)
        ]
        for life in chance.sample(self.lives, studies // 20):
            life.first = chance.choice(RELEASES[1:])
        for life in chance.sample(self.lives, studies // 40):
            life.left = max(life.first, chance.choice(RELEASES[5:]))
        wanted = versions - studies
        while wanted > 0:
            life = self.lives[int(studies * chance.random() ** 1.6)]
            day = chance.choice(RELEASES[1:])
            if day > life.first and day not in life.edits:
                life.edits.add(day)
                wanted -= 1
        self.schedule = self._schedule()

    def _schedule(self) -> dict[str, list[Life]]:
        days: defaultdict[str, list[Life]] = defaultdict(list)
        for life in self.lives:
            for day in {life.first, *life.edits}:
                days[day].append(life)
        return days

    def silences(self, wanted: int) -> dict[str, list[Event]]:
        """What has become silent, by the release that tells it: no more than are wanted."""
        found = [(life, finding) for life in self.lives for finding in silence(Study(life.record), LAST, ())]
        told: defaultdict[str, list[Event]] = defaultdict(list)
        for life, finding in self.chance.sample(found, max(0, min(wanted, len(found)))):
            day = max(life.first, self.chance.choice(RELEASES[1:]))
            event = silence_event(finding, Study(life.record), day, rules=RULES, seen_at=_seen_at(day))
            told[day] += [event] if event else []
        return told


def fill(database: Database, studies: int = 2500, versions: int = 4000, alerts: int = 3000) -> None:
    """Fill a database that has its tables: studies with versions, events of half a year, alerts as far as events suffice."""
    world = World(studies, versions)
    with database.write() as session:
        cohorts.save_watch(session, cohorts.Watch(WATCH, "ab" * 32))
    # nearly every event opens an alert: what the pairs of versions and the moves do not give, silence does
    silences = world.silences(alerts - (versions - studies) - studies // 20 - studies // 40 + 60)
    opened: list[tuple[str, str]] = []
    for release in RELEASES:
        with database.write() as session:
            told = [*_read(session, world, release), *silences.get(release, ())]
            opened += _notify(session, release, told, alerts - len(opened))
    with database.write() as session:
        _people(session, world.chance, opened)


def _read(session: Session, world: World, release: str) -> list[Event]:
    """A cycle's reading: new versions, who enters and who leaves."""
    told = [
        event
        for life in world.schedule[release]
        if (event := _next_version(session, life, release, world.chance))
    ]
    came = [life for life in world.schedule[release] if life.first == release]
    went = [life for life in world.lives if life.left == release]
    cohorts.enter(session, WATCH, {life.nct_id: "search 1" for life in came}, release)
    cohorts.leave(session, WATCH, [life.nct_id for life in went], release)
    if release == RELEASES[0]:
        cohorts.save_watch(session, cohorts.Watch(WATCH, "ab" * 32, release))
        return told
    moves = [(Kind.ENTERED, life) for life in came] + [(Kind.LEFT, life) for life in went]
    return told + [event for kind, life in moves if (event := _moved(kind, life, release))]


def _next_version(session: Session, life: Life, release: str, chance: random.Random) -> Event | None:
    before, earlier = life.record, life.seen
    if life.version:
        life.record = edited(copy.deepcopy(before), release, chance)
    life.version, life.seen = life.version + 1, release
    add_versions(session, [_content(life, release)])
    if life.version == 1:
        return None
    return explain(
        _snapshot(before, life.version - 1, earlier),
        _snapshot(life.record, life.version, release),
        rules=RULES,
        seen_at=_seen_at(release),
    )


def _moved(kind: Kind, life: Life, release: str) -> Event | None:
    fact = f"{'Entered' if kind is Kind.ENTERED else 'Left'} the watch {WATCH}"
    study = Study(life.record)
    return presence_event(
        kind,
        life.nct_id,
        study.title,
        release,
        fact=fact,
        rules=RULES,
        seen_at=_seen_at(release),
        study=study,
    )


def _notify(session: Session, release: str, told: list[Event], room: int) -> list[tuple[str, str]]:
    """Write a cycle and its events down; the alerts that it opened, no more than there is room for."""
    now = datetime.fromisoformat(_seen_at(release))
    stamp = f"{release}T09:00:05"
    cycle = ledger.begin_cycle(session, release=release, stamp=stamp, owner="bench", fence=1, now=now)
    add_events(session, [event.as_json() for event in told], cycle)
    opened = [(event.id, event.nct_id) for event in told if event.nct_id][: max(room, 0)]
    inbox.open_alerts(session, opened, now)
    counts = {"studies": 2500, "checked": 2500, "events": len(told)}
    ledger.finish_cycle(session, cycle, state="complete", counts=counts, now=now + timedelta(minutes=2))
    ledger.move_watermark(session, ledger.Watermark(release, stamp, "2.0.5", now))
    ledger.beat(session, "poll", now, {"state": "complete"})
    return opened


def _people(session: Session, chance: random.Random, opened: list[tuple[str, str]]) -> None:
    """A tenth of the alerts is acknowledged, some are assigned, a few snoozed."""
    now = datetime.fromisoformat(_seen_at(RELEASES[-1]))
    chance.shuffle(opened)
    seen, waiting = opened[: len(opened) // 10], opened[len(opened) // 10 :]
    for event_id, _ in seen:
        inbox.acknowledge(session, event_id, by="ann", at=now, verdict="acted")
    for event_id, _ in chance.sample(opened, len(opened) // 25):
        inbox.assign(session, event_id, by="ann", at=now, to=chance.choice(("ann", "ben")))
    for event_id, _ in waiting[: len(opened) // 50]:
        inbox.snooze(session, event_id, by="ben", at=now, until=now + timedelta(days=365))


def _content(life: Life, release: str) -> NewVersion:
    study, payload = Study(life.record), _bytes(life.record)
    digest, form = sha256(payload).hexdigest(), canonicalise(life.record)
    module = at(life.record, "protocolSection", "statusModule")
    return NewVersion(
        life.nct_id,
        payload,
        release,
        f"{release}T09:00:05",
        datetime.fromisoformat(_seen_at(release)),
        digest,
        form.content_hash,
        form.derived_hash,
        CANON,
        submitted=str(study.submitted),
        posted=str(study.posted),
        summary=Summary(
            study.title,
            study.status,
            study.sponsor,
            study.phases,
            asdict(study.enrollment),
            module,
            facts(study),
            searched(study),
        ),
    )


def _snapshot(record: Record, number: int, release: str) -> Snapshot:
    digest = sha256(_bytes(record)).hexdigest()
    return Snapshot(record, canonicalise(record), VersionRef(number, release, digest))


def _bytes(record: Record) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode()


def _seen_at(release: str) -> str:
    return f"{release}T13:05:00+00:00"


def main() -> None:
    """Fill a new SQLite file."""
    database = open_database(f"sqlite:///{sys.argv[1]}")
    database.ensure_schema()
    fill(database)
    database.close()


if __name__ == "__main__":
    main()
