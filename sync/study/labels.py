"""The registry's names and values as people read them: the labels of its own pages for fields, words for its codes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_LABELS = """
overallStatus: status; lastKnownStatus: last known status; whyStopped: why stopped; statusVerifiedDate: record verified
startDateStruct: study start; primaryCompletionDateStruct: primary completion; completionDateStruct: study completion
lastUpdateSubmitDate: last update submitted; lastUpdatePostDateStruct: last update posted
studyFirstSubmitDate: first submitted; studyFirstSubmitQcDate: first submitted that met QC criteria
studyFirstPostDateStruct: first posted; resultsWaived: results waived; delayedPosting: delayed posting
resultsFirstSubmitDate: results first submitted; resultsFirstPostDateStruct: results first posted
resultsFirstSubmitQcDate: results first submitted that met QC criteria
dispFirstSubmitDate: certificate of delay first submitted; dispFirstPostDateStruct: certificate of delay first posted
dispFirstSubmitQcDate: certificate of delay first submitted that met QC criteria
expandedAccessInfo: expanded access; hasExpandedAccess: has expanded access; statusForNctId: status
enrollmentInfo: enrollment; count: number; studyType: study type; phases: phase; designInfo: design
allocation: allocation; interventionModel: interventional model; primaryPurpose: primary purpose; masking: masking
interventionModelDescription: interventional model description; observationalModel: observational model
timePerspective: time perspective; maskingInfo: masking; maskingDescription: masking description; whoMasked: who is masked
bioSpec: biospecimen; targetDuration: target follow-up duration; patientRegistry: patient registry
expandedAccessTypes: types of expanded access; nPtrsToThisExpAccNctId: studies that point to this expanded access
centralContacts: study contact; overallOfficials: study official; locations: location; contacts: contact
name: name; role: role; phone: phone; phoneExt: extension; email: e-mail; affiliation: affiliation
facility: facility; city: city; state: state; zip: zip code; country: country; geoPoint: coordinates
primaryOutcomes: primary outcome; secondaryOutcomes: secondary outcome; otherOutcomes: other outcome
measure: outcome measure; timeFrame: time frame; description: description
armGroups: arm; interventions: intervention; interventionNames: interventions of the arm; label: name; type: type
armGroupLabels: arms of the intervention; otherNames: other names
leadSponsor: sponsor; collaborators: collaborator; responsibleParty: responsible party; class: class
investigatorFullName: investigator; investigatorTitle: title of the investigator
investigatorAffiliation: affiliation of the investigator; oldNameTitle: name and title; oldOrganization: organization
eligibilityCriteria: eligibility criteria; healthyVolunteers: accepts healthy volunteers; sex: sexes eligible for study
genderBased: gender-based eligibility; genderDescription: gender eligibility description; minimumAge: minimum age
maximumAge: maximum age; stdAges: age group; studyPopulation: study population; samplingMethod: sampling method
nctId: NCT ID; nctIdAliases: obsolete NCT ID; orgStudyIdInfo: organization's study ID; secondaryIdInfos: other study ID
briefTitle: brief title; officialTitle: official title; acronym: acronym; organization: organization; fullName: full name
references: publication; pmid: PubMed ID; citation: citation; retractions: retraction; seeAlsoLinks: link; url: link
availIpds: available IPD and information; ipdSharing: plan to share IPD; infoTypes: IPD supporting information
accessCriteria: IPD sharing access criteria; briefSummary: brief summary; detailedDescription: detailed description
conditions: condition; keywords: keyword; oversightHasDmc: has a data monitoring committee
isFdaRegulatedDrug: studies an FDA-regulated drug; isFdaRegulatedDevice: studies an FDA-regulated device
isUnapprovedDevice: device not approved or cleared by FDA; isPpsd: pediatric postmarket surveillance of a device
isUsExport: product exported from the US; fdaaa801Violation: FDAAA 801 violation
largeDocumentModule: study documents; largeDocs: study document; hasProtocol: holds the protocol; noSap: has no SAP
hasSap: holds the statistical analysis plan; hasIcf: holds the informed consent form; uploadDate: uploaded
hasResults: results posted; resultsSection: study results; participantFlowModule: participant flow
baselineCharacteristicsModule: baseline characteristics; outcomeMeasuresModule: outcome measures
adverseEventsModule: adverse events; moreInfoModule: more information about the results
outcomeMeasures: outcome measure; seriousEvents: serious adverse event; otherEvents: other adverse event
eventGroups: group of adverse events; preAssignmentDetails: pre-assignment details; pointOfContact: point of contact
certainAgreement: agreements with investigators; limitationsAndCaveats: limitations and caveats
unpostedAnnotation: results submitted, not yet posted; unpostedEvents: event before the results are posted
violationAnnotation: FDAAA 801 violations; violationEvents: FDAAA 801 violation
annotationModule: annotations; submissionTracking: tracking of submissions; miscInfoModule: miscellaneous
firstMcpInfo: first submission of results; meshes: MeSH term; ancestors: broader MeSH term
conditionBrowseModule: condition MeSH terms; interventionBrowseModule: intervention MeSH terms
browseLeaves: MeSH leaf; browseBranches: MeSH branch; statusModule: status of the record; designModule: design
identificationModule: identification; sponsorCollaboratorsModule: sponsor and collaborators; oversightModule: oversight
descriptionModule: description; conditionsModule: conditions; armsInterventionsModule: arms and interventions
outcomesModule: outcomes; eligibilityModule: eligibility; contactsLocationsModule: contacts and locations
referencesModule: references; ipdSharingStatementModule: IPD sharing statement; sizes: size of a document
"""


def _table() -> Iterator[tuple[str, str]]:
    for entry in _LABELS.replace("\n", ";").split(";"):
        if entry.strip():
            name, label = entry.split(":", 1)
            yield name.strip(), label.strip()


LABELS = dict(_table())
"""The fields by the labels of the registry's own pages, in the singular for lists."""

