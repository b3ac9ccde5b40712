"""The record history that the registry's own site shows, told from the versions of a corpus."""

import copy
from typing import Any

from sync.demo.registry.corpus import Version
from sync.demo.registry.fields import FIELDS, Record
from sync.demo.registry.markup import to_html

LABELS = {
    "identificationModule": "Study Identification",
    "statusModule": "Study Status",
    "sponsorCollaboratorsModule": "Sponsor/Collaborators",
    "oversightModule": "Oversight",
    "descriptionModule": "Study Description",
    "conditionsModule": "Conditions",
    "designModule": "Study Design",
    "armsInterventionsModule": "Arms and Interventions",
    "outcomesModule": "Outcome Measures",
    "eligibilityModule": "Eligibility",
    "contactsLocationsModule": "Contacts/Locations",
    "referencesModule": "References",
    "ipdSharingStatementModule": "IPDSharing",
}
FIRST = "None (earliest Version on record)"
MARKUP = ("EligibilityCriteria", "BriefSummary", "DetailedDescription", "WhyStopped")


def version_list(versions: list[Version]) -> dict[str, Any]:
    """All versions, the first one numbered 0 (the site shows one more)."""
    return {"changes": [_change(versions, number) for number in range(len(versions))]}


def version(versions: list[Version], number: int) -> dict[str, Any]:
    """One version in full: without what the registry computes, its texts in HTML."""
    study = copy.deepcopy(versions[number].study or {})
    # The history has nothing of what the registry computes, and its texts are HTML where the API has Markdown.
    study.pop("derivedSection", None)
    for piece in MARKUP:
        _, module_name, name = FIELDS[piece].path
        module = _module(study, module_name)
        if isinstance(module.get(name), str):
            module[name] = to_html(module[name])
    return {"studyVersion": number, "study": study}


def _change(versions: list[Version], number: int) -> dict[str, Any]:
    study = versions[number].study or {}
    status = _module(study, "statusModule")
    return {
        "version": number,
        # The history is dated by submission, not by release.
        "date": _submitted(status) or versions[number].release,
        "status": status.get("overallStatus", ""),
        "moduleLabels": _labels(versions[number - 1].study or {}, study) if number else [FIRST],
    }


def _submitted(status: dict[str, Any]) -> str:
    posted = status.get("lastUpdatePostDateStruct")
    return str(status.get("lastUpdateSubmitDate") or (posted or {}).get("date") or "")


def _labels(before: Record, after: Record) -> list[str]:
    old, new = _protocol(before), _protocol(after)
    return [label for module, label in LABELS.items() if old.get(module) != new.get(module)]


def _protocol(study: Record) -> dict[str, Any]:
    protocol = study.get("protocolSection")
    return protocol if isinstance(protocol, dict) else {}


def _module(study: Record, name: str) -> dict[str, Any]:
    module = _protocol(study).get(name)
    return module if isinstance(module, dict) else {}
