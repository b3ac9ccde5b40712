"""Each kind of change: what the differences of an invented study come to mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sync.changes.event import Event
from sync.changes.kinds.arms import SAME_ARM, Doses
from sync.changes.kinds.base import same_numbers
from sync.changes.kinds.doses import doses
from sync.changes.kinds.enrollment import StatusStep, is_stand_in, percent
from sync.changes.kinds.transitions import transition
from sync.changes.kinds.why_stopped import Why, why
from sync.changes.lines import Headline
from sync.changes.model import Change, Kind, Op, Origin, PriorState, Severity
from sync.study.dates import PartialDate

Record = dict[str, Any]
Explain = Callable[..., Event | None]


def of(event: Event | None, kind: Kind) -> list[Change]:
    assert event is not None
    return [change for change in event.changes if change.kind is kind]


def only(event: Event | None, kind: Kind) -> Change:
    found = of(event, kind)
    assert len(found) == 1, [change.path for change in found]
    return found[0]


def fired(event: Event | None) -> set[str]:
    assert event is not None
    return {reason.rule for reason in event.reasons}


def headline(event: Event | None) -> str:
    assert event is not None
    return event.headline


def module(record: Record, name: str) -> Record:
    found: Record = record["protocolSection"][name]
    return found


class TestStatus:
    @pytest.mark.parametrize(
        "old, new, meaning",
        [
            ("RECRUITING", "UNKNOWN", "registry lost contact"),
            ("UNKNOWN", "COMPLETED", "back from UNKNOWN"),
            ("UNKNOWN", "TERMINATED", "stopped"),
            ("RECRUITING", "SUSPENDED", "paused"),
            ("SUSPENDED", "RECRUITING", "resumed"),
            ("NOT_YET_RECRUITING", "RECRUITING", "opened for recruitment"),
            ("RECRUITING", "ACTIVE_NOT_RECRUITING", "closed to recruitment"),
            ("ACTIVE_NOT_RECRUITING", "COMPLETED", "finished"),
            ("ACTIVE_NOT_RECRUITING", "RECRUITING", "recruitment reopened"),
            ("COMPLETED", "RECRUITING", "open again after its end"),
            ("RECRUITING", "NOT_YET_RECRUITING", "backwards"),
            ("RECRUITING", "A_NEW_WORD", "changed"),
            (None, "RECRUITING", "changed"),
        ],
    )
    def test_each_transition_has_a_meaning(self, old: str | None, new: str, meaning: str) -> None:
        assert transition(old, new) == meaning

    def test_unknown_is_told_as_the_registrys_doing(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        for record in (before, after):
            module(record, "statusModule")["completionDateStruct"]["date"] = "2026-07-31"
            module(record, "statusModule")["statusVerifiedDate"] = "2024-07"
        module(after, "statusModule").update(overallStatus="UNKNOWN", lastKnownStatus="RECRUITING")
        event = told(before, after)
        change = only(event, Kind.STATUS)
        assert (change.path, change.old, change.new) == (
            "protocolSection.statusModule.overallStatus",
            "RECRUITING",
            "UNKNOWN",
        )
        assert event is not None
        assert event.origin is Origin.REGISTRY
        assert event.severity is Severity.MEDIUM
        assert event.headline == (
            "Status Recruiting → Unknown: set by the registry, not by the sponsor "
            "(not verified since 2024-07; completion date passed)"
        )
        assert [entry.as_json() for entry in event.suppressed] == [
            {
                "kind": "status",
                "path": "protocolSection.statusModule.lastKnownStatus",
                "reason": "status.last_known",
            }
        ]

    @pytest.mark.parametrize(
        "reason, severity, rule",
        [
            (None, Severity.CRITICAL, "status.stopped_unexplained"),
            ("Two serious adverse events", Severity.CRITICAL, "status.stopped_safety"),
            ("Funding ended", Severity.HIGH, "status.stopped"),
            ("Business decision, not related to safety", Severity.HIGH, "status.stopped"),
        ],
    )
    def test_a_stop_weighs_by_its_reason(
        self, reason: str | None, severity: Severity, rule: str, before: Record, after: Record, told: Explain
    ) -> None:
        module(after, "statusModule")["overallStatus"] = "TERMINATED"
        if reason:
            module(after, "statusModule")["whyStopped"] = reason
        event = told(before, after)
        assert event is not None
        assert event.severity is severity
        assert rule in fired(event)
        assert (reason or "without a reason") in event.headline

    def test_a_safety_reason_given_later_is_as_grave(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        for record in (before, after):
            module(record, "statusModule")["overallStatus"] = "SUSPENDED"
        module(after, "statusModule")["whyStopped"] = "Unexpected toxicity"
        assert "status.stopped_safety" in fired(told(before, after))

    def test_a_safety_reason_in_other_words_is_no_news(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        for record, words in ((before, "Unexpected toxicity"), (after, "Unexpected liver toxicity")):
            module(record, "statusModule").update(overallStatus="SUSPENDED", whyStopped=words)
        assert fired(told(before, after)) == {"status.changed"}

    def test_a_step_to_a_new_status_is_no_flip(self, before: Record, after: Record, told: Explain) -> None:
        prior = PriorState(
            statuses=(("2025-01-02", "RECRUITING"), ("2025-02-03", "SUSPENDED"), ("2025-03-04", "RECRUITING"))
        )
        module(after, "statusModule")["overallStatus"] = "COMPLETED"
        assert only(told(before, after, prior=prior), Kind.STATUS).detail.flips == 0

    def test_going_back_and_forth_is_counted(self, before: Record, after: Record, told: Explain) -> None:
        prior = PriorState(
            statuses=(("2025-01-02", "SUSPENDED"), ("2025-02-03", "RECRUITING"), ("2025-03-04", "SUSPENDED"))
        )
        module(after, "statusModule")["overallStatus"] = "SUSPENDED"
        event = told(before, after, prior=prior)
        assert only(event, Kind.STATUS).detail.flips == 3
        assert "status.flip_flop" in fired(event)

    @pytest.mark.parametrize(
        "text, about",
        [
            ("DSMB found an excess of deaths", Why.SAFETY),
            ("Clinical hold by FDA", Why.SAFETY),
            ("Interim analysis showed futility", Why.EFFICACY),
            ("Data Safety Monitoring Board saw futility", Why.EFFICACY),
            ("Slow accrual", Why.ACCRUAL),
            ("Not enough eligible patients", Why.ACCRUAL),
            ("Sponsor's strategic decision", Why.BUSINESS),
            ("No safety or efficacy concerns; sponsor decision", Why.BUSINESS),
            ("Not for lack of funding but for safety", Why.SAFETY),
            ("Ethics committee withdrew its approval", Why.REGULATORY),
            ("Drug supply", Why.LOGISTICS),
            ("It is over", Why.UNSPECIFIED),
            (None, Why.UNSPECIFIED),
        ],
    )
    def test_the_reason_of_a_stop_is_sorted(self, text: str | None, about: Why) -> None:
        assert why(text) is about


class TestEnrollment:
    def test_count_and_type_are_one_change(self, before: Record, after: Record, told: Explain) -> None:
        module(after, "designModule")["enrollmentInfo"] = {"count": 20, "type": "ACTUAL"}
        change = only(told(before, after), Kind.ENROLLMENT)
        assert change.path == "protocolSection.designModule.enrollmentInfo"
        assert change.old == {"count": 24, "type": "ESTIMATED"}
        assert change.new == {"count": 20, "type": "ACTUAL"}
        assert change.detail.shortfall == 4
        assert change.detail.replaced_by_actual

    @pytest.mark.parametrize(
        "count, kind, rule, text",
        [
            (40, "ESTIMATED", "enrollment.replanned", "Enrollment 24 → 40 (+67 %), estimated"),
            (30, "ESTIMATED", "enrollment.replanned_in_part", "Enrollment 24 → 30 (+25 %), estimated"),
            (25, "ESTIMATED", "enrollment.adjusted", "Enrollment 24 → 25 (+4 %), estimated"),
            (12, "ESTIMATED", "enrollment.replanned", "Enrollment 24 → 12 (−50 %), estimated"),
            (23, "ACTUAL", "enrollment.actual", "Enrollment 24 → 23 (−4 %), actual"),
            (7, "ACTUAL", "enrollment.off_plan", "Enrollment 24 → 7 (−71 %), actual"),
            (0, "ACTUAL", "enrollment.zero", "Enrollment 24 → 0 (−100 %), actual"),
            (24, "ACTUAL", "enrollment.actual", "Enrollment 24, estimated → actual"),
            (99999999, "ESTIMATED", "enrollment.changed", "Enrollment 24 → 99,999,999, estimated"),
        ],
    )
    def test_a_change_is_told_by_its_size(
        self, count: int, kind: str, rule: str, text: str, before: Record, after: Record, told: Explain
    ) -> None:
        module(after, "designModule")["enrollmentInfo"] = {"count": count, "type": kind}
        event = told(before, after)
        assert rule in fired(event)
        assert headline(event) == text

    def test_withdrawn_with_nobody_enrolled_is_one_story(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        module(after, "statusModule").update(overallStatus="WITHDRAWN", whyStopped="Funding ended")
        module(after, "designModule")["enrollmentInfo"] = {"count": 0, "type": "ACTUAL"}
        event = told(before, after)
        assert "enrollment.zero" not in fired(event)
        assert headline(event) == (
            "Status Recruiting → Withdrawn: “Funding ended” (business), with enrollment 24 → 0 (−100 %), actual"
        )
        assert only(event, Kind.ENROLLMENT).detail.with_status == StatusStep("RECRUITING", "WITHDRAWN")

    def test_anticipated_and_estimated_are_one_word(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        module(before, "designModule")["enrollmentInfo"]["type"] = "ANTICIPATED"
        assert told(before, after) is None

    def test_a_stand_in_is_no_number(self) -> None:
        assert is_stand_in(99999999)
        assert not is_stand_in(999)
        assert percent(24, 99999999) is None
        assert percent(0, 12) is None


class TestDates:
    @pytest.mark.parametrize(
        "date, slip, precision, rule",
        [
            ("2027-06-15", 0, "gained", "dates.changed"),
            ("2027-07", 31, "same", "dates.small_slip"),
            ("2027-10-01", 93, "gained", "dates.slip"),
            ("2028-06", 366, "same", "dates.slip"),
            ("2029-06", 731, "same", "dates.long_slip"),
            ("2027-05", -30, "same", "dates.earlier"),
            ("2027", 0, "lost", "dates.changed"),
        ],
    )
    def test_a_slip_is_measured_with_respect_to_precision(
        self, date: str, slip: int, precision: str, rule: str, before: Record, after: Record, told: Explain
    ) -> None:
        module(after, "statusModule")["primaryCompletionDateStruct"]["date"] = date
        event = told(before, after)
        change = only(event, Kind.DATES)
        assert change.detail.slip_days == slip
        assert change.detail.precision == precision
        assert rule in fired(event)

    def test_slips_add_up_since_the_first_known_date(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        first = PartialDate.parse("2026-06-30")
        assert first is not None
        module(after, "statusModule")["primaryCompletionDateStruct"]["date"] = "2027-08"
        event = told(before, after, prior=PriorState(first_dates={"primary completion": first}))
        assert only(event, Kind.DATES).detail.since_first_days == 427
        assert "dates.cumulative_slip" in fired(event)

    def test_an_estimate_that_became_actual_is_told(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        module(after, "statusModule")["primaryCompletionDateStruct"] = {
            "date": "2026-08-01",
            "type": "ACTUAL",
        }
        event = told(before, after)
        assert only(event, Kind.DATES).detail.became_actual
        assert {"dates.actual", "dates.earlier"} <= fired(event)

    def test_a_new_estimate_in_the_past_is_told(self, before: Record, after: Record, told: Explain) -> None:
        module(after, "statusModule")["primaryCompletionDateStruct"]["date"] = "2026-08-01"
        assert "dates.passed" in fired(told(before, after))

    def test_a_date_taken_out_is_told(self, before: Record, after: Record, told: Explain) -> None:
        del module(after, "statusModule")["completionDateStruct"]
        event = told(before, after)
        assert only(event, Kind.DATES).op is Op.REMOVED
        assert headline(event) == "Completion 2028-01-31 → none"


class TestSites:
    def test_a_site_of_a_new_country_is_told(self, before: Record, after: Record, told: Explain) -> None:
        site = {"facility": "Ocean Hospital", "city": "Oslo", "country": "Norway"}
        module(after, "contactsLocationsModule")["locations"].append(site)
        event = told(before, after)
        change = only(event, Kind.SITES)
        assert change.op is Op.ADDED
        assert change.new == site
        assert change.detail.country_entered == "Norway"
        assert headline(event) == "1 site added, first in Norway"

    def test_the_last_site_of_a_country_is_told(self, before: Record, after: Record, told: Explain) -> None:
        del module(after, "contactsLocationsModule")["locations"][0]
        event = told(before, after)
        assert "sites.country_left" in fired(event)
        assert headline(event) == "1 site removed, none left in France"

    def test_the_same_place_under_another_name_is_a_rename(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        module(after, "contactsLocationsModule")["locations"][1]["facility"] = (
            "Serenity Clinic and Research Center"
        )
        event = told(before, after)
        change = only(event, Kind.SITES)
        assert change.op is Op.CHANGED
        assert change.detail.renamed
        assert change.old["facility"] == "Serenity Clinic"
        assert fired(event) == {"sites.renamed"}

    def test_a_code_for_a_name_is_a_recoding(self, before: Record, after: Record, told: Explain) -> None:
        module(after, "contactsLocationsModule")["locations"][1]["facility"] = "Research Site 0042"
        assert only(told(before, after), Kind.SITES).detail.recoded

    def test_another_hospital_in_the_same_town_is_another_site(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        module(after, "contactsLocationsModule")["locations"][1] |= {
            "facility": "Gulf Oncology",
            "zip": "78799",
        }
        assert {change.op for change in of(told(before, after), Kind.SITES)} == {Op.ADDED, Op.REMOVED}

    def test_statuses_cleared_by_the_overall_status_are_suppressed_and_counted(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        module(after, "statusModule")["overallStatus"] = "ACTIVE_NOT_RECRUITING"
        for site in module(after, "contactsLocationsModule")["locations"]:
            del site["status"]
        event = told(before, after)
        assert of(event, Kind.SITES) == []
        assert event is not None
        assert [entry.reason for entry in event.suppressed] == ["site.status_cleared"] * 3
        assert "3 site statuses cleared with the overall status" in {reason.fact for reason in event.reasons}

    def test_statuses_cleared_for_no_reason_are_told(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        for site in module(after, "contactsLocationsModule")["locations"]:
            del site["status"]
        event = told(before, after)
        assert len(of(event, Kind.SITES)) == 3
        assert "sites.status" in fired(event)

    def test_of_two_equal_sites_one_leaves(self, before: Record, after: Record, told: Explain) -> None:
        twin = dict(module(before, "contactsLocationsModule")["locations"][1])
        module(before, "contactsLocationsModule")["locations"].append(twin)
        change = only(told(before, after), Kind.SITES)
        assert change.op is Op.REMOVED
        assert change.old == twin

    def test_the_contacts_of_a_site_are_contacts(self, before: Record, after: Record, told: Explain) -> None:
        module(after, "contactsLocationsModule")["locations"][0]["contacts"][0]["phone"] = "555-0199"
        change = only(told(before, after), Kind.CONTACTS)
        assert change.path == (
            "protocolSection.contactsLocationsModule.locations[Tranquility Hospital|Lyon||69001|France]"
            ".contacts[Cy Rille].phone"
        )

    def test_a_value_is_told_in_the_shape_the_registry_sent(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        del module(after, "contactsLocationsModule")["locations"][0]
        change = only(told(before, after), Kind.SITES)
        assert change.old["contacts"] == [{"name": "Cy Rille", "role": "CONTACT"}]


class TestOutcomes:
    def test_a_primary_outcome_removed_after_the_start_is_critical(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        primary = module(before, "outcomesModule")["primaryOutcomes"]
        primary.append({"measure": "Remission of nephritis", "timeFrame": "24 months"})
        event = told(before, after)
        assert event is not None
        assert event.severity is Severity.CRITICAL
        assert "outcomes.primary_after_start" in fired(event)

    def test_before_the_start_it_is_not(self, before: Record, after: Record, told: Explain) -> None:
        for record in (before, after):
            module(record, "statusModule")["startDateStruct"] = {"date": "2027-01", "type": "ESTIMATED"}
        module(after, "outcomesModule")["primaryOutcomes"].append({"measure": "Remission"})
        assert fired(told(before, after)) == {"outcomes.primary"}

    def test_a_promotion_is_one_change(self, before: Record, after: Record, told: Explain) -> None:
        outcomes = module(after, "outcomesModule")
        outcomes["primaryOutcomes"].append(outcomes["secondaryOutcomes"].pop(1))
        change = only(told(before, after), Kind.OUTCOMES)
        assert change.op is Op.MOVED
        assert change.detail.movement == "promoted"
        assert change.detail.was == "secondary"

    def test_a_swap_is_told_as_a_swap(self, before: Record, after: Record, told: Explain) -> None:
        outcomes = module(after, "outcomesModule")
        outcomes["primaryOutcomes"], outcomes["secondaryOutcomes"][0] = (
            [outcomes["secondaryOutcomes"][0]],
            outcomes["primaryOutcomes"][0],
        )
        event = told(before, after)
        assert {change.detail.movement for change in of(event, Kind.OUTCOMES)} == {"promoted", "demoted"}
        assert headline(event).startswith("Outcomes swapped")

    def test_another_time_frame_is_a_change_of_it(self, before: Record, after: Record, told: Explain) -> None:
        module(after, "outcomesModule")["primaryOutcomes"][0]["timeFrame"] = "6 months"
        event = told(before, after)
        assert only(event, Kind.OUTCOMES).detail.what == ("time frame",)
        assert fired(event) == {"outcomes.primary_time_frame"}

    def test_other_words_with_the_same_numbers_are_a_rewording(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        module(after, "outcomesModule")["secondaryOutcomes"][1]["measure"] = (
            "Persistence of LC-17 cells in the blood"
        )
        event = told(before, after)
        assert only(event, Kind.OUTCOMES).op is Op.REWORDED
        assert fired(event) == {"outcomes.reworded"}


class TestArms:
    def test_another_dose_is_told(self, before: Record, after: Record, told: Explain) -> None:
        module(after, "armsInterventionsModule")["armGroups"][0]["description"] = (
            "One infusion of 3×10^6 cells/kg"
        )
        event = told(before, after)
        assert only(event, Kind.ARMS).detail.doses == Doses(("1×10^6 cells/kg",), ("3×10^6 cells/kg",))
        assert "arms.dose" in fired(event)
        assert headline(event) == "Dose of LC-17 1×10^6 cells/kg → 3×10^6 cells/kg"

    def test_a_new_arm_is_grave_and_its_listing_is_not(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        arms = module(after, "armsInterventionsModule")
        arms["armGroups"].append({"label": "Standard of care", "type": "ACTIVE_COMPARATOR"})
        arms["interventions"][0]["armGroupLabels"].append("Standard of care")
        event = told(before, after)
        assert {change.detail.what for change in of(event, Kind.ARMS)} == {"added", "listing"}
        assert "arms.changed" in fired(event)

    def test_the_same_arm_under_a_similar_label_is_renamed(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        assert SAME_ARM < 100
        module(after, "armsInterventionsModule")["armGroups"][0]["label"] = "LC-17 cells"
        assert only(told(before, after), Kind.ARMS).detail.what == "renamed"

    def test_another_product_number_is_another_product(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        module(after, "armsInterventionsModule")["interventions"][0]["name"] = "LC-18"
        event = told(before, after)
        assert {change.op for change in of(event, Kind.ARMS)} == {Op.ADDED, Op.REMOVED}
        assert "arms.changed" in fired(event)

    def test_doses_are_numbers_with_units_of_amount(self) -> None:
        text = "LC-17 cells: 5 mg/kg on day 1, then 2.5 x 10^6 cells/kg in the 2/3L setting"
        assert [dose.text for dose in doses(text)] == [
            "5 mg/kg",
            "2.5 x 10^6 cells/kg",
        ]
        assert same_numbers("day 1 and 29", "on days 29, 1")
        assert not same_numbers("day 1", "day 2")


class TestSponsor:
    def test_a_new_name_without_an_update_is_a_rename_by_the_registry(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        module(after, "sponsorCollaboratorsModule")["leadSponsor"]["name"] = "Selene Therapeutics"
        event = told(before, after)
        change = only(event, Kind.SPONSOR)
        assert change.old == {"name": "Lunar Cell Works", "class": "INDUSTRY"}
        assert fired(event) == {"sponsor.renamed"}
        assert event is not None
        assert event.origin is Origin.REGISTRY

    def test_with_an_update_it_is_another_sponsor(
        self, before: Record, after: Record, sponsor_update: Record, told: Explain
    ) -> None:
        module(after, "sponsorCollaboratorsModule")["leadSponsor"]["name"] = "Selene Therapeutics"
        event = told(before, after)
        assert "sponsor.changed" in fired(event)
        assert headline(event) == "Sponsor changed: Lunar Cell Works → Selene Therapeutics"

    def test_a_similar_name_is_a_rename_even_then(
        self, before: Record, after: Record, sponsor_update: Record, told: Explain
    ) -> None:
        module(after, "sponsorCollaboratorsModule")["leadSponsor"]["name"] = "Lunar Cell Works, Inc."
        assert "sponsor.renamed" in fired(told(before, after))

    @pytest.mark.parametrize(
        "collaborators, headline",
        [
            ([{"name": "Crater College"}], "Collaborator Institute of the Far Side → Crater College"),
            ([], "Collaborator Institute of the Far Side → none"),
            (
                [{"name": "Institute of the Far Side", "class": "OTHER"}, {"name": "Crater College"}],
                "Collaborator none → Crater College",
            ),
        ],
    )
    def test_collaborators_are_told_from_whom_to_whom(
        self, collaborators: list[Record], headline: str, before: Record, after: Record, told: Explain
    ) -> None:
        module(after, "sponsorCollaboratorsModule")["collaborators"] = collaborators
        event = told(before, after)
        assert event is not None
        assert event.headline == headline
        assert fired(event) == {"sponsor.other"}
        assert event.reasons[0].fact.startswith("1 sponsor detail changed: collaborator ")

    def test_another_responsible_party_is_told_by_name(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        module(after, "sponsorCollaboratorsModule")["responsibleParty"] = {
            "type": "PRINCIPAL_INVESTIGATOR",
            "investigatorFullName": "Ada Moon",
        }
        event = told(before, after)
        assert event is not None
        assert event.headline == "Responsible party Sponsor → Ada Moon (Principal investigator)"


class TestTheRest:
    def test_a_long_reason_is_cut_around_what_differs(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        words = (
            "The sponsor has decided to pause the study for reasons of its own until further notice is given "
            * 2
        )
        for record, part in ((before, "about supply"), (after, "about staff")):
            module(record, "statusModule").update(
                overallStatus="SUSPENDED", whyStopped=f"{words}{part} and {words}"
            )
        event = told(before, after)
        assert event is not None
        assert "about supply and" in event.reasons[0].fact
        assert "about staff and" in event.reasons[0].fact
        assert "about staff and" in event.headline

    def test_a_linked_publication_is_the_registrys_doing(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        module(after, "referencesModule")["references"].append({"pmid": "2000017", "type": "DERIVED"})
        event = told(before, after)
        assert event is not None
        assert (event.kind, event.origin, event.severity) == (Kind.REFERENCES, Origin.REGISTRY, Severity.INFO)

    def test_results_are_told_once_as_posted(self, before: Record, after: Record, told: Explain) -> None:
        after |= {
            "hasResults": True,
            "resultsSection": {"adverseEventsModule": {"seriousEvents": [{"term": "Fever"}]}},
        }
        event = told(before, after)
        assert fired(event) == {"results.posted"}
        assert {change.path for change in of(event, Kind.RESULTS)} == {"hasResults", "resultsSection"}
        assert "results.vanished" in fired(told(after, before))

    def test_a_module_that_is_gone_is_critical(self, before: Record, after: Record, told: Explain) -> None:
        del after["protocolSection"]["outcomesModule"]
        event = told(before, after)
        assert event is not None
        assert event.severity is Severity.CRITICAL
        assert event.kind is Kind.OUTCOMES
        assert event.headline.startswith("gone from the record: outcomes;")

    @pytest.mark.parametrize(
        "place",
        [("protocolSection", "newModule"), ("protocolSection", "designModule", "newField"), ("newSection",)],
    )
    def test_a_field_that_is_not_known_says_so(
        self, place: tuple[str, ...], before: Record, after: Record, told: Explain
    ) -> None:
        at = after
        for name in place[:-1]:
            at = at[name]
        at[place[-1]] = {"some": "thing"}
        event = told(before, after)
        change = only(event, Kind.ADMINISTRATIVE)
        assert change.path == ".".join(place)
        assert fired(event) == {"schema.unknown_field"}
        assert headline(event) == f"The record has a field that is not known: {change.path}"

    def test_bookkeeping_alone_is_info(
        self, before: Record, after: Record, sponsor_update: Record, told: Explain
    ) -> None:
        event = told(before, after)
        assert event is not None
        assert (event.severity, event.kind, event.origin) == (
            Severity.INFO,
            Kind.ADMINISTRATIVE,
            Origin.SPONSOR,
        )
        assert headline(event) == "Bookkeeping only: last update submitted, last update posted"

    def test_phases_are_told_as_one(self, before: Record, after: Record, told: Explain) -> None:
        module(after, "designModule")["phases"] = ["PHASE2"]
        assert headline(told(before, after)) == "Phase 1/2 → Phase 2"

    def test_a_condition_is_told_by_name(self, before: Record, after: Record, told: Explain) -> None:
        module(after, "conditionsModule")["conditions"].append("Lupus Vasculitis")
        module(after, "conditionsModule")["keywords"].remove("CD19")
        assert headline(told(before, after)) == "Condition “Lupus Vasculitis” added, keyword “CD19” removed"

    def test_the_age_groups_follow_from_the_ages(self, before: Record, after: Record, told: Explain) -> None:
        module(before, "eligibilityModule")["stdAges"] = ["ADULT", "OLDER_ADULT"]
        module(after, "eligibilityModule").update(stdAges=["ADULT"], maximumAge="60 Years")
        event = told(before, after)
        assert only(event, Kind.ELIGIBILITY).path == "protocolSection.eligibilityModule.maximumAge"
        assert event is not None
        assert [entry.reason for entry in event.suppressed] == ["eligibility.age_groups"]

    def test_a_threshold_is_told_in_the_headline(self, before: Record, after: Record, told: Explain) -> None:
        eligibility = module(after, "eligibilityModule")
        eligibility["eligibilityCriteria"] = (
            eligibility["eligibilityCriteria"].replace(">= 50", ">= 30") + "\n* Asthma"
        )
        event = told(before, after)
        assert event is not None
        assert event.severity is Severity.HIGH
        assert event.headline == (
            "Eligibility: 1 threshold changed (platelets ≥ 50 ×10⁹/L → ≥ 30 ×10⁹/L, wider), 1 exclusion added"
        )

    def test_a_headline_has_an_end(self, before: Record, after: Record, told: Explain) -> None:
        module(after, "identificationModule").update(briefTitle="LC-17", officialTitle="LC", acronym="LUNA")
        module(after, "descriptionModule").update(briefSummary="Once.", detailedDescription="Twice.")
        module(after, "sponsorCollaboratorsModule")["leadSponsor"]["name"] = "Selene " * 20
        module(after, "conditionsModule")["conditions"] = ["Vasculitis of every vessel there is", "Nephritis"]
        module(after, "designModule")["enrollmentInfo"]["count"] = 30
        module(after, "statusModule")["overallStatus"] = "ACTIVE_NOT_RECRUITING"
        lead, also = Headline.of(headline(told(before, after)))
        assert lead.startswith("Status Recruiting → Active, not recruiting")
        assert also == "description changed; conditions changed; sponsor renamed; identification changed"
