"""The command `review`: what happened to a study since a person looked."""

from __future__ import annotations

from typing import Annotated

import typer

from sync.cli.arguments import day, nct
from sync.cli.common import console, print_json, print_lines, settings_of
from sync.cli.database import open_storage
from sync.cli.options import ConfigOption, JsonOption
from sync.terminal.event import event_lines
from sync.terminal.text import safe
from sync.timing.clock import utc_now
from sync.versions.review import compared, reviewed


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(review)


def review(
    study: Annotated[str, typer.Argument(metavar="NCT", help="The study.", show_default=False)],
    by: Annotated[
        str | None, typer.Option("--by", metavar="WHO", help="Note that this person has reviewed it now.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DAY", help="Compare with this day instead of the last review.")
    ] = None,
    on: Annotated[
        str | None, typer.Option(metavar="DAY", help="With --by: it was reviewed on this day, not today.")
    ] = None,
    note: Annotated[str | None, typer.Option(help="What there is to say.")] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """What changed in a study since it was last reviewed, in one comparison; with --by, note a review.

    [bold]Examples[/]
      trialdelta review NCT06056921
      trialdelta review NCT06056921 --by ana --on 2026-05-15
      trialdelta review NCT06056921 --since 2026-05-15 --json
    """
    settings, nct_id = settings_of(config), nct(study)
    database = open_storage(settings)
    # Comparing alone moves no mark: whoever only looks must not make the next look skip what nobody has judged.
    if by is not None:
        with database.write() as session:
            done = reviewed(session, nct_id, by, utc_now(), on=day(on), note=note)
        if as_json:
            print_json([done])
        else:
            console().print(f"{nct_id} is reviewed by {safe(by)} as of version {done.version}.")
        return
    with database.read() as session:
        found = compared(session, nct_id, settings, since=day(since))
    if as_json:
        print_json([found])
        return
    console().print(safe(found.sentence))
    if found.event:
        print_lines(event_lines(found.event))
