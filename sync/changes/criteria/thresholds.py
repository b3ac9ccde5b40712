"""Thresholds that differ between two wordings of a criterion: which quantity, from what, to what."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import inf, isclose, log10
from operator import attrgetter

from sync.changes.criteria import senses
from sync.changes.criteria.detail import Effect, ThresholdChange
from sync.study.criteria import scales, units
from sync.study.criteria.quantities import Quantity, quantities, scaled

_Pair = tuple[Quantity | None, Quantity | None]
_MOST_PAIRED = 20  # quantities of one criterion that differ, weighed against as many of the other
_ROUNDING = 0.03  # of units: 90 days and 3 months, 1.5 mg/dL and 133 µmol/L say the same
_ROUNDING_OF = {"°C": 0.0015, "°F": 0.0015}  # 38.3 °C and 101 °F say the same, half a degree does not


@dataclass(frozen=True, slots=True)
class Threshold:
    """One quantity that is not the same in both wordings; None where only one of them has it."""

    quantity: str
    old: Quantity | None
    new: Quantity | None

    def moved(self, direction: Effect) -> ThresholdChange:
        """The entry of `detail.thresholds`; `direction` is what it does to who may enter."""
        old, new = (str(side) if side else None for side in (self.old, self.new))
        return ThresholdChange(self.quantity, old, new, direction)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The thresholds that differ, and both texts without the quantities that were compared."""

    thresholds: list[Threshold]
    old_rest: str
    new_rest: str


def compare(before: str, after: str) -> Comparison:
    """The thresholds that differ between two texts; equal quantities in other units or words are not a difference."""
    old, new = quantities(before), quantities(after)
    told = _once(old), _once(new)
    words = [senses.of_text(_without(text, found, {})) for text, found in ((before, old), (after, new))]
    pairs = _in_place(*told) if words[0] == words[1] else None
    pairs = pairs or _pair(*told)
    differing = [_threshold(a, b) for a, b in pairs if not (a and b and same(a, b))]
    signs = _signs(pairs)
    return Comparison(differing, _without(before, old, signs[0]), _without(after, new, signs[1]))


def _in_place(old: list[Quantity], new: list[Quantity]) -> list[_Pair] | None:
    """Quantities that stand in the same places of the same words, each with that of its place.

    Else two bounds that changed places (`A within 6 months or B within 3`) would be taken for the same two.
    """
    if len(old) != len(new) or not all(comparable(*pair) for pair in zip(old, new, strict=True)):
        return None
    return list(zip(old, new, strict=True))


def _signs(pairs: list[_Pair]) -> tuple[dict[int, str], dict[int, str]]:
    """What stands for each quantity that both texts have, by where it starts: the same sign for the same bounds."""
    names: dict[Quantity, str] = {}
    old: dict[int, str] = {}
    new: dict[int, str] = {}
    for one, other in pairs:
        if one and other and same(one, other):
            old[one.start] = new[other.start] = names.setdefault(_unplaced(one), senses.sign(len(names)))
    return old, new


def _once(found: list[Quantity]) -> list[Quantity]:
    """The quantities without those that only repeat the one before in another unit: `≤ 1.5 mg/dL (133 µmol/L)`."""
    return [
        each
        for before, each in zip([None, *found], found, strict=False)
        if before is None or not _repeats(each, before)
    ]


def _repeats(quantity: Quantity, before: Quantity) -> bool:
    if quantity.bounded or not before.bounded or quantity.unit == before.unit or quantity.name != before.name:
        return False
    other = in_unit_of(quantity, before)
    return other is not None and any(
        _close(other.low, bound, _ROUNDING) for bound in (before.low, before.high)
    )


def _threshold(old: Quantity | None, new: Quantity | None) -> Threshold:
    known = new or old
    assert known is not None
    return Threshold(old.name if old and new and old.name == "age" else known.name, old, new)


def same(old: Quantity, new: Quantity) -> bool:
    """True for the same bounds, whatever the unit."""
    if old.bounded != new.bounded or not comparable(old, new):
        return False
    other = in_unit_of(new, old)
    if other is None:
        return False
    rounding = _rounding(old.unit, new.unit)
    old, other = _on_scale(old), _on_scale(other)
    return (
        _close(old.low, other.low, rounding)
        and _close(old.high, other.high, rounding)
        and (old.low_in, old.high_in) == (other.low_in, other.high_in)
    )


