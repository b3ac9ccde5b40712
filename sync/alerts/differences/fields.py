"""Two values, field by field: what differs with its old and its new value, and what is equal not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sync.alerts.content import FieldChange, Run, clean, line, short
from sync.changes.compare.fields import LIST_FIELDS
from sync.changes.criteria.redline import redline
from sync.changes.model import Change, Detail, Op
from sync.changes.sentences import said
from sync.study.canonical import by_identity
from sync.study.labels import in_words, label, value_in_words
from sync.words import capital

Leaves = dict[tuple[str, ...], Any]

_DEEPEST = 8
"""Deeper than this a value stays JSON: a record may be nested without end."""
_WHOLE = frozenset({"name", "phone", "phoneExt", "email", "date", "id", "pmid", "url", "zip"})
"""Fields whose values are read as one: the words that two names have in common say nothing."""
_LONGEST_NAME = 80


def changed_values(old: Any, new: Any, title: str = "", name: str = "") -> list[FieldChange]:
    """What differs between two values of the field `name`, shown as `title`; of tables, the fields that differ."""
    before, after = _leaves(old, name), _leaves(new, name)
    paths = [*before, *(path for path in after if path not in before)]
    return [
        _changed(_title(title, path), path[-1] if path else name, before.get(path), after.get(path))
        for path in paths
        if before.get(path) != after.get(path)
    ]


def _title(title: str, path: tuple[str, ...]) -> str:
    return " › ".join(
        filter(None, (line(title), *(capital(short(label(step), _LONGEST_NAME)) for step in path)))
    )


def _changed(title: str, name: str, old: Any, new: Any) -> FieldChange:
    if isinstance(old, list) or isinstance(new, list):
        return FieldChange(title, None, None, _words_of_lists(name, old or [], new or []))
    texts = (_without_type(old, new) or readable(old, name), readable(new, name))
    plain = isinstance(old, str) and isinstance(new, str)
    return FieldChange(title, *texts, _words(name, *texts) if plain else ())


def _without_type(old: Any, new: Any) -> str | None:
    """Of two dates or counts of one type the older one: the newer says which type that is."""
    if not (isinstance(old, dict) and isinstance(new, dict) and _typed(old) and _typed(new)):
        return None
    same = old.get("type") and old.get("type") == new.get("type")
    return _typed({key: value for key, value in old.items() if key != "type"}) if same else None


def _words(name: str, old: str | None, new: str | None) -> tuple[Run, ...]:
    """The redline, where the two have words in common."""
    if not old or not new or name in _WHOLE:
        return ()
    words = redline(old, new)
    return words if any(mark == "=" for mark, _ in words) else ()


def _words_of_lists(name: str, old: Any, new: Any) -> tuple[Run, ...]:
    """The items of two lists of words: those that stayed, went and came."""
    olds, news = (
        [value_in_words(name, line(str(each))) for each in (side if isinstance(side, list) else [side])]
        for side in (old, new)
    )
    kept = [("=", each) for each in olds if each in news]
    gone = [("-", each) for each in olds if each not in news]
    return (*kept, *gone, *(("+", each) for each in news if each not in olds))


def _leaves(value: Any, name: str) -> Leaves:
    return dict(_walk(value, name, (), 0)) if value is not None else {}


def _walk(value: Any, name: str, path: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The parts of a value that are told by themselves, under the fields that lead to them."""
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        value = by_identity(value, name) if name in LIST_FIELDS else dict(enumerate(value, 1))
    if isinstance(value, dict) and value and depth < _DEEPEST and _typed(value) is None:
        for key, inner in value.items():
            yield from _walk(inner, str(key), (*path, str(key)), depth + 1)
    else:
        yield path, value


def readable(value: Any, name: str = "") -> str | None:
    """A value for people: codes in words, a date or a count with its type in brackets."""
    if value is None:
        return None
    if isinstance(value, str):
        return clean(value_in_words(name, value))
    if isinstance(value, bool | int):
        return said(value) if isinstance(value, bool) else f"{value:,}"
    if isinstance(value, dict) and (known := _typed(value)):
        return known
    return clean(json.dumps(value, ensure_ascii=False))


def _typed(value: Mapping[str, Any]) -> str | None:
    """`{"date": "2026-10", "type": "ESTIMATED"}` is "2026-10 (estimated)", a sponsor "Moon (industry)"."""
    for measure, kind in (("date", "type"), ("count", "type"), ("name", "class")):
        if measure in value and set(value) <= {measure, kind} and not isinstance(value[measure], dict | list):
            number, code = value[measure], value.get(kind)
            told = f" ({_lower(in_words(line(str(code))))})" if code else ""
            return (f"{number:,}" if type(number) is int else line(str(number))) + told
    return None


def _lower(words: str) -> str:
    """ "Industry" within a sentence, "NIH" as it is."""
    return words if words.isupper() else words[:1].lower() + words[1:]


def words_of_list(name: str, changes: Sequence[Change[Detail]]) -> FieldChange:
    """What came to a list of words and what went from it, in one."""
    sides = (("-", Op.REMOVED), ("+", Op.ADDED))
    words = [(mark, value_in_words(name, line(c.value))) for mark, op in sides for c in changes if c.op is op]
    return FieldChange(line(capital(label(name))), None, None, tuple(words))
