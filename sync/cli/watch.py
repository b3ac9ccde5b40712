"""Commands that work: run, sync; and those that tell how the work goes: healthcheck, doctor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sync.cli.common import ConfigOption, JsonOption, console, open_storage, print_json, settings_of, working
from sync.errors import TrialdeltaError
from sync.terminal.text import safe
from sync.words import agreeing, counted

if TYPE_CHECKING:
    from sync.cycle.context import Counts


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(run)
    app.command()(sync)
    app.command()(healthcheck)
    app.command()(doctor)


def run(config: ConfigOption = None) -> None:
    """Run the daemon: poll for releases on the schedule until SIGTERM or Ctrl-C.

    Logs go to standard error: readable on a terminal, one JSON object a line elsewhere.

    [bold]Examples[/]
      trialdelta run
      TRIALDELTA_LOG__FORMAT=json trialdelta run --config /etc/trialdelta/config.toml
    """
    from sync.alerts.channels import check_channels
    from sync.daemon.daemon import Daemon
    from sync.service import open_service

    settings = settings_of(config, daemon=True)
    check_channels(settings.channels)  # before a database is made or migrated
    with open_service(settings) as service:
        Daemon(service).run()


def sync(
    force: Annotated[
        bool, typer.Option("--force", help="Read everything again, even on a known release.")
    ] = False,
    now: Annotated[
        bool, typer.Option("--now", help="Ask even where the registry asked us to wait (so does --force).")
    ] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Run one cycle now: ask for the release and, when it is new, read every watched study and tell what changed.

    Asks nothing, and exits with 4, while the registry has asked us to wait (Retry-After), whoever was asked to.

    [bold]Examples[/]
      trialdelta sync
      trialdelta sync --json
    """
    from sync.cycle.cycle import run_cycle
    from sync.health.pause import politely
    from sync.service import open_service

    settings = settings_of(config)
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
        console().print(_sentence(report.as_json()))
        for trouble in report.troubles:
            console().print(f"[yellow]{safe(str(trouble))}[/] {safe(trouble.error.hint)}")
    if report.state in ("partial", "held"):
        raise typer.Exit(3)


@contextmanager
def _progress() -> Iterator[Callable[[Counts], None]]:
    """Shows on a terminal how far the reading is; a first cycle over a large watch takes minutes."""
    with working("asking the registry") as say:
        yield lambda counts: say(f"{counts.checked} of {counted(counts.studies, 'study')} read")


def _sentence(report: dict[str, Any]) -> str:
    if report["state"] == "unchanged":
        return f"Release {report['release']} is known: nothing to do."
    events = report["events"]
    news = f"[bold]{events}[/] {agreeing(events, 'event', 'events')}" if events else "nothing changed"
    extras = [
        f"{report[name]} {words}"
        for name, words in (
            ("baselines", "new"),
            ("noise", "with noise only"),
            ("derived", "with registry-computed changes only"),
            ("entered", "entered"),
            ("left", "left"),
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
    return (
        f"Release {report['release']}: {report['checked']} of {counted(report['studies'], 'study')} read, {news}{details}; "
        f"{counted(report['requests'], 'request')}, {report['seconds']} s"
    )


def healthcheck(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Say whether the service does its work: polls succeed, and every watched record can be read.

    Exits with 0 if so; 1 if the daemon is dead, or lives and no poll has succeeded for too long (an hour after the next
    one planned, or by the third); 3 if a watched record cannot be read; 4 if the registry fails.

    [bold]Example[/]
      trialdelta healthcheck
    """
    from storage.errors import DatabaseMissing
    from sync.health.liveness import check_health, without_database
    from sync.timing.clock import utc_now

    settings = settings_of(config)
    try:
        health = check_health(open_storage(settings), settings.schedule, utc_now())
    except DatabaseMissing as missing:
        health = without_database(missing)
    if as_json:
        print_json([health.as_json()])
    else:
        colour = "green" if health.exit_code == 0 else "red"
        console().print(f"[{colour}]{health.state}[/] {safe(health.sentence)}")
    raise typer.Exit(health.exit_code)


def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask the registry.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Examine everything that the service needs, and say what to do about what is wrong.

    Tries each identity (TLS profile) once at the registry, with pauses, and says which pass.

    [bold]Examples[/]
      trialdelta doctor
      trialdelta doctor --offline --json
    """
    from sync.health.doctor import examine

    settings = settings_of(config)
    worst = 0
    for check in examine(settings, ask_registry=not offline):
        worst = max(worst, check.exit_code)
        if as_json:
            print_json([check.as_json()])
        else:
            mark = "[green]ok  [/]" if check.exit_code == 0 else "[red]fail[/]"
            console().print(f"{mark} [bold]{check.subject:<10}[/] {safe(check.sentence)}")
    raise typer.Exit(worst)
