"""The items of a message as HTML, shared by mail and feed. Everything is escaped; the templates are ours, never a user's."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import jinja2

from sync.alerts.channels.plain import folded
from sync.alerts.channels.styled_lines import FEW
from sync.alerts.content import Fact

FOLD_FROM, KEPT = 18, 6
"""A mail is read on the way: of what stayed, only the words beside a change."""

FEW_LETTERS = 60
"""Names of what changed alike are told where they take no more; else their number, and the page has them."""


def templates(folder: Path) -> jinja2.Environment:
    """The templates of a channel's folder, which include those of the items."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, Path(__file__).parent]),
        autoescape=True,
        lstrip_blocks=True,
        # A field that was renamed is an error in the tests, not an empty place in a mail.
        undefined=jinja2.StrictUndefined,
    )
    made.filters["folded"] = partial(folded, most=FOLD_FROM, kept=KEPT)
    made.globals.update(few=FEW, few_letters=FEW_LETTERS)
    made.tests["fact"] = lambda item: isinstance(item, Fact)
    made.filters["kind"] = lambda item: type(item).__name__.lower()
    return made
