"""The command `history`: the versions of a study."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer
from rich.console import RenderableType

from sync.cli.arguments import nct
from sync.cli.common import emit, settings_of
from sync.cli.database import open_storage
from sync.cli.options import ConfigOption, JsonOption
from sync.cli.tables import table
from sync.errors import UsageError
from sync.terminal.text import safe
from sync.versions.history import VersionWithEvent, quiet
from sync.versions.history import history as versions_with_events

NctId = Annotated[str, typer.Argument(metavar="NCT", help="NCT ID, such as NCT06056921.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(history)


def history(study: NctId, as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Every stored version of a study, with what changed in it.

    [bold]Examples[/]
      trialdelta history NCT06056921
      trialdelta history NCT06056921 --json
    """
    nct_id = nct(study)
    with open_storage(settings_of(config)).read() as session:
        found = versions_with_events(session, nct_id)
    if not found:
        raise UsageError(f"no version of {nct_id} is stored")
    emit(found, as_json, _lines)


def _lines(found: Sequence[VersionWithEvent]) -> Iterator[RenderableType]:
    yield f"[italic]{found[0].info.nct_id}[/]"
    yield from table(("version", "release", "posted", "sha-256", "what changed"), map(_row, found))


def _row(version: VersionWithEvent) -> tuple[str, ...]:
    info = version.info
    said = version.event.headline if version.event else quiet(info.number)
    return (str(info.number), info.release, info.posted or "", info.sha256[:12], safe(said))
