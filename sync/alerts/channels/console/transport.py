"""Printing a message."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from sync.alerts.channels.base import Outgoing
from sync.alerts.channels.console import Settings
from sync.alerts.channels.plain import text
from sync.alerts.channels.styled_lines import Line, Piece, section_lines
from sync.alerts.content import Message


class Sender:
    """Prints."""

    kind = "console"
    slow = False

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._stream = settings.stream

    def send(self, outgoing: Outgoing) -> str:
        """Print the message in full."""
        out = sys.stdout if self._stream == "stdout" else sys.stderr
        # In a journal the codes for colours would only be noise.
        if out.isatty():
            console = Console(file=out, highlight=False)
            for line in painted(outgoing.message):
                console.print(line)
        else:
            out.write(f"{text(outgoing.message)}\n")
        out.flush()
        return "printed"


_SEVERITIES = {
    "critical": "bold white on red",
    "high": "bold white on dark_orange3",
    "medium": "black on yellow",
    "low": "white on blue",
}

_STYLES = {"bold": "bold", "struck": "red strike", "put": "green", "code": "cyan", "quiet": "dim"}


def painted(message: Message) -> Iterator[Text | Padding]:
    """The message line by line, in colour; made of values, not of markup, so that no text of a record can paint."""
    yield Text.assemble(
        (f" {message.severity.upper()} ", _SEVERITIES.get(message.severity, "reverse")),
        " ",
        (message.lead, "bold"),
    )
    if message.also:
        yield Text(f"also {message.also}", "dim")
    if message.nct_id:
        yield _line([Piece(f"{message.nct_id}  "), Piece(message.title, "quiet")])
    for section in message.sections:
        yield Text(f"\n{section.title}", "bold underline")
        yield from (Padding(_line(line), (0, 0, 0, 2)) for line in section_lines(section))
    yield Text()


def _line(line: Line) -> Text:
    return Text.assemble(*((piece.text, _STYLES.get(piece.style, "")) for piece in _with_addresses(line)))


def _with_addresses(line: Line) -> Iterator[Piece]:
    for piece in line:
        yield piece
        if piece.url:
            yield Piece(f" {piece.url}", "code")
