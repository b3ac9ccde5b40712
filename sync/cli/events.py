"""The command `events`: what changed."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer
from rich.console import RenderableType
from sqlalchemy.orm import Session

from storage import events as stored
from storage.events import EventJson, Headline
from sync.cli.arguments import at_least, kinds, nct, today
from sync.cli.class_options import AntigenOption, AreaOption, ClassOption, class_filter, classes_named
from sync.cli.common import print_json, print_lines, settings_of
from sync.cli.database import open_storage
from sync.cli.empty import Filters, nothing
from sync.cli.options import ConfigOption, JsonOption
from sync.cli.tables import table
from sync.config import Settings
from sync.errors import UsageError
from sync.terminal.text import SEVERITY_STYLE, told
from sync.timing.days import period
from sync.versions.known import known_study, known_watch

MOST = 50
"""So many events fill a terminal; a pipe gets all of them."""
_NONE = "No event yet: the first version of a study makes none, each change after it does."


StudyOrEvent = Annotated[
    str | None,
    typer.Argument(
        metavar="[NCT|EVENT]", help="Only of this study; or one event (evt_…), in full.", show_default=False
    ),
]
Kinds = Annotated[list[str] | None, typer.Option(help="Only of this kind (may be repeated).")]
Least = Annotated[str | None, typer.Option(help="Of this severity or a heavier one.")]
Since = Annotated[
    str | None, typer.Option(metavar="DAY", help="From this release on (2026-08-01, 7d, yesterday).")
]
Until = Annotated[
    str | None, typer.Option(metavar="DAY", help="Up to this release (2026-08-01, 7d, yesterday).")
]
InWatch = Annotated[str | None, typer.Option(help="Only of studies in this watch.")]
Held = Annotated[bool, typer.Option("--held", help="Also those that a storm holds back.")]
Limit = Annotated[
    int | None, typer.Option(min=1, help="The newest so many (50 on a terminal, elsewhere all).")
]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(events)


def events(
    study: StudyOrEvent = None,
    kind: Kinds = None,
    severity: Least = None,
    since: Since = None,
    until: Until = None,
    watch: InWatch = None,
    study_class: ClassOption = None,
    antigen: AntigenOption = None,
    area: AreaOption = None,
    held: Held = False,
    limit: Limit = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """What changed, oldest first: one line an event.

    [bold]Examples[/]
      trialdelta events --since 2026-09-01
      trialdelta events NCT06056921 --json
      trialdelta events evt_bkd2uambkvak5cipoj5cs3ljwq
      trialdelta events --severity high --kind status --kind eligibility
      trialdelta events --class car_t_product --antigen CD19 --area autoimmune
    """
    settings = settings_of(config)
    if study and study.startswith("evt_"):
        _one_event(study, as_json, settings)
        return
    first, last = period(since, until, today())
    filters: stored.EventFilter = {
        "nct_id": nct(study) if study else None,
        "kinds": kinds(kind),
        "severities": at_least(severity),
        "since": first,
        "until": last,
        "watch": watch,
        "of_class": class_filter(study_class, antigen, area),
        # A program gets everything; a person a screenful, whose last line is the newest.
        "limit": limit or (MOST if sys.stdout.isatty() and not as_json else None),
        "held": held,
        "historical": True,
    }
    named: Filters = {"": study, "--kind": kind, "--severity": severity, "--watch": watch}
    days: Filters = {"--since": since, "--until": until}
    named = named | days | classes_named(study_class, antigen, area)
    with open_storage(settings).read() as session:
        if watch:
            known_watch(session, (each.name for each in settings.watch), watch)
        if study:
            known_study(session, nct(study))
        _list(session, filters, named, as_json)


def _list(session: Session, filters: stored.EventFilter, named: Filters, as_json: bool) -> None:
    # Asked newest first, so that the limit leaves out the oldest; told in the order in which it happened.
    if as_json:
        print_json(reversed(stored.events(session, **filters)))
        return
    found = stored.headlines(session, **filters)[::-1]
    print_lines(_lines(found) if found else [nothing(session, "event", named, _NONE)])


def _lines(found: Sequence[Headline]) -> Iterable[RenderableType]:
    return table(("event", "release", "study", "severity", "origin", "what changed"), map(_row, found))


def _row(event: Headline) -> tuple[str, ...]:
    severity = f"[{SEVERITY_STYLE[event.severity]}]{event.severity}[/]"
    return (event.id, event.release, event.nct_id or "", severity, event.origin, told(event.headline))


def _one_event(event_id: str, as_json: bool, settings: Settings) -> None:
    with open_storage(settings).read() as session:
        event = stored.event(session, event_id)
        if event is None:
            raise UsageError(f"there is no event {event_id}")
        if as_json:
            print_json([event])
        else:
            _describe(session, event, stored.superseded_events(session, event_id))


def _describe(session: Session, event_json: EventJson, earlier: Iterable[EventJson]) -> None:
    # the words of every kind of change come with these: a fifth of a second that a list of headlines does without
    from sync.alerts.delivery_message import usual_of
    from sync.alerts.published.outdated import outdated_by
    from sync.changes.event import Event
    from sync.terminal.event import event_lines

    event = Event.from_json(event_json)
    print_lines(event_lines(event, outdated_by(session, event), usual_of(session, event)))
    for superseded in map(Event.from_json, earlier):
        print_lines([f"\n[dim]as told under the rules {superseded.rules[:12]}:[/]", *event_lines(superseded)])
