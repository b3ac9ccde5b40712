"""The past of studies, out of the record history of a registry that is really asked."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from storage import alerts, audit, events, outbox, past, versions
from storage.events import EventJson
from storage.versions import VersionInfo
from sync.config import Settings
from sync.demo.registry import RunningRegistry
from sync.past.backfill import BackfillRun, Filled
from sync.registry.settings import BackfillSettings
from sync.rules import by_watch
from sync.service import Service
from sync.versions.replay import replay
from tests.acceptance.instance import Instance, Watching, watch
from tests.acceptance.registry_server import Record, StartRegistry, study, told, write_corpus
from tests.faults.soundness import assert_sound
from tests.support import forked

LONG, NEW, QUIET = "NCT90000001", "NCT90000002", "NCT90000003"
NOW = "2026-09-01"
LIFE = {
    "2023-02-01": "NOT_YET_RECRUITING",
    "2023-06-01": "RECRUITING",
    "2024-03-01": "SUSPENDED",
    "2025-01-15": "RECRUITING",
}
CRITERIA = "Inclusion Criteria:\n\n* Age 18 to 60 years\n* 1\\. Lupus; 2. A score \\> 2\n\nExclusion Criteria:\n\n1. HIV"


def record(nct_id: str, day: str, status: str) -> Record:
    """A record with a text that the API has in Markdown, the record history in HTML."""
    return study(nct_id, status, posted=day, eligibilityModule={"eligibilityCriteria": CRITERIA})


@pytest.fixture
def registry(start_registry: StartRegistry, tmp_path: Path) -> RunningRegistry:
    """Three studies: one with four versions before today's release, one with two, one with one."""
    later = {"2026-09-02": record(LONG, "2026-09-02", "SUSPENDED")}
    corpus = [
        told(LONG, {day: record(LONG, day, status) for day, status in LIFE.items()} | later),
        told(NEW, {day: record(NEW, day, "RECRUITING") for day in ("2025-05-05", "2026-08-03")}),
        told(QUIET, {"2026-01-05": study(QUIET)}),
    ]
    return start_registry([write_corpus(tmp_path / "c.jsonl", corpus)], release=NOW)


@pytest.fixture
def instance(registry: RunningRegistry, watching: Watching) -> Instance:
    """One that watches all three, and has read nothing yet."""
    return watching(registry, watch(LONG, NEW, QUIET))


def fill(instance: Instance, *ids: str, **settings: Any) -> list[Filled]:
    """One run over the studies, without pauses."""
    with instance.service() as service:
        own = BackfillSettings(min_interval_s=0, **settings)
        changed = Settings.model_construct(**{**dict(service.settings), "backfill": own})
        made = Service(changed, service.database, service.registry, by_watch(changed), service.now)
        return list(BackfillRun(made, by="ana").run(ids or (LONG, NEW, QUIET)))


def stored(instance: Instance, nct_id: str) -> list[VersionInfo]:
    with instance.database() as database, database.read() as session:
        return versions.versions(session, nct_id)


def historical(instance: Instance, nct_id: str) -> list[EventJson]:
    """The events of a study's past, oldest first."""
    with instance.database() as database, database.read() as session:
        found = events.events(session, nct_id=nct_id, historical=True)[::-1]
    return [event for event in found if event.get("state") == "historical"]


def statuses(instance: Instance, nct_id: str) -> list[str]:
    return [
        json.loads(raw)["protocolSection"]["statusModule"]["overallStatus"]
        for raw in instance.payloads(nct_id)
    ]


@pytest.mark.parametrize("polled_first", [True, False], ids=["polled before", "polled after"])
def test_the_past_goes_before_what_was_polled_in_order_and_the_same_content_is_one_version(
    instance: Instance, polled_first: bool
) -> None:
    if polled_first:
        instance.sync()
    assert [each.versions for each in fill(instance)] == [3, 1, 0]
    if not polled_first:
        instance.sync()
    known = stored(instance, LONG)
    assert [info.number for info in known] == [-2, -1, 0, 1]
    assert [info.provenance for info in known] == ["history"] * 3 + ["api"]
    assert [info.day for info in known] == list(LIFE)
    assert known[-1].release == NOW, "the release that it was polled on stays as it is"
    assert statuses(instance, LONG) == list(LIFE.values())
    assert [info.number for info in stored(instance, QUIET)] == [1]
    with instance.database() as database:
        assert_sound(database)


def test_what_changed_in_the_past_is_told_to_nobody(instance: Instance) -> None:
    instance.sync()
    before = instance.events()
    fill(instance)
    assert instance.events() == before, "nothing is news of it"
    found = historical(instance, LONG)
    assert [event["release"] for event in found] == list(LIFE)[1:]
    assert [event["kind"] for event in found] == ["status"] * 3
    with instance.database() as database, database.read() as session:
        about = {event["id"] for event in found}
        assert not {each.event_id for each in alerts.alerts(session, now=instance.now())} & about
        assert not [each for event_id in about for each in outbox.deliveries(session, event_id=event_id)]


