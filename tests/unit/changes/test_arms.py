"""Arms and interventions: doses by what they amount to, procedures of examination, and names from what to what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sync.changes.event import Event
from sync.changes.kinds.doses import doses
from sync.changes.model import Severity

Record = dict[str, Any]
Explain = Callable[..., Event | None]


def some(event: Event | None) -> Event:
    assert event is not None
    return event


def arms(record: Record) -> Record:
    found: Record = record["protocolSection"]["armsInterventionsModule"]
    return found


def weights(event: Event | None) -> dict[str, Severity]:
    return {reason.rule: reason.severity for reason in some(event).reasons}


@pytest.mark.parametrize(
    "old, new",
    [
        ("1×10^6 cells/kg", "1e6 cells/kg"),
        ("1×10^6 cells/kg", "1 million cells per kg"),
        ("1 x 10^6 cells", "1,000,000 cells"),
        ("1x10^9 CFU/dose", "1x109 cfu/dose"),
        ("2.5×10^7 CAR-T cells", "2.5 x 10^7 CART cells"),
        ("0.5 g", "500 mg"),
        ("500 mcg", "0,5 mg"),
        ("100mg/m2", "100 mg/m^2"),
        ("5 mg/kg/day", "5 mg/kg per day"),
        ("100 million viable NK cells", "1×10^8 NK cells"),
    ],
)
def test_one_dose_in_two_ways_of_writing(
    old: str, new: str, before: Record, after: Record, told: Explain
) -> None:
    assert doses(old) == doses(new) != []
    arms(before)["armGroups"][0]["description"] = f"One infusion of {old}"
    arms(after)["armGroups"][0]["description"] = f"One infusion of {new}"
    assert weights(told(before, after)) == {"arms.reworded": Severity.LOW}


@pytest.mark.parametrize(
    "old, new",
    [
        ("1×10^6 cells/kg", "3×10^6 cells/kg"),
        ("1×10^6 cells/kg", "1×10^6 cells"),
        ("5 mg/kg", "5 mg"),
        ("5 mg", "5 mcg"),
        ("1 million cells", "1 billion cells"),
        ("10 mg", "10 mg and 20 mg"),
    ],
)
def test_another_amount_is_another_dose(
    old: str, new: str, before: Record, after: Record, told: Explain
) -> None:
    arms(before)["armGroups"][0]["description"] = f"One infusion of {old}"
    arms(after)["armGroups"][0]["description"] = f"One infusion of {new}"
    assert weights(told(before, after)) == {"arms.dose": Severity.HIGH}


@pytest.mark.parametrize("text", ["LC-17 cells", "CD19 CAR-T cells", "day 1 and 29", "20 kg body weight"])
def test_what_is_no_dose(text: str) -> None:
    assert doses(text) == []


def test_three_times_a_hundred_is_no_power_of_ten() -> None:
    assert [(dose.text, dose.amount) for dose in doses("3 x 100 µg")] == [("100 µg", 0.1)]


def test_a_dose_that_is_named_for_the_first_time_did_not_change(
    before: Record, after: Record, told: Explain
) -> None:
    arms(before)["armGroups"][0]["description"] = "One infusion"
    assert weights(told(before, after)) == {"arms.described": Severity.MEDIUM}


@pytest.mark.parametrize(
    "kind, name",
    [
        ("PROCEDURE", "Biopsy of the kidney"),
        ("PROCEDURE", "Magnetic Resonance Imaging"),
        ("PROCEDURE", "Biospecimen Collection"),
        ("OTHER", "Questionnaire Administration"),
        ("OTHER", "Laboratory Biomarker Analysis"),
        ("DIAGNOSTIC_TEST", "Oral challenge"),
    ],
)
def test_a_procedure_of_examination_is_low(
    kind: str, name: str, before: Record, after: Record, told: Explain
) -> None:
    arms(after)["interventions"].append({"type": kind, "name": name})
    assert weights(told(before, after)) == {"arms.procedure": Severity.LOW}
    assert weights(told(after, before)) == {"arms.procedure": Severity.LOW}


@pytest.mark.parametrize(
    "kind, name",
    [
        ("PROCEDURE", "Stem Cell Transplantation"),
        ("PROCEDURE", "Surgery"),
        ("DRUG", "Fludarabine"),
        ("DRUG", "Contrast for imaging"),
        ("RADIATION", "CT-guided radiotherapy"),
    ],
)
def test_an_intervention_that_treats_is_high(
    kind: str, name: str, before: Record, after: Record, told: Explain
) -> None:
    arms(after)["interventions"].append({"type": kind, "name": name})
    assert weights(told(before, after)) == {"arms.changed": Severity.HIGH}


def test_an_arm_that_is_called_otherwise_is_told_from_what_to_what(
    before: Record, after: Record, told: Explain
) -> None:
    arms(after)["armGroups"][0]["label"] = "LC-17 cells"
    event = some(told(before, after))
    assert event.headline == "Arm “LC-17” → “LC-17 cells”"
    assert event.reasons[0].fact == "described anew: arm “LC-17” → “LC-17 cells”"


def test_a_long_description_is_cut_around_what_differs(before: Record, after: Record, told: Explain) -> None:
    long = (
        "Cells are collected from the blood of the participant and changed in the laboratory of the sponsor, "
    )
    arms(before)["armGroups"][0]["description"] = f"{long}then given in 2 portions on following days. {long}"
    arms(after)["armGroups"][0]["description"] = f"{long}then given in 3 portions on following days. {long}"
    headline = some(told(before, after)).headline
    assert "given in 2 portions" in headline
    assert "given in 3 portions" in headline
    assert len(headline) < 250
