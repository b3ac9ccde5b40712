"""The shape of a record: which fields are objects, which are lists, and what kind of value the others hold.

A record of another shape is not a study that changed: a status module that is a text would be told as a status that went.
So it is refused as it comes. What is missing, what is new and words that are new are data, not errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, NamedTuple

import msgspec

from sync.errors import UnreadableRecord
from sync.study.record import Record, json_type

# The registry's own description of its fields (/studies/metadata): `name{ … }` is an object, `name[ … ]` a list of objects,
# `name[]` a list of texts, `name?` true or false, `name#` a number, `name+` a count, a bare name a text.
# Outside of the protocol only what is looped over counts: a record is not refused for a number that became a text in a table
# of results.
_FIELDS = """
protocolSection{
  identificationModule{ nctId nctIdAliases[] orgStudyIdInfo{ id type link } secondaryIdInfos[ id type domain
    link ] briefTitle officialTitle acronym organization{ fullName class } }
  statusModule{ statusVerifiedDate overallStatus lastKnownStatus delayedPosting? whyStopped expandedAccessInfo{
    hasExpandedAccess? nctId statusForNctId } startDateStruct{ date type } primaryCompletionDateStruct{ date
    type } completionDateStruct{ date type } studyFirstSubmitDate studyFirstSubmitQcDate
    studyFirstPostDateStruct{ date type } resultsWaived? resultsFirstSubmitDate resultsFirstSubmitQcDate
    resultsFirstPostDateStruct{ date type } dispFirstSubmitDate dispFirstSubmitQcDate dispFirstPostDateStruct{
    date type } lastUpdateSubmitDate lastUpdatePostDateStruct{ date type } }
  sponsorCollaboratorsModule{ responsibleParty{ type investigatorFullName investigatorTitle
    investigatorAffiliation oldNameTitle oldOrganization } leadSponsor{ name class } collaborators[ name class ]
    }
  oversightModule{ oversightHasDmc? isFdaRegulatedDrug? isFdaRegulatedDevice? isUnapprovedDevice? isPpsd?
    isUsExport? fdaaa801Violation? }
  descriptionModule{ briefSummary detailedDescription }
  conditionsModule{ conditions[] keywords[] }
  designModule{ studyType nPtrsToThisExpAccNctId# expandedAccessTypes{ individual? intermediate? treatment? }
    patientRegistry? targetDuration phases[] designInfo{ allocation interventionModel
    interventionModelDescription primaryPurpose observationalModel timePerspective maskingInfo{ masking
    maskingDescription whoMasked[] } } bioSpec{ retention description } enrollmentInfo{ count+ type } }
  armsInterventionsModule{ armGroups[ label type description interventionNames[] ] interventions[ type name
    description armGroupLabels[] otherNames[] ] }
  outcomesModule{ primaryOutcomes[ measure description timeFrame ] secondaryOutcomes[ measure description
    timeFrame ] otherOutcomes[ measure description timeFrame ] }
  eligibilityModule{ eligibilityCriteria healthyVolunteers? sex genderBased? genderDescription minimumAge
    maximumAge stdAges[] studyPopulation samplingMethod }
  contactsLocationsModule{ centralContacts[ name role phone phoneExt email ] overallOfficials[ name affiliation
    role ] locations[ facility status city state zip country contacts[ name role phone phoneExt email ]
    geoPoint{ } ] }
  referencesModule{ references[ pmid type citation retractions[ pmid source ] ] seeAlsoLinks[ label url ]
    availIpds[ id type url comment ] }
  ipdSharingStatementModule{ ipdSharing description infoTypes[] timeFrame accessCriteria url }
}
resultsSection{
  participantFlowModule{ groups[ ] periods[ milestones[ achievements[ ] ] dropWithdraws[ reasons[ ] ] ] }
  baselineCharacteristicsModule{ groups[ ] denoms[ counts[ ] ] measures[ denoms[ counts[ ] ] classes[ denoms[
    counts[ ] ] categories[ measurements[ ] ] ] ] }
  outcomeMeasuresModule{ outcomeMeasures[ groups[ ] denoms[ counts[ ] ] classes[ denoms[ counts[ ] ]
    categories[ measurements[ ] ] ] analyses[ groupIds[] ] ] }
  adverseEventsModule{ eventGroups[ ] seriousEvents[ stats[ ] ] otherEvents[ stats[ ] ] }
  moreInfoModule{ limitationsAndCaveats{ } certainAgreement{ } pointOfContact{ } }
}
annotationSection{
  annotationModule{ unpostedAnnotation{ unpostedEvents[ ] } violationAnnotation{ violationEvents[ ] } }
}
documentSection{
  largeDocumentModule{ largeDocs[ ] }
}
derivedSection{
  miscInfoModule{ removedCountries[] submissionTracking{ firstMcpInfo{ postDateStruct{ } } submissionInfos[ ]
    } }
  conditionBrowseModule{ meshes[ ] ancestors[ ] browseLeaves[ ] browseBranches[ ] }
  interventionBrowseModule{ meshes[ ] ancestors[ ] browseLeaves[ ] browseBranches[ ] }
}
hasResults?
"""

Shape = str | list[Any] | dict[str, Any]
"""A kind of value; a list with the shape of its elements; an object with the shapes of its known members."""

_KINDS: dict[str, tuple[str, tuple[type, ...]]] = {
    "": ("a text", (str,)),
    "?": ("true or false", (bool,)),
    "#": ("a number", (int, float)),
    "+": ("a number", (int, float)),
}


PEOPLE = 10_000_000_000
"""More than there are on earth: an enrollment beyond it is no count. The largest real ones are some hundred millions."""
_UNWRAPPED = 5
"""Lists that must be unwrapped in a record until it is taken for one whose writer does so throughout; real ones have 11."""


def check_shape(record: Record) -> None:
    """Raises UnreadableRecord for a record that has something else where an object, a list, a text or a number belongs.

    Some stores write a list of one text as the text, and an empty list as `{}`. A record in which all lists are so is as
    good as any; a single one is a fault.
    """
    if _fits(record):
        return
    found = list(_complaints(record, _SHAPE, ""))
    throughout = len(found) >= _UNWRAPPED and all(each.unwrapped for each in found)
    if found and not (throughout and not _has_short_list(record, _SHAPE)):
        raise UnreadableRecord(f"it has another shape than a study: {found[0].text}")


def _fits(record: Record) -> bool:
    """Whether there is nothing to complain of; msgspec looks ten times as fast, and stops at the first thing."""
    try:
        msgspec.convert(record, _type())
    except (msgspec.ValidationError, OverflowError):
        return False
    return True


class _Complaint(NamedTuple):
    text: str
    unwrapped: bool = False
    """Whether it may be a list without its brackets."""


def _complaints(value: Any, shape: Shape, path: str) -> Iterator[_Complaint]:
    match shape:
        case str():
            name, types = _KINDS[shape]
            if not isinstance(value, types) or isinstance(value, bool) != (shape == "?"):
                yield _Complaint(f"{path} is {json_type(value)}, not {name}")
            elif shape == "+" and isinstance(value, (int, float)) and (problem := _no_count(value)):
                # Told as it stands it would be news of people that there cannot be; passed over, an enrollment that went.
                yield _Complaint(f"{path} is {value:g}, {problem}")
        case [element]:
            if isinstance(value, list):
                for at, each in enumerate(value):
                    yield from _complaints(each, element, f"{path}[{at}]")
            else:
                unwrapped = value == {} or (element == "" and isinstance(value, str))
                yield _Complaint(f"{path} is {json_type(value)}, not a list", unwrapped)
        case dict():
            if isinstance(value, dict):
                for name in filter(value.__contains__, shape):
                    yield from _complaints(value[name], shape[name], f"{path}.{name}" if path else name)
            else:
                yield _Complaint(f"{path} is {json_type(value)}, not an object")


def _no_count(value: int | float) -> str:
    """Why it is no number of people; empty where it is one."""
    if value < 0 or value % 1 != 0:
        return "which counts nothing"
    return "which is more people than there are" if value > PEOPLE else ""


def _has_short_list(value: Any, shape: Shape) -> bool:
    """Whether a list of one text, or of none, stands in its brackets somewhere."""
    match value, shape:
        case list(), [element]:
            short = len(value) == (element == "")
            return short or any(_has_short_list(each, element) for each in value)
        case dict(), dict():
            return any(_has_short_list(value[name], shape[name]) for name in shape.keys() & value.keys())
    return False


def _read(tokens: Iterator[re.Match[str]]) -> dict[str, Shape]:
    members: dict[str, Shape] = {}
    for token in tokens:
        name, sign = token["name"], token["sign"]
        if name is None:
            return members
        if sign in ("{", "["):
            inner = _read(tokens)
            members[name] = inner if sign == "{" else [inner]
        else:
            members[name] = [""] if sign == "[]" else sign
    return members


@cache
def _type() -> Any:
    return _type_of(_SHAPE)


def _type_of(shape: Shape) -> Any:
    """A shape as a type of msgspec; what it does not name may be anything."""
    if isinstance(shape, str):
        return {"": str, "?": bool, "#": int | float, "+": Annotated[int, msgspec.Meta(ge=0, le=PEOPLE)]}[
            shape
        ]
    if isinstance(shape, list):
        return list[_type_of(shape[0])]  # type: ignore[misc]
    members = ((name, _type_of(each) | msgspec.UnsetType, msgspec.UNSET) for name, each in shape.items())
    # Nothing in them is in a circle: else the collector comes for the hundreds that a record has.
    return msgspec.defstruct("Object", members, gc=False)


_TOKEN = re.compile(r"(?P<name>\w+)(?P<sign>\[\]|[{\[?#+]?)|[}\]]")
_SHAPE = _read(_TOKEN.finditer(_FIELDS))
