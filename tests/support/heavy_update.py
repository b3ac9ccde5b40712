"""An invented study before and after a heavy update: 25 outcomes, three arms, two criteria, two sites and all the rest."""

from __future__ import annotations

import copy
from typing import Any

from tests.acceptance.registry_server import study

Record = dict[str, Any]

NCT_ID = "NCT91000777"
BEFORE, AFTER = "2026-09-01", "2026-09-02"
_DRUGS = ("lunacabtagene", "solatuzumab", "tidamab", "astrolimus")
_MEASURES = (
    "Number of Participants Who Experience a Serious Adverse Event (SAE)",
    "Duration of Complete Response (DoCR) by Independent Review",
    "Area Under the Concentration-Time Curve Over the Dosing Interval of {}",
    "Maximum Concentration (Cmax) of {}",
    "Trough Concentration (Ctrough) of {}",
    "Incidence of Anti-Drug Antibodies (ADAs) Against {}",
)
_CRITERIA = """Inclusion Criteria:

The main inclusion criteria include but are not limited to the following:

* Has relapsed or refractory moon fever after at least one line of treatment with lithium salts
* Has an expected survival of three months or more

Exclusion Criteria:

The main exclusion criteria include but are not limited to the following:

* Has a history of (noninfectious) crateritis/interstitial dust lung (IDL) that required steroids or has current \
crateritis/IDL, and/or suspected crateritis/IDL
* Has a known hypersensitivity to any of the study's cells
* Has had major surgery within 4 weeks or minor surgery within 2 weeks of allocation (or first dose), or is anticipated \
to require a major surgical procedure during the study
"""


def _measures() -> list[str]:
    return [each.format(drug) for drug in _DRUGS for each in _MEASURES] + ["Overall Survival (OS)"]


def before() -> Record:
    """The study as it was."""
    names = list(
        dict.fromkeys(_measures() + [f"Change in Lunar Quality of Life, Part {n}" for n in range(1, 9)])
    )[:25]
    outcomes = [
        {"measure": name, "description": f"How {name} is seen.", "timeFrame": "Up to approximately 59 months"}
        for name in names
    ]
    arms = [
        {
            "label": f"Arm {number}, Parts A and B: {drug} + I-LuD",
            "type": "EXPERIMENTAL",
            "description": "Participants who completed standard of care induction treatment with approved lithium salts "
            "for relapsed moon fever and did not have disease progression per investigator discretion, will receive "
            f"{drug} and I-LuD in the maintenance phase, until documented disease progression or meeting other study "
            "discontinuation criteria.",
        }
        for number, drug in enumerate(_DRUGS[:3], 1)
    ]
    record = study(
        NCT_ID,
        "NOT_YET_RECRUITING",
        posted=BEFORE,
        designModule={"phases": ["PHASE1", "PHASE2"], "enrollmentInfo": {"count": 170, "type": "ESTIMATED"}},
        eligibilityModule={"eligibilityCriteria": _CRITERIA},
        outcomesModule={"primaryOutcomes": outcomes[:3], "secondaryOutcomes": outcomes[3:]},
        armsInterventionsModule={"armGroups": arms},
        contactsLocationsModule={"locations": [_site("Bay General", "Luna Town", "France")]},
    )
    protocol = record["protocolSection"]
    protocol["identificationModule"]["briefTitle"] = (
        "A Clinical Study of Lunacabtagene (LC-6070) and Solatuzumab (SZ-2400) in People With Refractory Moon Fever "
        "(LC-6070-003)"
    )
    protocol["statusModule"] |= {
        "statusVerifiedDate": "2026-08",
        "startDateStruct": {"date": "2026-09-14", "type": "ESTIMATED"},
        "lastUpdateSubmitDate": "2026-08-29",
    }
    return record


def after() -> Record:
    """The study as it is now: the same change in 25 outcomes, and one of nearly every other kind."""
    record = copy.deepcopy(before())
    protocol = record["protocolSection"]
    protocol["statusModule"] |= {
        "overallStatus": "RECRUITING",
        "statusVerifiedDate": "2026-09",
        "startDateStruct": {"date": "2026-09-29", "type": "ACTUAL"},
        "lastUpdateSubmitDate": "2026-09-01",
        "lastUpdatePostDateStruct": {"date": AFTER, "type": "ACTUAL"},
    }
    for outcome in [each for found in protocol["outcomesModule"].values() for each in found]:
        outcome["timeFrame"] = "Up to approximately 58 months"
    for arm in protocol["armsInterventionsModule"]["armGroups"]:
        arm["description"] = arm["description"].replace("I-LuD", "I-LUd")
    text = protocol["eligibilityModule"]["eligibilityCriteria"]
    text = text.replace(
        "a history of (noninfectious) crateritis/interstitial dust lung (IDL) that required steroids or has current "
        "crateritis/IDL, and/or suspected crateritis/IDL",
        "any history of interstitial dust lung (IDL)/crateritis irrespective of steroid use, current IDL, IDL that cannot "
        "be ruled out by imaging at screening, or suspected IDL",
    )
    protocol["eligibilityModule"]["eligibilityCriteria"] = text.replace(
        "of allocation", "of allocation/randomization"
    )
    places = protocol["contactsLocationsModule"]
    places["locations"] += [
        _site("Selene Health Care Campus ( Site 0602)", "Tycho", "Italy"),
        _site("Crater Medical Center ( Site 0601)", "Kepler Gan", "Italy"),
    ]
    places["centralContacts"] = [
        {
            "name": "Trial Desk 17",
            "role": "CONTACT",
            "phone": "+1-555-0100",
            "email": "desk17@trials.example.org",
        }
    ]
    protocol["referencesModule"] = {
        "seeAlsoLinks": [
            {
                "label": "Plain Language Summary",
                "url": "https://trials.example.org/Study/Details?id=27073&tenant=LT_9011",
            }
        ]
    }
    return record


def _site(facility: str, city: str, country: str) -> Record:
    return {"facility": facility, "city": city, "country": country, "status": "RECRUITING"}
