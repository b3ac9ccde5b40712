"""Criteria that go from a list to another place: a row of `moves.txt` an edit, in several layouts, with what it does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.changes.criteria.detail import EligibilityDetail
from sync.changes.event import Event
from sync.changes.model import Op, Severity
from tests.support.eligibility import effect_of
from tests.unit.changes.conftest import Explain, Record

ROWS = [
    line.rsplit(" | ", 1)
    for line in Path(__file__).with_name("moves.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
ALWAYS = {
    "Inclusion": "Able to attend all scheduled visits at the centre",
    "Exclusion": "Known allergy to dimethyl sulfoxide",
}


def criteria(side: str) -> Iterator[tuple[str, list[str]]]:
    """What stands in one section: each criterion with the items under it."""
    for criterion in side.split(" ++ "):
        text, *items = criterion.strip().split(" // ")
        if text:
            yield text, items


def nested(title: str, side: str) -> str:
    lines = [f"{title} Criteria:\n", f"* {ALWAYS[title]}"]
    for text, items in criteria(side):
        lines += [f"* {text}", *(f"  * {item}" for item in items)]
    return "\n".join(lines)


def numbered(title: str, side: str) -> str:
    lines = [f"{title.upper()} CRITERIA\n", f"1. {ALWAYS[title]}"]
    for number, (text, items) in enumerate(criteria(side), 2):
        lines.append(f"{number}. {text}")
        lines += [f"   {letter}. {item}" for letter, item in zip("abcdef", items, strict=False)]
    return "\n".join(lines)


def html(title: str, side: str) -> str:
    items = [f"<li>{ALWAYS[title]}</li>"]
    for text, below in criteria(side):
        inner = "".join(f"<li>{item}</li>" for item in below)
        items.append(f"<li>{text}<ul>{inner}</ul></li>" if inner else f"<li>{text}</li>")
    return f"<p>{title} Criteria:</p><ul>{''.join(items)}</ul>"


def texts(edit: str, layout: object) -> list[str]:
    assert callable(layout)
    return [
        "\n\n".join(layout(title, side) for title, side in zip(ALWAYS, version.split("~"), strict=True))
        for version in edit.replace("<", "&lt;" if layout is html else "<").split("=>")
    ]


@pytest.mark.parametrize("layout", [nested, numbered, html], ids=lambda layout: layout.__name__)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip()[:90])
def test_a_move_is_told_as_what_it_does(row: list[str], layout: object) -> None:
    edit, right = row
    before, after = texts(edit, layout)
    assert effect_of(before, after) in right.split("/")


def event_of(edit: str, before: Record, after: Record, told: Explain) -> Event:
    for record, text in zip((before, after), texts(edit, nested), strict=True):
        record["protocolSection"]["eligibilityModule"]["eligibilityCriteria"] = text
    event = told(before, after)
    assert event is not None
    return event


@pytest.mark.parametrize("row", [row for row in ROWS if row[1] == "none"], ids=lambda row: row[0][:90])
def test_a_move_that_keeps_the_sense_raises_no_alarm(
    row: list[str], before: Record, after: Record, told: Explain
) -> None:
    event = event_of(row[0], before, after, told)
    assert event.severity == Severity.MEDIUM
    assert "sense kept" in event.reasons[0].fact
    assert "effect unclear" not in event.reasons[0].fact


def test_a_criterion_that_left_its_list_of_exclusions_and_now_is_asked_for_is_told_aloud(
    before: Record, after: Record, told: Explain
) -> None:
    edit = "None of the following: // Prior stroke // Angioedema ~ => None of the following: // Angioedema ++ Prior stroke ~"
    event = event_of(edit, before, after, told)
    assert event.severity == Severity.HIGH
    assert "1 criterion moved under a header that means the opposite" in [r.fact for r in event.reasons]


def test_a_number_changed_on_the_way_is_told_with_its_direction(
    before: Record, after: Record, told: Explain
) -> None:
    edit = (
        "None of the following: // Major surgery within 4 weeks // Prior stroke ~"
        "=> None of the following: // Prior stroke ~ Major surgery within 6 weeks"
    )
    (change,) = event_of(edit, before, after, told).changes
    assert change.op is Op.CHANGED
    assert isinstance(change.detail, EligibilityDetail)
    assert change.detail.effect == "narrower"
    assert change.detail.moved_from is not None
    assert change.detail.moved_from.section == "inclusion"
