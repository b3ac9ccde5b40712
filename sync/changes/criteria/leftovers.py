"""Criteria that are left without a partner, paired one to one where their place and words speak for it.

A criterion that was rewritten is one change, not one removed and one added: a real exclusion that lost its "required
steroids" and gained a note was told as "1 wider", though it bars more.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import product

from sync.changes.criteria import assessment, similarity
from sync.changes.criteria.alignment import Alignment, slots
from sync.changes.criteria.positions import headers
from sync.changes.criteria.wording import Wording
from sync.study.criteria import Criterion
from sync.study.criteria.quantities import quantities

Items = Sequence[Criterion]

# Share of the shorter one's telling words. In the 17 real edits rewritten criteria share 0.38 and more, strangers 0.2.
_ALIKE_IN_PLACE, _ALIKE = 0.5, 0.6
_SAME_MEASURE = 0.55  # more than the words of a place, less than those of a section
_MOST_WEIGHED = 10_000  # pairs; texts with more leftovers are new from end to end
# Nearly every criterion has one of these: they tell none from another.
NO_MEASURE = frozenset(("time", "number", "age"))


def paired(old: Items, new: Items, found: Alignment) -> Alignment:
    """The alignment with its leftovers paired, best first."""
    if len(found.removed) * len(found.added) > _MOST_WEIGHED:
        return found
    # What lies between the same two partners in both texts is likelier to be one: there fewer words need to agree.
    between = slots(len(old), len(new), found.pairs)
    likeness = {
        (before, after): _likeness(
            old[before], new[after], in_place=between[before][0] < after < between[before][1]
        )
        or _crossed(old, new, before, after)
        for before, after in product(found.removed, found.added)
    }
    # Best first, and by place where two are equal: the same two texts give the same pairs on every machine.
    for before, after in sorted(likeness, key=lambda pair: (-likeness[pair], pair)):
        if likeness[before, after] > 0 and before in found.removed and after in found.added:
            found.pairs.append((before, after))
            found.removed.remove(before)
            found.added.remove(after)
    return found


def _likeness(old: Criterion, new: Criterion, *, in_place: bool) -> float:
    """How much speaks for it that the one became the other; 0 where that is too little."""
    if old.is_title or new.is_title or old.section != new.section or old.where != new.where:
        return 0.0
    words = similarity.likeness(old.text, new.text)
    if measures(old.text) & measures(new.text):
        words = max(words, _SAME_MEASURE)
    least = _ALIKE_IN_PLACE if in_place else _ALIKE
    return words if words >= least else 0.0


def _crossed(old: Items, new: Items, before: int, after: int) -> float:
    """As `_likeness`, for criteria of two sections: the one became the other where only a number differs, and says what."""
    gone, come = old[before], new[after]
    if gone.is_title or come.is_title or gone.section == come.section:
        return 0.0
    words = similarity.likeness(gone.text, come.text)
    if words < _ALIKE:
        return 0.0
    was = Wording(gone.text, gone.section, headers(old, gone))
    assessed = assessment.of_crossing(was, Wording(come.text, come.section, headers(new, come)))
    return words if assessed.effect.is_direction else 0.0


@lru_cache(maxsize=200)
def measures(text: str) -> frozenset[str]:
    """What a criterion sets bounds to, times and mere numbers aside; held against each other one, it is read once."""
    return frozenset(quantity.name for quantity in quantities(text)) - NO_MEASURE
