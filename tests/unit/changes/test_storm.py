"""Storms: many studies changed alike by no sponsor are one operator event."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from sync.changes.event import Event
from sync.changes.explain import storm_event
from sync.changes.model import Kind
from sync.changes.rule import Limits
from sync.changes.ruleset import RuleSet
from sync.changes.storm import storms

Record = dict[str, Any]
Explain = Callable[..., Event | None]


def study(record: Record, number: int) -> Record:
    made = copy.deepcopy(record)
    made["protocolSection"]["identificationModule"]["nctId"] = f"NCT{number:08}"
    return made


def renamed(record: Record, told: Explain, number: int, *, by_sponsor: bool = False) -> Event:
    before, after = study(record, number), study(record, number)
    after["protocolSection"]["sponsorCollaboratorsModule"]["leadSponsor"]["name"] = f"Selene {number}"
    if by_sponsor:
        after["protocolSection"]["statusModule"]["lastUpdateSubmitDate"] = "2026-08-19"
    event = told(before, after)
    assert event is not None
    return event


def with_more_people(record: Record, told: Explain, number: int) -> Event:
    before, after = study(record, number), study(record, number)
    after["protocolSection"]["designModule"]["enrollmentInfo"]["count"] = 24 + number
    event = told(before, after)
    assert event is not None
    return event


def test_29_renames_in_one_cycle_are_one_storm(invented: Record, told: Explain) -> None:
    events = [renamed(invented, told, number) for number in range(29)]
    found = storms([*events, with_more_people(invented, told, 1)])
    assert [(storm.kind, len(storm.events)) for storm in found] == [(Kind.SPONSOR, 29)]
    event = storm_event(found[0], "2026-08-21", rules=RuleSet.default(), seen_at="2026-08-21T13:05:11Z")
    assert event is not None
    assert event.kind is Kind.STORM
    assert event.headline.startswith(
        "29 studies changed alike on one release, without an update by a sponsor"
    )
    assert event.context["events"] == {each.nct_id: each.id for each in events}


def test_five_are_no_storm_and_six_are_one(invented: Record, told: Explain) -> None:
    events = [renamed(invented, told, number) for number in range(6)]
    assert storms(events[:5]) == []
    assert len(storms(events)) == 1
    assert storms(events, lambda _nct_id: Limits(storm_studies=6)) == []


def test_a_share_of_what_changed_is_needed_too(invented: Record, told: Explain) -> None:
    events = [renamed(invented, told, number) for number in range(6)]
    others = [with_more_people(invented, told, number) for number in range(7, 14)]
    assert len(storms([*events, *others], lambda _nct_id: Limits(storm_percent=40))) == 2
    assert storms([*events, *others], lambda _nct_id: Limits(storm_percent=60)) == []


def test_what_sponsors_updated_is_no_storm(invented: Record, told: Explain) -> None:
    assert storms(renamed(invented, told, number, by_sponsor=True) for number in range(29)) == []


def test_changes_of_another_shape_are_counted_apart(invented: Record, told: Explain) -> None:
    events = [renamed(invented, told, number) for number in range(4)]
    events += [with_more_people(invented, told, number) for number in range(4, 8)]
    assert storms(events) == []


def computed_anew(record: Record, told: Explain, number: int) -> Event:
    before, after = study(record, number), study(record, number)
    after["derivedSection"]["conditionBrowseModule"] = {"meshes": [{"id": "D1", "term": "A new word"}]}
    event = told(before, after)
    assert event is not None
    return event


def test_what_the_registry_computes_anew_in_many_studies_is_no_storm(invented: Record, told: Explain) -> None:
    events = [computed_anew(invented, told, number) for number in range(40)]
    assert {event.kind for event in events} == {Kind.DERIVED}
    assert storms(events) == []


def test_a_storm_is_found_beside_thousands_of_studies_that_the_registry_computes_anew(
    invented: Record, told: Explain
) -> None:
    quiet = [computed_anew(invented, told, number) for number in range(100, 300)]
    events = [renamed(invented, told, number) for number in range(6)]
    assert [len(storm.events) for storm in storms([*quiet, *events])] == [6]


def test_how_many_changed_may_be_said_where_not_all_events_are_given(invented: Record, told: Explain) -> None:
    events = [renamed(invented, told, number) for number in range(6)]
    assert len(storms(events, changed=119)) == 1
    assert storms(events, changed=120) == []


def set_unknown(
    record: Record, told: Explain, number: int, *, former: str = "RECRUITING", **dates: str | None
) -> Event:
    """A flip to UNKNOWN on 2026-08-21; the record's dates are those given, None for a date that it lacks."""
    before = study(record, number)
    status = before["protocolSection"]["statusModule"]
    status["overallStatus"] = former
    for name, value in dates.items():
        if value is None:
            del status[name]
        else:
            status[name] = value if name == "statusVerifiedDate" else {"date": value, "type": "ESTIMATED"}
    after = copy.deepcopy(before)
    after["protocolSection"]["statusModule"] |= {"overallStatus": "UNKNOWN", "lastKnownStatus": former}
    event = told(before, after)
    assert event is not None
    return event


