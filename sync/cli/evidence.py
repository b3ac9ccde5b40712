"""The command `evidence`: all that proves one event, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sync.cli.arguments import ByOption, who
from sync.cli.common import console, print_json, settings_of
from sync.cli.database import open_storage
from sync.cli.export_files import written
from sync.cli.options import ConfigOption, JsonOption
from sync.errors import UsageError
from sync.evidence.collecting import bundle, sha256
from sync.timing.clock import utc_now

KeyOption = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        metavar="FILE",
        help="A secret that signs it, and without which nobody can.",
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(evidence)


def evidence(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="Its id (evt_…).", show_default=False)],
    out: Annotated[Path, typer.Option(metavar="FILE.zip", help="Where to write it.", show_default=False)],
    key_file: KeyOption = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
    by: ByOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Write all that proves one event into one file, which `trialdelta verify FILE.zip` checks without the database.

    In it: the event, both records byte for byte, their hashes, the rules that weighed it, what people did about it, and
    how all of that is sealed, with the head of the chain. One altered byte anywhere is found. Its SHA-256 is printed: kept
    elsewhere, or with a key, it also finds a file that was made anew.

    [bold]Examples[/]
      trialdelta evidence evt_bkd2uambkvak5cipoj5cs3ljwq --out evidence.zip
      trialdelta evidence evt_bkd2uambkvak5cipoj5cs3ljwq --out evidence.zip --key-file signing.key
    """
    settings, key = settings_of(config), read_key(key_file)
    with open_storage(settings).read() as session:
        made = bundle(session, settings, event, now=utc_now(), by=who(by), key=key)
    with written(out, force=force) as file:
        file.write(made)
    if as_json:
        print_json(
            [
                {
                    "event": event,
                    "file": str(out),
                    "bytes": len(made),
                    "sha256": sha256(made),
                    "signed": key is not None,
                }
            ]
        )
    else:
        console().print(f"{out}: {len(made):,} bytes, SHA-256 {sha256(made)}")


def read_key(path: Path | None) -> bytes | None:
    """The secret in a file, without the line's end; it is never printed. Raises UsageError."""
    if path is None:
        return None
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise UsageError(f"the key {path} cannot be read: {error.strerror}") from error
    if len(key) < 16:
        raise UsageError(f"the key in {path} is shorter than 16 bytes: `openssl rand -hex 32` makes one")
    return key
