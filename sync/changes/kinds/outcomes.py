"""Outcomes: added, removed, promoted, demoted, time frame changed, redefined or only reworded, and when in the study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from rapidfuzz import fuzz

from sync.changes.compare import Raw
from sync.changes.kinds.numbers import same_numbers
from sync.changes.model import Change, Json, Op, Pair
from sync.changes.pairing import CHARACTERS, best_pairs
from sync.study.record import DateStruct
from sync.study.text import plain

RANKS = {"primaryOutcomes": "primary", "secondaryOutcomes": "secondary", "otherOutcomes": "other"}
_WEIGHT = {"primary": 2, "secondary": 1, "other": 0}

SAME_OUTCOME = 72.0
"""Likeness of two measures (0 to 100) from which one is the other redefined."""
SAME_SENSE = 92.0
"""Likeness from which, with the same numbers, a measure is only reworded."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """An outcome that was added or removed as a whole, in plain words."""

    raw: Raw
    rank: str
    measure: str
    frame: str
    description: str

    @classmethod
    def of(cls, raw: Raw) -> _Outcome:
        value = raw.change.old if raw.change.op is Op.REMOVED else raw.change.new
        texts = (value.get(field) for field in ("measure", "timeFrame", "description"))
        return cls(raw, RANKS[raw.keys[2]], *(plain(text) if isinstance(text, str) else "" for text in texts))


def refine(raws: Sequence[Raw], pair: Pair) -> list[Change]:
    """One change an outcome; what left one place and came to another is one change, moved or redefined."""
    whole = [_Outcome.of(raw) for raw in raws if _is_whole(raw)]
    removed = [outcome for outcome in whole if outcome.raw.change.op is Op.REMOVED]
    added = [outcome for outcome in whole if outcome.raw.change.op is Op.ADDED]
    pairs = best_pairs(removed, added, _likeness, SAME_OUTCOME)
    paired = {id(outcome) for old, new, _ in pairs for outcome in (old, new)}
    changes = [_matched(old, new) for old, new, _ in pairs]
    changes += [_single(outcome) for outcome in whole if id(outcome) not in paired]
    changes += [_field(raw) for raw in raws if not _is_whole(raw)]
    when = {
        "after_start": _started(pair),
        "after_primary_completion": _passed(pair.after.primary_completion, pair.as_of),
    }
    return _swaps([replace(change, detail=change.detail | when) for change in changes])


def _is_whole(raw: Raw) -> bool:
    value = raw.change.old if raw.change.op is Op.REMOVED else raw.change.new
    return raw.change.op is not Op.CHANGED and len(raw.keys) == 4 and isinstance(value, dict)


def _likeness(old: _Outcome, new: _Outcome) -> float:
    # of several that are alike, the one of the same rank and time frame
    nearer = (0.2 if old.rank == new.rank else 0) + (0.1 if old.frame == new.frame else 0)
    return fuzz.ratio(_letters(old), _letters(new), score_cutoff=SAME_OUTCOME - 1) + nearer


def _letters(outcome: _Outcome) -> str:
    return outcome.measure[:CHARACTERS].casefold()


def _matched(old: _Outcome, new: _Outcome) -> Change:
    detail: dict[str, Json] = {"rank": new.rank, "measure": new.measure, "what": _what(old, new)}
    op = Op.REWORDED if detail["what"] == ["reworded"] else Op.CHANGED
    if old.rank != new.rank:
        up = _WEIGHT[new.rank] > _WEIGHT[old.rank]
        detail |= {"was": old.rank, "movement": "promoted" if up else "demoted"}
        op = Op.MOVED
    return replace(old.raw.change, op=op, new=new.raw.change.new, detail=detail)


def _what(old: _Outcome, new: _Outcome) -> list[str]:
    """What differs between two outcomes that are one: `redefined`, `reworded`, `time frame`, `description`."""
    found = []
    if old.measure != new.measure:
        alike = fuzz.ratio(_letters(old), _letters(new)) >= SAME_SENSE
        whole = (
            max(len(old.measure), len(new.measure)) <= CHARACTERS
        )  # what was not looked at may say anything
        found.append(
            "reworded" if whole and alike and same_numbers(old.measure, new.measure) else "redefined"
        )
    if old.frame != new.frame:
        found.append("time frame")
    if old.description != new.description:
        found.append("description")
    return found


def _single(outcome: _Outcome) -> Change:
    change = outcome.raw.change
    detail = {"rank": outcome.rank, "measure": outcome.measure, "what": [str(change.op)]}
    return replace(change, detail=detail)


def _field(raw: Raw) -> Change:
    """A field of an outcome that kept its identity: its description, as a rule."""
    change = raw.change
    rank = RANKS.get(raw.keys[2] if len(raw.keys) > 2 else "", "other")
    measure = raw.keys[3].split("|")[0] if len(raw.keys) > 3 else ""
    texts = isinstance(change.old, str) and isinstance(change.new, str)
    op = Op.REWORDED if texts and same_numbers(change.old, change.new) else change.op
    return replace(change, op=op, detail={"rank": rank, "measure": measure, "what": ["description"]})


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
