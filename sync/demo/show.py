"""The demo: the invented cohort on a local registry server, synced release by release, and what the service says of it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console
from rich.rule import Rule

from sync import logs
from sync.alerts.settings import RouteSettings
from sync.changes.model import Severity
from sync.config import DatabaseSettings, Settings, WatchSettings, WebSettings
from sync.cycle.cycle import run_cycle
from sync.daemon.daemon import Daemon
from sync.demo.registry import serve
from sync.demo.registry.process import RunningRegistry
from sync.demo.story import RELEASES, SEARCH, WATCHED_IDS, story
from sync.registry.settings import RegistrySettings
from sync.service import Service, open_service
from sync.terminal.text import SEVERITY_STYLE, told
from sync.versions import events
from sync.words import counted


def show(folder: Path | None, *, port: int | None = None) -> None:
    """Sync the story release by release and print what is said; the database goes with the demo unless `folder` is given.

    With a `port`, the daemon then runs on it until SIGTERM or Ctrl-C, and its console on that port (0: any free one).
    """
    out = Console(highlight=False, emoji=False, soft_wrap=True)
    logs.configure("console", "error")
    with _folder(folder) as place:
        corpus = write_story(place)
        out.print(
            f"{len(story())} invented studies on {len(RELEASES)} releases; no network. Database: {place}/demo.db\n"
        )
        with (
            serve([corpus], release=RELEASES[0]) as registry,
            open_service(settings(registry.api_url, place, port=port or 0)) as service,
        ):
            number = sum(_one_release(out, service, registry, release) for release in RELEASES)
            out.print(Rule())
            out.print(f"{counted(number, 'event')} on {counted(len(RELEASES), 'release')}.")
            if port is not None:
                _stay(out, service)
        if folder:
            out.print(f"Look further: TRIALDELTA_DATABASE__URL=sqlite:///{place}/demo.db trialdelta events")


@contextmanager
def _folder(named: Path | None) -> Iterator[Path]:
    if named is not None:
        named.mkdir(parents=True, exist_ok=True)
        yield named
    else:
        with tempfile.TemporaryDirectory(prefix="trialdelta-demo-") as temporary:
            yield Path(temporary)


def write_story(place: Path) -> Path:
    """The story as a corpus file for the local registry server."""
    corpus = place / "story.jsonl"
    corpus.write_text("".join(json.dumps(each) + "\n" for each in story()), encoding="utf-8")
    return corpus


def settings(api_url: str, place: Path, *, port: int = 0) -> Settings:
    """One watch on the story's studies; what is to be told goes into a file beside the database."""
    return Settings.model_construct(
        # Without the pause that the real registry is due: nobody else asks this one.
        registry=RegistrySettings(base_url=api_url, min_interval_s=0),
        database=DatabaseSettings(url=SecretStr(f"sqlite:///{place}/demo.db")),
        watch=(WatchSettings(name="demo", ids=WATCHED_IDS, searches=(SEARCH,)),),
        web=WebSettings(port=port),
        # To a file and nowhere else: a demo must not send anything to anybody.
        route=(
            RouteSettings(name="urgent", channels=("letters",), min_severity=Severity.HIGH),
            RouteSettings(name="morning", channels=("letters",), mode="daily"),
        ),
        channels={"letters": {"kind": "file", "path": str(place / "letters.jsonl")}},
    )


def _stay(out: Console, service: Service) -> None:
    daemon = Daemon(service)
    assert daemon.console is not None  # the demo's settings have it
    out.print(f"The console: [bold]{daemon.console.url}[/]  (Ctrl-C ends it)")
    daemon.run()


def _one_release(out: Console, service: Service, registry: RunningRegistry, release: str) -> int:
    registry.move_to(release)
    report = run_cycle(service)
    with service.database.read() as session:
        of_release = events.events(session, since=release, until=release)
    quiet = "" if of_release else "  [dim]nothing to say[/]"
    noise = f", {report.counts['noise']} re-flowed or re-ordered" if report.counts["noise"] else ""
    out.print(Rule(f"release {release}", align="left"))
    out.print(
        f"[dim]{counted(report.counts['checked'], 'study')} read{noise}, {counted(report.requests, 'request')}[/]{quiet}"
    )
    # Told last comes first in the storage; a story is read in its order.
    for event in reversed(of_release):
        style, said = SEVERITY_STYLE[event.severity], told(event.headline)
        out.print(f"[{style}]{event.severity:>8}[/]  {event.nct_id}  {said}  [dim]{event.origin}[/]")
    return len(of_release)
