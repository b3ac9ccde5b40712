"""How many are to take part, out of all the numbers that stand behind the word "enrollment" (pure)."""

from __future__ import annotations

import re

from sync.study.published.amounts import whole
from sync.study.published.readings import NUMBER, OTHER_UNITS, people

_BOUNDS = r"\d{1,3}\s{0,2}(?:-|–|to|and|through)\s{0,2}\d{1,3}"
_AGES = re.compile(
    rf"\b(?:ages?|aged|between(?: the ages of)?)\s{{0,2}}{_BOUNDS}|{_BOUNDS}\s{{0,2}}-?(?:years?|yrs?|months?)\b",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\d\s{0,2}(?:-|–|/|to|of|→)\s{0,2}\d", re.IGNORECASE)
_SO_FAR = re.compile(r"\b(?:so far|to date|already|up to now|until now)\b", re.IGNORECASE)
_NOT_COUNTED = re.compile(
    r"\b(?:originally|initially|previously|formerly|before|was|instead of|not|ages?|aged|of age|born|phase|version|since|in|"
    r"(?:groups?|arms?|cohorts?) of)\s{0,4}\Z",
    re.IGNORECASE,
)
_A_PART = re.compile(r"\s(?:\w+\s){0,2}(?:per|each|in each)\b", re.IGNORECASE)


def enrollment(text: str) -> int | None:
    """The number of people planned; None where it may be any of several, or only those who came so far."""
    text = _AGES.sub(" ", text)
    if _RANGE.search(text):
        return None
    # "31 enrolled (24 planned)" is left open: which of the two the record counts, depends on whether the study goes on.
    numbers = [found for found in NUMBER.finditer(text) if _is_counted(text, found)]
    counts = {whole(found[1]) for found in numbers if not _SO_FAR.search(_clause(text, found))}
    return counts.pop() if len(counts) == 1 else None


def is_count(text: str) -> bool:
    """Whether a number of people is all that a text says."""
    bare = re.fullmatch(
        r"(?:\d{1,3}(?:,\d{3})+|\d{1,9})(?: \(?(?:estimated|actual)\)?)?", text, re.IGNORECASE
    )
    return bool(bare) or people(text) is not None


def _is_counted(text: str, found: re.Match[str]) -> bool:
    is_other = OTHER_UNITS.match(text, found.end()) or _A_PART.match(text, found.end())
    return not is_other and not _NOT_COUNTED.search(text[: found.start()])


def _clause(text: str, found: re.Match[str]) -> str:
    """The words around a number, up to the next mark or number."""
    before = re.split(r"[,;()/]|\d", text[: found.start()])[-1]
    behind = re.split(r"[,;()/]|\d", text[found.end() :])[0]
    return f"{before} {behind}"
