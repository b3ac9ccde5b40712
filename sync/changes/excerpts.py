"""From one value to another in a sentence: long texts are cut around what differs in them, never through it."""

from __future__ import annotations

from typing import Any

from sync.changes.criteria.redline import redline
from sync.changes.model import Change
from sync.changes.sentences import as_text, short
from sync.study.labels import value_in_words

_LOOKED_AT = 20_000  # characters of a text: aligning words takes time with the product of both numbers


def step_of(change: Change[Any], most: int = 60) -> str:
    """From the old value to the new one: "Double → None", "… in 3 months → … in 6 months"; a code in words."""
    name = change.path.rpartition(".")[2].partition("[")[0]
    old, new = (value_in_words(name, as_text(value)) for value in (change.old, change.new))
    return " → ".join(around(old, new, most))


def around(old: str, new: str, most: int) -> tuple[str, str]:
    """Two texts on one line each; where they are longer than `most`, what differs with as much beside it as fits.

    Where edits lie too far apart the first one is shown. An edit is shown whole up to three times `most`.
    """
    sides = (" ".join(old.split()), " ".join(new.split()))
    if max(map(len, sides)) <= most:
        return sides
    was, becomes = (side[:_LOOKED_AT].split() for side in sides)
    edits = _edits(" ".join(was), " ".join(becomes))
    if not edits:
        return short(sides[0], most), short(sides[1], most)
    shown = _shown(edits, was, becomes, most)
    return _with_context(was, shown[0], shown[1], most), _with_context(becomes, shown[2], shown[3], most)


_Edit = tuple[int, int, int, int]
"""Where two texts differ: from which word to which in the old one, and in the new one."""


def _edits(old: str, new: str) -> list[_Edit]:
    found: list[_Edit] = []
    was = becomes = 0
    open_edit = False
    for sign, text in redline(old, new):
        words = len(text.split())
        start = (was, becomes)
        was += words if sign in "=-" else 0
        becomes += words if sign in "=+" else 0
        if sign == "=":
            open_edit = False
            continue
        # what is struck and what is put in its place are one edit
        first = found.pop() if open_edit else (start[0], 0, start[1], 0)
        found.append((first[0], was, first[2], becomes))
        open_edit = True
    return found


def _shown(edits: list[_Edit], old: list[str], new: list[str], most: int) -> _Edit:
    """From the first edit to the last, or the first alone where that is too long."""
    whole = (edits[0][0], edits[-1][1], edits[0][2], edits[-1][3])
    length = max(len(" ".join(old[whole[0] : whole[1]])), len(" ".join(new[whole[2] : whole[3]])))
    return whole if length <= most else edits[0]


def _with_context(words: list[str], start: int, end: int, most: int) -> str:
    """The words from `start` to `end`, with as many on both sides as fit, about as much on either."""
    left, right, room = start, end, most - len(" ".join(words[start:end]))
    before = after = 0
    while True:
        fits_before = left > 0 and len(words[left - 1]) < room
        fits_after = right < len(words) and len(words[right]) < room
        if fits_before and (before <= after or not fits_after):
            left -= 1
            before, room = before + len(words[left]) + 1, room - len(words[left]) - 1
        elif fits_after:
            after, room = after + len(words[right]) + 1, room - len(words[right]) - 1
            right += 1
        else:
            break
    text = short(" ".join(words[left:right]), 3 * most)
    return f"{'… ' if left else ''}{text}{' …' if right < len(words) else ''}"
