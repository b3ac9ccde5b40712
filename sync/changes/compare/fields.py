"""Which kind of change a place in a record belongs to: one table, first match wins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from sync.changes.model import Kind

Keys = tuple[str, ...]
"""A place in the canonical form: names of fields and, below a list, the identity of the element."""


@dataclass(frozen=True, slots=True)
class Field:
    """A place (`*` stands for any key) and what it is about; `whole` where it is compared and told as one value."""

    pattern: Keys
    kind: Kind
    whole: bool = False

    def leads_to(self, keys: Keys) -> bool:
        """Whether `keys` is this place or one below it."""
        return len(self.pattern) <= len(keys) and _alike(self.pattern, keys)

    def lies_below(self, keys: Keys) -> bool:
        """Whether this place is one below `keys`."""
        return len(self.pattern) > len(keys) and _alike(self.pattern, keys)


def _alike(pattern: Keys, keys: Keys) -> bool:
    return all(part in ("*", key) for part, key in zip(pattern, keys, strict=False))


# A trailing "!" marks what is compared as one value; ".*" an element of a list. The registry's metadata named these
# fields on the day of writing; a field that is not here is told as administrative, by the rule schema.unknown_field.
_PROTOCOL = """
status          statusModule: overallStatus lastKnownStatus whyStopped
dates           statusModule: startDateStruct! primaryCompletionDateStruct! completionDateStruct!
administrative  statusModule: statusVerifiedDate lastUpdateSubmitDate lastUpdatePostDateStruct! studyFirstSubmitDate
administrative  statusModule: studyFirstSubmitQcDate studyFirstPostDateStruct! resultsWaived resultsFirstSubmitDate
administrative  statusModule: resultsFirstSubmitQcDate resultsFirstPostDateStruct! dispFirstSubmitDate
administrative  statusModule: dispFirstSubmitQcDate dispFirstPostDateStruct! delayedPosting expandedAccessInfo!
enrollment      designModule: enrollmentInfo!
design          designModule: studyType phases.* designInfo bioSpec targetDuration patientRegistry expandedAccessTypes
design          designModule: nPtrsToThisExpAccNctId
contacts        contactsLocationsModule: locations.*.contacts centralContacts.* overallOfficials.*
sites           contactsLocationsModule: locations.*
outcomes        outcomesModule: primaryOutcomes.* secondaryOutcomes.* otherOutcomes.*
arms            armsInterventionsModule: armGroups.* interventions.*
sponsor         sponsorCollaboratorsModule: leadSponsor! collaborators.*! responsibleParty!
eligibility     eligibilityModule: eligibilityCriteria! healthyVolunteers sex genderBased genderDescription minimumAge
eligibility     eligibilityModule: maximumAge stdAges.* studyPopulation samplingMethod
identification  identificationModule: nctId nctIdAliases.* orgStudyIdInfo! secondaryIdInfos.*! briefTitle officialTitle
identification  identificationModule: acronym organization!
references      referencesModule: references.* seeAlsoLinks.*!
ipd             referencesModule: availIpds.*
ipd             ipdSharingStatementModule: ipdSharing description infoTypes.* timeFrame accessCriteria url
description     descriptionModule: briefSummary detailedDescription
conditions      conditionsModule: conditions.* keywords.*
oversight       oversightModule: oversightHasDmc isFdaRegulatedDrug isFdaRegulatedDevice isUnapprovedDevice isPpsd
oversight       oversightModule: isUsExport fdaaa801Violation
"""

_ELSEWHERE = """
documents       documentSection.largeDocumentModule.largeDocs.*
documents       documentSection
results         hasResults
results         resultsSection.*.*.*!
results         resultsSection
administrative  annotationSection.*.*.*
administrative  annotationSection
derived         derivedSection.*.*!
derived         derivedSection
sites           geoPoints.*!
derived         sizes.*!
"""

_LISTS = """
nctIdAliases secondaryIdInfos collaborators conditions keywords phases whoMasked armGroups interventionNames interventions
armGroupLabels otherNames primaryOutcomes secondaryOutcomes otherOutcomes stdAges centralContacts overallOfficials locations
contacts references retractions seeAlsoLinks availIpds infoTypes groups periods milestones achievements dropWithdraws reasons
denoms counts measures classes categories measurements outcomeMeasures analyses groupIds eventGroups seriousEvents stats
otherEvents unpostedEvents violationEvents largeDocs removedCountries submissionInfos meshes ancestors browseLeaves
browseBranches geoPoints sizes
"""
LIST_FIELDS = frozenset(_LISTS.split())
"""The fields that are lists in the registry's form; no name is a list in one place and something else in another."""


def _field(kind: str, path: str) -> Field:
    return Field(tuple(path.rstrip("!").split(".")), Kind(kind), whole=path.endswith("!"))


def _table() -> Iterator[Field]:
    for line in _PROTOCOL.strip().splitlines():
        kind, module, *names = line.replace(":", " ").split()
        yield from (_field(kind, f"protocolSection.{module}.{name}") for name in names)
    for line in _ELSEWHERE.strip().splitlines():
        yield _field(*line.split())


FIELDS: tuple[Field, ...] = tuple(_table())

UNKNOWN = Field((), Kind.ADMINISTRATIVE)
"""Where a place belongs that the table does not name: the registry has a field that we do not know."""

_APART: dict[Keys, tuple[str, str]] = {
    ("geoPoints",): ("protocolSection.contactsLocationsModule.locations", "geoPoint"),
    ("sizes",): ("documentSection.largeDocumentModule.largeDocs", "size"),
}
"""Where the computed fields stand in a record that the canonical form keeps apart."""
_SPLIT_SECTIONS = ("protocolSection", "documentSection", "geoPoints", "sizes")


def field_of(keys: Keys) -> Field:
    """The table's entry for a place; `UNKNOWN` where there is none."""
    return _field_of(_shape(keys))


def has_fields_below(keys: Keys) -> bool:
    """Whether the table names places below this one."""
    return not is_element(keys) and _has_fields_below(_shape(keys))


def is_element(keys: Keys) -> bool:
    """Whether a place is an element of a list that the table names."""
    pattern = field_of(keys).pattern
    return pattern[-1:] == ("*",) and len(pattern) == len(keys)


def _shape(keys: Keys) -> Keys:
    """A place without the identity of its element, so that what the table says of it can be remembered."""
    if len(keys) > 3 and keys[2] in LIST_FIELDS:
        # No pattern of the table is longer than six parts: what is deeper says nothing more.
        return (*keys[:3], "*", *keys[4:6])
    return keys[:6]


@lru_cache(4096)
def _field_of(shape: Keys) -> Field:
    return next((field for field in FIELDS if field.leads_to(shape)), UNKNOWN)


@lru_cache(4096)
def _has_fields_below(shape: Keys) -> bool:
    return any(field.lies_below(shape) for field in FIELDS)


def splits(keys: Keys) -> bool:
    """Whether what appears or vanishes at this place is told part by part: modules and known lists are, results are not."""
    return (not keys or keys[0] in _SPLIT_SECTIONS) and has_fields_below(keys)


def path_of(keys: Keys) -> str:
    """The place as text: `protocolSection.contactsLocationsModule.locations[Facility|City|…].status`."""
    if keys[:1] in _APART:
        return f"{_APART[keys[:1]][0]}[{keys[1]}].{_APART[keys[:1]][1]}"
    text = ""
    for parent, key in zip(("", *keys), keys, strict=False):
        if parent in LIST_FIELDS or not (key.isascii() and key.isidentifier()):
            text += f"[{key}]"
        else:
            text += f".{key}" if text else key
    return text