def _rounding(unit: str, other: str) -> float:
    """How far apart bounds in two units may be that say the same: none where one is ten, a hundred … of the other."""
    by = units.factor(unit, other) if unit and other else 1.0
    if by and log10(by).is_integer():
        return 1e-6
    return _ROUNDING_OF.get(unit, _ROUNDING)


def _on_scale(quantity: Quantity) -> Quantity:
    """Bounds of a scale of steps, told by the steps that belong to it; where the scale itself ends there is no bound."""
    low, high, low_in, high_in = quantity.low, quantity.high, quantity.low_in, quantity.high_in
    if quantity.name in scales.WHOLE and not quantity.unit:
        low += not low_in and low.is_integer()
        high -= not high_in and high.is_integer()
        low_in, high_in = low > -inf, high < inf
    if quantity.bounded and quantity.name in scales.ENDS:
        least, most = scales.ENDS[quantity.name]
        low, low_in = (-inf, False) if low <= least else (low, low_in)
        high, high_in = (inf, False) if high >= most else (high, high_in)
    return replace(quantity, low=low, high=high, low_in=low_in, high_in=high_in)


def same_by_convention(old: Quantity, new: Quantity) -> bool:
    """Whether two times are told for one another, a month for four weeks, `within` for `less than`."""
    if old.name == new.name == "time" and old.unit == new.unit and old.unit in units.DURATIONS:
        return (old.low, old.high) == (new.low, new.high)
    other = None if old.unit == new.unit else in_unit_of(new, old)
    if other is None or not {"week", "month"} <= {old.unit, new.unit}:
        return False
    return _close(old.low, other.low, 0.09) and _close(old.high, other.high, 0.09)


def _close(one: float, other: float, rounding: float) -> bool:
    return one == other or (abs(one) < inf and abs(other) < inf and isclose(one, other, rel_tol=rounding))


def comparable(old: Quantity, new: Quantity) -> bool:
    """True where both can be told in one unit."""
    return in_unit_of(old, new) is not None


def in_unit_of(quantity: Quantity, other: Quantity) -> Quantity | None:
    """A quantity in the unit of another one; None where that does not measure the same thing."""
    mine, its = (each.unit or _usual_unit(each) for each in (quantity, other))
    if mine == its:
        return quantity
    if not mine or not its:
        return _as_percentage(quantity, other) if "%" in (mine, its) else None
    return scaled(replace(quantity, unit=mine), its, other.name)


# The unit that a measure is told in where none is said. Of others a missing unit is not the other's.
_USUAL = {
    "age": "year", "BMI": "kg/m²", "LVEF": "%", "oxygen saturation": "%", "HbA1c": "%", "Karnofsky": "%", "QTc": "ms",
    "blood pressure": "mmHg", "systolic pressure": "mmHg", "diastolic pressure": "mmHg", "eGFR": "mL/min",
    "creatinine clearance": "mL/min",
}  # fmt: skip


def _usual_unit(quantity: Quantity) -> str:
    unit = _USUAL.get(quantity.name, "")
    is_fraction = max(bound for bound in (quantity.low, quantity.high) if bound < inf) <= 1
    return "" if unit == "%" and is_fraction else unit


def _as_percentage(quantity: Quantity, other: Quantity) -> Quantity | None:
    """A share told as a fraction (`0.50`) as one of a hundred, or the other way round."""
    by = 0.01 if quantity.unit == "%" else 100.0
    fraction = other if quantity.unit == "%" else quantity
    bounds = [bound for bound in (fraction.low, fraction.high) if abs(bound) < inf]
    if not all(0 < bound <= 1 for bound in bounds):
        return None
    return replace(quantity, low=quantity.low * by, high=quantity.high * by, unit=other.unit)


def relation(old: Quantity, new: Quantity) -> str:
    """Whether the new bounds let `more` in than the old ones, `less`, `both` (shifted) or `unknown`."""
    other = in_unit_of(new, old)
    if other is None or not ((old.bounded and new.bounded) or _are_steps(old, new)):
        return "unknown"
    old, other = _on_scale(old), _on_scale(other)
    low = _step(old.low, other.low, old.low_in, other.low_in)
    high = -_step(old.high, other.high, not old.high_in, not other.high_in)
    if low <= 0 and high <= 0:
        return "more"
    return "less" if low >= 0 and high >= 0 else "both"


def _are_steps(old: Quantity, new: Quantity) -> bool:
    """Whether one names a single step of a scale (`NYHA III`) that belongs to the steps of the other (`NYHA III or IV`)."""
    if old.bounded == new.bounded or old.name != new.name or not (old.steps or old.name in scales.WHOLE):
        return False
    point, steps = (old, new) if new.bounded else (new, old)
    return steps.low <= point.low <= steps.high


