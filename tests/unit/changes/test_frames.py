"""One row a frame: what a criterion's words make of a bound, of a list, of a criterion that came."""

from __future__ import annotations

import re

import pytest

from sync.changes.criteria.changes import criteria_changes
from sync.changes.model import Change

BOUNDS = """
no word that bears  | inclusion | Platelets ≥ [50→30] × 10^9/L  | wider
no word that bears  | exclusion | Creatinine > [2→3] mg/dL  | wider
denied  | inclusion | No surgery within [4→6] weeks  | narrower
denied list  | inclusion | No chemotherapy, radiotherapy or surgery within [4→6] weeks  | narrower
denied outright  | exclusion | Has not received a vaccine within [4→6] weeks  | wider
denied at a distance  | exclusion | Without symptoms, or surgery within [4→6] weeks  | unclear
lasting absence  | inclusion | No chemotherapy for at least [4→2] weeks  | wider
lasting state  | exclusion | Has not been stable for at least [4→2] weeks  | wider
each of so many  | exclusion | Not responding to at least [2→3] drugs  | unclear
denied behind  | exclusion | Washout of at least [4→2] weeks has not been completed  | wider
denied behind  | exclusion | Platelets ≥ [50→30] × 10^9/L cannot be maintained  | wider
refusal  | exclusion | Refusal to use contraception for at least [12→6] months  | wider
failure  | exclusion | Failure to maintain platelets of at least [50→30] × 10^9/L  | wider
failed treatment  | inclusion | Failed at least [2→3] prior lines  | narrower
inability ended  | exclusion | Unable to swallow, or surgery within [2→4] weeks  | narrower
not governing  | exclusion | Drugs not approved for this use within [30→60] days  | narrower
not governing  | exclusion | Steroids including but not limited to prednisone within [4→6] weeks  | narrower
prohibited  | inclusion | Patients with LVEF < [45→40]% cannot participate  | wider
prohibited  | inclusion | HBV DNA > [2000→500] IU/mL leads to exclusion  | narrower
prohibited  | exclusion | Patients must not have had a live vaccine within [4→6] weeks  | narrower
permitted  | exclusion | Subjects on prednisone ≤ [10→20] mg/day can enroll  | wider
permitted  | exclusion | Prednisone ≤ [10→20] mg/day does not exclude  | wider
permitted  | exclusion | Prednisone ≤ [10→20] mg/day is exempt  | wider
permitted if  | exclusion | Prior surgery is allowed if > [4→2] weeks ago  | wider
left out of account  | exclusion | Steroids; replacement (prednisone ≤ [10→5] mg/day) does not count as such  | narrower
permission of another | exclusion | Steroids within [4→6] weeks, topical ones are allowed  | unclear
turned afterwards  | exclusion | Prednisone ≤ [10→20] mg/day. This is allowed.  | unclear
unless  | exclusion | Cancer, unless in remission for ≥ [5→3] years  | wider
unless  | inclusion | Negative test unless in remission for ≥ [5→3] years  | wider
except  | exclusion | Diabetes except with HbA1c < [7→8]%  | wider
except, own bound  | inclusion | Bilirubin ≤ 1.5 × ULN, except in Gilbert's syndrome ≤ [3→5] × ULN  | wider
window of which  | exclusion | Cancer other than of the skin within [5→3] years  | unclear
barred if  | exclusion | Prior transplant if within [6→12] months  | narrower
demanded if  | inclusion | If older than [65→60] years, a negative exercise test  | unclear
defined  | inclusion | Postmenopausal is defined as age > [45→50] years  | unclear
keys a table  | inclusion | Age 2 to < 6 years: 0.8 mg/dL; age ≥ [16→15] years: 1.4 mg/dL  | unclear
behind a joint  | inclusion | Platelets ≥ [50→30] × 10^9/L and no bleeding  | wider
obliged  | exclusion | Warfarin must be stopped for at least [5→3] days  | wider
obliged after it  | exclusion | At least [3→6] months must have elapsed since surgery  | narrower
obliged by it  | exclusion | Steroids above [10→20] mg must be stopped  | unclear
obliged in a state  | exclusion | Patients who must take more than [10→20] mg  | unclear
demand unsaid  | exclusion | Off steroids for at least [4→2] weeks  | unclear
avoided  | inclusion | Must avoid more than [2→3] drinks a day  | unclear
outside  | exclusion | Weight outside the range [45–100→45–120] kg  | wider
back in time  | inclusion | Last dose no later than [7→14] days before screening  | narrower
predicate unknown  | exclusion | A creatinine below [2→3] mg/dL raises eyebrows  | unclear
predicate unknown  | exclusion | A creatinine below [2→3] mg/dL will be discussed  | unclear
predicate unknown  | inclusion | Subjects over [80→90] kg are given two tablets  | unclear
predicate of a thing  | exclusion | Infection that may have lasted more than [7→14] days  | wider
of the study  | inclusion | Up to [30→60] participants will be enrolled  | unclear
within a window  | exclusion | Fever above [38→38.5] °C within the last week  | wider
denial unknown  | exclusion | Platelets above [50→40] × 10^9/L not wished for  | unclear
"""


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


