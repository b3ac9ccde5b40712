"""Quantities in a criterion: what is measured, the bounds set to it, the unit. `At least 18 years` is [18, ∞) year."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from math import inf

from sync.study.criteria import comparators, scales, units
from sync.study.criteria.names import name_of

_SPELLED = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
# What follows a number of cells or copies: there `1.000` and `1 000` are a thousand.
_COUNTED = r"(?=\s?(?:/|per|cells|platelets|neutrophils|lymphocytes|copies|[x×*]))"
_STEP = (
    r"(?:(?P<digits>"
    rf"(?P<counted>\d{{1,3}}(?:[.\u00a0\u2009\u202f ]\d{{3}}){{1,3}}{_COUNTED})"
    r"|(?P<thousands>[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?)"
    r"|\d{1,12}(?:[.,]\d+)?)"
    r"(?:\s?[x×*·]\s?10\s?[\^*]?\s?\(?(?P<power>\d{1,2})\)?(?![\d.]))?"
    rf"|(?P<word>{'|'.join(_SPELLED)})\b(?:\s?\(\s?\d{{1,4}}\s?\))?"
    r"|(?P<one>(?:(?<=the last )|(?<=the past )|(?<=the previous )|(?<=the preceding ))(?=(?:year|month|week|day)\b))"
    rf"|{scales.ROMAN}|{scales.LETTER})(?!\d|[.,]\d)"
)
_NUMBER = re.compile(rf"(?<![\w.^/,])(?<![A-Za-z]-){_STEP}", re.IGNORECASE)
_FURTHER = re.compile(_STEP, re.IGNORECASE)
_PRESSURES = re.compile(
    r"(?P<systolic>\d{2,3})(?:\s?mm\s?Hg)?\s?/\s?(?P<diastolic>\d{2,3})(?![\d.])(?:\s?mm\s?Hg)?",
    re.IGNORECASE,
)
_PRESSURE = re.compile(
    r"\b(?:blood pressure|bp|hypertensi\w+|hypotensi\w+|systolic|diastolic)\b", re.IGNORECASE
)
_JOINT = re.compile(r"\s?(?:-|–|—|−|~|∼|to|through|thru)\s?", re.IGNORECASE)
_INCLUSIVE = re.compile(r"(?:,\s?|\s?\(\s?)inclusive\b\s?\)?", re.IGNORECASE)
_PAIR = re.compile(r"\s?and\s", re.IGNORECASE)
_SERIES = re.compile(r"\s?(?:,\s?or|,|or|and|/)\s?", re.IGNORECASE)
_BETWEEN = re.compile(r"\b(?:between|from)\b[^;]{0,25}$", re.IGNORECASE)
_SCALE = re.compile(
    r"\b(?:ecog|grades?|class(?:es)?|stages?|scores?|zubrod|nyha|new york heart association|child[- ]pugh|asa"
    r"|performance status|ps|status|mrs)\b[^.;,]{0,40}$",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"(?:\b(?:types?|phases?|parts?|cohorts?|groups?|arms?|tables?|sections?|appendix|versions?|v|visits?|day"
    r"|cycle|week"
    r"|month|steps?|recist|ctcae|modules?|sub-?study|design|annex|criteri(?:on|a)|number|no\.|item|dose level|exons?"
    r"|dsm|icd"
    r"|figure|covid|factor|coronavirus|vitamin)\s?(?:v|version|-)?\.?|#)\s?$",
    re.IGNORECASE,
)
_BELOW_ZERO = re.compile(r"(?:^|[\s(<>=≤≥])[-−]$")
_YEAR = re.compile(r"(?:19|20)\d\d")
_GLUED = re.compile(r"-[A-Za-z]|(?:st|nd|rd|th)\b|[A-Za-z]+\d")
_NEAR = 60  # characters before a number in which its scale or measure is looked for
_MOST = 150  # quantities read from one criterion: a text of thousands of numbers is none that people wrote
_PER_LITRE = 1e7  # cells per litre are told in thousands of millions, as laboratories do
_FOR_OTHERS = re.compile(r"\s?\(?(?:in|for) [\w ]{2,25}\)?,?\s(?:or|and)\s", re.IGNORECASE)
_BETWEEN_BOUNDS = re.compile(r"\W{0,3}(?:and|but|to|up|until)?\W{0,3}", re.IGNORECASE)
_TIME_AFTER = re.compile(
    r"\s?(?:prior|before|ago|since|after|from|following|post|of (?!age)|preceding)\b", re.IGNORECASE
)
_PEOPLE = re.compile(
    r"\b(?:(?:wo)?m[ae]n|males?|females?|patients?|subjects?|participants?|children|adults?|volunteers?)[\s,:]*$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """One bound or range of a measure: `low` and `high` are ∓inf where open. Without `bounded` it is a mere number."""

    name: str
    low: float
    high: float
    low_in: bool
    high_in: bool
    unit: str
    bounded: bool
    start: int
    end: int
    steps: str = field(default="", compare=False)
    """How its scale writes its steps, if not in digits: `roman`, `letter`."""

    def __str__(self) -> str:
        value = self._value()
        if self.unit in units.DURATIONS:
            return f"{value} {self.unit}" + ("" if value.split()[-1] == "1" else "s")
        if self.unit in ("ULN", "LLN"):
            return f"{value} × {self.unit}"
        return value + ("" if self.unit[:1] in ("%", "/") else " ") * bool(self.unit) + self.unit

    def _value(self) -> str:
        low, high = map(self._written, (self.low, self.high))
        at_least, at_most = "≥" if self.low_in else ">", "≤" if self.high_in else "<"
        if self.low == self.high:
            return low
        if self.high == inf:
            return f"{at_least} {low}"
        if self.low == -inf:
            return f"{at_most} {high}"
        return f"{low}–{high}" if self.low_in and self.high_in else f"{at_least} {low} and {at_most} {high}"

    def _written(self, bound: float) -> str:
        if self.steps and abs(bound) < inf:
            return scales.written(bound, self.steps)
        return f"{bound:,.10g}" if abs(bound) >= 10_000 else f"{bound:.10g}"


def quantities(text: str) -> list[Quantity]:
    """The quantities of one criterion in order; two bounds of one measure (`≥ 18 and < 75 years`) are one range."""
    found: list[Quantity] = []
    for quantity in islice(_read(text), _MOST):
        quantity = _like_the_last(found[-1], quantity, text) if found else quantity
        joined = _joined(found[-1], quantity, text) if found else None
        if joined:
            found[-1] = joined
        else:
            found.append(quantity)
    return found


def _like_the_last(last: Quantity, quantity: Quantity, text: str) -> Quantity:
    """`> 470 ms in men or 480 ms in women`: the second takes the comparator of the first."""
    one_sided = last.bounded and (last.low == -inf) != (last.high == inf)
    same = not quantity.bounded and quantity.unit == last.unit != "" and quantity.name == last.name
    if not (one_sided and same and _FOR_OTHERS.fullmatch(text[last.end : quantity.start])):
        return quantity
    value = quantity.low
    bounds = (value, inf) if last.high == inf else (-inf, value)
    return replace(
        quantity, low=bounds[0], high=bounds[1], low_in=last.low_in, high_in=last.high_in, bounded=True
    )


def _read(text: str) -> Iterator[Quantity]:
    end = 0
    for number in islice(_NUMBER.finditer(text), 5 * _MOST):
        if number.start() < end or not _is_number(text, number):
            continue
        if pressures := _pressures(text, number):
            end = pressures[-1].end
            yield from pressures
        elif quantity := _quantity(text, number):
            end = quantity.end
            yield quantity


def _is_number(text: str, number: re.Match[str]) -> bool:
    """False for a capital letter that is not a step of a scale."""
    return (
        bool(number["digits"] or number["word"])
        or number["one"] is not None
        or _step(text, number) is not None
    )


def _step(text: str, number: re.Match[str]) -> float | None:
    return scales.value_of(text, number.start(), number["roman"], number["letter"])


def _pressures(text: str, number: re.Match[str]) -> list[Quantity]:
    """`≤ 140/90 mmHg` as a systolic and a diastolic bound; nothing where no such pair of pressures starts."""
    pair = _PRESSURES.match(text, number.start())
    if pair is None or not (
        "g" in pair[0] or _PRESSURE.search(text[max(0, pair.start() - _NEAR) : pair.start()])
    ):
        return []
    sign, first, last = _signed(text, pair.start(), pair.end(), "mmHg")
    return [
        Quantity(f"{name} pressure", *_bounds(float(pair[name]), sign), "mmHg", bool(sign), first, last)
        for name in ("systolic", "diastolic")
    ]


def _quantity(text: str, number: re.Match[str]) -> Quantity | None:
    low, high, unit, start, end = _measured(text, number)
    sign, first, last = _signed(text, start, end, unit)
    steps = next((name for name in ("roman", "letter") if number[name]), "")
    named = high != low or bool(steps or _SCALE.search(text[max(0, first - _NEAR) : first]))
    if not (unit or steps) and (_GLUED.match(text, number.end()) or not (sign or named)):
        return None
    if not (unit or sign) and ((number["word"] and high == low) or _is_label(text, number)):
        return None
    duration = unit in units.DURATIONS
    name = "age" if _is_age(text, first, last, unit) else name_of(text, first, start, last, duration=duration)
    name = "Child-Pugh class" if steps == "letter" else name
    if high != low:
        return Quantity(name, low, high, True, True, unit, True, first, last, steps)
    return Quantity(name, *_bounds(low, sign), unit, bool(sign), first, last, steps)


def _measured(text: str, number: re.Match[str]) -> tuple[float, float, str, int, int]:
    """Both ends of a number or range in one unit, the unit, and where all this starts and ends in the text."""
    start = number.start()
    low = _value(text, number)
    if _BELOW_ZERO.search(text[max(0, start - 2) : start]):
        start, low = start - 1, -low
    unit, end = _unit(text, number.end())
    high, upper_unit, end = _range_end(text, number, low, unit, end)
    if unit and unit != upper_unit:
        low *= units.factor(unit, upper_unit) or 1.0
    # So that `100,000,000/L` and `0.1 × 10⁹/L` are shown, and compared, in one unit.
    if upper_unit == "/L" and low >= _PER_LITRE:
        return low / 1e9, high / 1e9, "×10⁹/L", start, end
    return low, high, upper_unit, start, end


def _signed(text: str, start: int, end: int, unit: str) -> tuple[str, int, int]:
    """The comparator of a number, before or after it or implied; where number and comparator start and end."""
    if lead := comparators.leading(text, start, end):
        return lead[0], lead[1], end
    if trail := comparators.trailing(text, end):
        return trail[0], start, trail[1]
    return comparators.implied(text, start, end) if unit in units.DURATIONS else "", start, end


def _value(text: str, number: re.Match[str]) -> float:
    if step := _step(text, number):
        return step
    if number["one"] is not None:
        return 1.0
    if number["word"]:
        return 1.0 + _SPELLED.index(number["word"].lower())
    value = _decimal(number)
    return value * 10.0 ** int(number["power"]) if number["power"] else value


def _decimal(number: re.Match[str]) -> float:
    """The digits as a number: `1,500` and, of what is counted, `1.500` are thousands; `1,5` is one and a half."""
    if number["counted"]:
        return float(re.sub(r"\D", "", number["counted"]))
    if number["thousands"]:
        return float(number["thousands"].replace(",", ""))
    return float(number["digits"].replace(",", "."))


def _unit(text: str, end: int) -> tuple[str, int]:
    gap = _BEFORE_UNIT.match(text, end)
    found = units.read(text, gap.end() if gap else end)
    return found or ("", end)


_BEFORE_UNIT = re.compile(
    r"[\s-]?(?:(?:consecutive|full|calendar|complete|whole|continuous|additional|business|working)\s)?",
    re.IGNORECASE,
)


def _range_end(text: str, number: re.Match[str], low: float, unit: str, end: int) -> tuple[float, str, int]:
    """The other end of a range or of a series of grades (`0, 1 or 2`), with the unit that follows it."""
    high = low
    end = _past_inclusive(text, end)
    before = text[max(0, number.start() - _NEAR) : number.start()]
    while True:
        joint = _JOINT.match(text, end)
        if joint is None and _BETWEEN.search(before):
            joint = _PAIR.match(text, end)
        in_series = joint is None and not unit and bool(_SCALE.search(before))
        joint = _SERIES.match(text, end) if in_series else joint
        other = _FURTHER.match(text, joint.end()) if joint else None
        if other is None or (other["word"] and not number["word"]) or not _is_number(text, other):
            return high, unit, end
        value = _value(text, other)
        further, stop = _unit(text, other.end())
        lowest = high * (units.factor(unit, further) or 1.0) if unit and further else high
        # `grade 1, 2 or 3` is one range; `grade 2, 14 days` is none, since no grade is left out.
        if value <= lowest or (in_series and value - high != 1):
            return high, unit, end
        high, end, unit = value, _past_inclusive(text, stop), further or unit


def _past_inclusive(text: str, end: int) -> int:
    """The end of a number behind `(inclusive)`, which says nothing of a range that holds both its ends."""
    said = _INCLUSIVE.match(text, end)
    return said.end() if said else end


def _bounds(value: float, sign: str) -> tuple[float, float, bool, bool]:
    if sign in ("≥", ">"):
        return value, inf, sign == "≥", False
    if sign in ("≤", "<"):
        return -inf, value, False, sign == "≤"
    return value, value, True, True


def _is_label(text: str, number: re.Match[str]) -> bool:
    """True for a number that names something: `type 2`, `RECIST 1.1`, a year, `5-HT`."""
    before = text[max(0, number.start() - 25) : number.start()]
    return bool(_LABELLED.search(before) or (_YEAR.fullmatch(number[0]) and not _SCALE.search(before)))


def _is_age(text: str, start: int, end: int, unit: str) -> bool:
    """A number of years right after people, or at the start, that is not counted from an event."""
    if unit not in ("year", "month") or _TIME_AFTER.match(text, end):
        return False
    return (unit == "year" and not text[:start].strip()) or bool(
        _PEOPLE.search(text[max(0, start - 25) : start])
    )


def _joined(first: Quantity, second: Quantity, text: str) -> Quantity | None:
    """Two bounds of one measure as one range, if the one is from below, the other from above and nothing is between."""
    low, high = (first, second) if first.high == inf else (second, first)
    one_sided = low.high == inf and low.low > -inf and high.low == -inf and high.high < inf
    same = first.unit in ("", second.unit) or not second.unit
    between = text[first.end : second.start]
    if not (one_sided and same and low.low <= high.high and _BETWEEN_BOUNDS.fullmatch(between)):
        return None
    return replace(
        first, high=high.high, high_in=high.high_in, low=low.low, low_in=low.low_in,
        unit=first.unit or second.unit, end=second.end, name="age" if "age" in (first.name, second.name) else first.name,
    )  # fmt: skip


def scaled(quantity: Quantity, unit: str, name: str = "") -> Quantity | None:
    """The quantity in another unit; None where the units do not measure the same thing."""
    low, high = (
        units.converted(name or quantity.name, bound, quantity.unit, unit)
        for bound in (quantity.low, quantity.high)
    )
    if low is None or high is None:
        return None
    return replace(quantity, low=low, high=high, unit=unit)
