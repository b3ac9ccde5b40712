"""Arms and interventions: added, removed, renamed, with another dose, or described in other words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from sync.changes.compare import Raw
from sync.changes.kinds.numbers import doses, same_numbers
from sync.changes.model import Change, Json, Op, Pair
from sync.changes.pairing import CHARACTERS, best_pairs
from sync.study.text import plain

SAME_ARM = 65.0
"""Likeness (0 to 100) of two arms or interventions, by name or description, from which one is the other renamed."""

_WHAT = {"armGroups": "arm", "interventions": "intervention"}
_LISTINGS = {"interventionNames", "armGroupLabels", "otherNames"}


@dataclass(frozen=True, slots=True)
class _Element:
    """An arm or an intervention that was added or removed as a whole, in plain words."""

    raw: Raw
    what: str
    name: str
    description: str

    @classmethod
    def of(cls, raw: Raw) -> _Element:
        value = raw.change.old if raw.change.op is Op.REMOVED else raw.change.new
        return cls(
            raw,
            _WHAT[raw.keys[2]],
            _text(value, "label") or _text(value, "name"),
            _text(value, "description"),
        )

    @property
    def beginning(self) -> str:
        """As much of the description as tells it from others."""
        return self.description[:CHARACTERS]


def refine(raws: Sequence[Raw], _pair: Pair) -> list[Change]:
    """One change an arm or intervention, or a field of one; `detail.what` says what it amounts to."""
    whole = [_Element.of(raw) for raw in raws if _is_whole(raw)]
    removed = [element for element in whole if element.raw.change.op is Op.REMOVED]
    added = [element for element in whole if element.raw.change.op is Op.ADDED]
    pairs = best_pairs(removed, added, _likeness, SAME_ARM)
    paired = {id(element) for old, new, _ in pairs for element in (old, new)}
    changes = [_renamed(old, new) for old, new, _ in pairs]
    changes += [_single(element) for element in whole if id(element) not in paired]
    return changes + [_field(raw) for raw in raws if not _is_whole(raw)]


def _is_whole(raw: Raw) -> bool:
    value = raw.change.old if raw.change.op is Op.REMOVED else raw.change.new
    return raw.change.op is not Op.CHANGED and len(raw.keys) == 4 and isinstance(value, dict)


def _text(element: dict[str, Json], field: str) -> str:
    value = element.get(field)
    return plain(value) if isinstance(value, str) else ""


def _likeness(old: _Element, new: _Element) -> float:
    if old.what != new.what:
        return 0.0
    if old.description and old.description == new.description:
        return 100.0
    long = min(len(old.description), len(new.description)) > 40
    described = fuzz.ratio(old.beginning, new.beginning, score_cutoff=SAME_ARM) if long else 0.0
    # ABC-288 and ABC-289 are alike in letters only: two products
    names = (old.name[:CHARACTERS], new.name[:CHARACTERS])
    named = fuzz.token_sort_ratio(*names) if same_numbers(*names) else 0.0
    return max(named, described)


def _renamed(old: _Element, new: _Element) -> Change:
    texts = (f"{old.name} {old.description}", f"{new.name} {new.description}")
    detail = _identified(new.what, new.name) | {"was": old.name, "what": "renamed"} | _dose_change(*texts)
    return replace(old.raw.change, op=Op.CHANGED, new=new.raw.change.new, detail=detail)


def _single(element: _Element) -> Change:
    change = element.raw.change
    return replace(change, detail=_identified(element.what, element.name) | {"what": str(change.op)})


def _field(raw: Raw) -> Change:
    """A field of an arm or an intervention that kept its identity (label, or type|name)."""
    change = raw.change
    if len(raw.keys) < 5 or raw.keys[2] not in _WHAT:
        return replace(change, detail={"is": "list", "name": raw.keys[-1], "what": "listing"})
    detail = _identified(_WHAT[raw.keys[2]], raw.keys[3].split("|", 1)[-1])
    if raw.keys[4] in _LISTINGS:
        return replace(change, detail=detail | {"what": "listing"})
    if raw.keys[4] != "description":
        return replace(change, detail=detail | {"what": raw.keys[4]})
    old, new = (plain(value) if isinstance(value, str) else "" for value in (change.old, change.new))
    reworded = change.op is Op.CHANGED and same_numbers(old, new)
    detail |= {"what": "description"} | _dose_change(old, new)
    return replace(change, op=Op.REWORDED if reworded else change.op, detail=detail)


def _identified(what: str, name: str) -> dict[str, Json]:
    return {"is": what, "name": name}


def _dose_change(old: str, new: str) -> dict[str, Json]:
    before, after = doses(old), doses(new)
    if sorted(before) == sorted(after):
        return {}
    gone = [dose for dose in before if dose not in after]
    come = [dose for dose in after if dose not in before]
    return {"what": "dose", "doses": {"old": gone, "new": come}}
