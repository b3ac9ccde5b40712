"""The command `quarantine`: what could not be read."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from storage.quarantine import Entry, entries, raw
from sync.cli.common import emit, settings_of
from sync.cli.database import open_storage
from sync.cli.empty import nothing
from sync.cli.options import ConfigOption, JsonOption
from sync.terminal.text import safe


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(quarantine)


def quarantine(
    entry: Annotated[
        int | None,
        typer.Argument(metavar="[NUMBER]", help="One entry: its bytes as they came.", show_default=False),
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """List the records that could not be read and why, newest first; or write out the bytes of one.

    [bold]Examples[/]
      trialdelta quarantine
      trialdelta quarantine 3 > record.bin
    """
    with open_storage(settings_of(config)).read() as session:
        if entry is not None:
            # As bytes, not as text: what is in quarantine may be no UTF-8, and that may be why it is there.
            sys.stdout.buffer.write(raw(session, entry))
            return
        found = entries(session)
        none = nothing(
            session, "record", {}, "Nothing is in quarantine: no record came that could not be read."
        )
    emit(found, as_json, lambda found: _lines(found) if found else [none])


def _lines(found: Sequence[Entry]) -> Iterator[str]:
    for each in found:
        about = f"{each.id:>5}  {each.release}  {each.nct_id or 'no id':<11}  {each.size:,} bytes"
        yield f"{about}  {safe(each.reason)}"
