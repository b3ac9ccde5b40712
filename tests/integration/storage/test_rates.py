"""What is usual, counted on invented studies: who is observed and how long, what counts, and which place an event has."""

from __future__ import annotations

from typing import Any

import pytest

from storage import cohorts, events, new_versions, rates, storms, versions
from storage.engine import Database
from storage.rates import What, Window
from storage.studies import name_studies
from sync.versions.base_rates import FEWEST, BaseRate, base_rate, note_base_rates
from sync.versions.intervals import share_interval
from sync.versions.rates import rates_of
from tests.integration.storage.conftest import a_change, an_event, plans_of

WATCH, BEGIN, MIDDLE, END = "lupus", "2026-06-01", "2026-07-01", "2026-07-31"
STATUS = "protocolSection.statusModule.overallStatus"
WINDOW = Window(BEGIN, END)
IDS = [f"NCT000000{n:02}" for n in range(1, 25)]


def step(event_id: str, nct_id: str, release: str, new: str = "SUSPENDED", **other: Any) -> dict[str, Any]:
    """A study steps to another status."""
    change = a_change(path=STATUS, old="RECRUITING", new=new)
    return an_event(event_id, nct_id, release=release, changes=[change], **other)


@pytest.fixture
def cohort(database: Database, make_version: Any) -> Database:
    """24 studies in a watch since June, but the last one, which came in July."""
    with database.write() as session:
        releases = dict.fromkeys(IDS, BEGIN) | {IDS[-1]: MIDDLE}
        new_versions.add_versions(
            session, [make_version(nct_id, nct_id, release) for nct_id, release in releases.items()]
        )
        cohorts.save_watch(session, cohorts.Watch(WATCH, "00"))
        for nct_id, release in releases.items():
            cohorts.enter(session, WATCH, {nct_id: "id"}, release)
    return database


def tell(database: Database, *told: dict[str, Any], **other: Any) -> None:
    with database.write() as session:
        events.add_events(session, list(told), **other)


def rate_of(database: Database, event_id: str, release: str) -> BaseRate:
    with database.read() as session:
        found = base_rate(session, event_id, release)
    assert found is not None
    return found


def test_a_study_is_observed_from_its_first_version_until_it_left(cohort: Database) -> None:
    with cohort.write() as session:
        cohorts.leave(session, WATCH, [IDS[0]], MIDDLE)
    with cohort.read() as session:
        (found,) = rates.observed(session, WATCH, WINDOW)
        (later,) = rates.observed(session, WATCH, Window(MIDDLE, END))
        assert rates.observed(session, WATCH, Window("2026-01-01", BEGIN)) == []
    assert (found.studies, found.days) == (24, 22 * 60 + 30 + 30)
    assert (later.studies, later.days, later.first) == (23, 23 * 30, MIDDLE)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_profiles_are_looked_for_only_where_strata_are_asked_for(cohort: Database) -> None:
    with cohort.read() as session, plans_of(session) as plans:
        rates.observed(session, "w", Window("2026-09-01", "2026-10-01"))
        assert plans
        assert not [plan for plan in plans if "profile" in plan]
        rates.observed(session, "w", Window("2026-09-01", "2026-10-01"), ["area"])
        assert [plan for plan in plans if "profile" in plan]


def test_an_older_version_found_later_lengthens_the_observation(cohort: Database) -> None:
    with cohort.write() as session:
        version = versions.VERSION.since
        session.execute(version.table.update().where(versions.VERSION.nct_id == IDS[-1]).values(since=BEGIN))
    with cohort.read() as session:
        (found,) = rates.observed(session, WATCH, WINDOW)
    assert (found.studies, found.days) == (24, 24 * 60)


def test_one_that_came_back_is_observed_on_and_one_without_a_record_is_not(cohort: Database) -> None:
    with cohort.write() as session:
        cohorts.leave(session, WATCH, [IDS[0], IDS[1]], MIDDLE)
        cohorts.enter(session, WATCH, {IDS[0]: "id"}, "2026-07-11")
        name_studies(session, ["NCT99000001"], BEGIN)
        cohorts.enter(session, WATCH, {"NCT99000001": "id"}, BEGIN)
    with cohort.read() as session:
        (found,) = rates.observed(session, WATCH, WINDOW)
    assert (found.studies, found.days) == (24, 22 * 60 + 30 + 30), (
        "all but who left for good, and who came late"
    )


def test_events_count_once_however_many_changes_they_tell_of(cohort: Database) -> None:
    sites = [a_change("sites"), a_change("sites", path="x"), a_change("contacts")]
    tell(
        cohort,
        an_event("evt_1", IDS[0], release=MIDDLE, kind="sites", changes=sites),
        an_event("evt_2", IDS[0], release=END, kind="sites", changes=sites[:1]),
        step("evt_3", IDS[1], END),
        an_event("evt_4", IDS[2], release=BEGIN, kind="sites", changes=sites),
    )
    with cohort.read() as session:
        found = {each.what: (each.events, each.studies) for each in rates.tallies(session, WATCH, WINDOW)}
    assert found == {
        What("sites"): (2, 1),
        What("contacts"): (1, 1),
        What("status"): (1, 1),
        What("status", "SUSPENDED"): (1, 1),
    }


