"""Outcomes: added, removed, promoted, demoted, time frame changed, redefined or only reworded, and when in the study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from rapidfuzz import fuzz

from sync.changes.compare import Raw
from sync.changes.kinds.numbers import same_numbers
from sync.changes.model import Change, Json, Op, Pair
from sync.changes.pairing import best_pairs
from sync.study.record import DateStruct
from sync.study.text import plain

RANKS = {"primaryOutcomes": "primary", "secondaryOutcomes": "secondary", "otherOutcomes": "other"}
_WEIGHT = {"primary": 2, "secondary": 1, "other": 0}

SAME_OUTCOME = 72.0
"""Likeness of two measures (0 to 100) from which one is the other redefined."""
SAME_SENSE = 92.0
"""Likeness from which, with the same numbers, a measure is only reworded."""


def refine(raws: Sequence[Raw], pair: Pair) -> list[Change]:
    """One change an outcome; what left one place and came to another is one change, moved or redefined."""
    removed = [raw for raw in raws if _is_whole(raw, Op.REMOVED)]
    added = [raw for raw in raws if _is_whole(raw, Op.ADDED)]
    pairs = best_pairs(removed, added, _likeness, SAME_OUTCOME)
    paired = {id(raw) for old, new, _ in pairs for raw in (old, new)}
    changes = [_matched(old, new) for old, new, _ in pairs]
    changes += [_single(raw) for raw in raws if id(raw) not in paired]
    when = {
        "after_start": _started(pair),
        "after_primary_completion": _passed(pair.after.primary_completion, pair.as_of),
    }
    return _swaps([replace(change, detail=change.detail | when) for change in changes])


def _is_whole(raw: Raw, op: Op) -> bool:
    return raw.change.op is op and len(raw.keys) == 4 and isinstance(_outcome(raw), dict)


def _outcome(raw: Raw) -> Json:
    return raw.change.old if raw.change.op is Op.REMOVED else raw.change.new


def _rank(raw: Raw) -> str:
    return RANKS[raw.keys[2]]


def _text(outcome: Json, field: str) -> str:
    value = outcome.get(field) if isinstance(outcome, dict) else None
    return plain(value) if isinstance(value, str) else ""


def _likeness(old: Raw, new: Raw) -> float:
    before, after = _outcome(old), _outcome(new)
    measures = fuzz.ratio(_text(before, "measure").casefold(), _text(after, "measure").casefold())
    same_frame = _text(before, "timeFrame") == _text(after, "timeFrame")
    # of several that are alike, prefer the one of the same rank and time frame
    return measures + (0.2 if _rank(old) == _rank(new) else 0) + (0.1 if same_frame else 0)


def _matched(old: Raw, new: Raw) -> Change:
    before, after = old.change.old, new.change.new
    detail: dict[str, Json] = {
        "rank": _rank(new),
        "measure": _text(after, "measure"),
        "what": _what(before, after),
    }
    op = Op.REWORDED if detail["what"] == ["reworded"] else Op.CHANGED
    if _rank(old) != _rank(new):
        up = _WEIGHT[_rank(new)] > _WEIGHT[_rank(old)]
        detail |= {"was": _rank(old), "movement": "promoted" if up else "demoted"}
        op = Op.MOVED
    return replace(old.change, op=op, new=after, detail=detail)


def _what(before: Json, after: Json) -> list[str]:
    """What differs between two outcomes that are one: `redefined`, `reworded`, `time frame`, `description`."""
    found = []
    old, new = _text(before, "measure"), _text(after, "measure")
    if old != new:
        alike = fuzz.ratio(old.casefold(), new.casefold()) >= SAME_SENSE and same_numbers(old, new)
        found.append("reworded" if alike else "redefined")
    if _text(before, "timeFrame") != _text(after, "timeFrame"):
        found.append("time frame")
    if _text(before, "description") != _text(after, "description"):
        found.append("description")
    return found


def _single(raw: Raw) -> Change:
    change = raw.change
    detail: dict[str, Json] = {"rank": RANKS.get(raw.keys[2] if len(raw.keys) > 2 else "", "other")}
    if len(raw.keys) == 4:
        return replace(
            change, detail=detail | {"measure": _text(_outcome(raw), "measure"), "what": [str(change.op)]}
        )
    reworded = (
        isinstance(change.old, str) and isinstance(change.new, str) and same_numbers(change.old, change.new)
    )
    measure = raw.keys[3].split("|")[0] if len(raw.keys) > 3 else ""
    op = Op.REWORDED if reworded and change.op is Op.CHANGED else change.op
    return replace(change, op=op, detail=detail | {"measure": measure, "what": ["description"]})


def _swaps(changes: list[Change]) -> list[Change]:
    """Marks outcomes that changed places: one promoted and one demoted in the same update."""
    movements = {change.detail.get("movement") for change in changes}
    if not {"promoted", "demoted"} <= movements:
        return changes
    return [
        replace(change, detail=change.detail | {"swapped": True}) if change.op is Op.MOVED else change
        for change in changes
    ]


def _started(pair: Pair) -> bool | None:
    """Whether the study had started: by its start date, else by its status; None where neither tells."""
    if pair.after.start is not None:
        return _passed(pair.after.start, pair.as_of)
    if pair.before.status in (None, "UNKNOWN", "WITHHELD"):
        return None
    return pair.before.status not in ("NOT_YET_RECRUITING", "WITHDRAWN")


def _passed(known: DateStruct | None, day: date | None) -> bool | None:
    if known is None:
        return None
    return known.type == "ACTUAL" or (day is not None and known.date.last < day)