def text(section: str, *criteria: str) -> str:
    sections = {"inclusion": ["Consent is given"], "exclusion": ["Pregnancy"]}
    sections[section] += criteria
    blocks = [
        f"{name.title()} Criteria:\n\n" + "\n".join(f"* {each}" for each in found)
        for name, found in sections.items()
    ]
    return "\n\n".join(blocks)


def only(changes: list[Change]) -> Change:
    assert len(changes) == 1, [(str(change.op), change.old, change.new) for change in changes]
    return changes[0]


def both(edit: str) -> tuple[str, str]:
    """`≥ [50→30]` before and after."""
    old, new = (re.sub(r"\[([^\]→]*)→([^\]]*)\]", rf"\{side}", edit) for side in (1, 2))
    return old, new


@pytest.mark.parametrize("row", rows(BOUNDS), ids=lambda row: f"{row[0]}, {row[1]}: {row[2][:40]}")
def test_a_bound_has_the_direction_that_its_sentence_proves(row: list[str]) -> None:
    _, section, edit, wanted = row
    before, after = both(edit)
    change = only(criteria_changes(text(section, before), text(section, after)))
    assert change.detail.effect == wanted


LISTS = """
all of                | inclusion | All of the following:                                  | narrower
any of                | inclusion | Any of the following:                                  | wider
some of               | inclusion | At least 2 of the following criteria:                  | wider
kinds of one thing    | inclusion | Eligible tumour types:                                 | wider
demands               | inclusion | Adequate organ function:                               | narrower
unsaid                | inclusion | Disease history:                                       | unclear
examples              | exclusion | Significant comorbidity, for example:                  | unclear
any of                | exclusion | Any of the following:                                  | narrower
all of                | exclusion | All of the following:                                  | wider
unsaid                | exclusion | The following medical conditions:                      | narrower
barred                | inclusion | None of the following:                                 | narrower
barred                | inclusion | Any of the following rules out enrollment:             | narrower
barred                | inclusion | Patients are ineligible if any of the following apply: | narrower
barred                | inclusion | Either of the following must be absent:                | narrower
permitted             | inclusion | The following are permitted:                           | wider
permitted             | exclusion | Patients with the following can enroll:                | wider
permitted             | exclusion | The following do not exclude a patient:                | wider
failed                | exclusion | Not meeting all of the following:                      | narrower
failed                | exclusion | Failure of any of the following:                       | narrower
excepted              | exclusion | Any malignancy except the following:                   | wider
fails one of all      | exclusion | Does not have at least one of the following:           | wider
counted down          | inclusion | Fewer than two of the following:                       | narrower
counted down          | exclusion | No more than one of the following:                     | wider
demanded, exclusions  | exclusion | Patients must have all of the following:               | unclear
excluded, inclusions  | inclusion | Exclusion of patients with:                            | narrower
absence in exclusions | exclusion | Absence of any of the following:                       | unclear
"""


def listed(section: str, header: str, *items: str) -> str:
    return text(section, "\n".join((header, *(f"  * {item}" for item in items))))


@pytest.mark.parametrize("row", rows(LISTS), ids=lambda row: f"{row[1]}: {row[2]}")
def test_one_more_item_does_what_its_list_makes_of_it(row: list[str]) -> None:
    _, section, header, wanted = row
    items = ["Known heart disease", "Raised liver enzymes"]
    before, after = (
        listed(section, header, *items),
        listed(section, header, *items, "Interstitial lung disease"),
    )
    assert only(criteria_changes(before, after)).detail.effect == wanted
    opposite = {"wider": "narrower", "narrower": "wider"}.get(wanted, wanted)
    assert only(criteria_changes(after, before)).detail.effect == opposite


UNDER = """
barred    | exclusion | Subjects must not have any of the following: | Creatinine > [2→3] mg/dL | wider
barred  | inclusion | The presence of any of the following rules out enrollment: | Creatinine > [2→3] mg/dL  | wider
barred  | inclusion | None of the following:  | Creatinine > [2→3] mg/dL  | wider
permitted | exclusion | The following are permitted:  | Prednisone ≤ [10→20] mg/day  | wider
failed  | exclusion | Failure of any of the following:  | Platelets ≥ [50→30] × 10^9/L | wider
failed  | exclusion | Inadequate organ function, where adequate means:  | Platelets ≥ [50→30] × 10^9/L | wider
unread  | exclusion | Inadequate organ function:  | Platelets ≥ [50→30] × 10^9/L | unclear
same  | inclusion | Adequate organ function:  | Platelets ≥ [50→30] × 10^9/L | wider
periods  | exclusion | Prior therapies within these periods:  | Rituximab: [6→3] months  | wider
periods  | exclusion | Wash-out periods required:  | Rituximab: [6→9] months  | narrower
"""


