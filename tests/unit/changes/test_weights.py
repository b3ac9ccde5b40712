"""How much each kind of change weighs: enrollment, dates, stops, closed sites, results on their way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sync.changes.event import Event
from sync.changes.model import PriorState, Severity
from sync.study.dates import PartialDate

Record = dict[str, Any]
Explain = Callable[..., Event | None]


def module(record: Record, name: str) -> Record:
    found: Record = record["protocolSection"][name]
    return found


def some(event: Event | None) -> Event:
    assert event is not None
    return event


def weights(event: Event | None) -> dict[str, Severity]:
    return {reason.rule: reason.severity for reason in some(event).reasons}


class TestEnrollment:
    @pytest.mark.parametrize(
        "old, new, rule, severity",
        [
            (24, 36, "enrollment.replanned", Severity.HIGH),
            (24, 12, "enrollment.replanned", Severity.HIGH),
            (20, 29, "enrollment.replanned_in_part", Severity.MEDIUM),
            (12, 21, "enrollment.replanned_in_part", Severity.MEDIUM),
            (4, 8, "enrollment.replanned_in_part", Severity.MEDIUM),
            (400, 470, "enrollment.adjusted", Severity.LOW),
        ],
    )
    def test_a_target_weighs_high_from_half_and_ten_people(
        self,
        old: int,
        new: int,
        rule: str,
        severity: Severity,
        before: Record,
        after: Record,
        told: Explain,
    ) -> None:
        module(before, "designModule")["enrollmentInfo"]["count"] = old
        module(after, "designModule")["enrollmentInfo"]["count"] = new
        assert weights(told(before, after)) == {rule: severity}

    @pytest.mark.parametrize(
        "old, new, status",
        [
            ({"count": 24}, {"count": 80}, "RECRUITING"),
            ({"count": 24, "type": "ESTIMATED"}, {"count": 80}, "RECRUITING"),
            ({"count": 24}, {"count": 80, "type": "ESTIMATED"}, "RECRUITING"),
            ({"count": 24, "type": "ACTUAL"}, {"count": 80, "type": "ACTUAL"}, "RECRUITING"),
            ({"count": 24, "type": "ACTUAL"}, {"count": 80, "type": "ESTIMATED"}, "RECRUITING"),
            ({"count": 24, "type": "ESTIMATED"}, {"count": 80, "type": "ESTIMATED"}, "COMPLETED"),
            ({"count": 24, "type": "ESTIMATED"}, {"count": 80, "type": "ESTIMATED"}, "TERMINATED"),
        ],
    )
    def test_no_target_is_re_planned_where_the_type_is_unknown_or_the_study_ended(
        self, old: Record, new: Record, status: str, before: Record, after: Record, told: Explain
    ) -> None:
        for record, info in ((before, old), (after, new)):
            module(record, "designModule")["enrollmentInfo"] = info
            module(record, "statusModule")["overallStatus"] = status
        event = some(told(before, after))
        assert weights(event) == {"enrollment.changed": Severity.LOW}
        assert "re-planned" not in event.reasons[0].fact

    def test_an_actual_number_taken_back_says_so(self, before: Record, after: Record, told: Explain) -> None:
        module(before, "designModule")["enrollmentInfo"] = {"count": 24, "type": "ACTUAL"}
        module(after, "designModule")["enrollmentInfo"] = {"count": 80, "type": "ESTIMATED"}
        assert some(told(before, after)).headline == "Enrollment 24 → 80 (+233 %), actual → estimated"


class TestDates:
    @pytest.mark.parametrize(
        "field, date, rule, severity",
        [
            ("primaryCompletionDateStruct", "2029-06", "dates.long_slip", Severity.HIGH),
            ("completionDateStruct", "2030-01-31", "dates.long_slip", Severity.HIGH),
            ("completionDateStruct", "2030-01-29", "dates.slip", Severity.MEDIUM),
            ("primaryCompletionDateStruct", "2028-07", "dates.slip", Severity.MEDIUM),
            ("completionDateStruct", "2028-02-15", "dates.small_slip", Severity.LOW),
            ("completionDateStruct", "2027-01-30", "dates.pulled_forward", Severity.MEDIUM),
            ("completionDateStruct", "2027-03-01", "dates.earlier", Severity.LOW),
        ],
    )
    def test_a_date_weighs_by_how_far_it_moved(
        self,
        field: str,
        date: str,
        rule: str,
        severity: Severity,
        before: Record,
        after: Record,
        told: Explain,
    ) -> None:
        module(after, "statusModule")[field]["date"] = date
        assert weights(told(before, after)) == {rule: severity}

    @pytest.mark.parametrize(
        "first, rule",
        [("2026-05", "dates.long_slip"), ("2027-03", "dates.slip"), ("2027-06", "dates.slip")],
    )
    def test_a_second_long_slip_is_high(
        self, first: str, rule: str, before: Record, after: Record, told: Explain
    ) -> None:
        known = PartialDate.parse(first)
        assert known is not None
        module(after, "statusModule")["primaryCompletionDateStruct"]["date"] = "2028-07"
        event = told(before, after, prior=PriorState(first_dates={"primary completion": known}))
        assert rule in weights(event)

    @pytest.mark.parametrize(
        "new, fact",
        [
            (
                {"date": "2025-01-20", "type": "ACTUAL"},
                "start 2025-02-10 → 2025-01-20 (was actual)",
            ),
            (
                {"date": "2025-02-20", "type": "ACTUAL"},
                "start 2025-02-10 → 2025-02-20 (was actual)",
            ),
            (
                {"date": "2027-02", "type": "ESTIMATED"},
                "start 2025-02-10 → 2027-02 (was actual, now estimated)",
            ),
            (
                {"date": "2025-02-10", "type": "ESTIMATED"},
                "start 2025-02-10 → 2025-02-10 (was actual, now estimated)",
            ),
        ],
    )
    def test_an_actual_date_that_moves_is_medium(
        self, new: Record, fact: str, before: Record, after: Record, told: Explain
    ) -> None:
        module(after, "statusModule")["startDateStruct"] = new
        event = some(told(before, after))
        assert weights(event)["dates.actual_moved"] is Severity.MEDIUM
        assert fact in {reason.fact for reason in event.reasons}
        assert "actual" in event.headline

    def test_an_actual_date_made_more_precise_did_not_move(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        module(before, "statusModule")["startDateStruct"]["date"] = "2025-02"
        assert set(weights(told(before, after))) == {"dates.changed"}


class TestStops:
    @pytest.mark.parametrize(
        "old, new, rule, severity",
        [
            ({"count": 24}, {"count": 0, "type": "ACTUAL"}, "status.withdrawn_unexplained", Severity.HIGH),
            (
                {"count": 24, "type": "ESTIMATED"},
                {"count": 24, "type": "ESTIMATED"},
                "status.withdrawn_unexplained",
                Severity.HIGH,
            ),
            (
                {"count": 5, "type": "ACTUAL"},
                {"count": 0, "type": "ACTUAL"},
                "status.stopped_unexplained",
                Severity.CRITICAL,
            ),
        ],
    )
    def test_withdrawn_before_anyone_was_enrolled_is_high(
        self,
        old: Record,
        new: Record,
        rule: str,
        severity: Severity,
        before: Record,
        after: Record,
        told: Explain,
    ) -> None:
        module(before, "designModule")["enrollmentInfo"] = old
        module(after, "designModule")["enrollmentInfo"] = new
        module(after, "statusModule")["overallStatus"] = "WITHDRAWN"
        found = weights(told(before, after))
        assert found[rule] is severity
        assert max(found.values(), key=lambda each: each.weight) is severity

    def test_terminated_without_a_reason_stays_critical(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        module(after, "statusModule")["overallStatus"] = "TERMINATED"
        assert weights(told(before, after)) == {"status.stopped_unexplained": Severity.CRITICAL}


def put_statuses(record: Record, *statuses: str | None) -> None:
    sites = module(record, "contactsLocationsModule")["locations"]
    for site, status in zip(sites, statuses, strict=True):
        site.pop("status", None)
        if status:
            site["status"] = status


class TestClosedSites:
    @pytest.mark.parametrize(
        "old, new, fires",
        [
            (("RECRUITING",) * 3, ("SUSPENDED",) * 3, True),
            (("RECRUITING", "COMPLETED", "WITHDRAWN"), ("SUSPENDED", "COMPLETED", "WITHDRAWN"), True),
            (("RECRUITING",) * 3, ("SUSPENDED", "SUSPENDED", "RECRUITING"), False),
            (("RECRUITING",) * 3, ("SUSPENDED", "SUSPENDED", None), False),
            (("SUSPENDED",) * 3, ("COMPLETED",) * 3, False),
        ],
    )
    def test_all_sites_closed_while_the_study_recruits_is_high(
        self,
        old: tuple[str, ...],
        new: tuple[str | None, ...],
        fires: bool,
        before: Record,
        after: Record,
        told: Explain,
    ) -> None:
        put_statuses(before, *old)
        put_statuses(after, *new)
        assert ("sites.all_closed" in weights(told(before, after))) is fires

    def test_the_one_site_of_a_study_is_its_pause(self, before: Record, after: Record, told: Explain) -> None:
        for record in (before, after):
            del module(record, "contactsLocationsModule")["locations"][1:]
        put_statuses(after, "SUSPENDED")
        event = some(told(before, after))
        assert event.severity is Severity.HIGH
        assert event.reasons[0].fact == "the study is Recruiting, yet its 1 site is Suspended"
        assert event.headline.startswith("The study is Recruiting, yet its 1 site is Suspended")

    def test_a_study_that_stopped_with_its_sites_is_told_by_its_status(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        put_statuses(before, *("RECRUITING",) * 3)
        put_statuses(after, *("SUSPENDED",) * 3)
        module(after, "statusModule").update(overallStatus="SUSPENDED", whyStopped="Drug supply")
        event = some(told(before, after))
        assert "sites.all_closed" not in weights(event)
        assert {entry.reason for entry in event.suppressed} == {"site.status_followed"}

    @pytest.mark.parametrize("kept, fires", [(2, True), (3, False)])
    def test_sites_removed_weigh_from_three_in_ten(
        self, kept: int, fires: bool, before: Record, after: Record, told: Explain
    ) -> None:
        sites = module(before, "contactsLocationsModule")["locations"]
        if not fires:
            sites.append({"facility": "Dome", "city": "Lyon", "country": "France"})
        module(after, "contactsLocationsModule")["locations"] = sites[:kept]
        assert ("sites.many_removed" in weights(told(before, after))) is fires


def unposted(record: Record, *events: tuple[str, str]) -> None:
    listed = [{"type": kind, "date": day} for kind, day in events]
    record["annotationSection"] = {"annotationModule": {"unpostedAnnotation": {"unpostedEvents": listed}}}


class TestResultsOnTheirWay:
    @pytest.mark.parametrize(
        "known, new, rule, severity, headline",
        [
            (
                [],
                [("RELEASE", "2027-07-10")],
                "results.submitted",
                Severity.MEDIUM,
                "Results submitted to the registry on 2027-07-10, about 10 days after primary completion",
            ),
            (
                [("RELEASE", "2027-07-10")],
                [("RESET", "2027-07-11")],
                "results.returned",
                Severity.LOW,
                "Results returned by the registry's review on 2027-07-11, 1 day after they were submitted",
            ),
            (
                [("RELEASE", "2027-07-10"), ("RESET", "2027-08-01")],
                [("RELEASE", "2027-08-31")],
                "results.resubmitted",
                Severity.LOW,
                "Results submitted again on 2027-08-31, 30 days after they were returned",
            ),
            (
                [("RELEASE", "2027-07-10")],
                [("UNRELEASE", "2027-07-15")],
                "results.withdrawn",
                Severity.MEDIUM,
                "Results withdrawn by the sponsor on 2027-07-15, 5 days after they were submitted",
            ),
        ],
    )
    def test_each_step_is_told_with_the_days_it_took(
        self,
        known: list[tuple[str, str]],
        new: list[tuple[str, str]],
        rule: str,
        severity: Severity,
        headline: str,
        before: Record,
        after: Record,
        told: Explain,
    ) -> None:
        if known:
            unposted(before, *known)
        unposted(after, *known, *new)
        event = some(told(before, after))
        assert weights(event) == {rule: severity}
        assert event.headline == headline

    def test_steps_are_told_in_order_however_they_are_listed(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        unposted(after, ("RESET", "2027-08-01"), ("RELEASE", "2027-07-10"))
        assert "22 days after they were submitted" in some(told(before, after)).headline

    def test_a_certificate_of_delay_is_told(self, before: Record, after: Record, told: Explain) -> None:
        module(after, "statusModule")["dispFirstSubmitDate"] = "2028-06-29"
        event = some(told(before, after))
        assert weights(event) == {"results.delayed": Severity.MEDIUM}
        assert event.headline == (
            "Results certified to come late on 2028-06-29, about 365 days after primary completion"
        )

    def test_results_that_are_posted_say_how_long_it_took(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        module(after, "statusModule").update(
            resultsFirstSubmitDate="2027-07-10",
            resultsFirstSubmitQcDate="2027-09-01",
            resultsFirstPostDateStruct={"date": "2027-09-08", "type": "ACTUAL"},
        )
        after |= {"hasResults": True, "resultsSection": {"adverseEventsModule": {"seriousEvents": []}}}
        event = some(told(before, after))
        assert set(weights(event)) == {"results.posted", "administrative.changed"}
        assert event.headline == (
            "Results posted, 60 days after they were submitted and about 70 days after primary completion"
        )

    def test_a_step_of_no_known_day_is_told_without_one(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        unposted(after, ("RELEASE", "2027-07-10"))
        events = after["annotationSection"]["annotationModule"]["unpostedAnnotation"]["unpostedEvents"]
        events[0] = {"type": "RELEASE", "dateUnknown": True}
        assert some(told(before, after)).headline == "Results submitted to the registry"