def test_a_second_run_asks_for_nothing_and_writes_nothing(
    instance: Instance, registry: RunningRegistry
) -> None:
    instance.sync()
    fill(instance)
    registry.clear_log()
    with instance.database() as database, database.read() as session:
        seals, entries = versions.versions(session, LONG), audit.entries(session)
    assert {each.state for each in fill(instance)} == {"done"}
    assert registry.log() == []
    with instance.database() as database, database.read() as session:
        assert (versions.versions(session, LONG), audit.entries(session)) == (seals, entries)


def test_what_is_polled_later_knows_the_past(instance: Instance, registry: RunningRegistry) -> None:
    instance.sync()
    fill(instance)
    registry.move_to("2026-09-02")
    instance.sync()
    (told_now,) = (event for event in instance.events(nct_id=LONG) if event["kind"] == "status")
    assert "status.flip_flop" in {reason["rule"] for reason in told_now["reasons"]}
    with instance.database() as database, database.read() as session:
        assert {row.comparison for row in replay(session, lambda *_: by_watch(instance.settings)["w"])} == {
            "same"
        }
        assert versions.version_as_of(session, LONG, "2024-05-01") == 0
        assert versions.version_as_of(session, LONG, "2025-06-01") == 1, "it stood long before it was polled"
        assert versions.version_as_of(session, LONG, "2023-01-31") is None
    with instance.database() as database:
        assert_sound(database)


def test_a_long_history_is_fetched_from_the_newest_on_and_continued_when_more_are_allowed(
    instance: Instance,
) -> None:
    instance.sync()
    (first,) = fill(instance, LONG, versions_per_study=2)
    # the newest in the list is the one that was polled
    assert (first.listed, first.versions, first.older) == (4, 1, 2)
    assert [info.number for info in stored(instance, LONG)] == [0, 1]
    assert fill(instance, LONG, versions_per_study=2)[0].state == "done"
    (more,) = fill(instance, LONG)
    assert (more.versions, more.events, more.older) == (2, 2, 0)
    assert statuses(instance, LONG) == list(LIFE.values())
    assert len(historical(instance, LONG)) == 3
    with instance.database() as database:
        assert_sound(database)


def test_a_run_asks_for_so_many_studies_and_the_next_one_for_the_others(instance: Instance) -> None:
    instance.sync()
    assert [each.nct_id for each in fill(instance, studies_per_run=1)] == [LONG]
    assert [(each.nct_id, each.state) for each in fill(instance, studies_per_run=1)] == [
        (LONG, "done"),
        (NEW, "stored"),
    ]


def test_the_command_tells_what_it_did_and_the_other_commands_work_over_the_past(instance: Instance) -> None:
    instance.sync()
    environment = instance.environment(TRIALDELTA_BACKFILL__MIN_INTERVAL_S="0")

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return forked.run(instance.command_line(*words), env=environment)

    done = run("backfill", "--watch", "w")
    assert done.stdout == ("3 studies: 4 versions and 4 events of the past stored, 1 has no older version.\n")
    assert '"status": "SUSPENDED"' not in run("show", LONG, "--as-of", "2023-02-02", "--json").stdout
    assert "NOT_YET_RECRUITING" in run("show", f"{LONG}@-2", "--json").stdout
    assert "Suspended → Recruiting" in run("diff", f"{LONG}@0", f"{LONG}@1").stdout
    known = [json.loads(line) for line in run("events", LONG, "--json").stdout.splitlines()]
    assert [event.get("state") for event in known if event["from"]] == ["historical"] * 3
    listed = [json.loads(line) for line in run("history", LONG, "--json").stdout.splitlines()]
    assert [(each["version"], each["provenance"]) for each in listed][-1] == (1, "api")


KILLED = """
import os, signal, sys
from contextlib import contextmanager
from itertools import count
from storage.engine import Database
from sync.config import load
from sync.past.backfill import BackfillRun
from sync.service import open_service

write, number, when = Database.write, count(1), int(sys.argv[1])

@contextmanager
def killed(self):
    with write(self) as session:
        yield session
        session.flush()
        if next(number) == when:
            os.kill(os.getpid(), signal.SIGKILL)

with open_service(load()) as service:
    Database.write = killed
    for _ in BackfillRun(service, by="ana").run(sys.argv[2:]):
        pass
"""


@pytest.mark.parametrize("when", [2, 3], ids=["in the first study", "in the second study"])
def test_a_run_that_is_killed_is_taken_up_where_it_ended(instance: Instance, when: int) -> None:
    instance.sync()
    words = [*instance.command_line()[:1], "-c", KILLED, str(when), LONG, NEW, QUIET]
    environment = instance.environment(TRIALDELTA_BACKFILL__MIN_INTERVAL_S="0")
    killed = forked.run(words, env=environment)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(stored(instance, LONG)) == (1 if when == 2 else 4), "a study is filled in whole or not at all"
    fill(instance)
    assert [len(stored(instance, each)) for each in (LONG, NEW, QUIET)] == [4, 2, 1]
    with instance.database() as database, database.read() as session:
        assert past.backfills(session, [LONG, NEW, QUIET]).keys() == {LONG, NEW, QUIET}
    with instance.database() as database:
        assert_sound(database)
