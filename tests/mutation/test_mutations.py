"""Edits of known kind, found and rightly named: `pytest -s` or `python -m tests.mutation.score` prints the score."""

from __future__ import annotations

import pytest

from tests.mutation import meanings
from tests.mutation.edits import NAMES
from tests.mutation.score import Score, run
from tests.mutation.texts import Document, from_corpus, invented

SEED = 20_260_901
CASES = 3_000


def judge(documents: list[Document], cases: int) -> None:
    score = run(documents, cases, SEED)
    print(score.report())  # noqa: T201
    shown = "\n".join([score.report(), *score.failures[:20]])
    assert all(score.tried[name] > 20 for name in NAMES), shown
    assert all(score.rate(name) >= 0.99 for name in NAMES), shown
    assert (score.layouts > cases / 8, score.noise) == (True, 0), shown
    assert score.direction_right >= 0.98, shown
    assert score.direction_given >= 0.90, shown


@pytest.mark.slow
def test_edits_of_invented_texts_are_found_and_rightly_named() -> None:
    judge(invented(SEED, 300), CASES)


@pytest.mark.slow
@pytest.mark.corpus
def test_edits_of_the_corpus_texts_are_found_and_rightly_named(corpus: object) -> None:
    judge(from_corpus(), CASES)


def test_the_score_counts_what_it_should() -> None:
    """A harness that cannot fail measures nothing: without changes every edit counts as missed."""
    from tests.mutation import score as module

    documents = invented(1, 5)
    deaf = Score()
    editor_cases = run(documents, 30, 1)
    assert sum(editor_cases.tried.values()) > 20
    module._judge(deaf, [module.Expected("delete", ("removed",), ("x",), (), "inclusion")], [], "", "")
    assert (deaf.tried["delete"], deaf.right["delete"]) == (1, 0)


@pytest.mark.slow
def test_edits_of_known_meaning_are_told_as_what_they_are() -> None:
    score = meanings.run(20, SEED)
    shown = "\n".join([score.report(), *score.failures[:10]])
    given = score.total("right") + score.total("wrong")
    assert len(score.found) >= 12, shown
    assert score.total("wrong") <= 0.02 * given, shown
    assert score.total("missed") <= 0.01 * given, shown
    assert score.total("right") >= 0.9 * (given + score.total("withheld")), shown
