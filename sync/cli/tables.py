"""Tables for people: wrapped to a terminal, and whole lines for whatever reads a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

Row = Sequence[str]
"""Cells in rich's markup."""


def table(headings: Row, rows: Iterable[Row]) -> Iterator[RenderableType]:
    """Aligned columns; on a terminal the last one wraps, elsewhere no line does and nothing is cut."""
    if not sys.stdout.isatty():
        yield from _lines([[f"[bold]{heading}[/]" for heading in headings], *rows])
        return
    made = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        made.add_column(heading, overflow="fold", no_wrap=heading != headings[-1])
    for row in rows:
        made.add_row(*row)
    yield made


def facts(rows: Iterable[tuple[str, str]]) -> Iterator[RenderableType]:
    """Names and values, the values below each other."""
    if not sys.stdout.isatty():
        yield from _lines([[f"[dim]{name}[/]", value] for name, value in rows])
        return
    made = Table(box=None, pad_edge=False, show_header=False)
    made.add_column(style="dim")
    made.add_column(overflow="fold")
    for row in rows:
        made.add_row(*row)
    yield made


def _lines(rows: Sequence[Row]) -> Iterator[Text]:
    cells = [[Text.from_markup(cell, emoji=False) for cell in row] for row in rows]
    widths = [max(cell_len(cell.plain) for cell in column) for column in zip(*cells, strict=True)]
    for row in cells:
        for cell, width in zip(row[:-1], widths, strict=False):
            cell.pad_right(width - cell_len(cell.plain))
        yield Text("  ", end="\n").join(row)
