"""Invented records of trials, as short as they can be."""

from __future__ import annotations

from typing import Any

from sync.study.record import Record


def trial(
    title: str,
    *given: str | tuple[str, str],
    summary: str = "",
    details: str = "",
    conditions: tuple[str, ...] = (),
    arms: tuple[str, ...] = (),
    eligibility: str = "",
    kind: str = "INTERVENTIONAL",
    official: str = "",
    kind_of_given: str = "BIOLOGICAL",
) -> Record:
    """A record with a title and interventions, each a name, or a name and a description."""
    pairs = [each if isinstance(each, tuple) else (each, "") for each in given]
    interventions: list[dict[str, Any]] = [
        {"type": kind_of_given, "name": name, "description": description} for name, description in pairs
    ]
    return {
        "protocolSection": {
            "identificationModule": {"nctId": "NCT01234567", "briefTitle": title, "officialTitle": official},
            "descriptionModule": {"briefSummary": summary, "detailedDescription": details},
            "conditionsModule": {"conditions": list(conditions)},
            "designModule": {"studyType": kind},
            "armsInterventionsModule": {
                "interventions": interventions,
                "armGroups": [{"label": label} for label in arms],
            },
            "eligibilityModule": {"eligibilityCriteria": eligibility},
        }
    }
