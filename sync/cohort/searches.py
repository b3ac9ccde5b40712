"""Where a study of a watch comes from, in words (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_AREAS = {
    "cond": "condition",
    "term": "any words",
    "locn": "place",
    "titles": "title",
    "intr": "intervention",
    "outc": "outcome",
    "spons": "sponsor",
    "lead": "lead sponsor",
    "id": "study id",
    "patient": "words of the eligibility criteria",
}
"""The registry's areas of search by the labels of its own search form."""
EVERYTHING = "everything"
"""The source of studies that are in a watch for it has the whole registry."""
SEARCH_FORM = 2
"""Raised with every change of what `related_to` searches for: who comes or goes with it is no news of the registry."""
_RELATED = "related"


def source_of(nct_id: str) -> str:
    """The source of what is found for being related to a study."""
    return f"{_RELATED} {nct_id}"


def is_related(source: str) -> bool:
    """Whether a study was found for being related to another one alone: then its score decides."""
    return source.partition(" ")[0] == _RELATED


def search_in_words(search: Mapping[str, str]) -> str:
    """ "the search for condition “lupus” and intervention “CAR-T”"."""
    asked = (f"{_area(name)} “{value}”" for name, value in search.items())
    return f"the search for {' and '.join(asked)}"


def _area(name: str) -> str:
    area = name.removeprefix("query.")
    return _AREAS.get(area) or f"the parameter {name}"


def found_by(source: str, searches: Sequence[Mapping[str, str]]) -> str:
    """What found a study, of a membership's source: "id", "related NCT…", "everything", or the number of a search."""
    if source == "id":
        return "its id in the configuration"
    if source == "stored":
        return "its class, among all that is stored"
    if source == EVERYTHING:
        return "the walk through the whole registry"
    _, _, number = source.partition("search ")
    if number.isdigit() and 0 < int(number) <= len(searches):
        return search_in_words(searches[int(number) - 1])
    if is_related(source):
        return f"its nearness to {source.partition(' ')[2] or 'another study'}"
    return "a search of the watch"


def could_first_be_seen(status: Mapping[str, Any], found: str, *, since: str, turned: str) -> str:
    """When a study could first have been found, after the sentence that says where; and why it is only found now.

    `status` is its status module, `found` the release of today, `since` the one that was last read to its end for the watch;
    `turned`: why the second look means it now and did not before.
    """
    first, last = (_day(status, f"{name}PostDateStruct") for name in ("studyFirst", "lastUpdate"))
    if not first:
        return ""
    if not since or first > since:
        return f"; first posted {first}"
    late = f"; first posted {first}, found {found}"
    if turned:
        return f"{late}. {turned}"
    if last > first:
        return f"{late}: the search's words came with an update, the last of which was posted {last}"
    return f"{late}: it was not updated since, so the registry's index had not had it"


def could_first_be_lost(status: Mapping[str, Any], found: str, *, since: str) -> str:
    """When a study could first have been found to be in a watch no more; `since`: the release on which it still was."""
    last = _day(status, "lastUpdatePostDateStruct")
    if last > since:
        return f"; its last update was posted {last}, found {found}"
    return f"; it was still in it on release {since}, and not updated since" if since else ""


def _day(status: Mapping[str, Any], name: str) -> str:
    date = status.get(name)
    return str(date.get("date") or "") if isinstance(date, Mapping) else ""
