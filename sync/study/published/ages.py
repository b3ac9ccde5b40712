"""From which to which age people may take part: as pages write it, and as a record does (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sync.study.published.finding import Lines, Reading, Strength, labelled
from sync.study.record import Study, at
from sync.words import counted


@dataclass(frozen=True, slots=True)
class Ages:
    """From which to which age, in hundredths of a day; None where no age bounds it.

    `says_…`: whether the text speaks of that side at all.
    """

    minimum: int | None
    maximum: int | None
    says_minimum: bool = True
    says_maximum: bool = True


YEAR = 36525
_UNITS = {"y": YEAR, "m": 3044, "w": 700, "d": 100, "h": 4}
"""Hundredths of a day: ages are compared as they are written, not by the calendar."""
_AGE = r"(\d{1,3})\s{0,4}-?\s{0,4}(years?|yrs?\.?|y/?o|y|months?|mos?\.?|weeks?|wks?\.?|days?|hours?)?(?: of age| old)?"
_RANGE = re.compile(
    rf"{_AGE}\s{{0,4}}(?:-|–|—|−|to|through|until|and|~|up to)\s{{0,4}}{_AGE}(?![\w])", re.IGNORECASE
)
_FROM = re.compile(
    rf"(?:≥|>=|at least|from|minimum(?: of)?|aged)\s{{0,4}}{_AGE}\s{{0,4}}(?P<open>\+|(?:and|or|&) (?:older|over|above|up))?"
    rf"|{_AGE}\s{{0,4}}(?:\+|(?:and|or|&) (?:older|over|above|up)\b|or more)",
    re.IGNORECASE,
)
_TO = re.compile(
    rf"(?:≤|<=|up to|at most|until|maximum(?: of)?)\s{{0,4}}{_AGE}|{_AGE}\s{{0,4}}(?:and|or) (?:younger|under|below)",
    re.IGNORECASE,
)
_NO_AGE = re.compile(
    r"(?:n/?a|none|no (?:limit|maximum|minimum)|not applicable|any age|all ages)\b", re.IGNORECASE
)


def ages(text: str) -> Ages | None:
    """The ages in "18 Years to 65 Years", "18–65", "18 and older", "up to 17 years"; None where it is not clear."""
    if found := _RANGE.search(text):
        low, unit, high, last = found.groups()
        return Ages(_days(low, unit or last), _days(high, last or unit))
    if found := _FROM.search(text):
        low, unit = (found[1], found[2]) if found[1] else (found[4], found[5])
        # "≥ 18" alone leaves open whether there is a highest age.
        return Ages(_days(low, unit), None, says_maximum=bool(found["open"] or found[4]))
    if found := _TO.search(text):
        high, unit = (found[1], found[2]) if found[1] else (found[3], found[4])
        return Ages(None, _days(high, unit), says_minimum=False)
    return None


def age(text: str) -> int | None:
    """One age ("18 Years") in hundredths of a day; None where there is none."""
    found = re.match(rf"\s*{_AGE}", text, re.IGNORECASE)
    return _days(found[1], found[2]) if found else None


def says_no_age(text: str) -> bool:
    """Whether a text says that no age bounds who may enter."""
    return bool(_NO_AGE.match(text.strip()))


def _days(number: str, unit: str | None) -> int:
    return int(number) * _UNITS[(unit or "y")[0].lower()]


def find_ages(lines: Lines, _known: Sequence[Any]) -> Iterator[Reading]:
    bounds: dict[str, int | None] = {}
    said: list[str] = []
    for fact, _label, texts in labelled(lines, "minimum_age", "maximum_age", "ages"):
        for text in texts[:1]:
            if fact == "ages":
                value = ages(text)
                if value is not None or any(letter.isdigit() for letter in text):
                    yield Reading(text, value, Strength.LABELLED, _is_plain(text, value))
            elif (one := age(text)) is not None or says_no_age(text):
                bounds[fact] = one
                said.append(f"{fact.replace('_', ' ')} {text}")
    if bounds:
        value = Ages(
            bounds.get("minimum_age"),
            bounds.get("maximum_age"),
            says_minimum="minimum_age" in bounds,
            says_maximum="maximum_age" in bounds,
        )
        yield Reading(", ".join(said), value, Strength.LABELLED, is_plain=True)


_NO_MORE = re.compile(
    rf"(?:ages?\s|aged\s|between\s)?(?:{_RANGE.pattern}|{_FROM.pattern}|{_TO.pattern})(?:\s?\([^()]{{0,40}}\))?[\s.;,]{{0,4}}",
    re.IGNORECASE,
)
_OLDEST = 99 * YEAR
"""From here on an upper age is how a form says that there is none."""


def _is_plain(text: str, value: Ages | None) -> bool:
    """Whether a text is ages and nothing else, none of them how forms write that there is no bound."""
    if value is None or value.minimum == 0 or (value.maximum or 0) >= _OLDEST:
        return False
    return bool(_NO_MORE.fullmatch(text.strip()))


_AGES_ALONE = re.compile(
    r"(?:ages?|aged)\b.{1,40}|.{1,30}\byears(?: (?:old|of age|and older|or older))?|\d{1,3}\+", re.IGNORECASE
)


def ages_alone(text: str) -> Ages | None:
    return ages(text) if _AGES_ALONE.fullmatch(text) and len(text.split()) <= 9 else None


def ages_agree(page: Ages, record: Ages) -> bool:
    lower = not page.says_minimum or _is_same(page.minimum, record.minimum)
    upper = not page.says_maximum or _is_same(page.maximum, record.maximum)
    return lower and upper


def ages_left_open(page: Ages, record: Ages | None) -> bool:
    """Whether a page says only from which age on, and says it rightly, though the record has a highest age too."""
    return record is not None and page.maximum is None and _is_same(page.minimum, record.minimum)


_NEAR = 0.005
"""12 months are a year, 52 weeks too; 17 years are not 18."""


def _is_same(one: int | None, other: int | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= _NEAR * max(one, other)


def some_agree(page: Ages, record: Ages) -> bool | None:
    """Whether people of these ages, who need not be all that there are, may take part; None where some of them may."""
    if ages_agree(page, record):
        return True
    low, high = record.minimum or 0, record.maximum or 10**9
    first, last = page.minimum or 0, page.maximum or 10**9
    if page.says_minimum and page.says_maximum:
        return None if low <= first and last <= high else False
    return None if first <= high and low <= last else False


def ages_of(study: Study) -> Ages | None:
    module = at(study.record, "protocolSection", "eligibilityModule")
    if not isinstance(module, dict):
        return None
    sides = [module.get(name) for name in ("minimumAge", "maximumAge")]
    low, high = (age(side) if isinstance(side, str) else None for side in sides)
    return Ages(low, high)


def ages_shown(ages: Ages) -> str:
    low, high = (_age_shown(side) for side in (ages.minimum, ages.maximum))
    if low and high:
        return f"{low} to {high}"
    if low:
        return f"{low} and older"
    return f"up to {high}" if high else "any age"


def _age_shown(value: int | None) -> str:
    if value is None:
        return ""
    for unit, name in ((36525, "year"), (3044, "month"), (700, "week")):
        if value % unit == 0:
            return counted(value // unit, name)
    return counted(value // 100, "day")
