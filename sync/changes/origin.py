"""Who made a change: told from the dates of the record and from what only the registry does."""

from __future__ import annotations

from collections.abc import Sequence

from sync.changes.model import Change, Kind, Origin, Pair
from sync.study.dates import PartialDate


def sponsor_updated(pair: Pair) -> bool:
    """Whether the sponsor sent an update between the two versions: the registry's own changes leave these dates alone."""
    return _forward(pair.before.submitted, pair.after.submitted) or _forward(
        pair.before.posted, pair.after.posted
    )


def _forward(old: PartialDate | None, new: PartialDate | None) -> bool:
    return new is not None and (old is None or new.first > old.first)


def origin_of(changes: Sequence[Change], pair: Pair) -> Origin:
    """The origin of all changes of a pair together; unknown where neither dates nor kinds tell."""
    if sponsor_updated(pair):
        return Origin.SPONSOR
    own = [change for change in changes if change.kind is not Kind.DERIVED]
    return Origin.REGISTRY if all(_made_by_registry(change) for change in own) else Origin.UNKNOWN


def _made_by_registry(change: Change) -> bool:
    """What the registry was seen to do by itself: set UNKNOWN, rename sponsors, link publications, annotate."""
    match change.kind:
        case Kind.STATUS:
            return change.new == "UNKNOWN" or change.path.endswith(".lastKnownStatus")
        case Kind.SPONSOR:
            return bool(change.detail.get("renamed"))
        case Kind.REFERENCES:
            return bool(change.detail.get("linked_by_registry"))
        case Kind.SITES:
            return bool(change.detail.get("computed"))
        case _:
            return change.path.startswith("annotationSection")
