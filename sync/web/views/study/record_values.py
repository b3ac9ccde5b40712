"""Values out of a record, whatever stands in it: what is missing, of a wrong type or empty is None or nothing (pure)."""

from __future__ import annotations

from typing import Any

from sync.study.criteria.blocks import blocks
from sync.study.plain import plain
from sync.study.record import Record, at, estimated
from sync.view import View


class Dated(View):
    """A date as the registry wrote it, and whether it is ESTIMATED or ACTUAL."""

    date: str
    type: str | None


class Paragraph(View):
    """A paragraph of a longer text, or an item of a list in it."""

    text: str
    is_item: bool


def text(tree: Any, *path: str) -> str | None:
    """The words at a path, on one line; a number is told as words too."""
    value = at(tree, *path) if path else tree
    if isinstance(value, str):
        return plain(value) or None
    # True is an int to Python, and no word to a reader.
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def texts(tree: Any, *path: str) -> tuple[str, ...]:
    """The texts of a list at a path."""
    values = at(tree, *path)
    found = (text(value) for value in values) if isinstance(values, list) else ()
    return tuple(each for each in found if each)


def flag(tree: Any, *path: str) -> bool | None:
    """Yes or no, or None where it does not say."""
    value = at(tree, *path)
    return value if isinstance(value, bool) else None


def objects(tree: Any, *path: str) -> tuple[Record, ...]:
    """The objects of a list at a path."""
    values = at(tree, *path)
    return tuple(value for value in values if isinstance(value, dict)) if isinstance(values, list) else ()


def dated(tree: Any, *path: str) -> Dated | None:
    """A date struct at a path; kept as text, also where it is not a date that we can read."""
    date = text(tree, *path, "date")
    return Dated(date=date, type=estimated(text(tree, *path, "type"))) if date else None


def prose(tree: Any, *path: str) -> tuple[Paragraph, ...]:
    """A longer text, Markdown or HTML, in paragraphs and list items."""
    value = at(tree, *path)
    # Never as HTML of the record's own: sponsors' texts are shown, not run.
    found = blocks(value) if isinstance(value, str) else []
    return tuple(Paragraph(text=block.text, is_item=bool(block.style)) for block in found if block.text)
