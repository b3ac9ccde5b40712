"""The text of a published page, as the commands that take one read it."""

from __future__ import annotations

import codecs
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
    text = _decoded(raw, "what was piped in" if name == "-" else name)
    if not text.strip():
        raise UsageError(f"there is no text in {'what was piped in' if name == '-' else name}")
    if len(text) > LONGEST:
        raise UsageError(f"the text is longer than {LONGEST:,} characters: give the page without its scripts")
    return text


_MOST_UNREADABLE = 0.1
"""Of all characters: a page in another encoding has some, a picture or an archive a third and more."""


def _decoded(raw: bytes, name: str) -> str:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", errors="replace")
    text = raw.decode("utf-8-sig", errors="replace")
    if raw.startswith(b"\x1f\x8b"):
        raise UsageError(f"{name} is a gzip file and no text: unpack it first")
    if "\0" in text or text.count("\N{REPLACEMENT CHARACTER}") > _MOST_UNREADABLE * len(text):
        raise UsageError(f"{name} is no text: give what the page prints, or its HTML source, in UTF-8")
    return text
