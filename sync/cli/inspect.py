"""Commands that only look: events, history, show, diff."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from storage.times import as_text
from sync.cli.arguments import at_least, kinds, nct
from sync.cli.common import (
    ConfigOption,
    JsonOption,
    console,
    open_storage,
    print_json,
    settings_of,
)
from sync.errors import UsageError

if TYPE_CHECKING:
    from sync.changes.event import Event
    from sync.config import Settings

NctId = Annotated[str, typer.Argument(metavar="NCT", help="NCT ID, such as NCT06056921.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(events)
    app.command()(history)
    app.command()(show)
    app.command()(diff)


def events(
    study: Annotated[
        str | None,
        typer.Argument(
            metavar="[NCT|EVENT]",
            help="Only of this study; or one event (evt_…), in full.",
            show_default=False,
        ),
    ] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only of this kind (may be repeated).")] = None,
    severity: Annotated[str | None, typer.Option(help="Of this severity or a heavier one.")] = None,
    since: Annotated[str | None, typer.Option(help="From this release on (YYYY-MM-DD).")] = None,
    until: Annotated[str | None, typer.Option(help="Up to this release (YYYY-MM-DD).")] = None,
    watch: Annotated[str | None, typer.Option(help="Only of studies in this watch.")] = None,
    held: Annotated[bool, typer.Option("--held", help="Also those that a storm holds back.")] = False,
    limit: Annotated[
        int | None, typer.Option(min=1, help="The newest so many (50 on a terminal, all with --json).")
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """What changed, oldest first: one line an event.

    [bold]Examples[/]
      trialdelta events --since 2026-09-01
      trialdelta events NCT06056921 --json
      trialdelta events evt_bkd2uambkvak5cipoj5cs3ljwq
      trialdelta events --severity high --kind status --kind eligibility
    """
    from storage import events as stored

    settings = settings_of(config)
    if study and study.startswith("evt_"):
        _one_event(study, as_json, settings)
        return
    with open_storage(settings).read() as session:
        found = stored.events(
            session,
            nct_id=nct(study) if study else None,
            kinds=kinds(kind),
            severities=at_least(severity),
            since=since,
            until=until,
            watch=watch,
            # A program gets everything; a person a screenful, whose last line is the newest.
            limit=limit or (None if as_json else 50),
            held=held,
        )
    # Asked newest first, so that the limit leaves out the oldest; told in the order in which it happened.
    oldest_first = list(reversed(found))
    if as_json:
        print_json(oldest_first)
    else:
        from sync.changes.event import Event
        from sync.cli.tables import table_of_events

        table_of_events([Event.from_json(each) for each in oldest_first])


def _one_event(event_id: str, as_json: bool, settings: Settings) -> None:
    from storage import events as stored

    with open_storage(settings).read() as session:
        event = stored.event(session, event_id)
        earlier = stored.superseded_events(session, event_id)
    if event is None:
        raise UsageError(f"there is no event {event_id}")
    if as_json:
        print_json([event])
        return
    from sync.changes.event import Event

    _describe_event(Event.from_json(event))
    for superseded in map(Event.from_json, earlier):
        console().print(f"\n[dim]as told under the rules {superseded.rules[:12]}:[/]")
        _describe_event(superseded)


def history(study: NctId, as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Every stored version of a study, with what changed in it.

    [bold]Examples[/]
      trialdelta history NCT06056921
      trialdelta history NCT06056921 --json
    """
    from sync.cli.tables import table_of_versions
    from sync.versions.history import history as versions_with_events

    nct_id = nct(study)
    with open_storage(settings_of(config)).read() as session:
        rows = [version.as_json() for version in versions_with_events(session, nct_id)]
    if not rows:
        raise UsageError(f"no version of {nct_id} is stored")
    if as_json:
        print_json(rows)
    else:
        table_of_versions(nct_id, rows)


def show(
    study: Annotated[
        str,
        typer.Argument(metavar="NCT[@VERSION|@DAY]", help="Study, or one version of it.", show_default=False),
    ],
    as_of: Annotated[
        str | None, typer.Option(metavar="DAY", help="The record as of this day (YYYY-MM-DD).")
    ] = None,
    version: Annotated[int | None, typer.Option(min=1, help="This version.")] = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="The bytes as the registry sent them, and nothing else.")
    ] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """One version of a study: the newest, a numbered one, or the one of a day.

    [bold]Examples[/]
      trialdelta show NCT06056921
      trialdelta show NCT06056921 --as-of 2026-09-01
      trialdelta show NCT06056921@2 --raw > record.json
    """
    from storage import versions
    from sync.cli.tables import describe
    from sync.study.record import Study, read_record
    from sync.versions.snapshots import version_named

    nct_id, _, named = study.partition("@")
    which = as_of or (str(version) if version else None) or named or None
    with open_storage(settings_of(config)).read() as session:
        number = version_named(session, nct(nct_id), which)
        payload = versions.payload(session, nct_id, number)
        info = next(info for info in versions.versions(session, nct_id) if info.number == number)
    if raw:
        sys.stdout.buffer.write(payload)
    elif as_json:
        print_json([read_record(payload)])
    else:
        describe(Study(read_record(payload)), info)


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
    from contextlib import ExitStack
    from functools import cache

    from sync.versions.snapshots import explain_named

    settings = settings_of(config)
    with ExitStack() as stack:
        # Opened at the first name that needs it: two files can be compared where there is no database at all.
        session = cache(lambda: stack.enter_context(open_storage(settings).read()))
        before, after, event = explain_named((old, new), settings, session, as_text(datetime.now(UTC)))
    if as_json:
        print_json([[event.as_json()] if event else []])
    elif event:
        _describe_event(event)
    else:
        # What the registry derives by itself is no change of the study, but "nothing changed" would be untrue of the
        # bytes.
        computed = before.canonical.derived_hash != after.canonical.derived_hash
        console().print("Nothing changed" + (" but what the registry computes." if computed else "."))


def _diff_pairs(pairs: Path, config: Path | None) -> None:
    from sync.rules import shared
    from sync.versions.snapshots import explain_pairs

    # One line for every pair, an empty one too: whoever reads them can put both files side by side.
    for event in explain_pairs(pairs, shared(settings_of(config)), as_text(datetime.now(UTC))):
        print_json([[event.as_json()] if event else []])


def _describe_event(event: Event) -> None:
    from sync.terminal.event import event_lines

    for line in event_lines(event):
        console().print(line)
