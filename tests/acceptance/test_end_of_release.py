"""What only a whole release can tell: silence once a state, storms as one event; and rules replayed over what is stored."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from storage import events, storms
from storage.tables import Study
from sync.changes.model import Severity
from sync.changes.ruleset import RuleSet
from sync.config import WatchSettings
from sync.service import utc_now
from sync.versions.replay import replay, sum_up
from tests.acceptance.instance import Instance
from tests.acceptance.registry_server import StartRegistry, study, told, write_corpus

IDS = tuple(f"NCT9000{number:04}" for number in range(1, 10))
QUIET = {"statusVerifiedDate": "2024-08", "completionDateStruct": {"date": "2026-08-31", "type": "ESTIMATED"}}


def record(
    nct_id: str, sponsor: str = "Meridian", posted: str = "2026-01-05", **status: Any
) -> dict[str, Any]:
    """An invented record whose status module has these fields too."""
    found = study(
        nct_id,
        posted=posted,
        sponsorCollaboratorsModule={"leadSponsor": {"name": sponsor, "class": "INDUSTRY"}},
    )
    found["protocolSection"]["statusModule"] |= status
    return found


@pytest.fixture
def instance(start_registry: StartRegistry, tmp_path: Path) -> Callable[..., Any]:
    """An instance that watches a corpus, and the registry that serves it."""

    def make(studies: list[dict[str, Any]], release: str) -> tuple[Instance, Any]:
        registry = start_registry([write_corpus(tmp_path / "c.jsonl", studies)], release=release)
        watch = WatchSettings(name="w", ids=tuple(each["nctId"] for each in studies))
        return Instance(tmp_path, registry.api_url, (watch,)), registry

    return make


def kinds(instance: Instance, **which: Any) -> list[str]:
    return [event["kind"] for event in instance.events(**which)]


def test_a_baseline_tells_only_of_what_is_still_to_come(instance):
    running, _ = instance([told(IDS[0], {"2026-08-22": record(IDS[0], **QUIET)})], "2026-08-22")
    running.sync()
    (event,) = running.events()
    assert event["kind"] == "unknown_forecast"
    assert "2026-09-01" in event["headline"]
    assert event["from"] is None


def test_what_is_silent_already_at_the_baseline_is_never_told(instance):
    running, registry = instance(
        [told(IDS[0], {"2026-09-01": record(IDS[0], **QUIET), "2026-09-02": record(IDS[0], **QUIET)})],
        "2026-09-01",
    )
    running.sync()
    registry.move_to("2026-09-02")
    running.sync()
    assert kinds(running) == []


def test_silence_is_told_once_a_state_and_not_every_day(instance):
    days = [f"2026-08-{day:02}" for day in (10, 20, 21, 22)] + ["2026-09-01", "2026-09-02", "2026-09-03"]
    quiet = QUIET | {"statusVerifiedDate": "2024-07"}
    running, registry = instance([told(IDS[0], dict.fromkeys(days, record(IDS[0], **quiet)))], "2026-06-01")
    for day in ["2026-08-10", *days[1:]]:
        registry.move_to(day)
        running.sync()
    found = running.events()
    assert [(event["kind"], event["release"]) for event in found] == [
        ("unknown_forecast", "2026-08-10"),
        ("unknown_forecast", "2026-08-20"),
        ("overdue", "2026-09-01"),
    ]


def looked_at(running: Instance) -> dict[str, str | None]:
    """The day on which each study is to be looked at next."""
    with running.database() as database, database.read() as session:
        return {row.nct_id: row.look_on for row in session.scalars(select(Study))}


def test_a_silent_study_is_looked_at_again_on_the_day_on_which_more_can_be_said_of_it(instance):
    running, registry = instance(
        [
            told(IDS[0], dict.fromkeys(("2026-07-10", "2026-08-17"), record(IDS[0], **QUIET))),
            told(IDS[1], {"2026-07-10": record(IDS[1], overallStatus="COMPLETED", **QUIET)}),
        ],
        "2026-07-10",
    )
    running.sync()
    assert looked_at(running) == {IDS[0]: "2026-08-18", IDS[1]: None}, "two weeks before 2026-09-01"
    registry.move_to("2026-08-17")
    running.sync()
    assert (looked_at(running)[IDS[0]], kinds(running)) == ("2026-08-18", ["unknown_forecast"])
    registry.move_to("2026-08-18")
    running.sync()
    assert (looked_at(running)[IDS[0]], kinds(running)) == ("2026-09-01", ["unknown_forecast"] * 2)
    registry.move_to("2026-09-01")
    running.sync()
    assert (looked_at(running)[IDS[0]], kinds(running)[-1]) == ("2027-01-05", "overdue"), (
        "a year after it was posted"
    )


def test_under_other_limits_all_are_looked_at_again(instance):
    running, registry = instance([told(IDS[0], {"2026-06-01": record(IDS[0], **QUIET)})], "2026-06-01")
    running.sync()
    assert looked_at(running) == {IDS[0]: "2026-07-03"}
    (watch,) = running.watches
    ahead = watch.model_copy(update={"rules": {"thresholds": {"forecast_days": [100]}}})
    registry.move_to("2026-06-02")
    earlier = replace(running, watches=(ahead,))
    earlier.sync()
    assert kinds(earlier) == ["unknown_forecast"]
    # a watch with the usual limits, named after it: the first that has the study decides, whichever is asked
    both = replace(running, watches=(watch, ahead.model_copy(update={"name": "another"})))
    registry.move_to("2026-07-03")
    both.sync()
    assert kinds(both) == ["unknown_forecast", "unknown_forecast"]


def test_the_same_change_in_many_studies_is_held_as_one_event(instance):
    renamed = [
        told(nct_id, {"2026-09-01": record(nct_id), "2026-09-02": record(nct_id, sponsor="Meridian Bio")})
        for nct_id in IDS
    ]
    running, registry = instance(renamed, "2026-09-01")
    running.sync()
    registry.move_to("2026-09-02")
    report = running.sync()
    assert (report.state, report.counts["held"]) == ("held", len(IDS))
    (storm,) = running.events(held=False)
    assert storm["kind"] == "storm"
    assert sorted(storm["context"]["events"]) == list(IDS)
    assert len(running.events()) == len(IDS) + 1
    assert running.sync().state == "unchanged"


@pytest.mark.parametrize("verdict, listed", [("released", len(IDS) + 1), ("dismissed", 1)])
def test_a_storm_is_released_or_dismissed_by_a_person(instance, verdict, listed):
    renamed = [
        told(nct_id, {"2026-09-01": record(nct_id), "2026-09-02": record(nct_id, sponsor="Meridian Bio")})
        for nct_id in IDS
    ]
    running, registry = instance(renamed, "2026-09-01")
    running.sync()
    registry.move_to("2026-09-02")
    running.sync()
    (storm,) = running.events(held=False)
    with running.database() as database, database.write() as session:
        storms.decide(session, storm["id"], verdict, utc_now())
    assert len(running.events(held=False)) == listed
    running.sync(force=True)
    assert len(running.events(held=False)) == listed


@pytest.fixture
def two_watches(start_registry: StartRegistry, tmp_path: Path) -> Callable[..., Instance]:
    """Four studies of `demo` that are renamed alike on one release, beside `other`, the first of the configuration."""

    def make(other: dict[str, Any], demo: dict[str, Any], *, shared: tuple[str, ...] = ()) -> Instance:
        renamed = [
            told(nct_id, {"2026-09-01": record(nct_id), "2026-09-02": record(nct_id, sponsor="Meridian Bio")})
            for nct_id in IDS[:4]
        ]
        corpus = [*renamed, told(IDS[8], {"2026-09-01": record(IDS[8])})]
        registry = start_registry([write_corpus(tmp_path / "c.jsonl", corpus)], release="2026-09-01")
        watches = (
            WatchSettings(name="other", ids=(IDS[8], *shared), rules=other),
            WatchSettings(name="demo", ids=IDS[:4], rules=demo),
        )
        running = Instance(tmp_path, registry.api_url, watches)
        running.sync()
        registry.move_to("2026-09-02")
        running.sync()
        return running

    return make


LOW, HIGH = {"thresholds": {"storm_studies": 2}}, {"thresholds": {"storm_studies": 1_000}}
OFF = {"off": ["storm.held"]}


@pytest.mark.parametrize(
    "other, demo, held",
    [({}, {}, 0), ({}, LOW, 4), (HIGH, LOW, 4), (OFF, LOW, 4), (LOW, {}, 0), (LOW, HIGH, 0), (LOW, OFF, 0)],
)
def test_whether_a_study_is_held_is_asked_of_its_own_watch(two_watches, other, demo, held):
    running = two_watches(other, demo)
    assert kinds(running, held=False) == (["storm"] if held else ["sponsor"] * 4)
    assert len(running.events()) == 4 + bool(held)


@pytest.mark.parametrize("other, demo, held", [(LOW, HIGH, 2), (OFF, LOW, 2), (LOW, LOW, 4), (HIGH, HIGH, 0)])
def test_of_a_study_in_several_watches_the_first_of_the_configuration_decides(two_watches, other, demo, held):
    running = two_watches(other, demo, shared=IDS[:2])
    told_at_once = kinds(running, held=False)
    assert told_at_once.count("sponsor") == 4 - held
    assert told_at_once.count("storm") == bool(held)


def test_a_storm_is_told_by_the_rules_of_a_watch_that_it_struck(two_watches):
    running = two_watches(
        {"severity": {"storm.held": "info"}}, {**LOW, "severity": {"storm.held": "critical"}}
    )
    (storm,) = running.events(held=False)
    assert storm["severity"] == "critical"


def test_the_same_change_by_sponsors_is_no_storm(instance):
    updated = [
        told(
            nct_id,
            {
                "2026-09-01": record(nct_id),
                "2026-09-02": record(
                    nct_id, sponsor="Meridian Bio", posted="2026-09-02", lastUpdateSubmitDate="2026-09-01"
                ),
            },
        )
        for nct_id in IDS
    ]
    running, registry = instance(updated, "2026-09-01")
    running.sync()
    registry.move_to("2026-09-02")
    assert running.sync().state == "complete"
    assert kinds(running) == ["sponsor"] * len(IDS)


@pytest.fixture
def stopped(instance) -> Instance:
    """An instance that told of a stop, a resumption and another stop."""
    days = {
        "2026-09-01": "RECRUITING",
        "2026-09-02": "SUSPENDED",
        "2026-09-03": "RECRUITING",
        "2026-09-04": "SUSPENDED",
    }
    versions = {
        day: record(IDS[0], overallStatus=status, whyStopped="Drug supply", posted=day)
        for day, status in days.items()
    }
    running, registry = instance([told(IDS[0], versions)], "2026-09-01")
    for day in days:
        registry.move_to(day)
        running.sync()
    return running


def replayed(instance: Instance, rules: RuleSet, since: str | None = None) -> list[Any]:
    with instance.database() as database, database.read() as session:
        return list(replay(session, lambda _nct_id, _release: rules, since=since))


def test_a_replay_of_the_rules_in_force_changes_nothing(stopped):
    assert [row.comparison for row in replayed(stopped, RuleSet.default())] == ["same"] * 3
    assert len(replayed(stopped, RuleSet.default(), since="2026-09-03")) == 2


def test_a_replay_of_other_rules_tells_what_would_weigh_otherwise(stopped):
    severe = {each["reasons"][0]["rule"] for each in stopped.events() if each["severity"] == "high"}
    lenient = RuleSet.from_settings({"severity": dict.fromkeys(severe, "low")})
    rows = replayed(stopped, lenient)
    changed = [row for row in rows if row.comparison == "severity"]
    assert len(changed) == 2
    assert {row.as_json()["was"] for row in changed} == {"high"}
    total = sum_up(rows, Severity.HIGH)
    assert (total.alerts_told, total.alerts_now, total.days) == (2, 0, 3)


def test_a_superseded_telling_stays_addressable(stopped):
    severe = {each["reasons"][0]["rule"] for each in stopped.events() if each["severity"] == "high"}
    lenient = RuleSet.from_settings({"severity": dict.fromkeys(severe, "low")})
    row = next(row for row in replayed(stopped, lenient) if row.comparison == "severity")
    assert row.now is not None
    with stopped.database() as database:
        with database.write() as session:
            events.supersede(session, row.now.as_json(), utc_now())
        with database.read() as session:
            assert events.event(session, row.now.id) == row.now.as_json()
            assert events.superseded_events(session, row.now.id) == [row.stored.as_json()]
    assert [each.comparison for each in replayed(stopped, lenient)].count("severity") == 1
