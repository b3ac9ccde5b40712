"""The command `show`: one version of a study."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import RenderableType

from storage import versions
from storage.versions import VersionInfo
from sync.cli.arguments import nct
from sync.cli.common import print_json, print_lines, settings_of
from sync.cli.database import open_storage
from sync.cli.options import ConfigOption, JsonOption
from sync.cli.tables import facts
from sync.study.criteria import parse
from sync.study.record import Study, read_record
from sync.study.unknown_rule import unknown_day
from sync.terminal.text import safe
from sync.versions.history import version_named
from sync.words import counted


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(show)


def show(
    study: Annotated[
        str,
        typer.Argument(metavar="NCT[@VERSION|@DAY]", help="Study, or one version of it.", show_default=False),
    ],
    as_of: Annotated[
        str | None, typer.Option(metavar="DAY", help="The record as of this day (2026-08-01, 7d, yesterday).")
    ] = None,
    version: Annotated[int | None, typer.Option(help="This version.")] = None,
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
    nct_id, _, named = study.partition("@")
    which = as_of or (None if version is None else str(version)) or named or None
    with open_storage(settings_of(config)).read() as session:
        number = version_named(session, nct(nct_id), which)
        payload = versions.payload(session, nct_id, number)
        info = next(info for info in versions.versions(session, nct_id) if info.number == number)
    if raw:
        sys.stdout.buffer.write(payload)
    elif as_json:
        print_json([read_record(payload)])
    else:
        print_lines(_lines(Study(read_record(payload)), info))


def _lines(study: Study, info: VersionInfo) -> Iterator[RenderableType]:
    """A version's facts, then its criteria under the numbers that they have in the whole list."""
    # A fact that the record lacks has no row: "None" beside a heading looks like an answer.
    yield from facts((name, safe(value)) for name, value in _facts(study, info).items() if value)
    yield from criteria_lines(study.eligibility_text)


def criteria_lines(text: str) -> Iterator[str]:
    """All criteria of a text in their order, each with its number: the one that pages and messages know it by."""
    criteria = parse(text).items
    if text and not criteria:
        yield f"\n{safe(text)}"
    if criteria:
        yield f"\n[bold]{counted(len(criteria), 'criterion', 'criteria')}[/]"
    place: tuple[str, ...] | None = None
    for number, criterion in enumerate(criteria, 1):
        if criterion.place != place:
            place = criterion.place
            yield f"[dim]{safe(' › '.join(place) or criterion.section)}[/]"
        indent = "  " * criterion.depth
        yield f"{number:>4}  {indent}{safe(' '.join(criterion.text.split()))}"


def _facts(study: Study, info: VersionInfo) -> dict[str, object]:
    count, kind = study.enrollment.count, study.enrollment.type
    dates = ((name, getattr(study, name)) for name in ("start", "primary_completion", "completion"))
    day = unknown_day(study)
    return {
        "study": f"{info.nct_id}  {study.title}",
        "version": f"{info.number}, first seen in release {info.release} ({info.provenance})",
        "status": study.status,
        "phase": ", ".join(study.phases),
        "enrollment": f"{count} {(kind or '').lower()}" if count is not None else None,
        "sponsor": study.sponsor,
        **{
            name.replace("_", " "): f"{found.date} {(found.type or '').lower()}"
            for name, found in dates
            if found
        },
        "verified": study.verified,
        "forecast": f"UNKNOWN from {day} on, set by the registry unless the sponsor updates" if day else None,
        "last update posted": study.posted,
        "conditions": "; ".join(study.conditions),
        "sites": len(study.locations),
        "payload": f"{info.size:,} bytes, sha-256 {info.sha256}",
    }
