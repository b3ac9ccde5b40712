"""What an edit of one criterion does to who may enter: a row of `meanings.txt` an edit, with the answers that are right.

`≥ [50→30]` is both wordings in one, `A => B` one and the other, `+ A` and `- A` a criterion that came or went; `//` begins
an item of the list under what stands before it. Where two answers are right, the better one stands first.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.eligibility import WAYS, effect_of

ROWS = [
    line.split(" | ")
    for line in Path(__file__).with_name("meanings.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
AROUND = {
    "inclusion": [
        "Able to attend all scheduled visits at the centre",
        "Confirmed systemic sclerosis by a rheumatologist",
    ],
    "exclusion": ["Known allergy to dimethyl sulfoxide", "Dialysis"],
}


def wordings(edit: str) -> tuple[str | None, str | None]:
    if " => " in edit:
        before, after = edit.split(" => ")
        return before, after
    if edit.startswith(("+ ", "- ")):
        return (None, edit[2:]) if edit[0] == "+" else (edit[2:], None)
    before, after = (re.sub(r"\[([^\]→]*)→([^\]]*)\]", rf"\{side}", edit) for side in (1, 2))
    return before, after


def text(section: str, criterion: str | None) -> str:
    parts = []
    for name, around in AROUND.items():
        own = [criterion.replace(" // ", "\n  * ")] if criterion and name == section else []
        items = [around[0], *own, *around[1:]]
        parts.append("\n".join([f"{name.title()} Criteria:\n", *(f"* {item}" for item in items)]))
    return "\n\n".join(parts)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}: {row[1][:60]}")
def test_an_edit_is_told_as_what_it_does(row: list[str]) -> None:
    section, edit, right = row
    before, after = wordings(edit)
    assert effect_of(text(section, before), text(section, after)) in right.split("/")


def test_directions_are_given_where_they_are_true() -> None:
    """To call all unclear would satisfy most rows: of those with a direction it is true of few."""
    ways = [row for row in ROWS if row[2].split("/")[0] in WAYS]
    given = sum(
        effect_of(text(row[0], a), text(row[0], b)) in WAYS for row in ways for a, b in [wordings(row[1])]
    )
    assert len(ways) > 200
    assert given >= 0.85 * len(ways)
