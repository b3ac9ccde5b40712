"""What is said of the same two versions is the same wherever it is asked: event, commands, API, console, replay."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from storage import cohorts
from sync.config import WatchSettings
from sync.rules import by_watch, for_study
from tests.acceptance.console import Browser
from tests.acceptance.instance import Instance
from tests.acceptance.registry_server import Record, StartRegistry, study, told, write_corpus

NOON = datetime(2026, 9, 10, 12, tzinfo=UTC)
FLIPPING = "NCT91000001"
BYSTANDER = "NCT91000002"
DAYS = {
    "2026-09-01": "RECRUITING",
    "2026-09-02": "SUSPENDED",
    "2026-09-03": "RECRUITING",
    "2026-09-04": "SUSPENDED",
    "2026-09-07": "RECRUITING",
    "2026-09-08": "WITHHELD",
}
OWN = {
    "severity": {"status.reopened": "critical", "status.flip_flop": "high"},
    "thresholds": {"flips": 1},
}


def flipping() -> Record:
    """A study whose status goes to and fro, until its record is withheld."""
    return told(FLIPPING, {day: study(FLIPPING, status, posted=day) for day, status in DAYS.items()})


@pytest.fixture
def running(start_registry: StartRegistry, tmp_path: Path) -> Callable[..., Instance]:
    """An instance with these watches that has read the study's whole life."""

    def make(*watches: WatchSettings, days: tuple[str, ...] = tuple(DAYS)) -> Instance:
        corpus = [flipping(), told(BYSTANDER, {days[0]: study(BYSTANDER)})]
        registry = start_registry([write_corpus(tmp_path / "c.jsonl", corpus)], release=days[0])
        instance = Instance(tmp_path, registry.api_url, watches, now=lambda: NOON)
        for day in days:
            registry.move_to(day)
            instance.sync()
        return instance

    return make


def asked(instance: Instance, *arguments: str) -> Any:
    """What a command answers as JSON, line by line."""
    done = instance.command(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def of_versions(instance: Instance) -> list[Record]:
    return [event for event in instance.events() if event["from"]]


def everywhere(instance: Instance, before: int, after: int) -> dict[str, Any]:
    """The event of two versions as each place says it."""
    pair = (f"{FLIPPING}@{before}", f"{FLIPPING}@{after}")
    with instance.service() as service:
        browser = Browser(service)
        where = f"/studies/{FLIPPING}/compare?from={before}&to={after}"
        answer = browser.get(f"/api/v1{where}").json()
        assert "found" in answer, answer
        api = answer["found"]["event"]
        page = browser.get(where).text
    ((by_command,),) = asked(instance, "diff", *pair)
    assert api["headline"] in page
    assert f"<dd>{api['rules']}</dd>" in page
    assert f'card lead {api["severity"]}"' in page
    return {"diff": by_command, "api": api}


def test_every_place_says_of_two_versions_what_was_stored(running):
    first = WatchSettings(name="other", ids=(BYSTANDER,), rules={"severity": {"status.reopened": "info"}})
    instance = running(first, WatchSettings(name="demo", ids=(FLIPPING,), rules=OWN))
    stored = of_versions(instance)
    assert [event["kind"] for event in stored] == ["status"] * 4 + ["withheld"]
    assert [event["severity"] for event in stored[1:4:2]] == ["critical"] * 2
    assert "status.flip_flop" in {reason["rule"] for reason in stored[3]["reasons"]}
    for (before, after), event in zip(pairwise(range(1, 7)), stored, strict=True):
        assert everywhere(instance, before, after) == {"diff": event, "api": event}


def test_a_review_says_it_too(running):
    instance = running(WatchSettings(name="demo", ids=(FLIPPING,), rules=OWN), days=tuple(DAYS)[:5])
    event = of_versions(instance)[-1]
    (found,) = asked(instance, "review", FLIPPING, "--since", "2026-09-04")
    assert (found["from"], found["to"], found["event"]) == (4, 5, event)
    instance.command("review", FLIPPING, "--by", "ana", "--on", "2026-09-04")
    with instance.service() as service:
        shown = Browser(service).get(f"/api/v1/studies/{FLIPPING}").json()["reviewed"]
    assert (shown["severity"], shown["headline"]) == (event["severity"], event["headline"])


def test_a_replay_of_the_rules_in_force_changes_nothing(running):
    other = WatchSettings(name="other", ids=(BYSTANDER,))
    instance = running(other, WatchSettings(name="demo", ids=(FLIPPING,), rules=OWN))
    *different, total = asked(instance, "replay")
    assert different == []
    assert total["verdicts"] == {"same": 5}


@pytest.mark.parametrize("watch_of_both, severity", [("other", "info"), ("demo", "critical")])
def test_a_study_in_several_watches_goes_by_the_first_of_the_configuration(running, watch_of_both, severity):
    other = WatchSettings(
        name="other", ids=(BYSTANDER, FLIPPING), rules={"severity": {"status.reopened": "info"}}
    )
    demo = WatchSettings(name="demo", ids=(FLIPPING,), rules={"severity": {"status.reopened": "critical"}})
    watches = sorted((demo, other), key=lambda watch: watch.name != watch_of_both)
    instance = running(*watches, days=tuple(DAYS)[:3])
    event = of_versions(instance)[-1]
    assert event["severity"] == severity
    assert everywhere(instance, 2, 3) == {"diff": event, "api": event}


def test_a_version_is_weighed_by_the_watch_that_had_the_study_then(running):
    demo = WatchSettings(name="demo", ids=(FLIPPING, BYSTANDER), rules=OWN)
    instance = running(demo, days=tuple(DAYS)[:3])
    event = of_versions(instance)[-1]
    later = WatchSettings(name="later", ids=(FLIPPING,), rules={"severity": {"status.reopened": "info"}})
    instance.watches = (later, replace_ids(demo, BYSTANDER))
    with instance.database() as database, database.write() as session:
        cohorts.save_watch(session, cohorts.Watch("later", ""))
        cohorts.leave(session, "demo", [FLIPPING], "2026-09-04")
        cohorts.enter(session, "later", {FLIPPING: "id"}, "2026-09-04")
    assert everywhere(instance, 2, 3) == {"diff": event, "api": event}
    with instance.database() as database, database.read() as session:
        now = for_study(session, instance.settings, FLIPPING)
    assert now == by_watch(instance.settings)["later"]


def replace_ids(watch: WatchSettings, *ids: str) -> WatchSettings:
    return watch.model_copy(update={"ids": ids})
