"""Sentences that say who may or may not take part, against the criteria of a record (pure).

A sentence and a criterion are held to mean the same only where they have the same words, but for those that carry nothing,
or name the same measure: what is told in other words is left undecided.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

from sync.study.criteria import parse
from sync.study.criteria.model import Criterion
from sync.study.criteria.quantities import Quantity, quantities
from sync.study.published.checking import Checked
from sync.study.published.prose import is_of_others

_LONGEST = 200
_JOIN = r"(?:take part|join|participate|enrol{1,2}|enter)(?: in (?:this|the) (?:study|trial))?"
_IN = rf"(?:can|may|will be able to|are (?:eligible|able|allowed|welcome) to) {_JOIN}"
_OUT = (
    rf"(?:cannot|can ?not|can['’]t|may not|must not|should not|are not (?:eligible|able|allowed) to) {_JOIN}"
)
_YOU = r"you(?:['’]ve| have| are|['’]re)?"
_WHAT = r"(?P<what>.{1,180}?)"
_WAYS = tuple(
    (re.compile(rf"\A{pattern}[.!]?", re.IGNORECASE), is_in)
    for pattern, is_in in (
        (rf"you {_IN} (?:only )?if {_YOU} {_WHAT}", True),
        (rf"you {_OUT} if {_YOU} {_WHAT}", False),
        (rf"if {_YOU} {_WHAT},? you {_OUT}", False),
        (rf"if {_YOU} {_WHAT},? you {_IN}", True),
        (rf"{_WHAT} {_OUT}", False),
        (rf"{_WHAT} (?:are|is|will be) (?:excluded|not eligible|ineligible)", False),
        (rf"{_WHAT} (?:{_IN}|are (?:eligible|welcome))", True),
    )
)
_HEDGED = re.compile(
    r"\b(?:unless|except|but|some|sometimes|usually|depending|whether|until|cohorts?|arms?|phase|ask|not yet)\b|[;:]",
    re.IGNORECASE,
)
_EMPTY = frozenset(
    re.findall(
        r"\w+",
        "you your i we he she they a an the of to for who whom are is be been being were was am do does have has had having "
        "receive receives received receiving get got take taken patient patients people person persons participant "
        "participants subject subjects individual individuals adults women woman men female male with previously previous "
        "prior before ever already by this that these those test positive known screening",
    )
)
"""Words that two ways to say one thing need not share. "Not", "or" and "within" are none of them."""
_SAME = {"pregnancy": "pregnant", "breastfeeding": "lactating", "haemoglobin": "hemoglobin", "in": "within"}


class Who(Protocol):
    """Whom a sentence speaks of."""

    def against(self, text: str) -> tuple[bool, str] | None:
        """Whether the criteria say so, with the one that shows it; None where none does."""


class _Words(NamedTuple):
    """People, by words and numbers; whether they may take part."""

    words: frozenset[str]
    numbers: tuple[str, ...]
    is_in: bool

    def against(self, text: str) -> tuple[bool, str] | None:
        found = [
            (agrees, criterion)
            for section, words, numbers, criterion in _criteria(text)
            if words == self.words and (agrees := self._agrees(section, numbers)) is not None
        ]
        return max(found, default=None)

    def _agrees(self, section: str, numbers: tuple[str, ...]) -> bool | None:
        is_in = section == "inclusion"
        if numbers == self.numbers:
            return is_in == self.is_in
        # Another number in a criterion that lets in whom the sentence keeps out: they may both hold.
        return False if numbers and self.numbers and is_in == self.is_in else None


class _Bounds(NamedTuple):
    """What measures have to be."""

    measured: tuple[Quantity, ...]

    def against(self, text: str) -> tuple[bool, str] | None:
        found = [_asked(each, text) for each in self.measured]
        wrong = next((each for each in found if each and not each[0]), None)
        return wrong or (found[0] if all(found) else None)


def _asked(said: Quantity, text: str) -> tuple[bool, str] | None:
    """Whether criteria ask the same of a measure, with the one that does; one that asks something else where none does."""
    found = [
        (_bounds(said) == _bounds(each), criterion)
        for each, criterion in _measures(text)
        if (each.name, each.unit) == (said.name, said.unit) and each.bounded
    ]
    return max(found, default=None)


def check_admission(text: str, criteria: Sequence[str]) -> Checked | None:
    """A sentence against the criteria of all versions, oldest first; None where they do not decide it."""
    who = next(_read(text), None)
    if who is None:
        return None
    now = who.against(criteria[-1])
    if now and now[0]:
        return Checked("criterion", "Criterion", "right", text, now[1])
    then = ((at, who.against(criteria[at])) for at in range(len(criteria) - 2, -1, -1))
    last = next((at for at, held in then if held and held[0]), None)
    if last is not None:
        return Checked("criterion", "Criterion", "outdated", text, now[1] if now else "", last + 1)
    return Checked("criterion", "Criterion", "different", text, now[1]) if now else None


_MUST = re.compile(
    r"(?:to (?:take part|join|participate)(?: in (?:this|the) (?:study|trial))?,? )?(?:your|the patient['’]s) "
    r"[^.,;:]{2,60}? (?:must|needs? to|has to|have to) be [^;:]+",
    re.IGNORECASE,
)


def _read(text: str) -> Iterator[Who]:
    if len(text) > _LONGEST or _HEDGED.search(text) or is_of_others(text):
        return
    if _MUST.fullmatch(text):
        measured = tuple(quantities(text))
        if measured and all(each.bounded and each.name for each in measured):
            yield _Bounds(measured)
        return
    for pattern, is_in in _WAYS:
        if found := pattern.fullmatch(text):
            words, numbers = _content(found["what"])
            if words:
                yield _Words(words, numbers, is_in)
            return


def _content(text: str) -> tuple[frozenset[str], tuple[str, ...]]:
    plain = re.sub(r"breast-?\s?feeding", "breastfeeding", text.lower())
    words = [_SAME.get(each, each) for each in re.findall(r"[^\W\d_]+", plain) if each not in _EMPTY]
    singular = frozenset(each[:-1] if len(each) > 3 and each.endswith("s") else each for each in words)
    return singular, tuple(re.findall(r"\d+(?:\.\d+)?", plain))


@lru_cache(maxsize=64)
def _criteria(text: str) -> tuple[tuple[str, frozenset[str], tuple[str, ...], str], ...]:
    return tuple((each.section, *_content(each.text), _shown(each)) for each in parse(text).items)


@lru_cache(maxsize=64)
def _measures(text: str) -> tuple[tuple[Quantity, str], ...]:
    """The measures that are asked for, each with its criterion; what keeps out is bounded the other way round."""
    asked = (each for each in parse(text).items if each.section == "inclusion")
    return tuple((quantity, _shown(each)) for each in asked for quantity in quantities(each.text))


def _shown(criterion: Criterion) -> str:
    """A criterion with its section: what it says of somebody is half of it."""
    return f"{criterion.section.capitalize()} criterion: {criterion.text}".lstrip()


def _bounds(quantity: Quantity) -> tuple[float, float, bool, bool]:
    return quantity.low, quantity.high, quantity.low_in, quantity.high_in
