"""The command that proves what is stored: verify."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sync.cli.common import console, print_json, settings_of, working
from sync.cli.database import open_storage
from sync.cli.evidence import KeyOption, read_key
from sync.cli.options import ConfigOption, JsonOption
from sync.errors import UsageError
from sync.evidence.checking import check
from sync.terminal.text import safe
from sync.versions.verification import Proof
from sync.versions.verification import verify as prove
from sync.words import agreeing, counted

SHOWN = 200
"""So many problems are printed for people; a program gets all of them."""
AnchorOption = Annotated[
    list[str] | None,
    typer.Option(
        "--anchor",
        metavar="TEXT",
        help="An anchor of an earlier day, or a line that holds one; may be given more than once.",
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(verify)


def verify(
    bundle: Annotated[
        Path | None,
        typer.Argument(metavar="[BUNDLE]", help="An evidence bundle: checked by itself.", show_default=False),
    ] = None,
    anchor: AnchorOption = None,
    key_file: KeyOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Prove that what is stored is what was written: nothing changed, taken out or put in beside trialdelta.

    Every payload is decoded, its hashes and the ids of the events are derived again; versions, events, changes,
    deliveries, the ledger and the audit log are held against each other and against the chain of seals. The end of that
    chain is the anchor: kept elsewhere (it is in the log line of each cycle, at the foot of digests, and in the heartbeat's
    User-Agent), it also finds out whoever rewrote the chain itself.

    Exits with 0 when all is well, 1 when something is wrong, 3 when nothing is but the database is older than an anchor,
    as a restored backup is.

    A BUNDLE, as `trialdelta evidence` writes one, is checked without the database and the configuration: 0 when it is as it
    was written, 1 when it is not.

    [bold]Examples[/]
      trialdelta verify
      trialdelta verify --anchor 361:e80716f190462e22c8f1cf9e45c27214
      trialdelta verify evidence.zip
      trialdelta verify --json | jq -r 'select(.problem).problem'
    """
    if bundle is not None:
        raise typer.Exit(_check(bundle, key_file, as_json))
    database = open_storage(settings_of(config))
    with working("reading") as say:
        proof = prove(database, anchor or (), lambda stage: say(f"checking {stage}"))
    if as_json:
        print_json([*(problem.as_json() for problem in proof.problems), proof.as_json()])
    else:
        _print(proof)
    # An older state gets a code of its own: after a restore it is expected, and a script must not take it for damage.
    raise typer.Exit({"sound": 0, "damaged": 1, "older": 3}[proof.state])


def _check(path: Path, key_file: Path | None, as_json: bool) -> int:
    """Check a bundle; the exit code."""
    try:
        archive = path.read_bytes()
    except OSError as error:
        raise UsageError(f"the file {path} cannot be read: {error.strerror}") from error
    checked = check(archive, read_key(key_file))
    if as_json:
        print_json([checked])
        return 1 if checked.problems else 0
    out = console()
    for problem in checked.problems:
        out.print(f"[red]{safe(problem)}[/]")
    if not checked.problems:
        out.print(
            f"As it was written on {checked.made_at} by {safe(checked.made_by)}, and whole: {checked.event}"
        )
        out.print(f"  {checked.nct_id} {safe(checked.headline)}")
        out.print(
            f"[dim]Anchor of the database then:[/] {checked.anchor}\n[dim]SHA-256 of the file:[/] {checked.sha256}"
            f"\n[dim]Seals of what it tells:[/] {' '.join(checked.seals)}"
        )
    for remark in checked.remarks:
        out.print(f"[dim]{safe(remark)}[/]")
    return 1 if checked.problems else 0


def _print(proof: Proof) -> None:
    out = console()
    for problem in proof.problems[:SHOWN]:
        out.print(f"[red]{safe(problem)}[/]")
    if len(proof.problems) > SHOWN:
        out.print(f"[red]… and {len(proof.problems) - SHOWN:,} more: --json lists all of them[/]")
    for older in proof.older:
        out.print(
            f"[yellow]The database is older than the anchor {older}: it ends at seal {proof.totals['seal']}. "
            "A restored backup is; where none was restored, it was cut off or rewritten.[/]"
        )
    if not proof.problems:
        out.print(_all_is_well(proof))
    for extended in proof.extended:
        out.print(f"It extends the state that had the anchor {extended}.")
    for remark in proof.remarks:
        out.print(f"[dim]{safe(remark)}[/]")
    if proof.sealed_since:
        out.print(f"[dim]Sealed since {proof.sealed_since}: what is older was taken as it stood then.[/]")
    if not proof.problems:
        # No anchor of a damaged database is offered for keeping: it would vouch for the damage.
        out.print(f"[dim]Anchor, to be kept elsewhere:[/] {proof.anchor}")


def _all_is_well(proof: Proof) -> str:
    versions, events, seals = (proof.totals[name] for name in ("version", "event", "seal"))
    each = agreeing(versions, "The one version", f"Each of the {counted(versions, 'version')}")
    say = agreeing(events, "says what it said when it was told", "say what they said when they were told")
    return (
        f"{each} decodes and matches its hashes, {counted(events, 'event')} {say}, the audit log is whole, and "
        f"{counted(seals, 'seal')} {agreeing(seals, 'fits what it seals', 'fit what they seal')}."
    )
