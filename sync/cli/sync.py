"""The command `sync`: one cycle, now."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from sync.cli.common import console, print_json, working
from sync.cli.logged import settings_logged
from sync.cli.options import ConfigOption, JsonOption
from sync.cycle.context import Counts
from sync.cycle.cycle import run_cycle
from sync.errors import TrialdeltaError, as_sentence
from sync.health.pause import politely
from sync.service import open_service
from sync.terminal.text import safe
from sync.words import agreeing, counted, outcome, pace_words


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(sync)


def sync(
    force: Annotated[
        bool, typer.Option("--force", help="Read everything again, even on a known release or an older one.")
    ] = False,
    now: Annotated[
        bool, typer.Option("--now", help="Ask even where the registry asked us to wait (so does --force).")
    ] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Run one cycle now: ask for the release and, when it is new, read every watched study and tell what changed.

    On a release that is known it reads what is new in a watch.
    Asks nothing, and exits with 4, while the registry has asked us to wait (Retry-After), whoever was asked to.

    [bold]Examples[/]
      trialdelta sync
      trialdelta sync --json
    """
    settings = settings_logged(config)
    try:
        with (
            open_service(settings) as service,
            _progress() as progress,
            politely(service, anyway=now or force),
        ):
            report = run_cycle(service, force=force, progress=progress)
    except TrialdeltaError as error:
        if as_json:
            problem = {"kind": type(error).__name__, "message": str(error), "hint": error.hint}
            print_json([{"state": "failed", "error": problem}])
        raise
    if as_json:
        print_json([report.as_json()])
    else:
        console().print(sentence(report.as_json()))
        for answer in report.answers:
            if not answer.is_whole:
                console().print(
                    f"[yellow]{safe(f'{answer.watch} {answer.asked}'.strip())}: {answer.sentence}[/]"
                )
        for trouble in report.troubles:
            console().print(f"[yellow]{safe(as_sentence(str(trouble)))}[/] {safe(trouble.error.hint)}")
    if report.state in ("partial", "held", "older"):
        raise typer.Exit(3)


@contextmanager
def _progress() -> Iterator[Callable[[Counts], None]]:
    """Shows on a terminal how far the reading is; a first cycle over a large watch takes minutes."""
    began = time.monotonic()
    with working("asking the registry") as say:

        def progress(counts: Counts) -> None:
            seconds = time.monotonic() - began
            say(f"read {pace_words(counts.checked, counts.studies, counts.checked, seconds, 'studies')}")

        yield progress


def sentence(report: dict[str, Any]) -> str:
    """What a cycle came to, for a terminal."""
    if report["state"] == "unchanged":
        return f"Release {report['release']} is known: nothing to do."
    if report["state"] == "older":
        return (
            f"The registry serves release {report['release']}, which is older than the last one read: nothing is concluded "
            "from it. It passes by itself; if not, `--force` reads it all the same."
        )
    events = report["events"]
    news = f"[bold]{events:,}[/] {agreeing(events, 'event', 'events')}" if events else "nothing changed"
    extras = [
        f"{report[name]:,} {words}"
        for name, words in (
            ("baselines", "new"),
            ("noise", "with noise only"),
            ("derived", "with registry-computed changes only"),
            ("entered", f"{agreeing(report['entered'], 'entry', 'entries')} into watches"),
            ("left", f"{agreeing(report['left'], 'departure', 'departures')} from watches"),
            ("absent", "absent"),
            ("unregistered", "never registered"),
            ("quarantined", "in quarantine"),
            ("unresolved", "of which the registry says nothing clear"),
            ("troubled", f"{agreeing(report['troubled'], 'watch', 'watches')} in trouble"),
            ("held", f"{agreeing(report['held'], 'event', 'events')} held as a storm"),
        )
        if report[name]
    ]
    details = f" ({', '.join(extras)})" if extras else ""
    lead = f"{outcome('partial')}, " if report["state"] == "partial" else ""
    return (
        f"Release {report['release']}: {lead}{report['checked']:,} of {counted(report['studies'], 'study')} read, "
        f"{news}{details}; {counted(report['requests'], 'request')}, {report['seconds']} s"
    )
