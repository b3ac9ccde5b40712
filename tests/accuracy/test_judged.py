"""The directions given to real edits are those that a person read in them, criterion by criterion."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.changes.criteria.detail import Effect
from tests.accuracy import judged

RIGHT_NOW = 50
"""Directions given right when this was written: fewer would be a step back."""


@pytest.mark.corpus
def test_of_the_directions_given_to_real_edits_97_in_100_are_right(corpus: Path) -> None:
    score = judged.score(corpus)
    shown = "\n".join([str(dict(score.found)), *score.wrong, *score.unjudged])
    assert score.found["right"] >= 0.97 * score.given, shown
    assert score.found["right"] >= RIGHT_NOW, shown
    assert (score.found["missed"], score.unjudged) == (0, []), shown


def test_every_verdict_is_one_and_holds_no_text() -> None:
    rows = [row for rows in judged.VERDICTS.values() for row in rows]
    assert len(rows) > 200
    for section, before, after, verdict in rows:
        assert section in ("inclusion", "exclusion", "general")
        assert Effect(verdict)
        names = [name for name in (before, after) if name is not None]
        assert names
        assert all(len(name) == 10 for name in names)
