"""Lists as maps: the elements of a list under what makes each the same element in the next version, so order is gone."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from sync.study.digest import sha256_of
from sync.study.plain import plain

ANY_IDENTITY = ("pmid", "citation", "id", "groupId", "name", "title", "label", "term", "type", "units")
"""For lists without fields of their own: the first of these that an element has."""

_LONGEST_WORD = 300
"""Characters of one value in an identity; of a longer one the beginning and a digest."""


def keyed(
    elements: list[Any], branches: list[Any], fields: tuple[str, ...], values: list[Any]
) -> dict[str, Any]:
    """The values of a list's elements by the elements' identities; none for those that say nothing.

    `branches` are their canonical forms. Elements that share an identity are told apart by a counter, in content's order.
    """
    if len(branches) == 1:  # as half of all lists are
        return {_key(elements[0], branches[0], fields): values[0]} if branches[0] else {}
    by_key: dict[str, Any] = {}
    for element, branch, value in zip(elements, branches, values, strict=True):
        if branch:
            key = _key(element, branch, fields)
            if key in by_key:
                return _numbered(elements, branches, fields, values)
            by_key[key] = value
    return by_key


def named_by_themselves(words: list[str]) -> dict[str, str] | None:
    """What `keyed` makes of a list of `plain` texts, where each says something else and none is long; else None."""
    by_key = dict(zip(words, words, strict=True))
    usual = len(by_key) == len(words) and "" not in by_key and max(map(len, words)) <= _LONGEST_WORD
    return by_key if usual else None


def as_text(value: bool | int | float) -> str:
    """A number or a truth value as it would stand in a text: a number given as text is that number."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if value.is_integer():
        return str(int(value))
    written = repr(value)
    return written if written[-1:].isdigit() and "e" not in written else format(Decimal(written), "f")


def _numbered(
    elements: list[Any], branches: list[Any], fields: tuple[str, ...], values: list[Any]
) -> dict[str, Any]:
    groups: dict[str, list[int]] = {}
    for place, branch in enumerate(branches):
        if branch:
            groups.setdefault(_key(elements[place], branch, fields), []).append(place)
    return {
        key if number == 1 else f"{key} #{number}": values[place]
        for key, group in groups.items()
        # By content, since the order of a list is not guaranteed: twins that change places must not look edited.
        for number, place in enumerate(_in_order(group, branches), start=1)
    }


def _in_order(group: list[int], branches: list[Any]) -> list[int]:
    return group if len(group) == 1 else sorted(group, key=lambda place: sha256_of(branches[place]))


def _key(element: Any, branch: Any, fields: tuple[str, ...]) -> str:
    """What names an element of a list; a digest of what it says where nothing in it does."""
    if isinstance(element, dict):
        if fields and (fields[0] in element or any(map(element.__contains__, fields))):
            return _words(element, branch, fields)
        # A list that is new to us gets the likeliest key, not none: else each edit of an element would be a removal and
        # an addition.
        for field in ANY_IDENTITY:
            if element.get(field):
                word = branch.get(field)
                # As it stands in the form, unless it is long or is no text.
                return word if type(word) is str and len(word) <= _LONGEST_WORD else _word(element[field])
    elif not isinstance(element, list):
        return _word(element)
    return f"~{sha256_of(branch)[:16]}"


def _words(element: dict[str, Any], branch: dict[str, Any], fields: tuple[str, ...]) -> str:
    """The words of some fields: those of the canonical form, unless one is long or is no text."""
    try:
        words = "|".join(
            # What the form left out may still be a list of nothing, which names an element as its JSON text does.
            [branch.get(field) or (_word(element[field]) if field in element else "") for field in fields]
        )
    except TypeError:
        words = ""
    if words and len(words) <= _LONGEST_WORD:
        return words
    return "|".join([_word(element.get(field)) for field in fields])


def _word(value: Any) -> str:
    """One value of an identity as text; a long or structured one is shortened to a digest."""
    if isinstance(value, str):
        text = plain(value)
    elif value is None:
        return ""
    elif isinstance(value, (bool, int, float)):
        text = as_text(value)
    else:
        text = json.dumps(value, sort_keys=True)
    return text if len(text) <= _LONGEST_WORD else f"{text[:200]}~{sha256_of(text)[:16]}"
