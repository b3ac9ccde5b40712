"""The intervals beside every share and rate, held against published values."""

from __future__ import annotations

import pytest

from sync.versions import intervals
from sync.versions.intervals import count_interval, share_interval


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_shares_have_wilsons_interval(part: int, whole: int, low: float, high: float) -> None:
    assert share_interval(part, whole) == pytest.approx((low, high), abs=6e-5)


@pytest.mark.parametrize("part", [0, 20])
def test_a_share_of_none_or_all_stays_within_0_and_1(part: int) -> None:
    low, high = share_interval(part, 20)
    assert 0 <= low <= part / 20 <= high <= 1
    assert share_interval(0, 0) == (0, 1)


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [
        (0, 0.0, 3.6889),
        (1, 0.0253, 5.5716),
        (3, 0.6187, 8.7673),
        (10, 4.7954, 18.3904),
        (50, 37.1110, 65.9189),
        (100, 81.36, 121.63),
    ],
)
def test_counts_have_garwoods_interval(count: int, low: float, high: float) -> None:
    assert count_interval(count) == pytest.approx((low, high), abs=5e-3)


def test_the_approximation_for_large_counts_meets_the_exact_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    approximate = count_interval(intervals.LARGE)
    monkeypatch.setattr(intervals, "LARGE", intervals.LARGE + 1)
    assert approximate == pytest.approx(count_interval(intervals.LARGE - 1), rel=1e-4)
