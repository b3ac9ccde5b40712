"""Changes of eligibility, one a criterion: which, how it reads now, which thresholds moved, who may enter now.

This is the door of the criteria engine: whoever is outside asks here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any

from msgspec import structs

from sync.changes.criteria import assessment, effect
from sync.changes.criteria.alignment import Alignment, align
from sync.changes.criteria.assessment import Assessment
from sync.changes.criteria.company import Company
from sync.changes.criteria.crossing import Crossings, worded
from sync.changes.criteria.detail import Counts, Effect, EligibilityDetail, Lengths, Place, Wordings, Words
from sync.changes.criteria.fields import MODULE, disagreement, field_changes, module
from sync.changes.criteria.leftovers import paired
from sync.changes.criteria.positions import Places, headers
from sync.changes.criteria.redline import redline
from sync.changes.criteria.rows import Placed, Row, in_order, numbers_of
from sync.changes.model import Change, Kind, Op
from sync.study.criteria import Criteria, Criterion, parse, too_long
from sync.study.criteria.titles import INCLUSION

PATH = f"{MODULE}.eligibilityCriteria"
MOST_APART = 3000
"""More criteria than any real text has; beyond, a text of millions of characters would be minutes of work."""

__all__ = [
    "MOST_APART",
    "PATH",
    "EligibilityChange",
    "Row",
    "criteria_changes",
    "eligibility_changes",
    "side_by_side",
]

_SHOWN = 1_000  # characters of a text that is too long to be shown

Json = Any
Record = dict[str, Any]
EligibilityChange = Change[EligibilityDetail]


def eligibility_changes(before: Record, after: Record) -> list[EligibilityChange]:
    """All changes of the eligibility module: of its text criterion by criterion, of its fields one by one."""
    old, new = (module(record).get("eligibilityCriteria") for record in (before, after))
    texts = (old if isinstance(old, str) else "", new if isinstance(new, str) else "")
    found = [*criteria_changes(*texts), *field_changes(before, after)]
    if any(_is_about_age(change) for change in found):
        return _with_disagreement(found, disagreement(after))
    return found


def _is_about_age(change: EligibilityChange) -> bool:
    return any(threshold.quantity == "age" for threshold in change.detail.thresholds or ())


def _with_disagreement(found: list[EligibilityChange], disagreement: Json) -> list[EligibilityChange]:
    """The changes of age with a note that text and fields ask for different ages, if they do."""
    if not disagreement:
        return found
    return [
        change.saying(structs.replace(change.detail, disagrees=disagreement))
        if _is_about_age(change)
        else change
        for change in found
    ]


def criteria_changes(before: str, after: str) -> list[EligibilityChange]:
    """The changes between two eligibility texts; none if and only if their canonical forms are equal."""
    if before == after:
        return []
    old, new = parse(before), parse(after)
    if old.canonical() == new.canonical():
        return []
    if too_long(before) or too_long(after):
        return [_unread(before, after)]
    if whole := _beyond_measure(before, after, old, new):
        return [whole]
    return _Comparison(old, new).changes() or [_whole(before, after)]


def side_by_side(before: str, after: str) -> list[Row]:
    """Every criterion of both texts in the order of the new one, unchanged ones too.

    Each of `criteria_changes` stands in exactly one row; one that is about the whole text comes first.
    """
    old, new = parse(before), parse(after)
    if old.canonical() == new.canonical():
        return _Comparison(old, new).rows(quiet=True)
    if too_long(before) or too_long(after):
        unread = _unread(before, after)
        return [Row(None, (), unread, unread.old, unread.new)]
    if whole := _beyond_measure(before, after, old, new):
        return [Row(None, (), whole, before, after)]
    rows = _Comparison(old, new).rows()
    if any(row.change for row in rows):
        return rows
    return [Row(None, (), _whole(before, after), before, after), *rows]


def _unread(before: str, after: str) -> EligibilityChange:
    """A text that is too long to be read as criteria: one change, with how long both are and how they begin.

    The versions keep the whole of both; an event that held it six times over would reach nobody.
    """
    old, new = _beginning(before), _beginning(after)
    lengths = Lengths(len(before), len(after))
    detail = structs.replace(_of_the_text(old, new, (("-", old), ("+", new))), characters=lengths)
    return Change(Kind.ELIGIBILITY, PATH, Op.CHANGED, old, new, detail)


def _beginning(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text):,} characters)"


def _apart(these: Criteria, those: Criteria) -> int:
    """How many criteria of one text do not stand in the other."""
    return (Counter(item.text for item in these.items) - Counter(item.text for item in those.items)).total()


def _beyond_measure(before: str, after: str, old: Criteria, new: Criteria) -> EligibilityChange | None:
    """So long, with so little in common, that a change for each criterion would help nobody: one change, in full."""
    gone, come = _apart(old, new), _apart(new, old)
    if gone + come <= MOST_APART:
        return None
    words = (("-", before), ("+", after))
    detail = structs.replace(_of_the_text(before, after, words), criteria=Counts(gone, come))
    return Change(Kind.ELIGIBILITY, PATH, Op.CHANGED, before, after, detail)


def _whole(before: str, after: str) -> EligibilityChange:
    """The text as one change, for a difference that shows in no criterion."""
    detail = _of_the_text(before, after, redline(before, after))
    return Change(Kind.ELIGIBILITY, PATH, Op.REWORDED, before, after, detail)


def _of_the_text(before: str, after: str, words: Words) -> EligibilityDetail:
    return EligibilityDetail(
        section=INCLUSION,
        place=(),
        criterion=Wordings(before, after),
        words=words,
        thresholds=(),
        effect=effect.UNCLEAR,
    )


class _Comparison:
    """Two parsed texts side by side. Titles are aligned with the criteria: a title may become one, and back."""

    def __init__(self, old: Criteria, new: Criteria) -> None:
        self._old = (*old.items, *(title for title in old.titles if title.heads))
        self._new = (*new.items, *(title for title in new.titles if title.heads))
        self._found: Alignment = paired(self._old, self._new, align(self._old, self._new))
        self._places = Places(self._old, self._new, self._found)
        self._company = Company(self._old, self._new, self._found)
        self._crossings = Crossings(self._old, self._new, self._found)

    def changes(self) -> list[EligibilityChange]:
        """One change for each criterion that is not as it was, in the order of the new text."""
        announced = self._announced(self._placed())
        return [placed.change for placed in sorted(announced, key=attrgetter("at")) if placed.change]

    def rows(self, *, quiet: bool = False) -> list[Row]:
        """The criteria and their changes in the order of the new text; all are as they were where it is `quiet`."""
        placed = list(self._placed())
        announced = [] if quiet else self._announced(placed)
        kept = [replace(each, change=None) for each in placed if quiet or not each.change]
        return in_order(self._old, self._new, [*announced, *kept])

    def _announced(self, placed: Iterable[Placed]) -> list[Placed]:
        """A title that came or went is told where nothing else is: the place of each criterion shows it."""
        changed = [each for each in placed if each.change]
        return [each for each in changed if not self._is_lone_title(each)] or changed

    def _is_lone_title(self, placed: Placed) -> bool:
        if placed.old and placed.new:
            return False
        return all(self._old[at].is_title for at in placed.old) and all(
            self._new[at].is_title for at in placed.new
        )

    def _placed(self) -> Iterator[Placed]:
        found, anchors = self._found, sorted(self._found.pairs)
        for before, after in found.pairs:
            yield self._numbered(Placed(after, (before,), (after,), self._pair(before, after)))
        for before, parts in found.splits:
            yield self._numbered(Placed(parts[0], (before,), tuple(parts), self._split(before, parts)))
        for parts, after in found.merges:
            yield self._numbered(Placed(after, tuple(parts), (after,), self._merge(parts, after)))
        for after in found.added:
            yield self._numbered(Placed(after, (), (after,), self._presence(Op.ADDED, self._new, after)))
        for before in found.removed:
            at = bisect_left(anchors, (before, 0))
            behind = (anchors[at - 1][1] if at else -1) + 0.5
            yield self._numbered(Placed(behind, (before,), (), self._presence(Op.REMOVED, self._old, before)))

    def _numbered(self, placed: Placed) -> Placed:
        """The change says which criteria it is about."""
        if placed.change is None:
            return placed
        numbers = numbers_of(self._old, self._new, placed.old, placed.new)
        detail = structs.replace(placed.change.detail, numbers=numbers)
        return replace(placed, change=placed.change.saying(detail))

    def _pair(self, before: int, after: int) -> EligibilityChange | None:
        old, new = self._old[before], self._new[after]
        moved = self._places.moved(before, after)
        if old.section != new.section or (moved and self._crossings.turns(before, after)):
            return self._change(self._crossings.assessed(before, after), old, new, moved=True)
        if old.key != new.key:
            return self._change(self._reworded(old, new, old.text, new.text), old, new, moved=moved)
        return self._change(Assessment(Op.MOVED, (), effect.UNCLEAR), old, new, moved=True) if moved else None

    def _split(self, before: int, parts: list[int]) -> EligibilityChange:
        old, news = self._old[before], [self._new[part] for part in parts]
        texts = [item.text for item in news]
        assessed = self._reworded(old, news[0], old.text, " ".join(texts), divided=True)
        change = self._change(replace(assessed, op=Op.CHANGED), old, news[0], moved=False)
        return _with_both(change, new="\n".join(texts), split=tuple(texts))

    def _merge(self, parts: list[int], after: int) -> EligibilityChange:
        olds, new = [self._old[part] for part in parts], self._new[after]
        texts = [item.text for item in olds]
        assessed = self._reworded(olds[0], new, " ".join(texts), new.text, divided=True)
        change = self._change(replace(assessed, op=Op.CHANGED), olds[0], new, moved=False)
        return _with_both(change, old="\n".join(texts), merged=tuple(texts))

    def _reworded(
        self, old: Criterion, new: Criterion, before: str, after: str, *, divided: bool = False
    ) -> Assessment:
        return assessment.of_rewording(
            replace(worded(self._old, old), text=before),
            replace(worded(self._new, new), text=after),
            divided=divided,
        )

    def _change(
        self, assessed: Assessment, old: Criterion, new: Criterion, *, moved: bool
    ) -> EligibilityChange:
        detail = _detail(new, old.text, new.text, assessed)
        if moved:
            under = tuple(headers(self._old, old)[:1])
            detail = structs.replace(detail, moved_from=Place(old.section, tuple(old.place), under))
        return Change(Kind.ELIGIBILITY, PATH, assessed.op, old.text, new.text, detail)

    def _presence(self, op: Op, items: Sequence[Criterion], index: int) -> EligibilityChange:
        item = items[index]
        assessed = assessment.of_presence(op, item.text, item.section, headers(items, item))
        if item.is_title or self._company.casts_doubt(index, came=op is Op.ADDED):
            assessed = replace(assessed, effect=_in_doubt(assessed.effect))
        if self._crossings.took_its_items_along(index, came=op is Op.ADDED):
            assessed = replace(assessed, effect=effect.NONE)
        before, after = (None, item.text) if op is Op.ADDED else (item.text, None)
        return Change(Kind.ELIGIBILITY, PATH, op, before, after, _detail(item, before, after, assessed))


def _in_doubt(effect_found: Effect) -> Effect:
    """What says nothing says nothing in any company."""
    return effect_found if effect_found == effect.NONE else effect.UNCLEAR


def _detail(
    item: Criterion, before: str | None, after: str | None, assessed: Assessment
) -> EligibilityDetail:
    return EligibilityDetail(
        section=item.section,
        place=tuple(item.place),
        criterion=Wordings(before, after),
        words=redline(before or "", after or ""),
        thresholds=assessed.thresholds,
        effect=assessed.effect,
        title=item.is_title,
    )


def _with_both(
    change: EligibilityChange,
    *,
    old: str | None = None,
    new: str | None = None,
    split: tuple[str, ...] | None = None,
    merged: tuple[str, ...] | None = None,
) -> EligibilityChange:
    """A change of one criterion told as that of several: `old` or `new` holds the parts, one a line."""
    before, after = old or change.old, new or change.new
    detail = structs.replace(
        change.detail,
        criterion=Wordings(before, after),
        words=redline(before, after),
        split=split,
        merged=merged,
    )
    return Change(change.kind, change.path, change.op, before, after, detail)
