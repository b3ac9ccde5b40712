"""Reasons for stopping are sorted by their meaning: what is about safety, and what only holds its words."""

from __future__ import annotations

from tests.accuracy import stops


def test_safety_reasons_are_found_and_nothing_else_is_called_one() -> None:
    reasons = stops.reasons()
    recall, precision = stops.recall_and_precision(reasons)
    assert len(reasons) > 300
    assert recall >= 0.95
    assert precision >= 0.97


def test_of_all_reasons_97_in_100_are_sorted_right() -> None:
    reasons = stops.reasons()
    wrong = [reason for reason in reasons if not reason.is_right]
    assert len(wrong) <= 0.03 * len(reasons), wrong
