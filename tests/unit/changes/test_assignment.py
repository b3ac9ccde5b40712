"""The pairs of greatest sum are those that SciPy finds, ties included."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from sync.changes.criteria.assignment import assigned

SCORES = st.one_of(
    st.floats(0, 1),
    st.sampled_from((0.0, 0.25, 0.5, 1.0)),  # so few values that most of the best are not the only ones
)


@st.composite
def matrices(draw: st.DrawFn) -> np.ndarray:
    rows, columns = draw(st.integers(0, 9)), draw(st.integers(0, 9))
    scores = st.lists(SCORES, min_size=rows * columns, max_size=rows * columns)
    return np.array(draw(scores), dtype=np.float64).reshape(rows, columns)


def by_scipy(score: np.ndarray) -> list[tuple[int, int]]:
    rows, columns = linear_sum_assignment(score, maximize=True)
    return [(int(row), int(column)) for row, column in zip(rows, columns, strict=True)]


@given(matrices())
def test_the_pairs_are_scipys(score: np.ndarray) -> None:
    assert list(assigned(score)) == by_scipy(score)


def test_the_pairs_of_two_hundred_criteria_are_scipys() -> None:
    random = np.random.default_rng(0)
    score = np.where(random.random((200, 180)) < 0.1, random.random((200, 180)), 0)
    assert list(assigned(score)) == by_scipy(score)
