"""Where two canonical forms differ: by identity down to the element, then DeepDiff inside elements that are unequal.

Measured: DeepDiff with `ignore_order` over a record of 400 sites takes 40 s, by identity 76 ms; and it costs as much on
equal records as on different ones, so it never sees what is equal.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sync.changes.compare.fields import Keys, field_of, has_fields_below, splits
from sync.changes.model import Op
from sync.errors import TrialdeltaError, UnreadableRecord
from sync.study import work
from sync.study.digest import sha256_of

_OPS = {
    "values_changed": Op.CHANGED,
    "type_changes": Op.CHANGED,
    "dictionary_item_added": Op.ADDED,
    "dictionary_item_removed": Op.REMOVED,
    "iterable_item_added": Op.ADDED,
    "iterable_item_removed": Op.REMOVED,
    "set_item_added": Op.ADDED,
    "set_item_removed": Op.REMOVED,
    "repetition_change": Op.CHANGED,
}
"""The closed list of DeepDiff's kinds of difference, and what each means."""

MOST_DEEP = 5_000
"""Values within two unequal elements that DeepDiff looks at, some 50 µs each; beyond, the element is told as one change."""
MOST_DIFFERENCES = 30_000
"""Differences of two versions, a few thousand in the largest real update."""
_LONG = 200

_COUNTED = re.compile(r"(.*) #\d+", re.DOTALL)


