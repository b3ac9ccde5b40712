"""Printing a message."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from typing import IO

from rich.console import Console
from rich.text import Text

from sync.alerts.channels.base import ChannelError, Outgoing
from sync.alerts.channels.console import Settings
from sync.alerts.channels.plain import text
from sync.alerts.channels.styled_lines import Line, Piece, item_lines
from sync.alerts.content import Fact, Item, Message
from sync.output import OutputFailed, was_lost


class Sender:
    """Prints."""

    kind = "console"
    slow = False

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._stream = settings.stream

    def send(self, outgoing: Outgoing) -> str:
        """Print the message in full. Raises ChannelError."""
        out = sys.stdout if self._stream == "stdout" else sys.stderr
        try:
            self._print(outgoing, out)
        except (OSError, OutputFailed) as error:
            raise ChannelError(f"{self._stream} cannot be written: {error}") from error
        if was_lost(out):
            raise ChannelError(
                f"{self._stream} cannot be written: nobody reads it any more, or its disk is full"
            )
        return "printed"

    def _print(self, outgoing: Outgoing, out: IO[str]) -> None:
        # In a journal the codes for colours would only be noise.
        if out.isatty():
            console = Console(file=out, highlight=False, emoji=False)
            for line in painted(outgoing.message):
                console.print(line)
        else:
            out.write(f"{text(outgoing.message)}\n")
        out.flush()


_SEVERITIES = {
    "critical": "bold white on red",
    "high": "bold white on dark_orange3",
    "medium": "black on yellow",
    "low": "white on blue",
}

_STYLES = {"bold": "bold", "struck": "red strike", "put": "green", "code": "cyan", "quiet": "dim"}


_FRAMES = {"struck": "[-{}-]", "put": "{{+{}+}}"}
"""In letters too, as `wdiff` does: a log, a pipe and some eyes have no colours."""


def painted(message: Message, sections: Collection[str] = ()) -> Iterator[Text]:
    """The message, or these sections of it, line by line, in colour; of values, not of markup: no record can paint."""
    yield Text.assemble(
        (f" {message.severity.upper()} ", _SEVERITIES.get(message.severity, "reverse")),
        " ",
        (message.lead, "bold"),
    )
    if message.also:
        yield Text(f"  also {message.also}", "dim")
    if message.nct_id:
        yield _line([Piece(f"{message.nct_id}  "), Piece(message.title, "quiet")])
    for section in message.sections:
        if section.name in (sections or (section.name,)):
            yield Text(f"\n{section.title}", "bold underline")
            yield from (line for item in section.items for line in _item(item))
    yield Text()


def _item(item: Item) -> Iterator[Text]:
    """An item's lines, all but the first further in; a fact has a line of its own, unlike in a chat."""
    lines = (
        [[Piece(f"{item.name}: ", "quiet"), Piece(item.value)]]
        if isinstance(item, Fact)
        else item_lines(item)
    )
    for number, line in enumerate(lines):
        yield _line([Piece("    " if number else "  "), *line])


def _line(line: Line) -> Text:
    return Text.assemble(*((_framed(piece), _STYLES.get(piece.style, "")) for piece in _with_addresses(line)))


def _framed(piece: Piece) -> str:
    return _FRAMES.get(piece.style, "{}").format(piece.text)


def _with_addresses(line: Line) -> Iterator[Piece]:
    for piece in line:
        yield piece
        if piece.url:
            yield Piece(f" {piece.url}", "code")