# A field's name says different things in different modules.
_WITHIN = {
    "ipdSharingStatementModule": {
        "description": "IPD sharing plan description",
        "timeFrame": "IPD sharing time frame",
        "url": "IPD sharing link",
    },
    "bioSpec": {"description": "biospecimen description", "retention": "biospecimen retention"},
}

_WORDS = {
    "ACTIVE_NOT_RECRUITING": "Active, not recruiting",
    "NA": "Not applicable",
    "EARLY_PHASE1": "Early phase 1",
    "FED": "U.S. federal agency",
    "INDIV": "Individual",
    "OTHER_GOV": "Other government agency",
    "AMBIG": "Ambiguous",
    "NON_RANDOMIZED": "Non-randomized",
    "STUDY_PROTOCOL": "Study protocol",
    "SAP": "Statistical analysis plan (SAP)",
    "ICF": "Informed consent form (ICF)",
    "CSR": "Clinical study report (CSR)",
    "ANALYTIC_CODE": "Analytic code",
} | {name: name for name in ("NIH", "FDA", "IPD", "MESH", "DNA", "US", "USA")}
_CODE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")


CODED = frozenset(
    [
        "overallStatus",
        "lastKnownStatus",
        "status",
        "statusForNctId",
        "phases",
        "class",
        "type",
        "studyType",
        "allocation",
        "interventionModel",
        "primaryPurpose",
        "observationalModel",
        "timePerspective",
        "masking",
        "whoMasked",
        "sex",
        "stdAges",
        "samplingMethod",
        "role",
        "ipdSharing",
        "infoTypes",
        "retention",
    ]
)
"""The fields whose values are codes of the registry; what else is written in capitals (CD19) stays as it is."""


def label(name: str, within: str = "") -> str:
    """A field by the label of the registry's pages: "time frame" for `timeFrame`; `within`: the module it stands in."""
    known = _WITHIN.get(within, {}).get(name) or LABELS.get(name)
    return known or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.removesuffix("Struct")).lower()


def place_in_words(path: str) -> str:
    """The place of a field as people read it: "intervention › name" for armsInterventionsModule.interventions[0].name."""
    names = (re.sub(r"\[\d+\]", "", name) for name in path.split("."))
    return " › ".join(label(name) for name in names if not name.endswith(("Section", "Module")))


def in_words(code: str) -> str:
    """A code of the registry as people write it: NOT_YET_RECRUITING is "Not yet recruiting"; what is not a code stays."""
    if not _CODE.fullmatch(code):
        return code
    if phase := re.fullmatch(r"PHASE([1-4])", code):
        return f"Phase {phase[1]}"
    return _WORDS.get(code) or code.replace("_", " ").capitalize()


def value_in_words(name: str, value: str) -> str:
    """A value of the field of that name, a code in words."""
    return in_words(value) if name in CODED else value


def phases(names: Sequence[str]) -> str:
    """PHASE1 and PHASE2 as "Phase 1/2"; empty where none applies."""
    # EARLY_PHASE1 does not begin so, and keeps a name of its own.
    numbers = [name.removeprefix("PHASE") for name in names if name.startswith("PHASE")]
    told = [f"Phase {'/'.join(numbers)}"] if numbers else []
    return ", ".join(
        told + [in_words(name) for name in names if not name.startswith("PHASE") and name != "NA"]
    )
