"""The canonical form spelled out without any short cut: what `sync.study.canonical` must come to, hash by hash.

The criteria of an eligibility text are read by the engine itself; everything around them is done the long way.
"""

from __future__ import annotations

import hashlib
import json
import re
from decimal import Decimal
from typing import Any

from sync.study import criteria, elements, places
from sync.study.criteria.blocks import blocks
from sync.study.plain import entities, fold, untagged
from sync.study.record import at, estimated

_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_STRONG = re.compile(r"(?<!\w)(\*\*|__)(?=\S)([^*_]{1,2000}?)(?<=\S)\1(?!\w)")
_EMPHASIS = re.compile(r"(?<![\w*])([*_])(?=[^\s*_])([^*_]{1,2000}?)(?<=[^\s*_])\1(?![\w*])")
_COMPUTED = {("locations", "geoPoint"), ("largeDocs", "size")}
_ESTIMATES = {"enrollmentInfo", "startDateStruct", "primaryCompletionDateStruct", "completionDateStruct"}
_CRITERIA = ("protocolSection", "eligibilityModule", "eligibilityCriteria")

Path = tuple[str, ...]


def forms(record: dict[str, Any]) -> tuple[Any, Any, str, str]:
    """Content and derived part of a record, and the hash of each."""
    content = tree({name: part for name, part in record.items() if name != "derivedSection"}, ())
    computed = {
        "derivedSection": _without_release(record.get("derivedSection")),
        "geoPoints": _field(
            at(record, "protocolSection", "contactsLocationsModule", "locations"), "locations", "geoPoint"
        ),
        "sizes": _field(
            at(record, "documentSection", "largeDocumentModule", "largeDocs"), "largeDocs", "size"
        ),
    }
    derived = tree(computed, ())
    as_sent = {**derived, "derivedSection": computed["derivedSection"]}
    return content, derived, sha256_of(content), sha256_of(as_sent)


def sha256_of(value: Any) -> str:
    """The digest of a value as `json` writes it."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def plain(text: str) -> str:
    """One line of plain words, each step taken."""
    text = fold(entities(_ESCAPE.sub(r"\1", untagged(text))))
    return re.sub(r"\s+", " ", _EMPHASIS.sub(r"\2", _STRONG.sub(r"\2", text))).strip()


def normal(text: str) -> str:
    """A long text by its blocks."""
    return "\n".join(block.text for block in blocks(text) if block.text)


def tree(value: Any, path: Path) -> Any:
    """What stands at a path, in its canonical form."""
    name = path[-1] if path else ""
    if isinstance(value, dict):
        members = {
            key: tree(child, (*path, key)) for key, child in value.items() if (name, key) not in _COMPUTED
        }
        return {key: child for key, child in members.items() if child not in (None, "", {})}
    if isinstance(value, list):
        forms_of = [tree(element, path) for element in value]
        return {key: forms_of[place] for key, place in _keys(value, forms_of, name)}
    if isinstance(value, str):
        return _text(path, value)
    return _number(value) if isinstance(value, (bool, int, float)) else value


def _text(path: Path, text: str) -> Any:
    if path == _CRITERIA:
        return criteria.parse(text).canonical()
    if path and path[-1] in places.MARKUP:
        return normal(text)
    if len(path) > 1 and path[-1] == "type" and path[-2] in _ESTIMATES:
        return estimated(plain(text))
    return plain(text)


def _number(value: bool | int | float) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")


def _keys(elements: list[Any], forms_of: list[Any], name: str) -> list[tuple[str, int]]:
    groups: dict[str, list[int]] = {}
    for place, element in enumerate(elements):
        if forms_of[place] not in (None, "", {}):
            identity = _identity(element, name)
            key = f"~{sha256_of(forms_of[place])[:16]}" if identity is None else identity
            groups.setdefault(key, []).append(place)
    return [
        (key if number == 1 else f"{key} #{number}", place)
        for key, group in groups.items()
        for number, place in enumerate(sorted(group, key=lambda each: sha256_of(forms_of[each])), start=1)
    ]


def _identity(element: Any, name: str) -> str | None:
    if isinstance(element, dict):
        fields = places.IDENTITIES.get(name, ())
        if any(field in element for field in fields):
            return "|".join(_word(element.get(field)) for field in fields)
        return next((_word(element[each]) for each in elements.ANY_IDENTITY if element.get(each)), None)
    return None if isinstance(element, list) else _word(element)


def _word(value: Any) -> str:
    if isinstance(value, (bool, int, float)):
        return _short(_number(value))
    if value is None or isinstance(value, str):
        return _short(plain(value or ""))
    return _short(json.dumps(value, sort_keys=True))


def _short(text: str) -> str:
    return text if len(text) <= 300 else f"{text[:200]}~{sha256_of(text)[:16]}"


def _field(elements: Any, list_name: str, field: str) -> dict[str, Any]:
    if not isinstance(elements, list):
        return {}
    having = [element for element in elements if isinstance(element, dict) and field in element]
    forms_of = [tree(element, (list_name,)) for element in having]
    return {key: having[place][field] for key, place in _keys(having, forms_of, list_name)}


def _without_release(derived: Any) -> Any:
    misc = at(derived, "miscInfoModule")
    if not isinstance(misc, dict):
        return derived
    return {
        **derived,
        "miscInfoModule": {name: part for name, part in misc.items() if name != "versionHolder"},
    }
