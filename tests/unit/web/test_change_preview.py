"""What a headline only counts, shortened to a line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from storage.events import FirstChange
from sync.web.views.change_preview import AROUND, MOST, preview_of, shortened

LONG = "x" * 500
runs = st.lists(st.tuples(st.sampled_from("=-+"), st.text(min_size=1, max_size=400)), max_size=12)


def test_short_runs_stay_as_they_are() -> None:
    words = [("=", "Platelets"), ("-", "≥ 50"), ("+", "≥ 30"), ("=", "×10⁹/L")]
    assert shortened(words) == tuple(words)


def test_of_what_stayed_the_part_next_to_the_change_is_kept() -> None:
    before, _, after = shortened([("=", f"{LONG} near"), ("+", "new"), ("=", f"close {LONG}")])
    assert before[1].startswith("…")
    assert before[1].endswith(" near")
    assert after[1].startswith("close ")
    assert after[1].endswith("…")
    assert max(len(before[1]), len(after[1])) <= AROUND + 1


def test_between_two_changes_both_ends_are_kept() -> None:
    middle = shortened([("-", "a"), ("=", f"left {LONG} right"), ("+", "b")])[1][1]
    assert middle.startswith("left ")
    assert middle.endswith(" right")
    assert " … " in middle


@given(runs)
def test_the_line_has_an_end_and_the_first_change_is_in_it(words: list[tuple[str, str]]) -> None:
    shown = shortened(words)  # type: ignore[arg-type]
    assert sum(len(text) for _, text in shown) <= MOST + 1
    changed = [at for at, (mark, _) in enumerate(words) if mark != "="]
    if changed and changed[0] <= 1:
        mark, text = words[changed[0]]
        assert shown[changed[0]][0] == mark
        assert shown[changed[0]][1].rstrip("…") == text[: len(shown[changed[0]][1].rstrip("…"))]


WHEN = {"after_start": True, "after_primary_completion": False}


def outcome(op: str, old: str | None, new: str | None, **detail: str) -> FirstChange:
    told = [{"measure": each, "timeFrame": "1 year"} if each else None for each in (old, new)]
    said = {"measure": new or old, "rank": "primary", "what": [op], **WHEN, **detail}
    return FirstChange("outcomes", op, *told, said, 1)


def words_of(change: FirstChange) -> list[tuple[str, str]]:
    preview = preview_of(change)
    return list(preview.words) if preview else []


def test_of_an_outcome_what_was_reworded_is_shown() -> None:
    words = words_of(outcome("changed", "Response at 6 months", "Response at 12 months"))
    assert words == [("=", "Response at"), ("-", "6"), ("+", "12"), ("=", "months · 1 year")]


def test_an_outcome_comes_goes_or_moves_between_lists() -> None:
    assert words_of(outcome("added", None, "Survival")) == [("+", "Survival")]
    assert words_of(outcome("removed", "Survival", None)) == [("-", "Survival")]
    moved = outcome("moved", "Survival", "Survival", was="secondary")
    assert words_of(moved) == [("-", "secondary"), ("+", "primary"), ("=", "Survival")]


def test_of_what_is_neither_nothing_is_shown() -> None:
    assert words_of(FirstChange("enrollment", "changed", 18, 21, PERCENT, 1)) == []
    assert words_of(FirstChange("eligibility", "changed", 18, 21, {}, 1)) == []


PERCENT = {"percent": 16.7, "replaced_by_actual": False, "stand_in": False}
