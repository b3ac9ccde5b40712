"""The text of a published page, as the commands that take one read it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from sync.alerts.published.registered import LONGEST
from sync.errors import UsageError

TextFile = Annotated[
    str,
    typer.Option(
        "--text",
        metavar="FILE",
        help="The page as text or HTML; - reads standard input.",
        show_default=False,
    ),
]


def text_in(name: str) -> str:
    """The text in a file, or what is piped in. Raises UsageError where there is none, or too much of it."""
    try:
        raw = sys.stdin.buffer.read(4 * LONGEST + 1) if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from error
    text = raw.decode("utf-8", errors="replace")
    if not text.strip():
        raise UsageError(f"there is no text in {'what was piped in' if name == '-' else name}")
    if len(text) > LONGEST:
        raise UsageError(f"the text is longer than {LONGEST:,} characters: give the page without its scripts")
    return text
