"""Arms and interventions: added, removed, renamed, with another dose, or described in other words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz import fuzz

from sync.changes.compare import Raw
from sync.changes.kinds.numbers import doses, same_numbers
from sync.changes.model import Change, Json, Op, Pair
from sync.changes.pairing import best_pairs
from sync.study.text import plain

SAME_ARM = 65.0
"""Likeness (0 to 100) of two arms or interventions, name or description, from which one is the other renamed."""

_WHAT = {"armGroups": "arm", "interventions": "intervention"}
_LISTINGS = {"interventionNames", "armGroupLabels", "otherNames"}


def refine(raws: Sequence[Raw], _pair: Pair) -> list[Change]:
    """One change an arm or intervention, or a field of one; `detail.what` says what it amounts to."""
    changes: list[Change] = []
    for name in _WHAT:
        own = [raw for raw in raws if len(raw.keys) > 2 and raw.keys[2] == name]
        pairs = best_pairs(
            [r for r in own if _is_whole(r, Op.REMOVED)],
            [r for r in own if _is_whole(r, Op.ADDED)],
            _likeness,
            SAME_ARM,
        )
        paired = {id(raw) for old, new, _ in pairs for raw in (old, new)}
        changes += [_renamed(old, new) for old, new, _ in pairs]
        changes += [_single(raw) for raw in own if id(raw) not in paired]
    known = [raw for raw in raws if len(raw.keys) > 2 and raw.keys[2] in _WHAT]
    return changes + [raw.change for raw in raws if raw not in known]


def _is_whole(raw: Raw, op: Op) -> bool:
    return raw.change.op is op and len(raw.keys) == 4 and isinstance(_element(raw), dict)


def _element(raw: Raw) -> Json:
    return raw.change.old if raw.change.op is Op.REMOVED else raw.change.new


def _text(element: Json, *fields: str) -> str:
    values = [element.get(field) for field in fields] if isinstance(element, dict) else []
    return " ".join(plain(value) for value in values if isinstance(value, str))


def _likeness(old: Raw, new: Raw) -> float:
    before, after = _element(old), _element(new)
    names = fuzz.token_sort_ratio(_text(before, "label", "name"), _text(after, "label", "name"))
    return max(names, _description_likeness(_text(before, "description"), _text(after, "description")))


def _description_likeness(old: str, new: str) -> float:
    if old and old == new:
        return 100.0
    return fuzz.ratio(old, new) if min(len(old), len(new)) > 40 else 0.0


def _renamed(old: Raw, new: Raw) -> Change:
    before, after = old.change.old, new.change.new
    texts = (_text(before, "label", "name", "description"), _text(after, "label", "name", "description"))
    detail = (
        _identified(new) | {"was": _text(before, "label", "name"), "what": "renamed"} | _dose_change(*texts)
    )
    return replace(old.change, op=Op.CHANGED, new=after, detail=detail)


def _single(raw: Raw) -> Change:
    change = raw.change
    detail = _identified(raw)
    if len(raw.keys) == 4:
        return replace(change, detail=detail | {"what": str(change.op)})
    if raw.keys[4] in _LISTINGS:
        return replace(change, detail=detail | {"what": "listing"})
    texts = (
        plain(change.old) if isinstance(change.old, str) else "",
        plain(change.new) if isinstance(change.new, str) else "",
    )
    if raw.keys[4] != "description":
        return replace(change, detail=detail | {"what": raw.keys[4]})
    reworded = change.op is Op.CHANGED and same_numbers(*texts)
    detail |= {"what": "description"} | _dose_change(*texts)
    return replace(change, op=Op.REWORDED if reworded else change.op, detail=detail)


def _identified(raw: Raw) -> dict[str, Json]:
    name = raw.keys[3] if len(raw.keys) > 3 else ""
    return {"is": _WHAT[raw.keys[2]], "name": name.split("|", 1)[-1]}


def _dose_change(old: str, new: str) -> dict[str, Json]:
    before, after = doses(old), doses(new)
    if sorted(before) == sorted(after):
        return {}
    return {
        "what": "dose",
        "doses": {
            "old": [dose for dose in before if dose not in after],
            "new": [dose for dose in after if dose not in before],
        },
    }
