"""The command `diff`: two versions, and what changed between them."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated

import typer

from storage.times import as_text
from sync.cli.common import console, print_json, print_lines, settings_of
from sync.cli.database import open_storage
from sync.cli.options import ConfigOption, JsonOption
from sync.errors import UsageError
from sync.rules import shared
from sync.terminal.event import event_lines
from sync.versions.snapshots import explain_named, explain_pairs


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(diff)


def diff(
    old: Annotated[
        str | None, typer.Argument(help="A file, NCT@VERSION or NCT@DAY.", show_default=False)
    ] = None,
    new: Annotated[
        str | None, typer.Argument(help="A file, NCT@VERSION or NCT@DAY.", show_default=False)
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help='Many pairs, one {"before": …, "after": …} a line (.gz too).'),
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """What changed between two versions, and what it means. Exits with 0 whether or not anything did.

    With --json: an array of events (one, or none when only noise differs); with --pairs one such array a line.

    [bold]Examples[/]
      trialdelta diff before.json after.json
      trialdelta diff NCT06056921@1 NCT06056921@2 --json
      trialdelta diff NCT06056921@2026-09-01 NCT06056921@2026-09-02
      trialdelta diff --pairs pairs.jsonl.gz
    """
    if pairs is not None and old is None and new is None:
        _diff_pairs(pairs, config)
    elif pairs is None and old is not None and new is not None:
        _diff_two(old, new, as_json, config)
    else:
        raise UsageError("give two versions to compare, or --pairs FILE")


def _diff_two(old: str, new: str, as_json: bool, config: Path | None) -> None:
    settings = settings_of(config)
    with ExitStack() as stack:
        # Opened at the first name that needs it: two files can be compared where there is no database at all.
        session = cache(lambda: stack.enter_context(open_storage(settings).read()))
        before, after, event = explain_named((old, new), settings, session, as_text(datetime.now(UTC)))
    if as_json:
        print_json([[event.as_json()] if event else []])
    elif event:
        print_lines(event_lines(event))
    else:
        # What the registry derives by itself is not a change of the study, but "nothing changed" would be untrue of the
        # bytes.
        computed = before.canonical.derived_hash != after.canonical.derived_hash
        console().print("Nothing changed" + (" but what the registry computes." if computed else "."))


def _diff_pairs(pairs: Path, config: Path | None) -> None:
    # One line for every pair, an empty one too: whoever reads them can put both files side by side.
    for event in explain_pairs(pairs, shared(settings_of(config)), as_text(datetime.now(UTC))):
        print_json([[event.as_json()] if event else []])
