"""What a new wording of a criterion amounts to: changed or only reworded, which thresholds, who may enter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sync.changes.criteria import effect, lists, senses, words
from sync.changes.criteria.detail import Effect, ThresholdChange
from sync.changes.criteria.thresholds import Comparison, compare, complementary
from sync.changes.criteria.wording import Wording
from sync.changes.model import Op


@dataclass(frozen=True, slots=True)
class Assessment:
    """The operation, the entries of `detail.thresholds`, and the effect on who may enter."""

    op: Op
    thresholds: tuple[ThresholdChange, ...]
    effect: Effect


def of_rewording(before: Wording, after: Wording, *, divided: bool = False) -> Assessment:
    """The assessment of two wordings of one criterion.

    Where a criterion was `divided` in two, or two were joined, the `and` between them says nothing of its own.
    """
    found = compare(before.text, after.text)
    gone, come = senses.differing(found.old_rest, found.new_rest)
    if divided:
        gone, come = gone - _AND, come - _AND
    directions = _directions(found, before, after, gone | come)
    moved = tuple(threshold.moved(way) for threshold, way in zip(found.thresholds, directions, strict=True))
    if gone or come:
        if divided:
            return Assessment(Op.CHANGED, moved, effect.UNCLEAR)
        if set(gone | come) <= _TIMES and len(moved) == 1 and directions[0].is_direction:
            return Assessment(Op.CHANGED, moved, directions[0])
        sign = words.of_quantifier(before, after) if moved else words.direction(before, after)
        return Assessment(Op.CHANGED, moved, effect.OF_SIGN[sign])
    return Assessment(Op.CHANGED if moved else Op.REWORDED, moved, effect.together(directions))


def _directions(found: Comparison, before: Wording, after: Wording, differing: Counter[str]) -> list[Effect]:
    """What each threshold does; one that came or went does something only where all else is as it was."""
    one = found.thresholds[0] if len(found.thresholds) == 1 else None
    if one and (one.old is None or one.new is None) and set(differing) <= _TIMES:
        return [effect.of_bound_alone(one, before, after)]
    return [effect.direction(threshold, before, after) for threshold in found.thresholds]


# What a time is counted from: it comes and goes with the time.
_TIMES = frozenset(
    sense
    for word in (
        "before", "prior", "screening", "enrollment", "randomization", "baseline", "registration", "start", "treatment",
        "first", "last", "dose", "infusion", "dosing", "apheresis", "leukapheresis", "consent", "inclusion", "study drug",
    )
    for sense in senses.of_text(word)
)  # fmt: skip
_AND, _MUST = Counter({"and": 1_000}), Counter({"must": 1_000})


def of_crossing(before: Wording, after: Wording) -> Assessment:
    """The assessment of a criterion that went to the other section, or under a header that turns it.

    The sense is kept where `No X` became `X`, or `≥ 18` became `< 18`, and out of `None of the following` into the
    exclusions. The same words that keep out whom they let in are turned round.
    """
    found = compare(before.text, after.text)
    gone, come = senses.differing(found.old_rest, found.new_rest)
    denials = gone.pop("no", 0) + come.pop("no", 0)
    gone, come = gone - _MUST, come - _MUST
    unread = tuple(threshold.moved(effect.UNCLEAR) for threshold in found.thresholds)
    if gone or come or denials > 1:
        return Assessment(Op.MOVED, unread, effect.UNCLEAR)
    turned = _turned(before, after)
    if turned is None:
        return Assessment(Op.MOVED, unread, effect.UNCLEAR)
    turned ^= bool(denials)
    if not unread:
        return Assessment(Op.MOVED, (), effect.MIXED if turned else effect.NONE)
    if len(unread) == 1 and complementary(found.thresholds[0]):
        return Assessment(Op.MOVED, unread, effect.NONE if turned else effect.UNCLEAR)
    directions = [effect.direction(threshold, before, after) for threshold in found.thresholds]
    if turned or not all(way.is_direction for way in directions):
        return Assessment(Op.MOVED, unread, effect.UNCLEAR)
    moved = tuple(threshold.moved(way) for threshold, way in zip(found.thresholds, directions, strict=True))
    return Assessment(Op.CHANGED, moved, effect.together(directions))


def _turned(before: Wording, after: Wording) -> bool | None:
    """Whether the two places make the opposite of the same words; None where that is not known."""
    if all(lists.lets_in(wording.headers, wording.section) for wording in (before, after)):
        return False
    old, new = (lists.alone(wording.headers, wording.section) for wording in (before, after))
    return None if old is None or new is None else old != new


def of_presence(op: Op, text: str, section: str, headers: Sequence[str]) -> Assessment:
    """The assessment of a criterion that was added or removed."""
    narrowing = effect.of_presence(text, section, headers)
    return Assessment(op, (), narrowing if op is Op.ADDED else effect.inverse(narrowing))
