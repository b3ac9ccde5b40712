"""The command `import`: records out of files, stored as versions."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from sync.cli.arguments import ByOption, today, who
from sync.cli.bulk import import_bulk
from sync.cli.common import console, print_json
from sync.cli.logged import settings_logged
from sync.cli.options import ConfigOption, JsonOption
from sync.errors import UsageError
from sync.past.dated import possible_day
from sync.past.dump_files import dump_files, records_in
from sync.past.importing import ImportRun, by_first_day
from sync.service import open_service
from sync.terminal.text import safe
from sync.words import counted


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("import")(import_)


def import_(
    file: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE...",
            help="JSON, JSON lines, either as .gz, a zip or a folder of them, or - for standard input.",
            show_default=False,
        ),
    ] = None,
    zip_file: Annotated[
        Path | None,
        typer.Option(
            "--zip",
            metavar="FILE",
            help="The registry's bulk download instead, for the watch that has everything = true.",
            show_default=False,
        ),
    ] = None,
    date: Annotated[
        str | None,
        typer.Option(
            metavar="DAY", help="Of which day the records are (else what they say: release, last update)."
        ),
    ] = None,
    by: ByOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Store the records of files as versions, with the provenance `import` and the day that they are of.

    A file holds records, lists of them, pages as the registry answers them, or studies with their versions by release.
    What is older than the first version stored of a study goes before it; what says the same as is stored does nothing;
    of a study that is not known all is stored. What changed between them is kept as events of the past, which nobody is
    told of. What cannot be read, or contradicts what was polled, is refused one by one, with the reason.

    With --zip: the registry's bulk download (2.7 GB) as the first load of the whole registry. It is read study by study,
    never unpacked as a whole, and gone on with where it was stopped; the next cycle sweeps what was updated since.

    Exits with 3 when a record was refused, and with 2 when there is none in what was given.

    [bold]Examples[/]
      trialdelta import NCT06056921.json --date 2025-11-30
      trialdelta import dumps/*.jsonl.gz
      trialdelta import records.zip --json
      ssh archive cat dumps.jsonl.gz | trialdelta import -
      trialdelta import --zip ctg-public.json.zip
    """
    if bool(file) == bool(zip_file):
        raise UsageError("name files, or the registry's bulk download with --zip FILE")
    given = str(possible_day(date, today())) if date else None
    if zip_file:
        import_bulk(settings_logged(config), zip_file, given, as_json)
    else:
        _import_files(file or [], given, by, as_json, config)


def _import_files(
    file: list[Path], given: str | None, by: str | None, as_json: bool, config: Path | None
) -> None:
    settings = settings_logged(config)
    counts: Counter[str] = Counter()
    with dump_files(file) as files, open_service(settings) as service:
        source = files[0].name if len(files) == 1 else f"{files[0].name} and {len(files) - 1:,} more"
        # As one: what the files say of one study is put in the order of its days, however they are called.
        found = records_in(files if given else by_first_day(files))
        for outcome in ImportRun(service, who(by), source, given).run(found):
            counts[outcome.state] += 1
            if as_json:
                print_json([outcome])
            elif outcome.problem:
                console().print(f"[yellow]Refused:[/] {safe(outcome.place)}: {safe(outcome.problem)}")
            elif outcome.note:
                console().print(f"{safe(outcome.place)}: {safe(outcome.note)}.")
    total = {state: counts[state] for state in ("stored", "known", "refused")}
    if as_json:
        print_json([total])
    else:
        console().print(
            f"{counted(counts.total(), 'record')}: {total['stored']} stored, {total['known']} known already, "
            f"{total['refused']} refused."
        )
    if total["refused"]:
        raise typer.Exit(3)
