"""A change of an event as a reader sees it: where, what was, what is, and what it amounts to. Nothing is cut here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from sync.alerts.content import Difference, Run, clean, line
from sync.changes.criteria.detail import EligibilityDetail
from sync.changes.criteria.redline import redline
from sync.changes.kinds import kind_named
from sync.changes.model import Change, Detail
from sync.study.labels import value_in_words

Json = Mapping[str, Any]

REDLINE_FROM = 60
"""Texts shorter than this are read faster as old and new than as a redline."""
_DEEPEST = 3
_PATH = re.compile(r"(?:\w+Section\.)?(?:\w+Module\.)?(\w+)(?:\[(.*)\])?(?:\.([\w.]+))?", re.DOTALL)


def difference(change: Change[Detail]) -> Difference:
    """The change with old and new in full."""
    kind, detail = kind_named(change.kind), change.detail
    effect = detail.effect if isinstance(detail, EligibilityDetail) else None
    name = change.path.rpartition(".")[2]
    old, new = (
        readable(value_in_words(name, value) if isinstance(value, str) else value)
        for value in (change.old, change.new)
    )
    return Difference(
        title=_title(change),
        op=change.op,
        old=old,
        new=new,
        words=_words(change, old, new),
        effect=effect if effect and effect.is_direction else "",
        notes=tuple(line(note) for note in kind.notes_on(change)),
        minor=kind.minor,
    )


def _title(change: Change[Detail]) -> str:
    """ "Inclusion criterion", with the headings that the criterion stands under; of another change its place."""
    detail = change.detail
    if not isinstance(detail, EligibilityDetail) or detail.criterion is None:
        return place(change.path)
    section = detail.section or ""
    what = f"{section.capitalize()} criterion" if section in ("inclusion", "exclusion") else "Eligibility"
    # Age, sex and the like are of the same kind, and stand in no list of criteria.
    if not change.path.endswith(".eligibilityCriteria"):
        what = place(change.path)
    return " › ".join([what, *(line(title) for title in (detail.place or ())[1:])])


def _words(change: Change[Detail], old: str | None, new: str | None) -> tuple[Run, ...]:
    if isinstance(change.detail, EligibilityDetail) and change.detail.words:
        return tuple((mark, clean(words)) for mark, words in change.detail.words)
    if old and new and max(len(old), len(new)) > REDLINE_FROM and isinstance(change.old, str):
        return redline(old, new)
    return ()


def place(path: str) -> str:
    """A path in words: `….centralContacts[Trial Desk].phone` is "Central contacts › Trial Desk › phone"."""
    found = _PATH.fullmatch(path)
    if not found:
        return line(path)
    name, key, rest = found.groups()
    parts = [_spoken(name), *([", ".join(filter(None, key.split("|")))] if key else [])]
    parts += [_spoken(part) for part in rest.split(".")] if rest else []
    return line(" › ".join(part for part in parts if part))


def _spoken(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.removesuffix("Struct")).lower()
    return words[:1].upper() + words[1:]


def readable(value: Any) -> str | None:
    """A JSON value for people: a date or a count with its type in brackets, other tables one key a line."""
    if value is None:
        return None
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict) and (known := _typed(value)):
        return known
    return "\n".join(_lines(value, 0))


def _typed(value: Json) -> str | None:
    """`{"date": "2026-10", "type": "ESTIMATED"}` is "2026-10 (estimated)"."""
    measure = next((key for key in ("date", "count") if key in value), None)
    if measure is None or not set(value) <= {measure, "type"}:
        return None
    kind = f" ({line(str(value['type'])).lower()})" if value.get("type") else ""
    number = value[measure]
    return (f"{number:,}" if type(number) is int else line(str(number))) + kind


def _lines(value: Any, depth: int) -> list[str]:
    """Deeper than `_DEEPEST` it stays JSON: a record may be nested without end."""
    pad = "  " * depth
    if depth >= _DEEPEST or not isinstance(value, dict | list):
        return [pad + _scalar(value)]
    if isinstance(value, dict):
        return [each for key, inner in value.items() for each in _entry(_spoken(str(key)), inner, depth)]
    return [each for inner in value for each in _entry("–", inner, depth)]


def _entry(name: str, inner: Any, depth: int) -> list[str]:
    pad, label = "  " * depth, clean(name) + ("" if name == "–" else ":")
    if isinstance(inner, dict | list) and inner and depth + 1 < _DEEPEST:
        return [pad + label, *_lines(inner, depth + 1)]
    return [f"{pad}{label} {_scalar(inner)}"]


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return clean(value)
    return clean(json.dumps(value, ensure_ascii=False))
