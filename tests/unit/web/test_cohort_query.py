"""Which studies of a watch are asked for, and in which order."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from storage.watch_table import Latest, Member
from sync.changes.model import Kind
from sync.changes.silence import SilenceState
from sync.web.views.cohort.query import (
    COLUMNS,
    CohortQuery,
    Line,
    chosen,
    ordered,
    phase_rank,
    status_rank,
)

DAY = date(2026, 9, 4)


def line(number: int, **other: Any) -> Line:
    """The line of a study: what is not given is unknown."""
    facts = {name: other.pop(name) for name in ("countries", "conditions", "sponsor_class") if name in other}
    silent = tuple(SilenceState(Kind(kind), kind, "a fact") for kind in other.pop("silent", ()))
    told = other.pop("told", None)
    values: dict[str, Any] = {
        "entered_release": "2026-01-05", "left_release": None, "state": "present", "content_hash": "ab",
        "title": None, "status": None, "sponsor": None, "last_update_posted": None, "phases": [], "enrollment": {},
    }  # fmt: skip
    nct_id = f"NCT9000000{number}"
    alerts = other.pop("alerts", 0)
    weeks = other.pop("weeks", (0, 0))
    latest = Latest(nct_id, 1, told, alerts) if told else None
    return Line(Member(nct_id=nct_id, facts=facts, **(values | other)), silent, weeks, latest)


def found(lines: list[Line], **asked: Any) -> list[int]:
    """The numbers of the studies that are asked for."""
    return [int(each.member.nct_id[-1]) for each in chosen(lines, CohortQuery(**asked), DAY)]


LINES = [
    line(
        1, title="CD19 cells in Lupus", status="RECRUITING", phases=["PHASE1"], countries=["Norway", "Chad"]
    ),
    line(
        2,
        title="Another",
        sponsor="Meridian",
        status="COMPLETED",
        phases=["PHASE1", "PHASE2"],
        silent=["stale"],
    ),
    line(
        3, conditions=["Lupus nephritis"], sponsor_class="NIH", told="2026-09-01", silent=["overdue", "stale"]
    ),
    line(4, state="gone", told="2026-07-01"),
]


@pytest.mark.parametrize(
    "asked, numbers",
    [
        ({}, [1, 2, 3, 4]),
        ({"q": "LUPUS"}, [1, 3]),
        ({"q": "lupus cd19"}, [1]),
        ({"q": "meridian"}, [2]),
        ({"q": "nct90000004"}, [4]),
        ({"q": "nothing of the kind"}, []),
        ({"status": "RECRUITING"}, [1]),
        ({"status": "-"}, [3, 4]),
        ({"phase": "PHASE1"}, [1]),
        ({"phase": "PHASE1/PHASE2"}, [2]),
        ({"phase": "-"}, [3, 4]),
        ({"country": "Chad"}, [1]),
        ({"sponsor_class": "NIH"}, [3]),
        ({"sponsor_class": "-"}, [1, 2, 4]),
        ({"silence": "stale"}, [2, 3]),
        ({"silence": "overdue"}, [3]),
        ({"state": "gone"}, [4]),
        ({"weeks": 1}, [3]),
        ({"weeks": 12}, [3, 4]),
        ({"silence": "stale", "status": "COMPLETED"}, [2]),
    ],
)
def test_what_is_asked_for_narrows_and_all_of_it_together(asked: dict[str, Any], numbers: list[int]) -> None:
    assert found(LINES, **asked) == numbers


def test_a_form_that_was_left_empty_asks_for_everything() -> None:
    empty = dict.fromkeys(
        ("q", "status", "phase", "country", "sponsor_class", "silence", "state", "weeks", "left"), ""
    )
    assert CohortQuery.model_validate(empty) == CohortQuery()
    assert not CohortQuery().narrows
    assert not CohortQuery(sort="title").narrows
    assert CohortQuery(left=True).narrows


@pytest.mark.parametrize(
    "wrong", [{"sort": "__class__"}, {"sort": "--title"}, {"silence": "loud"}, {"weeks": -1}]
)
def test_what_there_is_no_such_thing_of_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CohortQuery(**wrong)


@given(st.lists(st.integers(0, 3) | st.none(), max_size=9), st.booleans())
def test_equals_stand_by_id_and_the_unknown_last_either_way(counts: list[int | None], falling: bool) -> None:
    lines = [line(number, enrollment={"count": count}) for number, count in enumerate(counts)]
    sort = "-enrollment" if falling else "enrollment"
    got = [(each.member.enrollment["count"], each.member.nct_id) for each in ordered(lines[::-1], sort)]
    known = sorted(
        (each for each in got if each[0] is not None), key=lambda e: (-e[0] if falling else e[0], e[1])
    )
    assert got == known + sorted(each for each in got if each[0] is None)


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_sorts_studies_of_which_little_is_known(column: str) -> None:
    for sort in (column, f"-{column}"):
        assert sorted(each.member.nct_id for each in ordered(LINES, sort)) == [
            each.member.nct_id for each in LINES
        ]


def test_titles_sort_whatever_their_case() -> None:
    lines = [line(1, title="b"), line(2, title="A"), line(3, title="C")]
    assert [each.member.title for each in ordered(lines, "title")] == ["A", "b", "C"]
    assert [each.member.title for each in ordered(lines, "-title")] == ["C", "b", "A"]


def test_statuses_and_phases_have_a_fixed_order_with_the_unknown_at_its_end() -> None:
    statuses = ["-", "NEW_WORD", "UNKNOWN", "COMPLETED", "RECRUITING", "NOT_YET_RECRUITING"]
    assert sorted(statuses, key=status_rank) == statuses[::-1]
    phases = ["-", "NEW_WORD", "NA", "PHASE2", "PHASE1/PHASE2", "PHASE1", "EARLY_PHASE1"]
    assert sorted(phases, key=phase_rank) == phases[::-1]
