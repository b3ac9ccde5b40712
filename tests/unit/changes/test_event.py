"""One event: its id, origin, weight, headline and form as JSON."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

from sync.changes.event import Event
from sync.changes.explain import presence_event
from sync.changes.model import Kind, Origin, Severity, Snapshot
from sync.changes.ruleset import RuleSet

Record = dict[str, Any]
Explain = Callable[..., Event | None]


def some(event: Event | None) -> Event:
    assert event is not None
    return event


def test_the_same_history_gives_the_same_id(before: Record, after: Record, told: Explain) -> None:
    after["protocolSection"]["designModule"]["enrollmentInfo"]["count"] = 30
    event = some(told(before, after))
    assert re.fullmatch(r"evt_[a-z2-7]{26}", event.id)
    assert some(told(copy.deepcopy(before), copy.deepcopy(after))).id == event.id
    assert some(told(after, before)).id != event.id


def test_noise_in_either_version_leaves_the_id_alone(before: Record, after: Record, told: Explain) -> None:
    after["protocolSection"]["designModule"]["enrollmentInfo"]["count"] = 30
    event = some(told(before, after))
    before["protocolSection"]["contactsLocationsModule"]["locations"].reverse()
    after["derivedSection"]["miscInfoModule"]["versionHolder"] = "2026-08-21"
    assert some(told(before, after)).id == event.id


def test_the_form_is_the_designs(before: Record, after: Record, told: Explain) -> None:
    after["protocolSection"]["designModule"]["enrollmentInfo"]["count"] = 30
    form = some(told(before, after)).as_json()
    assert " ".join(form) == (
        "id nct_id title release seen_at submitted posted origin kind severity headline reasons from to changes "
        "suppressed context rules links"
    )
    assert form["nct_id"] == "NCT00000017"
    assert form["release"] == "2026-08-21"
    assert form["posted"] == "2026-03-04"
    assert form["from"]["version"] == 1
    assert form["to"]["version"] == 2
    assert form["context"] == {
        "status": "RECRUITING",
        "phase": ["PHASE1", "PHASE2"],
        "enrollment": {"count": 30, "type": "ESTIMATED"},
        "last_update_posted": "2026-03-04",
    }
    assert form["links"] == {
        "record": "https://clinicaltrials.gov/study/NCT00000017",
        "history": "https://clinicaltrials.gov/study/NCT00000017?tab=history",
    }
    assert form["rules"] == RuleSet.default().sha256
    assert form["reasons"][0] == {
        "rule": "enrollment.replanned_in_part",
        "fact": "target re-planned 24 → 30 (+25 %)",
        "severity": "medium",
    }


def test_an_update_by_the_sponsor_moves_a_date(
    before: Record, after: Record, sponsor_update: Record, told: Explain
) -> None:
    after["protocolSection"]["designModule"]["enrollmentInfo"]["count"] = 30
    assert some(told(before, after)).origin is Origin.SPONSOR


def test_without_a_moved_date_the_origin_is_not_known(before: Record, after: Record, told: Explain) -> None:
    after["protocolSection"]["designModule"]["enrollmentInfo"]["count"] = 30
    assert some(told(before, after)).origin is Origin.UNKNOWN


def test_a_rollback_is_no_update_by_the_sponsor(
    before: Record, after: Record, sponsor_update: Record, told: Explain
) -> None:
    assert some(told(after, before)).origin is Origin.UNKNOWN


def test_the_weightiest_change_gives_the_kind_and_comes_first(
    before: Record, after: Record, sponsor_update: Record, told: Explain
) -> None:
    module = after["protocolSection"]
    module["identificationModule"]["briefTitle"] = "LC-17"
    module["contactsLocationsModule"]["locations"].append(
        {"facility": "Dome", "city": "Lyon", "country": "France"}
    )
    module["statusModule"]["completionDateStruct"]["date"] = "2030-02-28"
    event = some(told(before, after))
    assert event.kind is Kind.DATES
    assert event.severity is Severity.HIGH
    assert event.headline == (
        "Completion 2028-01-31 → 2030-02-28 (+759 days); also 1 site added; "
        "brief title LC-17 Cells in Refractory Lupus → LC-17"
    )
    assert [reason.severity.weight for reason in event.reasons] == sorted(
        (reason.severity.weight for reason in event.reasons), reverse=True
    )


def test_an_event_of_a_version_without_release_or_number(
    before: Record, after: Record, told: Explain
) -> None:
    after["protocolSection"]["designModule"]["enrollmentInfo"]["count"] = 30
    assert some(told(before, after, release=None)).release is None


def test_a_rule_that_is_switched_off_leaves_the_event_as_info(
    before: Record, after: Record, told: Explain
) -> None:
    after["protocolSection"]["designModule"]["enrollmentInfo"]["count"] = 30
    rules = RuleSet.from_settings({"off": ["enrollment.replanned_in_part", "enrollment.changed"]})
    event = some(told(before, after, rules=rules))
    assert event.severity is Severity.INFO
    assert event.reasons == ()
    assert event.headline == "Enrollment 24 → 30 (+25 %), estimated"


def test_gone_is_an_event_without_versions(snapshot: Callable[..., Snapshot], before: Record) -> None:
    def gone(watch: str, release: str) -> Event:
        return some(
            presence_event(
                Kind.GONE,
                "NCT00000017",
                "LC-17",
                release,
                fact="Gone: the registry knows no such study, on two releases",
                rules=RuleSet.default(),
                seen_at="2026-08-21T13:05:11Z",
                watch=watch,
                study=snapshot(before).study,
            )
        )

    event = gone("lupus", "2026-08-21")
    assert (event.kind, event.severity, event.changes) == (Kind.GONE, Severity.HIGH, ())
    assert event.context["status"] == "RECRUITING"
    assert event.as_json()["from"] is None
    assert event.id == gone("lupus", "2026-08-21").id
    assert len({event.id, gone("other", "2026-08-21").id, gone("lupus", "2026-08-22").id}) == 3


def test_a_presence_event_whose_rule_is_off_is_none() -> None:
    rules = RuleSet.from_settings({"off": ["presence.missing"]})
    assert (
        presence_event(
            Kind.MISSING, "NCT00000017", "", None, fact="absent", rules=rules, seen_at="2026-08-21T13:05:11Z"
        )
        is None
    )