class UnhandledDelta(TrialdeltaError):
    """DeepDiff named a kind of difference that the comparison does not know."""

    hint = "Report it with both versions; pin deepdiff to the version in constraints.txt meanwhile."


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference of two canonical forms. `new_keys` is where the new value stands (another counter among duplicates)."""

    keys: Keys
    new_keys: Keys
    op: Op
    old: Any = None
    new: Any = None


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[Difference]:
    """All differences of two canonical forms, none where they are equal.

    Raises UnhandledDelta, and UnreadableRecord where they are too many for an event that anybody could read.
    """
    # By far the most: two equal trees are compared in C, without a step of ours.
    found = [] if old == new else list(islice(_walk((), (), old, new), MOST_DIFFERENCES + 1))
    if len(found) > MOST_DIFFERENCES:
        raise UnreadableRecord(f"it differs from its last version in more than {MOST_DIFFERENCES:,} places")
    return found


def _walk(keys: Keys, new_keys: Keys, old: Any, new: Any) -> Iterator[Difference]:
    """The differences of two trees that differ."""
    if not (isinstance(old, dict) and isinstance(new, dict)) or field_of(keys).whole:
        yield Difference(keys, new_keys, Op.CHANGED, old, new)
    elif keys and not has_fields_below(keys):
        yield from _deep(keys, new_keys, old, new)
    else:
        for old_key, new_key in _matched(old, new):
            yield from _at(keys, new_keys, old, new, old_key, new_key)


def _at(
    keys: Keys,
    new_keys: Keys,
    old: dict[str, Any],
    new: dict[str, Any],
    old_key: str | None,
    new_key: str | None,
) -> Iterator[Difference]:
    if old_key is None and new_key is not None:
        yield from _one_sided((*keys, new_key), (*new_keys, new_key), Op.ADDED, new[new_key])
    elif new_key is None and old_key is not None:
        yield from _one_sided((*keys, old_key), (*new_keys, old_key), Op.REMOVED, old[old_key])
    elif old_key is not None and new_key is not None and old[old_key] != new[new_key]:
        yield from _walk((*keys, old_key), (*new_keys, new_key), old[old_key], new[new_key])


def _one_sided(keys: Keys, new_keys: Keys, op: Op, value: Any) -> Iterator[Difference]:
    if splits(keys) and isinstance(value, dict) and value:
        for key, child in value.items():
            yield from _one_sided((*keys, key), (*new_keys, key), op, child)
    elif op is Op.ADDED:
        yield Difference(keys, new_keys, op, new=value)
    else:
        yield Difference(keys, new_keys, op, old=value)


def _matched(old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str | None, str | None]]:
    """Pairs of keys that name one thing. Of duplicates ("X", "X #2") equal ones drop out first, the rest pair in order."""
    if " #" not in "\n".join((*old, *new)):
        yield from ((key, key if key in new else None) for key in old)
        yield from ((None, key) for key in new if key not in old)
        return
    together = old.keys() | new.keys()
    groups: dict[str, tuple[list[str], list[str]]] = {}
    for side, keys in enumerate((old, new)):
        for key in keys:
            groups.setdefault(_base(key, together), ([], []))[side].append(key)
    for olds, news in groups.values():
        yield from (
            _pair(*_unequal(olds, news, old, new)) if max(len(olds), len(news)) > 1 else _pair(olds, news)
        )


def _base(key: str, siblings: Collection[str]) -> str:
    counted = _COUNTED.fullmatch(key)
    return counted[1] if counted and counted[1] in siblings else key


def _unequal(
    olds: list[str], news: list[str], old: dict[str, Any], new: dict[str, Any]
) -> tuple[list[str], list[str]]:
    waiting: dict[str, list[str]] = {}
    # Turned around, since twins are taken from the end: so equal ones pair in their order.
    for key in reversed(news):
        waiting.setdefault(sha256_of(new[key]), []).append(key)
    left = []
    for key in olds:
        twins = waiting.get(sha256_of(old[key]))
        if twins:
            twins.pop()
        else:
            left.append(key)
    unmatched = {key for keys in waiting.values() for key in keys}
    return left, [key for key in news if key in unmatched]


def _pair(olds: list[str], news: list[str]) -> Iterator[tuple[str | None, str | None]]:
    shared = min(len(olds), len(news))
    yield from zip(olds[:shared], news[:shared], strict=True)
    yield from ((key, None) for key in olds[shared:])
    yield from ((None, key) for key in news[shared:])


def _deep(keys: Keys, new_keys: Keys, old: Any, new: Any) -> Iterator[Difference]:
    work.go_on()
    parts = _unequal_parts(old, new)
    if sum(map(_size, parts)) > MOST_DEEP:
        yield Difference(keys, new_keys, Op.CHANGED, old, new)
        return
    # DeepDiff tells in the order of sets, which differs from process to process; an event's must not.
    for tail, op in sorted(_fields(*parts) if all(map(_is_flat, parts)) else _deepdiff(*parts)):
        was = None if op is Op.ADDED else _below(old, tail)
        becomes = None if op is Op.REMOVED else _below(new, tail)
        yield Difference((*keys, *tail), (*new_keys, *tail), op, was, becomes)


def _is_flat(value: Any) -> bool:
    """Whether a value is an object of texts, as a site or an outcome is."""
    return isinstance(value, dict) and all(isinstance(child, str) for child in value.values())


def _fields(old: dict[str, str], new: dict[str, str]) -> Iterator[tuple[Keys, Op]]:
    """What DeepDiff finds in two objects of texts that have no field alike, in a hundredth of the time."""
    for name in old.keys() | new.keys():
        if name in old and name in new:
            yield (name,), Op.CHANGED
        else:
            yield (name,), Op.ADDED if name in new else Op.REMOVED


def _deepdiff(old: Any, new: Any) -> Iterator[tuple[Keys, Op]]:
    """Where two values differ, and how."""
    from deepdiff import DeepDiff  # a quarter of a second: only where an element differs

    # DeepDiff leaves out keys that begin with "__" unless told otherwise
    found = DeepDiff(
        _in_short(old),
        _in_short(new),
        view="tree",
        verbose_level=2,
        threshold_to_diff_deeper=0,
        ignore_private_variables=False,
    )
    for kind, levels in found.items():
        op = _op(kind)
        for level in levels:
            yield tuple(str(part) for part in level.path(output_format="list")), op


def _in_short(value: Any) -> Any:
    """The value with digests for its long texts: DeepDiff gives each pair of them to difflib, whose time is their square."""
    if isinstance(value, dict):
        return {key: _in_short(child) for key, child in value.items()}
    return sha256_of(value) if isinstance(value, str) and len(value) > _LONG else value


def _size(value: Any) -> int:
    """How many values there are in a value, itself included."""
    return 1 + sum(map(_size, value.values())) if isinstance(value, dict) else 1


def _below(value: Any, tail: Keys) -> Any:
    for key in tail:
        value = value[key]
    return value


def _unequal_parts(old: Any, new: Any) -> tuple[Any, Any]:
    """Two unequal elements without what is equal in both: DeepDiff would look at all of it."""
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return old, new
    same = {key for key in old.keys() & new.keys() if old[key] == new[key]}
    return {k: v for k, v in old.items() if k not in same}, {k: v for k, v in new.items() if k not in same}


def _op(kind: str) -> Op:
    if kind not in _OPS:
        raise UnhandledDelta(f"DeepDiff names a difference {kind!r}, which the comparison does not know")
    return _OPS[kind]