BY_RULE = {
    "statusVerifiedDate": "2024-07",
    "primaryCompletionDateStruct": "2026-05",
    "completionDateStruct": "2026-06-30",
}
WITHOUT_DATES = dict.fromkeys(BY_RULE)


class TestFlipsToUnknown:
    """Setting UNKNOWN is the registry's ordinary work."""

    @pytest.mark.parametrize(
        "dates",
        [
            BY_RULE,
            WITHOUT_DATES,
            BY_RULE | {"statusVerifiedDate": None},
            BY_RULE | {"primaryCompletionDateStruct": None, "completionDateStruct": None},
            BY_RULE | {"completionDateStruct": None},
            BY_RULE | {"statusVerifiedDate": "2024-08"},
            BY_RULE | {"completionDateStruct": "2026-08"},
            BY_RULE | {"completionDateStruct": "2026"},
        ],
    )
    def test_many_at_once_are_no_storm_while_no_date_speaks_against_the_rule(
        self, invented: Record, told: Explain, dates: dict[str, str | None]
    ) -> None:
        assert storms(set_unknown(invented, told, number, **dates) for number in range(40)) == []

    @pytest.mark.parametrize(
        ("dates", "why"),
        [
            (BY_RULE | {"completionDateStruct": "2028-01"}, "the completion date 2028-01 has not passed"),
            (BY_RULE | {"statusVerifiedDate": "2026-03"}, "it was verified in 2026-03"),
            (WITHOUT_DATES | {"statusVerifiedDate": "2026-03"}, "it was verified in 2026-03"),
            (
                WITHOUT_DATES | {"primaryCompletionDateStruct": "2027-02-01"},
                "the primary completion date 2027-02-01 has not passed",
            ),
        ],
    )
    def test_many_whose_own_dates_contradict_the_rule_are_a_storm_whatever_they_were_before(
        self, invented: Record, told: Explain, dates: dict[str, str | None], why: str
    ) -> None:
        formers = ("RECRUITING", "NOT_YET_RECRUITING", "ACTIVE_NOT_RECRUITING")
        events = [
            set_unknown(invented, told, number, former=formers[number % 3], **dates) for number in range(6)
        ]
        assert why in events[0].headline
        assert [len(storm.events) for storm in storms(events)] == [6]
        assert storms(events[:5]) == []

    def test_those_by_the_rule_are_told_beside_such_a_storm(self, invented: Record, told: Explain) -> None:
        odd = BY_RULE | {"statusVerifiedDate": "2026-03"}
        against = [set_unknown(invented, told, number, **odd) for number in range(6)]
        by_rule = [set_unknown(invented, told, number, **BY_RULE) for number in range(6, 20)]
        (storm,) = storms([*by_rule, *against])
        assert {each.id for each in storm.events} == {each.id for each in against}
