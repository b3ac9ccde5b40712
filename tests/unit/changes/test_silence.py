"""Silence: told once a state, and UNKNOWN foretold on the day the registry's rule gives."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.changes.event import Event
from sync.changes.explain import silence_event
from sync.changes.model import Kind, Severity
from sync.changes.rule import Limits
from sync.changes.ruleset import RuleSet
from sync.changes.silence import NEVER_SILENT, SilenceState, named, next_look, silence
from sync.study.record import Study
from sync.study.statuses import ENDED, OPEN
from sync.study.unknown_rule import unknown_day

Record = dict[str, Any]


def study(**module: Any) -> Study:
    """A study with nothing but its status module."""
    dates = {
        name: {"date": value, "type": "ESTIMATED"}
        for name, value in module.items()
        if name.endswith("DateStruct")
    }
    return Study(
        {
            "protocolSection": {
                "identificationModule": {"nctId": "NCT00000017"},
                "statusModule": {**module, **dates},
            }
        }
    )


def kinds(found: list[SilenceState]) -> list[Kind]:
    return [silence_state.kind for silence_state in found]


def test_unknown_comes_two_years_after_verification_and_after_completion() -> None:
    open_study = {"overallStatus": "RECRUITING", "statusVerifiedDate": "2024-05"}
    assert unknown_day(study(**open_study, completionDateStruct="2026-08-31")) == date(2026, 9, 1)
    assert unknown_day(study(**open_study, completionDateStruct="2025-03")) == date(2026, 5, 31)
    assert unknown_day(study(**open_study, primaryCompletionDateStruct="2027-01-15")) == date(2027, 1, 16)


@pytest.mark.parametrize(
    "module",
    [
        {"overallStatus": "COMPLETED", "statusVerifiedDate": "2020-01", "completionDateStruct": "2020-01"},
        {"overallStatus": "SUSPENDED", "statusVerifiedDate": "2020-01", "completionDateStruct": "2020-01"},
        {"overallStatus": "RECRUITING", "statusVerifiedDate": "2020-01"},
        {"overallStatus": "RECRUITING", "completionDateStruct": "2020-01"},
        {
            "overallStatus": "RECRUITING",
            "statusVerifiedDate": "2020-01",
            "completionDateStruct": "9999-12-31",
        },
    ],
)
def test_the_registry_never_sets_unknown_without_its_reasons(module: Record) -> None:
    assert unknown_day(study(**module)) is None


def test_a_leap_day_two_years_on_is_the_last_of_february() -> None:
    leap = study(overallStatus="RECRUITING", statusVerifiedDate="2024-02", completionDateStruct="2025-01")
    assert unknown_day(leap) == date(2026, 2, 28)


def test_a_forecast_is_told_sixty_and_fourteen_days_ahead_and_once_each() -> None:
    recruiting = study(
        overallStatus="RECRUITING", statusVerifiedDate="2024-06", completionDateStruct="2026-08-31"
    )
    seen: set[str] = set()
    told: list[tuple[date, str]] = []
    for day in (
        date(2026, 6, 1),
        date(2026, 7, 3),
        date(2026, 7, 4),
        date(2026, 8, 18),
        date(2026, 8, 30),
        date(2026, 9, 5),
    ):
        for silence_state in silence(recruiting, day, seen):
            if silence_state.kind is Kind.UNKNOWN_FORECAST:
                told.append((day, silence_state.state))
                assert silence_state.day == date(2026, 9, 1)
            seen.add(silence_state.state)
    assert told == [
        (date(2026, 7, 3), "unknown_forecast:2026-09-01:60"),
        (date(2026, 8, 18), "unknown_forecast:2026-09-01:14"),
    ]


def test_a_forecast_moves_with_the_record() -> None:
    module = {"overallStatus": "RECRUITING", "statusVerifiedDate": "2024-06"}
    today = date(2026, 8, 25)
    first = silence(study(**module, completionDateStruct="2026-08-31"), today, ())
    again = silence(
        study(**module, completionDateStruct="2026-09-04"),
        today,
        {silence_state.state for silence_state in first},
    )
    assert Kind.UNKNOWN_FORECAST in kinds(again)


def test_a_passed_date_that_the_status_denies_is_overdue() -> None:
    today = date(2026, 8, 22)
    waiting = study(
        overallStatus="NOT_YET_RECRUITING", startDateStruct="2026-07", lastUpdateSubmitDate="2026-06-01"
    )
    found = silence(waiting, today, ())
    assert [silence_state.fact for silence_state in found] == [
        "The start date 2026-07 has passed, yet the status is Not yet recruiting"
    ]
    assert silence(waiting, today, {found[0].state}) == []
    assert silence(study(overallStatus="NOT_YET_RECRUITING", startDateStruct="2026-08"), today, ()) == []
    assert silence(study(overallStatus="COMPLETED", completionDateStruct="2026-07"), today, ()) == []


def test_a_study_not_heard_of_for_a_year_is_stale() -> None:
    quiet = study(overallStatus="RECRUITING", statusVerifiedDate="2025-08", lastUpdateSubmitDate="2025-08-03")
    assert silence(quiet, date(2026, 8, 30), ()) == []
    assert kinds(silence(quiet, date(2026, 8, 31), ())) == [Kind.STALE]
    assert kinds(silence(quiet, date(2026, 3, 31), (), Limits(stale_months=6))) == [Kind.STALE]
    assert (
        silence(study(overallStatus="COMPLETED", statusVerifiedDate="2015-08"), date(2026, 8, 31), ()) == []
    )


def test_a_record_that_says_nothing_is_not_silent() -> None:
    assert silence(Study({}), date(2026, 8, 22), ()) == []


def test_a_state_has_one_event_whatever_the_release() -> None:
    recruiting = study(
        overallStatus="RECRUITING", statusVerifiedDate="2024-06", completionDateStruct="2026-08-31"
    )
    silence_state = next(
        f for f in silence(recruiting, date(2026, 8, 25), ()) if f.kind is Kind.UNKNOWN_FORECAST
    )

    def event(release: str) -> Event:
        made = silence_event(
            silence_state, recruiting, release, rules=RuleSet.default(), seen_at=f"{release}T13:00:00Z"
        )
        assert made is not None
        return made

    assert event("2026-08-25").id == event("2026-08-26").id
    assert event("2026-08-25").severity is Severity.MEDIUM
    assert event("2026-08-25").headline == (
        "The registry will set UNKNOWN about 2026-09-01, unless the sponsor updates the record "
        "(status Recruiting, not verified since 2024-06)"
    )


_MONTHS = st.dates(date(2024, 1, 1), date(2027, 12, 31)).map(lambda day: day.isoformat()[:7])
_DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31)).map(date.isoformat)
_FIELDS = {
    "statusVerifiedDate": _MONTHS,
    "lastUpdateSubmitDate": _DAYS,
    "startDateStruct": _MONTHS | _DAYS,
    "primaryCompletionDateStruct": _MONTHS | _DAYS,
    "completionDateStruct": _MONTHS | _DAYS,
}
_MODULES = st.fixed_dictionaries({"overallStatus": st.sampled_from(sorted(OPEN | ENDED))}, optional=_FIELDS)
_LIMITS = st.builds(
    Limits, stale_months=st.integers(1, 30), forecast_days=st.lists(st.integers(0, 90), max_size=3).map(tuple)
)


@given(_MODULES, _LIMITS, st.dates(date(2025, 6, 1), date(2026, 12, 31)))
def test_between_two_looks_nothing_else_is_silent_and_on_the_day_of_the_next_something_is(
    module: Record, limits: Limits, today: date
) -> None:
    quiet = study(**module)

    def states(day: date) -> set[str]:
        return {found.state for found in silence(quiet, day, (), limits)}

    day, found = next_look(quiet, today, limits), states(today)
    last = day or date(2031, 1, 1)
    for between in {today, last - timedelta(days=1), today + (last - today) // 2} - {last}:
        assert states(between) == found
    assert day is None or states(day) - found


def test_limits_have_a_name_that_tells_them_apart() -> None:
    same = {named(Limits()), named(Limits(storm_studies=9)), named(Limits(forecast_days=(14, 60)))}
    assert len(same) == 1, "what silence does not go by is not told"
    others = {
        named(Limits(stale_months=6)),
        named(Limits(forecast_days=())),
        named(Limits(forecast_days=(60,))),
    }
    assert len(others - same) == 3


@pytest.mark.corpus
def test_the_headline_study_has_a_forecast_before_its_release(corpus: Path) -> None:
    versions = json.loads((corpus / "NCT06056921.json").read_text())["versions"]
    found = silence(Study(versions[0]["study"]), date(2026, 8, 22), ())
    assert [state.day for state in found if state.kind is Kind.UNKNOWN_FORECAST] == [date(2026, 9, 1)]
    assert silence(Study(versions[1]["study"]), date(2026, 9, 2), ()) == []


@pytest.mark.parametrize("status", sorted(NEVER_SILENT))
def test_nothing_is_awaited_of_a_study_that_ended_or_is_unknown(status: str) -> None:
    # `record_silence` leaves them out before it reads their dates, so no state of theirs may ever be one to tell.
    old = dict.fromkeys(("startDateStruct", "primaryCompletionDateStruct", "completionDateStruct"), "2001-01")
    asleep = study(overallStatus=status, statusVerifiedDate="2001-01", lastUpdateSubmitDate="2001-01", **old)
    assert silence(asleep, date(2026, 9, 1), ()) == []
