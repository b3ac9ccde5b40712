"""The parameters of a request, from a watch's search or from a list of ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from urllib.parse import urlencode

from sync.registry.errors import BadRequest

SORT = "LastUpdatePostDate:desc|StudyFirstPostDate:desc"
"""Always named, because the default order is not stable; date and numeric fields only, two at most."""

PAGE_SIZE = 1000
"""The most that the registry gives; more is cut to it in silence."""

MOST_CHARACTERS = 5000
"""What a search may have: with what a walk adds, an address of more than 6,000 is answered with an error page."""

AREAS = ("cond", "term", "locn", "titles", "intr", "outc", "spons", "lead", "id", "patient")
_FILTERS = ("overallStatus", "geo", "ids", "advanced", "synonyms")
_PLAIN = ("aggFilters", "geoDecay")
PARAMETERS = (
    *(f"query.{area}" for area in AREAS),
    *(f"{kind}.{name}" for kind in ("filter", "postFilter") for name in _FILTERS),
    *_PLAIN,
)
"""All parameters by which the API finds studies; `query.` may be left out."""

_NARROWS_NOTHING = {"geoDecay", "filter.synonyms", "postFilter.synonyms"}
"""They only say how the others are meant."""
_OURS = {"fields", "format", "markupFormat", "pageSize", "pageToken", "countTotal", "sort"}
_ID = re.compile(r"NCT0*([1-9]\d{0,7})\b", re.ASCII | re.IGNORECASE)
_NOTHING_BUT_IDS = re.compile(rf"[\s,|]*(?:{_ID.pattern}[\s,|]*)+", re.ASCII | re.IGNORECASE)


def objection(params: Mapping[str, str]) -> str | None:
    """Why a search means nothing to the registry, or finds all that it has; None where there is no objection."""
    names = [_full_name(name) for name in params]
    for given, name in zip(params, names, strict=True):
        if given in _OURS:
            return f"a search cannot set {given!r}: the walk sets it itself"
        if name not in PARAMETERS:
            return f"the API has no search parameter {given!r}{_which_there_are(given)}"
        if not any(map(str.isalnum, params[given])):
            return f"the search parameter {given!r} has no value: it would find nothing, or everything"
        if names.count(name) > 1:
            return f"a search names {name!r} twice, with and without its prefix"
    if any(ord(sign) < 32 and not sign.isspace() for value in params.values() for sign in value):
        return "a search cannot hold control characters"
    if len(urlencode(params)) > MOST_CHARACTERS:
        return f"a search may have {MOST_CHARACTERS:,} characters, as they stand in an address"
    if not set(names) - _NARROWS_NOTHING:
        return 'a search needs a parameter that finds something, such as { intr = "CAR-T" }'
    return None


def _which_there_are(given: str) -> str:
    near = get_close_matches(given, [*AREAS, *PARAMETERS], n=1)
    offer = f"; did you mean {near[0]!r}" if near else ""
    return f"{offer}; there are {', '.join((*AREAS, *PARAMETERS[len(AREAS) :]))}"


def for_search(params: Mapping[str, str]) -> dict[str, str]:
    """The request for the ids that a search finds; its keys are the API's parameters, `query.` may be left out.

    Raises BadRequest where there is an objection to it.
    """
    return _finding(params) | {"fields": "NCTId", **_walking(PAGE_SIZE)}


def for_glimpse(params: Mapping[str, str], studies: int, fields: str) -> dict[str, str]:
    """The request for how many studies a search finds, and these fields of the first ones. Raises BadRequest."""
    return _finding(params) | ({"fields": fields} if fields else {}) | _walking(studies)


def _finding(params: Mapping[str, str]) -> dict[str, str]:
    """What a search finds, as the registry is asked for it."""
    if problem := objection(params):
        raise BadRequest(problem)
    sent: dict[str, str] = {}
    ids: set[str] | None = None
    for name, value in params.items():
        full = _full_name(name)
        if full == "filter.ids" or (full.startswith("query.") and _NOTHING_BUT_IDS.fullmatch(value)):
            # A query of nothing but ids makes the registry ignore every filter; in filter.ids they are one filter of many.
            named = {f"NCT{digits:0>8}" for digits in _ID.findall(value)}
            ids = named if ids is None else ids & named
        else:
            sent[full] = value
    if ids is not None:
        sent["filter.ids"] = _joined(sorted(ids), of=params)
    return sent


def for_everything(since: str | None) -> dict[str, str]:
    """The request for whole records of all that the registry has, or of all whose update was posted on a day or later."""
    posted = {"filter.advanced": f"AREA[LastUpdatePostDate]RANGE[{since},MAX]"} if since else {}
    return {**posted, **_walking(PAGE_SIZE)}


def for_records(ids: Iterable[str]) -> dict[str, str]:
    """The request for whole records."""
    chosen = list(ids)
    return {"filter.ids": "|".join(chosen), **_walking(min(len(chosen), PAGE_SIZE))}


def _walking(page_size: int) -> dict[str, str]:
    # The size is named since 0, or none, means 10 to the registry; the total comes on the first page only.
    return {"pageSize": str(page_size), "countTotal": "true", "sort": SORT}


def _joined(ids: list[str], *, of: Mapping[str, str]) -> str:
    if not ids:
        raise BadRequest(f"the search {dict(of)} names ids in two places that have none in common")
    return "|".join(ids)


def _full_name(name: str) -> str:
    return name if "." in name or name in _PLAIN else f"query.{name}"
