"""An invented study, and comparing two of its versions."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from sync.changes.event import Event
from sync.changes.explain import explain
from sync.changes.model import PriorState, Snapshot, VersionRef
from sync.changes.ruleset import RuleSet
from sync.study.canonical import canonicalise

Record = dict[str, Any]
Explain = Callable[..., Event | None]

INVENTED: Record = {
    "protocolSection": {
        "identificationModule": {
            "nctId": "NCT00000017",
            "orgStudyIdInfo": {"id": "LUNA-17"},
            "secondaryIdInfos": [{"id": "2024-500017-11", "type": "CTIS"}],
            "organization": {"fullName": "Lunar Cell Works", "class": "INDUSTRY"},
            "briefTitle": "LC-17 Cells in Refractory Lupus",
            "officialTitle": "A Study of LC-17 in Adults With Refractory Lupus",
        },
        "statusModule": {
            "statusVerifiedDate": "2026-03",
            "overallStatus": "RECRUITING",
            "expandedAccessInfo": {"hasExpandedAccess": False},
            "startDateStruct": {"date": "2025-02-10", "type": "ACTUAL"},
            "primaryCompletionDateStruct": {"date": "2027-06", "type": "ESTIMATED"},
            "completionDateStruct": {"date": "2028-01-31", "type": "ESTIMATED"},
            "studyFirstSubmitDate": "2024-11-05",
            "lastUpdateSubmitDate": "2026-03-02",
            "lastUpdatePostDateStruct": {"date": "2026-03-04", "type": "ACTUAL"},
        },
        "sponsorCollaboratorsModule": {
            "responsibleParty": {"type": "SPONSOR"},
            "leadSponsor": {"name": "Lunar Cell Works", "class": "INDUSTRY"},
            "collaborators": [{"name": "Institute of the Far Side", "class": "OTHER"}],
        },
        "oversightModule": {"oversightHasDmc": True, "isFdaRegulatedDrug": True},
        "descriptionModule": {
            "briefSummary": "LC-17 cells are given once.\n\nPatients are followed for two years.",
            "detailedDescription": "Cells are collected, changed and given back.",
        },
        "conditionsModule": {"conditions": ["Lupus", "Lupus Nephritis"], "keywords": ["CAR-T", "CD19"]},
        "designModule": {
            "studyType": "INTERVENTIONAL",
            "phases": ["PHASE1", "PHASE2"],
            "designInfo": {"allocation": "NA", "maskingInfo": {"masking": "NONE"}},
            "enrollmentInfo": {"count": 24, "type": "ESTIMATED"},
        },
        "armsInterventionsModule": {
            "armGroups": [
                {
                    "label": "LC-17",
                    "type": "EXPERIMENTAL",
                    "description": "One infusion of 1×10^6 cells/kg",
                    "interventionNames": ["Biological: LC-17"],
                }
            ],
            "interventions": [{"type": "BIOLOGICAL", "name": "LC-17", "armGroupLabels": ["LC-17"]}],
        },
        "outcomesModule": {
            "primaryOutcomes": [{"measure": "Adverse events", "timeFrame": "3 months"}],
            "secondaryOutcomes": [
                {
                    "measure": "SLEDAI response",
                    "description": "Fall by 4 points or more",
                    "timeFrame": "6 months",
                },
                {"measure": "Persistence of LC-17 cells in blood", "timeFrame": "12 months"},
            ],
        },
        "eligibilityModule": {
            "eligibilityCriteria": "Inclusion Criteria:\n\n* Age 18 or older\n* Platelets \\>= 50 x 10^9/L\n\n"
            "Exclusion Criteria:\n\n* Pregnancy\n* Prior cell therapy",
            "sex": "ALL",
            "minimumAge": "18 Years",
        },
        "contactsLocationsModule": {
            "centralContacts": [{"name": "Ada Moon", "role": "CONTACT", "phone": "555-0100"}],
            "overallOfficials": [
                {"name": "Bo Crater", "affiliation": "Lunar Cell Works", "role": "STUDY_DIRECTOR"}
            ],
            "locations": [
                {
                    "facility": "Tranquility Hospital",
                    "status": "RECRUITING",
                    "city": "Lyon",
                    "zip": "69001",
                    "country": "France",
                    "contacts": [{"name": "Cy Rille", "role": "CONTACT"}],
                    "geoPoint": {"lat": 45.7, "lon": 4.8},
                },
                {
                    "facility": "Serenity Clinic",
                    "status": "RECRUITING",
                    "city": "Austin",
                    "state": "Texas",
                    "zip": "78701",
                    "country": "United States",
                },
                {
                    "facility": "Fertility Bay Medical Center",
                    "status": "NOT_YET_RECRUITING",
                    "city": "Reno",
                    "state": "Nevada",
                    "zip": "89501",
                    "country": "United States",
                },
            ],
        },
        "referencesModule": {
            "references": [{"pmid": "1000017", "type": "BACKGROUND", "citation": "Moon A. Cells. 2024."}],
            "seeAlsoLinks": [{"label": "The study", "url": "https://example.org/lc17"}],
        },
        "ipdSharingStatementModule": {"ipdSharing": "NO"},
    },
    "documentSection": {
        "largeDocumentModule": {
            "largeDocs": [
                {"typeAbbrev": "Prot", "filename": "Prot_000.pdf", "date": "2025-01-05", "size": 1234}
            ]
        }
    },
    "derivedSection": {
        "miscInfoModule": {"versionHolder": "2026-08-20"},
        "conditionBrowseModule": {"meshes": [{"id": "D008180", "term": "Lupus Erythematosus, Systemic"}]},
    },
    "hasResults": False,
}


@pytest.fixture
def before() -> Record:
    """A version of the invented study, free to edit."""
    return copy.deepcopy(INVENTED)


@pytest.fixture
def after() -> Record:
    """The same version once more, to edit into the next one."""
    return copy.deepcopy(INVENTED)


@pytest.fixture(scope="session")
def invented() -> Record:
    """The invented study, not to be edited."""
    return INVENTED


@pytest.fixture(scope="session")
def snapshot() -> Callable[..., Snapshot]:
    """Makes a snapshot of a record."""

    def make(record: Record, version: int | None = 1, release: str | None = "2026-08-20") -> Snapshot:
        canonical = canonicalise(record)
        return Snapshot(record, canonical, VersionRef(version, release, canonical.content_hash))

    return make


@pytest.fixture(scope="session")
def told(snapshot: Callable[..., Snapshot]) -> Explain:
    """What `explain` says of two records, the second one seen on a release of 2026."""

    def tell(
        before: Record,
        after: Record,
        *,
        rules: RuleSet | None = None,
        prior: PriorState | None = None,
        release: str | None = "2026-08-21",
    ) -> Event | None:
        return explain(
            snapshot(before, 1, "2026-08-20"),
            snapshot(after, 2, release),
            rules=rules or RuleSet.default(),
            seen_at="2026-08-21T13:05:11Z",
            prior=prior,
        )

    return tell


@pytest.fixture
def sponsor_update(after: Record) -> Record:
    """The status module of the newer version, with the dates that a sponsor's update moves."""
    module: Record = after["protocolSection"]["statusModule"]
    module |= {
        "lastUpdateSubmitDate": "2026-08-18",
        "lastUpdatePostDateStruct": {"date": "2026-08-20", "type": "ACTUAL"},
    }
    return module
