"""What made an event heavy comes first, then the rest in falling weight."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync.alerts.weight import causes, weighed
from sync.changes.rule import Limits
from sync.changes.ruleset import RuleSet, all_rules
from tests.unit.channels.outgoing import an_event, change

MODULE = "protocolSection.outcomesModule"


def reason(rule: str, severity: str) -> dict[str, str]:
    return {"rule": rule, "fact": f"{rule} saw it", "severity": severity}


def an_outcome(
    lead: str, measure: str, op: str, *what: str, percent: float | None = None
) -> dict[str, object]:
    rank = lead.removesuffix("Outcomes")
    return change(
        "outcomes",
        f"{MODULE}.{lead}[{measure}|1 year]",
        {"measure": measure, "timeFrame": "1 year"} if op != "added" else None,
        {"measure": measure, "timeFrame": f"{len(measure)} years"} if op != "removed" else None,
        op,
        rank=rank,
        measure=measure,
        what=what,
        after_start=True,
        after_primary_completion=False,
        **({} if percent is None else {"time_frame_percent": percent}),
    )


def test_changes_fall_in_weight_kind_by_kind_and_bookkeeping_is_last() -> None:
    event = an_event(
        kind="dates",
        severity="high",
        reasons=[
            reason("dates.long_slip", "high"),
            reason("oversight.changed", "medium"),
            reason("contacts.changed", "info"),
        ],
        changes=[
            change("contacts", "protocolSection.contactsLocationsModule.centralContacts[A].phone", "1", "2"),
            change("administrative", "protocolSection.statusModule.statusVerifiedDate", "2026-06", "2026-09"),
            change("dates", "protocolSection.statusModule.startDateStruct", None, {"date": "2026-01"}, "added",
                   date="start", slip_days=None),
            change("oversight", "protocolSection.oversightModule.oversightHasDmc", False, True),
        ],
    )  # fmt: skip
    told = weighed(event)
    assert [(each.kind, each.severity) for each in told] == [
        ("dates", "high"),
        ("oversight", "medium"),
        ("contacts", "info"),
        ("administrative", "info"),
    ]
    assert told[-1].minor


def test_within_a_kind_what_weighs_most_comes_first() -> None:
    changes = [
        an_outcome("secondaryOutcomes", "Worded anew", "reworded", "reworded"),
        an_outcome("secondaryOutcomes", "Another time", "changed", "time frame", percent=100),
        an_outcome("primaryOutcomes", "A little later", "changed", "time frame", percent=2),
        an_outcome("primaryOutcomes", "Gone", "removed", "removed"),
        an_outcome("primaryOutcomes", "Twice as long", "changed", "time frame", percent=100),
        an_outcome("secondaryOutcomes", "New", "added", "added"),
    ]
    event = an_event(
        kind="outcomes", reasons=[reason("outcomes.primary_after_start", "high")], changes=changes
    )
    assert [each.name for each in weighed(event)] == [
        *("Gone", "Twice as long", "New", "Another time", "A little later", "Worded anew"),
    ]


def test_the_longest_slip_comes_before_the_shorter_ones() -> None:
    dates = {"startDateStruct": 15, "primaryCompletionDateStruct": -900, "completionDateStruct": 700}
    changes = [
        change("dates", f"protocolSection.statusModule.{name}", {"date": "2026"}, {"date": "2027"},
               date=name, slip_days=days)
        for name, days in dates.items()
    ]  # fmt: skip
    (told,) = weighed(an_event(kind="dates", reasons=[reason("dates.slip", "medium")], changes=changes))
    assert [field.name for field in told.fields] == ["Study completion", "Primary completion", "Study start"]


def test_the_rule_is_told_in_words_with_the_numbers_in_force_where_they_are_known() -> None:
    reasons = [reason("dates.slip", "high")]
    (known,) = causes(an_event(reasons=reasons, rules=RuleSet.default().sha256))
    assert (known.text, known.note) == (
        "Dates.slip saw it",
        "A date slips by 90 days or more, yet not by as much as weighs more.",
    )
    (unknown,) = causes(an_event(reasons=reasons))
    assert unknown.note == "A date slips by a set number of days or more, yet not by as much as weighs more."


def test_a_rule_of_another_version_of_the_program_is_told_by_what_it_saw() -> None:
    (told,) = causes(an_event(reasons=[reason("dates.of_old", "high")]))
    assert told.note == ""


def test_every_reason_of_the_event_s_own_severity_is_a_cause_and_no_other() -> None:
    reasons = [reason("dates.slip", "high"), reason("status.back", "high"), reason("sites.added", "low")]
    assert len(causes(an_event(severity="high", reasons=reasons))) == 2


@pytest.mark.parametrize("each", all_rules(), ids=lambda rule: rule.id)
@pytest.mark.parametrize("limits", [Limits(), replace(Limits(), slip_days=1, back_days=1), None])
def test_no_rule_in_words_names_a_limit_or_another_rule(each, limits) -> None:
    told = each.in_words(limits)
    assert "`" not in told
    assert "_" not in told
    assert not any(f" {rule.id}" in told for rule in all_rules())


def test_one_day_is_one_day() -> None:
    (small,) = (each for each in all_rules() if each.id == "dates.small_slip")
    assert small.in_words(replace(Limits(), slip_days=1)) == "A date slips by less than 1 day."
