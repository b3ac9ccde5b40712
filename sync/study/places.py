"""What the names of a record's fields mean to its canonical form: tables by where a value stands, made once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sync.study.plain import plain
from sync.study.record import estimated
from sync.study.text import normal

Read = Callable[[str], Any]
"""Makes the canonical form of a text."""

IDENTITIES: dict[str, tuple[str, ...]] = {
    "locations": ("facility", "city", "state", "zip", "country"),
    "primaryOutcomes": ("measure", "timeFrame"),
    "secondaryOutcomes": ("measure", "timeFrame"),
    "otherOutcomes": ("measure", "timeFrame"),
    "outcomeMeasures": ("type", "title", "timeFrame"),
    "armGroups": ("label",),
    "interventions": ("type", "name"),
    "secondaryIdInfos": ("type", "id"),
    "availIpds": ("type", "id", "url"),
    "seeAlsoLinks": ("url", "label"),
    "largeDocs": ("filename",),
    "seriousEvents": ("term", "organSystem"),
    "otherEvents": ("term", "organSystem"),
    "unpostedEvents": ("type", "date"),
}
"""What makes an element of a list the same element in the next version."""

MARKUP = frozenset(
    {
        "accessCriteria",
        "allCauseMortalityComment",
        "briefSummary",
        "comment",
        "description",
        "detailedDescription",
        "estimateComment",
        "genderDescription",
        "groupDescription",
        "interventionModelDescription",
        "limitationsAndCaveats",
        "maskingDescription",
        "nonInferiorityComment",
        "notes",
        "otherAnalysisDescription",
        "otherDetails",
        "populationDescription",
        "preAssignmentDetails",
        "recruitmentDetails",
        "statisticalComment",
        "studyPopulation",
    }
)
"""Fields that the registry's own metadata call markup and that run to paragraphs and lists."""

COMPUTED = {"locations": "geoPoint", "largeDocs": "size"}
"""In the elements of which lists the registry computes which field."""
_ESTIMATES = ("enrollmentInfo", "startDateStruct", "primaryCompletionDateStruct", "completionDateStruct")

_READERS: dict[str, Read] = dict.fromkeys(MARKUP, normal)


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where an object, or the elements of a list, stand; all places that mean nothing special are one."""

    below: Mapping[str, Place]
    """The places of its fields that mean something special."""
    readers: Mapping[str, Read]
    """How the texts of its fields are read; all others are one line of `plain` words."""
    identity: tuple[str, ...] = ()
    """For a list: the fields that make an element of it the same element in the next version."""
    computed: str | None = None
    """The field that the registry computes."""


_places: dict[str, Place] = {}
ANYWHERE = Place(_places, _READERS)
_places |= {
    **{name: Place(_places, _READERS, fields, COMPUTED.get(name)) for name, fields in IDENTITIES.items()},
    **{
        name: Place(_places, {**_READERS, "type": lambda text: estimated(plain(text))}) for name in _ESTIMATES
    },
}


def _criteria(text: str) -> Any:
    from sync.study import criteria  # late, as in `normal`: read of what changed alone

    return criteria.parse(text).canonical()


# The criteria of eligibility are read as such in one place only.
_ELIGIBILITY = Place(_places, {**_READERS, "eligibilityCriteria": _criteria})
_PROTOCOL = Place({**_places, "eligibilityModule": _ELIGIBILITY}, _READERS)
ROOT = Place({**_places, "protocolSection": _PROTOCOL}, _READERS)


def of_list(name: str) -> Place:
    """The place of a list that is looked at by itself."""
    return _places.get(name, ANYWHERE)
