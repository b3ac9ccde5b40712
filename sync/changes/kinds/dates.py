"""Dates: slips in days with precision respected, cumulative slips, estimates that became actual, dates that have passed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sync.changes.compare import Raw
from sync.changes.model import Change, Json, Pair
from sync.study.dates import PartialDate
from sync.study.record import DateStruct, Study

NAMES = {
    "startDateStruct": "start",
    "primaryCompletionDateStruct": "primary completion",
    "completionDateStruct": "completion",
}
_PRECISIONS = ("year", "month", "day")


def date_of(study: Study, name: str) -> DateStruct | None:
    """The date that `NAMES` calls so."""
    return {
        "start": study.start,
        "primary completion": study.primary_completion,
        "completion": study.completion,
    }[name]


def refine(raws: Sequence[Raw], pair: Pair) -> list[Change]:
    """One change a date, with how far it moved."""
    return [replace(raw.change, detail=_detail(NAMES[raw.keys[-1]], pair)) for raw in raws]


def _detail(name: str, pair: Pair) -> dict[str, Json]:
    old, new = date_of(pair.before, name), date_of(pair.after, name)
    detail: dict[str, Json] = {"date": name, "slip_days": None}
    if new is None:
        return detail
    first = pair.past.first_dates.get(name)
    detail["since_first_days"] = first.days_to(new.date) if first else None
    detail["passed"] = pair.as_of is not None and new.date.last < pair.as_of and new.type != "ACTUAL"
    detail["became_actual"] = new.type == "ACTUAL" and (old is None or old.type != "ACTUAL")
    return detail | _movement(old.date, new.date) if old else detail


def _movement(old: PartialDate, new: PartialDate) -> dict[str, Json]:
    return {
        "slip_days": old.days_to(new),
        "approximate": "day" not in (old.precision, new.precision) or old.precision != new.precision,
        "precision": _precision(old, new),
    }


def _precision(old: PartialDate, new: PartialDate) -> str:
    step = _PRECISIONS.index(new.precision) - _PRECISIONS.index(old.precision)
    return "gained" if step > 0 else "lost" if step < 0 else "same"
