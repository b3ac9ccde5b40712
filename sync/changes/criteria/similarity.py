"""How much two criteria resemble each other: shared senses, weighted by how much they tell, and spelling."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import log

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Prefix

from sync.changes.criteria import senses

Matrix = NDArray[np.float32]
# Weight of senses below which a criterion is known by its spelling. Measured as the numbers of alignment.py are: at 0.6 two
# known edits are missed (a changed unit is told as one criterion gone and one new), at 3 one real edit is read otherwise.
_TELLING = 1.2
# Characters that a beginning must have in common to tell a criterion: from 5 to 25 all is read alike, at 100 one real edit
# is read otherwise. Many criteria begin alike: "Known hypersensitivity to …".
_BEGINNING = 25
_CHARACTERS = 1_500  # of a criterion that its spelling is compared by


class Vocabulary:
    """The senses of some criteria; one that every second criterion of the two texts has weighs less than a rare one."""

    def __init__(self, texts: Sequence[str], spread: Counter[str]) -> None:
        found = dict.fromkeys(sense for text in texts for sense in senses.of_text(text))
        self._column = {sense: column for column, sense in enumerate(found)}
        weights = [senses.weight(sense) / (1 + log(max(spread[sense] / 2, 1))) for sense in found]
        self._weights = np.array(weights, dtype=np.float32)

    def table(self, texts: Sequence[str]) -> Matrix:
        """One row a text, one column a sense: the sense's weight where the text has it."""
        table = np.zeros((len(texts), len(self._column)), dtype=np.float32)
        for row, text in enumerate(texts):
            for sense in senses.of_text(text):
                table[row, self._column[sense]] = self._weights[self._column[sense]]
        return table


def spread(texts: Iterable[str]) -> Counter[str]:
    """In how many texts each sense is."""
    return Counter(sense for text in texts for sense in set(senses.of_text(text)))


def shared(old: Matrix, new: Matrix) -> Matrix:
    """Weight of the senses that each old and each new text have in common."""
    present: Matrix = (new > 0).astype(np.float32)
    return old @ present.T


def matrix(old: Sequence[str], new: Sequence[str], old_table: Matrix, new_table: Matrix) -> Matrix:
    """Similarity from 0 to 1 of each old with each new text, from their tables and their spelling."""
    common = shared(old_table, new_table)
    own_old, own_new = old_table.sum(axis=1)[:, None], new_table.sum(axis=1)[None, :]
    shared_senses = 2 * common / np.maximum(own_old + own_new, 1e-6)
    inside = common / np.maximum(np.minimum(own_old, own_new), 1e-6)
    telling = np.minimum(np.minimum(own_old, own_new) / 3, 1)
    spelling = process.cdist(
        [text[:_CHARACTERS].lower() for text in old],
        [text[:_CHARACTERS].lower() for text in new],
        scorer=fuzz.ratio,
        dtype=np.float32,
    )
    # Few words that tell anything (`< 18 years of age`): the spelling decides.
    # Elsewhere senses count nearly twice as much as letters.
    share = np.where(np.minimum(own_old, own_new) < _TELLING, 0.1, 0.65)
    blend = share * shared_senses + (1 - share) * spelling / 100
    # A text that another one holds whole is the same criterion with something added, if it says enough to know it by.
    # 0.72 makes them one anywhere in their section (0.56), and not in another one (0.85).
    extended = np.maximum(0.72 * inside * telling * (inside > 0.8), 0.72 * _begins(old, new))
    return np.asarray(np.maximum(blend, extended), dtype=np.float32)


def _begins(old: Sequence[str], new: Sequence[str]) -> Matrix:
    """1 where one text is the beginning of the other, and long enough to tell."""
    common = process.cdist(old, new, scorer=Prefix.similarity, dtype=np.int32)
    shortest = np.minimum(
        np.array([len(text) for text in old])[:, None], np.array([len(text) for text in new])[None, :]
    )
    return np.asarray((common >= _BEGINNING) & (common >= 0.95 * shortest), dtype=np.float32)


def likeness(text: str, other: str) -> float:
    """How much of the telling words of the shorter text the other one has, from 0 to 1; 0 without one that names a thing."""
    mine, its = (set(senses.of_text(each)) for each in (text, other))
    common = mine & its
    if not any(senses.weight(sense) == 1 for sense in common):
        return 0.0
    shorter = min(weight_of(mine), weight_of(its))
    return weight_of(common) / shorter if shorter else 0.0


def weight_of(found: Iterable[str]) -> float:
    """How much senses tell together."""
    return sum(map(senses.weight, found))