@pytest.mark.parametrize("row", rows(UNDER), ids=lambda row: f"{row[1]}: {row[2]}")
def test_a_bound_in_a_list_turns_with_its_header(row: list[str]) -> None:
    _, section, header, edit, wanted = row
    before, after = (listed(section, header, "Known heart disease", side) for side in both(edit))
    assert only(criteria_changes(before, after)).detail.effect == wanted


CAME = """
demand       | inclusion | Written informed consent                                  | narrower
demand       | inclusion | ECOG performance status 0 or 1                            | narrower
bar          | inclusion | Patients with active hepatitis are not eligible           | narrower
bar          | exclusion | Known allergy to albumin                                  | narrower
permission   | exclusion | Patients with controlled HIV may be enrolled              | wider
permission   | exclusion | Replacement steroids are not considered immunosuppression | wider
permission   | exclusion | Prior transplant is no reason for exclusion               | wider
let in       | inclusion | Healthy volunteers are accepted for the control arm       | wider
let in       | inclusion | Part B: subjects with CD19-negative relapse               | wider
group's bar  | exclusion | Cohort 2 only: prior BCMA-directed therapy                | narrower
group alone  | inclusion | Cohort B                                                  | unclear
nothing      | inclusion | Male or female                                            | none
nothing      | inclusion | Patients of any race or ethnicity can take part           | none
nothing      | exclusion | None                                                      | none
remark       | exclusion | Patients will be followed for 15 years                    | none
remark       | inclusion | Abbreviations: ANC, absolute neutrophil count             | none
definition   | inclusion | Postmenopausal status is defined by age ≥ 60              | unclear
unspecific   | exclusion | Other protocol-defined exclusion criteria may apply       | unclear
thing named  | inclusion | Lupus nephritis class IV                                  | unclear
bound        | inclusion | 40 to 75 years old, any sex                               | narrower
remark       | exclusion | ULN = upper limit of normal                               | unclear
remark       | exclusion | The study lasts 52 weeks                                  | unclear
remark       | exclusion | Subjects will receive a travel allowance                  | unclear
of a thing   | exclusion | Any illness that could interfere with the study           | narrower
or-item      | inclusion | or a positive biopsy                                      | unclear
"""


@pytest.mark.parametrize("row", rows(CAME), ids=lambda row: f"{row[1]}: {row[2][:50]}")
def test_a_criterion_that_came_does_what_it_says(row: list[str]) -> None:
    _, section, criterion, wanted = row
    assert only(criteria_changes(text(section), text(section, criterion))).detail.effect == wanted


WORDS = """
restriction | exclusion | [Active hepatitis→Hepatitis] B infection                               | narrower
restriction | exclusion | Patients with CNS disease[ only→]                                      | narrower
restriction | inclusion | [Diagnosis→Confirmed diagnosis] of lupus nephritis in the past            | narrower
alternative | exclusion | HIV[, hepatitis B→] or hepatitis C infection                           | wider
quantifier  | inclusion | Shown by [any→all] of the following tests                              | narrower
joint       | exclusion | Patients who have [both hepatitis B and→hepatitis B or] hepatitis C    | narrower
two joints  | inclusion | Age [and→or] consent or guardian consent                               | unclear
another     | exclusion | Any prior [malignancy→carcinoma]                                       | unclear
another     | exclusion | [Hyponatremia→Hypernatremia] at screening                              | unclear
another     | exclusion | Treatment with [prednisone→prednisolone] within 7 days                 | unclear
another     | exclusion | Live vaccine within 30 days before [screening→randomization]           | unclear
another     | exclusion | [Cardiac→Cardiovascular] disease                                       | unclear
another     | exclusion | [Severe→Clinically significant] heart disease                          | unclear
another     | exclusion | Live vaccine within 30 days [before→after] infusion                    | unclear
same        | exclusion | Prior allogeneic [HSCT→hematopoietic stem cell transplantation]        | none
same        | exclusion | Known [HIV infection→infection with human immunodeficiency virus (HIV)] | none
same        | exclusion | [HIV or hepatitis B→hepatitis B or HIV]                                | none
same        | inclusion | Histologicaly confirmed disease of the [kidney→kidneys]                | none
"""


@pytest.mark.parametrize("row", rows(WORDS), ids=lambda row: row[2][:60])
def test_words_that_change_are_the_same_or_turn_as_proved(row: list[str]) -> None:
    _, section, edit, wanted = row
    before, after = both(edit)
    change = only(criteria_changes(text(section, before), text(section, after)))
    assert change.detail.effect == wanted
    assert (str(change.op) == "reworded") == (wanted == "none")


def test_two_limits_that_change_names_are_two_changes() -> None:
    change = only(
        criteria_changes(
            text("inclusion", "ALT ≤ 3 × ULN and AST ≤ 5 × ULN"),
            text("inclusion", "ALT ≤ 5 × ULN and AST ≤ 3 × ULN"),
        )
    )
    assert {(each.quantity, each.direction) for each in change.detail.thresholds} == {
        ("ALT", "wider"),
        ("AST", "narrower"),
    }
    assert change.detail.effect == "mixed"
