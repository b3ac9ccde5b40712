"""`import --zip`: the registry's bulk download, with rate and time left."""

from __future__ import annotations

import time
from pathlib import Path

import typer

from storage.walks import Walk
from sync.cli.common import console, print_json
from sync.cli.progress import pacing
from sync.config import Settings
from sync.cycle.bulk import Loaded, load_bulk
from sync.errors import UsageError
from sync.service import open_service
from sync.words import counted


def import_bulk(settings: Settings, file: Path, day: str | None, as_json: bool) -> None:
    """Take the file in and say what came of it; exits with 3 where a record was refused."""
    if file.is_dir():
        raise UsageError(f"the file {file} is a folder: name the archive")
    if not file.is_file():
        raise UsageError(f"there is no file {file}")
    with open_service(settings) as service, pacing("studies", "reading the file", time.monotonic) as pace:

        def taken(walk: Walk) -> None:
            pace(walk.stamp, "import", walk.seen, walk.total or walk.seen)

        loaded = load_bulk(service, file, day=day, taken=taken)
    if as_json:
        print_json([loaded.as_json()])
    else:
        console().print(_sentence(loaded))
    if loaded.refused:
        raise typer.Exit(3)


def _sentence(loaded: Loaded) -> str:
    parts = [f"{loaded.new:,} new", f"{loaded.known:,} known already"]
    parts += [f"{loaded.changed:,} changed"] if loaded.changed else []
    parts += [f"{loaded.refused:,} refused (see `trialdelta quarantine`)"] if loaded.refused else []
    parts += [f"{counted(loaded.others, 'file')} of no study"] if loaded.others else []
    parts += [f"{counted(loaded.doubles, 'further entry')} of a study left out"] if loaded.doubles else []
    resumed = ", gone on with from where it was stopped" if loaded.resumed else ""
    return (
        f"Release {loaded.release}{resumed}: {', '.join(parts)}. The next cycle reads what was updated since."
    )
