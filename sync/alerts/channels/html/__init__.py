"""The items of a message as HTML, shared by mail and feed. Everything is escaped; the templates are ours, never a user's."""

from __future__ import annotations

from pathlib import Path

import jinja2

from sync.alerts.channels.plain import folded
from sync.alerts.channels.styled_lines import FEW


def templates(folder: Path) -> jinja2.Environment:
    """The templates of a channel's folder, which include those of the items."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, Path(__file__).parent]),
        autoescape=True,
        lstrip_blocks=True,
        # A field that was renamed is an error in the tests, not an empty place in a mail.
        undefined=jinja2.StrictUndefined,
    )
    made.filters["folded"] = folded
    made.globals["few"] = FEW
    made.filters["kind"] = lambda item: type(item).__name__.lower()
    return made
