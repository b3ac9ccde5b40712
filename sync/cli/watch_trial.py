"""Commands that ask what a watch would bring, and store nothing: preview, test."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from sync.cli.common import emit, working
from sync.cli.logged import settings_logged
from sync.cli.options import ConfigOption, JsonOption
from sync.cli.watch_options import Antigens, Areas, Classes, RelatedTo, Searches, meant
from sync.cli.watch_output import preview_lines, trial_lines
from sync.config import WatchSettings
from sync.health.pause import politely
from sync.service import Service, open_service
from sync.watches.preview import Preview, preview
from sync.watches.trial_run import trial_run
from sync.watches.typed import conditions_typed


def register(watch_app: typer.Typer) -> None:
    """Add these commands to those for watches."""
    watch_app.command("preview")(look)
    watch_app.command("test")(try_watch)


def look(
    what: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME|NCT…]", help="A watch that is there, or studies.", show_default=False),
    ] = None,
    search: Searches = None,
    related_to: RelatedTo = None,
    classes: Classes = None,
    antigens: Antigens = None,
    areas: Areas = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """What ids and searches would bring: how many studies, and the first of them. Nothing is stored.

    Exits with 3 where the registry makes nothing of a part, with 4 where it cannot be asked.

    [bold]Examples[/]
      trialdelta watch preview --search 'cond=lupus; intr="CAR-T"'
      trialdelta watch preview lupus
    """
    conditions = conditions_typed(classes or (), antigens or (), areas or ())
    with open_service(settings_logged(config)) as service:
        found = asked(service, meant(service, what or [], search, related_to, conditions))
    emit([found], as_json, lambda _: preview_lines(found))
    raise typer.Exit(3 if found.problems else 0)


def try_watch(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME|NCT…]",
            help="A watch that is there, or studies of one that is typed.",
            show_default=False,
        ),
    ] = None,
    search: Searches = None,
    related_to: RelatedTo = None,
    classes: Classes = None,
    antigens: Antigens = None,
    areas: Areas = None,
    dropped: Annotated[bool, typer.Option("--dropped", help="Only what the second look drops.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Show what a watch would bring now, and what its second look drops, each with the reason; stored or only typed.

    The second look takes by class, antigen and area, and of what is related by its score. The registry is asked for every
    record that the watch names; nothing is stored. Exits with 4 where it cannot be asked.

    [bold]Examples[/]
      trialdelta watch test lupus
      trialdelta watch test lupus --dropped --json
      trialdelta watch test --related-to NCT06056921 --class car_t_product
      trialdelta watch test --search 'intr="CAR-T"' --antigen BCMA
    """
    conditions = conditions_typed(classes or (), antigens or (), areas or ())
    with open_service(settings_logged(config)) as service:
        watch = meant(service, what or [], search, related_to, conditions)
        with working("asking the registry"), politely(service):
            found = trial_run(service, watch)
    emit([each for each in found if not (dropped and each.kept)], as_json, partial(trial_lines, watch, found))


def asked(service: Service, typed: WatchSettings) -> Preview:
    """What a watch would bring, asked of the registry, with a sign on the terminal meanwhile."""
    with working("asking the registry"):
        return preview(service, typed)