def test_what_a_storm_holds_counts_for_nothing(cohort: Database) -> None:
    tell(cohort, step("evt_1", IDS[0], MIDDLE), step("evt_2", IDS[1], MIDDLE), an_event("storm", None))
    with cohort.write() as session:
        storms.hold(session, "storm", ["evt_1"])
    with cohort.read() as session:
        assert [row[0] for row in rates.occurrences(session, WATCH, What("status"), WINDOW)] == [IDS[1]]


def test_the_place_of_an_event_counts_those_before_it_and_never_itself(cohort: Database) -> None:
    tell(
        cohort,
        step("evt_1", IDS[0], "2026-07-10"),
        step("evt_2", IDS[1], "2026-07-20"),
        step("evt_3", IDS[2], "2026-07-20", new="COMPLETED"),
        step("evt_4", IDS[3], END),
        step("evt_5", IDS[4], END),
        step("evt_6", IDS[0], END),
    )
    found = [rate_of(cohort, f"evt_{n}", END) for n in (4, 5, 6)]
    first = rate_of(cohort, "evt_1", "2026-07-10")
    assert [(each.before, each.studies, each.again) for each in found] == [
        (2, 24, False),
        (3, 24, False),
        (4, 24, True),
    ]
    assert "2 of 24 studies were suspended in the 60 days before (8.3 %" in found[0].sentence
    assert found[0].sentence.endswith("; this one is the 3rd.")
    assert found[2].sentence.endswith("; this study was one of them.")
    assert "none of 24 studies was suspended" in first.sentence
    assert first.sentence.endswith("this one is the first.")


def test_nothing_is_said_of_too_few(cohort: Database) -> None:
    with cohort.write() as session:
        cohorts.leave(session, WATCH, IDS[: 24 - FEWEST + 1], BEGIN)
    tell(cohort, step("evt_1", IDS[-1], END))
    found = rate_of(cohort, "evt_1", END)
    with cohort.read() as session:
        whole = rates_of(session, WATCH, END, 60).as_json()
    assert found.sentence.startswith("Too few to say")
    assert not found.as_json()["enough"]
    assert {each["per_100_study_years"]["said"] for each in whole["rates"]} == {"too few to say"}


def test_what_was_counted_when_it_was_told_stays(cohort: Database) -> None:
    tell(cohort, step("evt_1", IDS[0], MIDDLE), step("evt_2", IDS[1], END))
    assert (note_base_rates(cohort, END), note_base_rates(cohort, END)) == (1, 0)
    tell(cohort, step("evt_0", IDS[5], "2026-07-15"))
    assert rate_of(cohort, "evt_2", END).before == 1


def test_of_two_watches_the_smaller_one_that_is_large_enough_is_told(cohort: Database) -> None:
    with cohort.write() as session:
        for name, members in (("few", IDS[:3]), ("twenty", IDS[:FEWEST])):
            cohorts.save_watch(session, cohorts.Watch(name, "00"))
            cohorts.enter(session, name, dict.fromkeys(members, "id"), MIDDLE)
    tell(cohort, step("evt_1", IDS[0], END), step("evt_2", IDS[22], END))
    assert [rate_of(cohort, each, END).watch for each in ("evt_1", "evt_2")] == ["twenty", WATCH]


def test_rates_of_a_watch_have_their_numbers_and_intervals(cohort: Database) -> None:
    plan = {"count": 40, "type": "ESTIMATED"}, {"count": 30, "type": "ACTUAL"}
    reached = a_change(
        "enrollment", old=plan[0], new=plan[1], detail={"percent": -25.0, "replaced_by_actual": True}
    )
    back = a_change(path=STATUS, old="SUSPENDED", new="RECRUITING")
    slip = a_change("dates", detail={"date": "completion", "slip_days": 90})
    tell(
        cohort,
        step("evt_1", IDS[0], MIDDLE),
        an_event("evt_2", IDS[0], release=END, changes=[back]),
        *(
            an_event(f"evt_e{n}", IDS[n], release=END, kind="enrollment", changes=[reached, slip])
            for n in range(1, 22)
        ),
    )
    with cohort.read() as session:
        found = rates_of(session, WATCH, END, 60)
    (suspended,) = [each for each in found.rates if each.what == What("status", "SUSPENDED")]
    assert (found.n, found.days) == (24, 23 * 60 + 30)
    assert suspended.per_100_years == pytest.approx(1 / 1410 * 36525)
    assert suspended.as_json()["studies"]["low"] == round(share_interval(1, 24).low, 5)
    (in_status,) = [each for each in found.statuses if each.status == "SUSPENDED"]
    assert (in_status.days, in_status.left, in_status.spells) == (30, 1, (30,))
    assert found.enrollment.quartiles == (0.75, 0.75, 0.75)
    assert (found.enrollment.share.part, found.enrollment.share.n) == (0, 21)
    (slips,) = [each for each in found.slips if each.name == "completion"]
    assert (slips.share.part, slips.quartiles[1]) == (21, 90)
