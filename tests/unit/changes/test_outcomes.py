"""Outcomes by sense: what differs between two measures, how long a time frame is, and what is back as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sync.changes.event import Event
from sync.changes.kinds.outcome_senses import Language, difference
from sync.changes.kinds.time_frames import longer_by, longest_days
from sync.changes.model import Kind, Op, PastStep, PriorState, Severity

Record = dict[str, Any]
Explain = Callable[..., Event | None]

LIST = "protocolSection.outcomesModule.primaryOutcomes"


def some(event: Event | None) -> Event:
    assert event is not None
    return event


def outcomes(record: Record, name: str = "primaryOutcomes") -> list[Record]:
    found: list[Record] = record["protocolSection"]["outcomesModule"][name]
    return found


def weights(event: Event | None) -> dict[str, Severity]:
    return {reason.rule: reason.severity for reason in some(event).reasons}


def differing(old: str, new: str) -> set[str]:
    language = Language.of([old, new], ["LC-17"])
    return set(difference(language.read(old), language.read(new)))


@pytest.mark.parametrize(
    "old, new",
    [
        ("Number of participants with adverse events", "Incidence of adverse events"),
        ("Adverse events", "Treatment-emergent adverse events (TEAEs)"),
        ("Phase 1: Dose limiting toxicities", "DLTs"),
        ("To evaluate the incidence of adverse events", "Phase 1/2: To evaluate incidence of adverse events"),
        ("Overall survival (completed)", "Overall Survival (OS)"),
        ("AEs graded by CTCAE v5.0", "Adverse events according to NCI CTCAE version 6"),
        ("Adverse events (CTCAE v5)", "Adverse events (CTCAE v6.0)"),
        ("MTD", "Maximum Tolerated Dose (MTD)"),
        ("Recommend Phase 2 dose (RP2D) of LC-17", "Recommended phase II dose"),
        ("Safety and tolerability", "Tolerability and safety"),
        ("Overall survival (time from randomisation to death from any cause)", "Overall survival"),
        ("Objective response rate, defined as the share with CR or PR", "ORR"),
        ("Incidence Incidence of dose-limiting toxicity", "Incidence of dose-limiting toxicity"),
        ("Persistence of LC-17 cells in blood", "Persistence of LC-17 cells in the blood"),
        ("Change in forced vital capacity (FVC)", "Change in FVC"),
        ("Tumour response", "Tumor response"),
        ("5 years DFS", "5 years Disease free survival (DFS)"),
        ("Duration of response", "Response duration"),
        ("Change from Baseline in SLEDAI-2K Total Score", "SLEDAI-2K total score change from baseline"),
        ("Adverse events", "Incidence of adverse events after LC-17 infusion"),
        ("ORR by IRC according to Lugano 2014", "ORR by IRC per Lugano 2014 criteria"),
    ],
)
def test_one_sense_in_other_words(old: str, new: str) -> None:
    assert differing(old, new) == set()
    assert differing(new, old) == set()


@pytest.mark.parametrize(
    "old, new, aspect",
    [
        ("Response by investigator", "Response by blinded independent central review", "assessor"),
        ("PFS", "PFS as assessed by BICR", "assessor"),
        ("ORR per RECIST 1.1", "Objective response rate (ORR) according to mRECIST", "criteria"),
        ("ORR per RECIST 1.1", "ORR per RECIST 1.0", "criteria"),
        ("B cell depletion by flow cytometry", "B cell depletion by PCR", "criteria"),
        ("PFS in all patients", "PFS in PD-L1 positive patients", "population"),
        ("Response rate", "Response rate in participants with measurable disease", "population"),
        ("PFS at 12 months", "PFS at 24 months", "time point"),
        ("12-month survival", "24-month survival", "time point"),
        ("Overall survival", "Overall survival at five years", "time point"),
        ("Change in SLEDAI at week 12", "Change in SLEDAI at week 24", "time point"),
        ("Adverse events", "Treatment-related adverse events", "scope"),
    ],
)
def test_what_differs_in_part_is_named(old: str, new: str, aspect: str) -> None:
    assert differing(old, new) == {aspect}
    assert differing(new, old) == {aspect}


@pytest.mark.parametrize(
    "old, new",
    [
        ("Overall survival", "Progression free survival"),
        ("Complete response rate", "Overall response rate"),
        ("Adverse events", "Serious adverse events"),
        ("Incidence of hypotension", "Incidence of hypertension"),
        ("ACR20 response", "ACR50 response"),
        ("Rate of grade 3 adverse events", "Rate of grade 4 adverse events"),
        ("Remission without steroids", "Remission"),
        ("Time from progression to death", "Time from death to progression"),
        ("Change in SLEDAI", "Change in BILAG"),
    ],
)
def test_another_outcome_is_another_one(old: str, new: str) -> None:
    assert differing(old, new) & {"endpoint", "other"}
    assert differing(new, old) & {"endpoint", "other"}


@pytest.mark.parametrize(
    "text, days",
    [
        ("Up to 96 weeks", 672),
        ("Weeks 0, 12, and 24", 168),
        ("Day 0, Month 6", 182.64),
        ("3, 6 and 12 months", 365.28),
        ("one year", 365.25),
        ("12-week", 84),
        ("90d", 90),
        ("Cycle 1 Day 28", 28),
        ("every 3 weeks for 3 years", 1095.75),
        ("Baseline", None),
        ("End of study", None),
        ("2017-2022", None),
    ],
)
def test_a_time_frame_is_as_long_as_its_longest_span(text: str, days: float | None) -> None:
    found = longest_days(text)
    assert found == (days if days is None else pytest.approx(days))


@pytest.mark.parametrize(
    "old, new, percent",
    [
        ("3 months", "6 months", 100),
        ("24 weeks", "6 months", 8.7),
        ("59 months", "58 months", -1.7),
        ("1 year", "12 months", 0),
        ("post-treatment visit", "Posttreatment visit", 0),
        ("", "6 months", None),
        ("End of study", "6 months", None),
    ],
)
def test_a_time_frame_is_measured_against_the_old_one(old: str, new: str, percent: float | None) -> None:
    found = longer_by(old, new)
    assert found == (percent if percent is None else pytest.approx(percent, abs=0.1))


PRIMARY = {"measure": "Response by investigator", "timeFrame": "6 months"}


@pytest.mark.parametrize(
    "measure, rule, severity",
    [
        ("Response by independent review", "outcomes.primary_substance", Severity.HIGH),
        ("Response by investigator in adults", "outcomes.primary_substance", Severity.HIGH),
        ("Phase 1: Response by investigator", "outcomes.reworded", Severity.LOW),
        ("Response by the investigator (completed)", "outcomes.reworded", Severity.LOW),
        ("Complete response by investigator", "outcomes.primary_after_start", Severity.CRITICAL),
        ("Steroids per day", "outcomes.primary_after_start", Severity.CRITICAL),
    ],
)
def test_a_primary_outcome_weighs_by_what_differs(
    measure: str, rule: str, severity: Severity, before: Record, after: Record, told: Explain
) -> None:
    for record in (before, after):
        outcomes(record)[0] = dict(PRIMARY)
    outcomes(after)[0]["measure"] = measure
    assert weights(told(before, after)) == {rule: severity}


def test_before_the_start_substance_is_medium(before: Record, after: Record, told: Explain) -> None:
    for record in (before, after):
        record["protocolSection"]["statusModule"]["startDateStruct"] = {
            "date": "2027-01",
            "type": "ESTIMATED",
        }
        outcomes(record)[0] = dict(PRIMARY)
    outcomes(after)[0]["measure"] = "Response by independent review"
    assert weights(told(before, after)) == {"outcomes.primary": Severity.MEDIUM}


def test_substance_of_a_secondary_outcome_is_medium(before: Record, after: Record, told: Explain) -> None:
    outcomes(after, "secondaryOutcomes")[0]["measure"] = "SLEDAI response in adults"
    event = some(told(before, after))
    assert weights(event) == {"outcomes.secondary": Severity.MEDIUM}
    assert event.headline == (
        "1 secondary outcome with another population (“SLEDAI response” → “SLEDAI response in adults”)"
    )


def test_an_assessor_exchanged_in_a_description_is_substance(
    before: Record, after: Record, told: Explain
) -> None:
    outcomes(before)[0]["description"] = "Response is assessed by the investigator at each visit."
    outcomes(after)[0]["description"] = "Response is assessed by independent review at each visit."
    assert weights(told(before, after)) == {"outcomes.primary_substance": Severity.HIGH}


def test_a_description_given_for_the_first_time_is_no_new_outcome(
    before: Record, after: Record, told: Explain
) -> None:
    outcomes(after)[0]["description"] = "Counted once a participant."
    assert weights(told(before, after)) == {"outcomes.primary": Severity.MEDIUM}
    assert weights(told(after, before)) == {"outcomes.primary": Severity.MEDIUM}


def test_a_newer_grading_scale_in_a_description_is_wording(
    before: Record, after: Record, told: Explain
) -> None:
    outcomes(before)[0]["description"] = "Graded by CTCAE v5.0"
    outcomes(after)[0]["description"] = "Graded by CTCAE version 6"
    assert weights(told(before, after)) == {"outcomes.reworded": Severity.LOW}


@pytest.mark.parametrize(
    "old, new, rule",
    [
        ("10 months", "12 months", "outcomes.primary_time_frame"),
        ("12 months", "9 months", "outcomes.primary_time_frame"),
        ("12 months", "14 months", "outcomes.reworded"),
        ("24 weeks", "6 months", "outcomes.reworded"),
        ("End of study", "6 months", "outcomes.primary"),
    ],
)
def test_a_time_frame_weighs_from_a_fifth(
    old: str, new: str, rule: str, before: Record, after: Record, told: Explain
) -> None:
    outcomes(before)[0]["timeFrame"] = old
    outcomes(after)[0]["timeFrame"] = new
    event = some(told(before, after))
    assert set(weights(event)) == {rule}
    assert f"{old} → {new}" in event.headline


GONE = {"measure": "Steroids per day", "timeFrame": "12 months"}


class TestBack:
    def prior(self, release: str, old: Record | None, new: Record | None) -> PriorState:
        return PriorState(outcomes=(PastStep(release, f"{LIST}[Steroids|]", old, new),))

    def test_an_outcome_removed_and_back_is_told_as_back(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        outcomes(after).append(GONE)
        event = some(told(before, after, prior=self.prior("2026-08-18", GONE, None)))
        assert weights(event) == {"outcomes.back": Severity.MEDIUM}
        assert event.headline == "1 primary outcome back after 3 days, after the start"

    def test_one_added_and_gone_again_is_told_so(self, before: Record, after: Record, told: Explain) -> None:
        outcomes(before).append(GONE)
        event = some(told(before, after, prior=self.prior("2026-08-18", None, GONE)))
        assert weights(event) == {"outcomes.back": Severity.MEDIUM}
        assert event.headline == "1 primary outcome gone again after 3 days, after the start"

    def test_a_redefinition_taken_back_is_told_so(self, before: Record, after: Record, told: Explain) -> None:
        first, second = (
            dict(outcomes(after)[0]),
            {"measure": "Serious adverse events", "timeFrame": "3 months"},
        )
        outcomes(before)[0] = second
        event = some(told(before, after, prior=self.prior("2026-08-18", first, second)))
        assert weights(event) == {"outcomes.back": Severity.MEDIUM}

    @pytest.mark.parametrize(
        "release, old",
        [("2026-06-01", GONE), ("2026-08-18", {"measure": "Steroids per week", "timeFrame": "12 months"})],
    )
    def test_long_after_or_another_one_is_not_back(
        self, release: str, old: Record, before: Record, after: Record, told: Explain
    ) -> None:
        outcomes(after).append(GONE)
        event = told(before, after, prior=self.prior(release, old, None))
        assert weights(event) == {"outcomes.primary_after_start": Severity.CRITICAL}


class TestInLineWithResults:
    def posted(self, record: Record, *titles: str) -> None:
        measures = [{"type": "PRIMARY", "title": title} for title in titles]
        record |= {
            "hasResults": True,
            "resultsSection": {"outcomeMeasuresModule": {"outcomeMeasures": measures}},
        }

    @pytest.mark.parametrize(
        "measure, title, severity",
        [
            ("Adverse events during follow-up", "Adverse Events During Follow-up", Severity.LOW),
            ("Adverse events during follow-up", "Something Else", Severity.HIGH),
            ("Serious adverse events", "Serious Adverse Events", Severity.CRITICAL),
            ("Adverse events in adults", "Adverse Events in Adults", Severity.HIGH),
        ],
    )
    def test_wording_is_low_and_substance_is_not(
        self,
        measure: str,
        title: str,
        severity: Severity,
        before: Record,
        after: Record,
        told: Explain,
    ) -> None:
        outcomes(after)[0]["measure"] = measure
        self.posted(after, title)
        event = some(told(before, after))
        found = [reason for reason in event.reasons if reason.rule.startswith("outcomes.")]
        assert [reason.severity for reason in found] == [severity]

    def test_an_outcome_that_goes_with_the_results_is_no_wording(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        outcomes(after)[0] = {"measure": "Steroids per day", "timeFrame": "3 months"}
        self.posted(after, "Steroids per day")
        assert weights(told(before, after))["outcomes.primary_after_start"] is Severity.CRITICAL

    def test_a_description_worded_anew_is_low(self, before: Record, after: Record, told: Explain) -> None:
        outcomes(after)[0]["description"] = "Counted once a participant."
        self.posted(after, "Adverse events")
        assert weights(told(before, after))["outcomes.in_line_with_results"] is Severity.LOW


def test_a_list_of_abbreviations_and_their_words_is_one_reworded_outcome_each(
    before: Record, after: Record, told: Explain
) -> None:
    outcomes(before)[:] = [{"measure": name, "timeFrame": "2 years"} for name in ("OS", "PFS", "ORR")]
    outcomes(after)[:] = [
        {"measure": name, "timeFrame": "2 years"}
        for name in ("Objective response rate", "Overall survival", "Progression-free survival")
    ]
    changes = [change for change in some(told(before, after)).changes if change.kind is Kind.OUTCOMES]
    assert {(change.op, change.old["measure"], change.new["measure"]) for change in changes} == {
        (Op.REWORDED, "OS", "Overall survival"),
        (Op.REWORDED, "PFS", "Progression-free survival"),
        (Op.REWORDED, "ORR", "Objective response rate"),
    }
