"""Who may enter after a change: wider, narrower, mixed, none or unclear. What the frames do not prove is unclear."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from math import inf

from sync.changes.criteria import frames, lists, presence, thresholds
from sync.changes.criteria.detail import Effect
from sync.changes.criteria.frames import Bound, Span
from sync.changes.criteria.polarity import LONGEST, Sign
from sync.changes.criteria.presence import Says
from sync.changes.criteria.thresholds import Threshold
from sync.changes.criteria.wording import Wording
from sync.study.criteria import units
from sync.study.criteria.quantities import Quantity, quantities

WIDER, NARROWER, MIXED, NONE, UNCLEAR = Effect
_INVERSE = {WIDER: NARROWER, NARROWER: WIDER}
OF_SIGN = {1: WIDER, -1: NARROWER, None: UNCLEAR}


def inverse(effect: Effect) -> Effect:
    """The effect of the opposite change."""
    return _INVERSE.get(effect, effect)


def of_relation(relation: str) -> Effect:
    """What a bound does that lets `more`, `less` or `both` in."""
    return {"more": WIDER, "less": NARROWER, "both": MIXED}.get(relation, UNCLEAR)


def together(effects: Iterable[Effect]) -> Effect:
    """The effect of several changes at once."""
    seen = set(effects) - {NONE}
    if not seen:
        return NONE
    if UNCLEAR in seen:
        return UNCLEAR
    return seen.pop() if len(seen) == 1 else MIXED


def direction(threshold: Threshold, before: Wording, after: Wording) -> Effect:
    """What one threshold's change does to who may enter, between two wordings of one criterion."""
    old, new = threshold.old, threshold.new
    if old is None or new is None or max(len(before.text), len(after.text)) > LONGEST:
        return UNCLEAR
    if listed := _in_listed_periods(old, new, after):
        return listed
    sign = _sign(before, old)
    if sign is None or sign != _sign(after, new):
        return UNCLEAR
    if thresholds.same_by_convention(old, new):
        return UNCLEAR
    change = of_relation(thresholds.relation(old, new))
    return change if sign > 0 else inverse(change)


def of_bound_alone(threshold: Threshold, before: Wording, after: Wording) -> Effect:
    """What it does that a bound came or went, all else being as it was: of fewer people it is true with it."""
    bound, wording = (threshold.new, after) if threshold.old is None else (threshold.old, before)
    if bound is None or not bound.bounded or len(wording.text) > LONGEST:
        return UNCLEAR
    sign = _sign(wording, bound)
    if sign is None or (not bound.unit and bound.low == 1):
        return UNCLEAR  # `at least 1 relapse` is `a relapse`
    came = threshold.old is None
    return NARROWER if came == (sign > 0) else WIDER


def _sign(wording: Wording, quantity: Quantity) -> Sign:
    around, text = lists.under(wording.headers, wording.section), wording.text
    others = [other for other in quantities(text) if other.start != quantity.start]
    twins = tuple((other.start, other.end) for other in others if _are_twins(other, quantity))
    windows = tuple((other.start, other.end) for other in others if _is_window_of(other, quantity))
    rest = tuple(
        (other.start, other.end) for other in others if (other.start, other.end) not in (*twins, *windows)
    )
    place = (text, quantity.start, quantity.end)
    return frames.of_bound(Bound(*place, rest, twins, windows, span=_span(quantity)), around)


def _is_window_of(other: Quantity, quantity: Quantity) -> bool:
    return _span(other) is Span.WINDOW and _span(quantity) is Span.NONE


def _are_twins(one: Quantity, other: Quantity) -> bool:
    return bool(one.unit) and one.unit == other.unit and (one.low == -inf) == (other.low == -inf)


def _span(quantity: Quantity) -> Span:
    of_time = quantity.unit in units.DURATIONS or quantity.name == "wash-out"  # half-lives have no unit
    if not of_time or quantity.name == "age":
        return Span.NONE
    return Span.WINDOW if quantity.low == -inf else Span.LASTING


_PERIODS = re.compile(
    r"\bwash-?out\b|\bwithin (?:these|the following|the listed) (?:periods?|times?|intervals?|windows?)\b",
    re.IGNORECASE,
)


def _in_listed_periods(old: Quantity, new: Quantity, wording: Wording) -> Effect | None:
    """`Prior therapies within these periods:` and `Wash-out periods:` list times without a comparator; longer bars more."""
    header = wording.headers[0] if wording.headers else ""
    if not _PERIODS.search(header) or old.bounded or new.bounded:
        return None
    if wording.section != "exclusion" and "wash" not in header.lower():
        return None
    other = thresholds.in_unit_of(new, old)
    if other is None or old.unit not in units.DURATIONS:
        return None
    return NARROWER if other.low > old.low else WIDER


def of_presence(text: str, section: str, headers: Sequence[str]) -> Effect:
    """What a criterion that is there does, against its not being there."""
    if len(text) > LONGEST:
        return UNCLEAR
    said = presence.says(text, section)
    if said is Says.NOTHING:
        return NONE
    above = [header for header in headers if not lists.opens_section(header, section)]
    if above:
        return _of_item(said, above, section)
    return _ALONE.get(said, UNCLEAR)


_ALONE = {Says.PERMITS: WIDER, Says.ADMITS: WIDER, Says.BARS: NARROWER, Says.DEMANDS: NARROWER}


def _of_item(said: Says, headers: Sequence[str], section: str) -> Effect:
    """An item of a list: what the list makes of one more, as long as the item itself turns nothing."""
    if said not in (Says.DEMANDS, Says.NAMES):
        return UNCLEAR
    return OF_SIGN[lists.one_more(headers, section)]