def _step(old: float, new: float, old_in: bool, new_in: bool) -> int:
    """Sign of the move of a lower bound: 1 where it rose; a bound that no longer belongs to the range counts as risen."""
    if old == new:
        return int(old_in) - int(new_in)
    return 1 if new > old else -1


def _pair(old: list[Quantity], new: list[Quantity]) -> list[tuple[Quantity | None, Quantity | None]]:
    """Old with new quantities: equal ones first, then by name and unit, by unit, by name; the rest stand alone."""
    pairs, left, right = _word_for_word(old, new)
    for alike in _LIKENESS if max(len(left), len(right)) <= _MOST_PAIRED else ():
        for one in list(left):
            twin = next(
                (other for other in right if alike(one, other) and not _swapped(one, other, old, new)), None
            )
            if twin:
                pairs.append((one, twin))
                left.remove(one)
                right.remove(twin)
    return [*pairs, *((one, None) for one in left), *((None, other) for other in right)]


def _word_for_word(
    old: list[Quantity], new: list[Quantity]
) -> tuple[list[tuple[Quantity | None, Quantity | None]], list[Quantity], list[Quantity]]:
    """The pairs that say the very same, first with first, and what is left of either side."""
    waiting: dict[Quantity, list[Quantity]] = {}
    for other in reversed(new):
        waiting.setdefault(_unplaced(other), []).append(other)
    pairs: list[tuple[Quantity | None, Quantity | None]] = []
    left = []
    for one in old:
        if twins := waiting.get(_unplaced(one)):
            pairs.append((one, twins.pop()))
        else:
            left.append(one)
    return pairs, left, sorted(chain.from_iterable(waiting.values()), key=attrgetter("start"))


def _unplaced(quantity: Quantity) -> Quantity:
    return replace(quantity, start=0, end=0)


def _swapped(one: Quantity, other: Quantity, old: list[Quantity], new: list[Quantity]) -> bool:
    """Whether bounds of different names stand in different places: then limits changed names (`A ≤ 3, B ≤ 5`)."""
    return not _named_alike(one, other) and len(old) == len(new) and old.index(one) != new.index(other)


_LIKENESS: Sequence[Callable[[Quantity, Quantity], bool]] = (
    lambda one, other: _named_alike(one, other) and same(one, other),
    same,
    lambda one, other: _named_alike(one, other) and one.unit == other.unit and _one_side(one, other),
    lambda one, other: _named_alike(one, other) and comparable(one, other) and _one_side(one, other),
    lambda one, other: one.unit == other.unit and bool(one.unit) and _one_side(one, other),
    lambda one, other: _named_alike(one, other) and comparable(one, other),
    lambda one, other: _named_alike(one, other),
    lambda one, other: bool(one.unit) and bool(other.unit) and comparable(one, other),
)


def _named_alike(one: Quantity, other: Quantity) -> bool:
    return one.name == other.name or one.name.rstrip("s") == other.name.rstrip("s")


def _one_side(one: Quantity, other: Quantity) -> bool:
    one, other = _on_scale(one), _on_scale(other)
    return (one.low == -inf) == (other.low == -inf) and (one.high == inf) == (other.high == inf)


_UNBROKEN = re.compile(r"\b(?:consecutive|continuous|additional)\b", re.IGNORECASE)


def _without(text: str, found: list[Quantity], signs: dict[int, str]) -> str:
    """The text with a sign, or a gap, for each quantity; what a unit is said to be (`14 consecutive days`) stays."""
    parts, end = [], 0
    for quantity in found:
        said = _UNBROKEN.findall(text[quantity.start : quantity.end])
        parts += [
            text[end : quantity.start],
            " ",
            signs.get(quantity.start, "§"),
            " ",
            *(f"{word} " for word in said),
        ]
        end = max(end, quantity.end)
    return "".join((*parts, text[end:]))


def complementary(threshold: Threshold) -> bool:
    """True where the new bound admits exactly what the old one did not (`≥ 18` and `< 18`)."""
    old, new = threshold.old, threshold.new
    other = in_unit_of(new, old) if old and new else None
    if old is None or other is None or not (old.bounded and other.bounded):
        return False
    if old.high == inf:
        return other.low == -inf and other.high == old.low and other.high_in != old.low_in
    return old.low == -inf and other.high == inf and other.low == old.high and other.low_in != old.high_in
