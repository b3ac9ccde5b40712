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

from storage import events as stored
from sync import logs
from sync.cli.common import SEVERITY_STYLE, safe
from sync.config import DatabaseSettings, Settings, WatchSettings
from sync.cycle import run_cycle
from sync.demo.registry import serve
from sync.demo.registry.process import RunningRegistry
from sync.demo.story import RELEASES, SEARCH, WATCHED_IDS, story
from sync.registry.settings import RegistrySettings
from sync.service import Service, open_service


def show(folder: Path | None) -> None:
    """Sync the story release by release and print what is said; the database goes with the demo unless `folder` is given."""
    out = Console(highlight=False, soft_wrap=True)
    logs.configure("console", "error")
    with _folder(folder) as place:
        corpus = place / "story.jsonl"
        corpus.write_text("".join(json.dumps(each) + "\n" for each in story()), encoding="utf-8")
        out.print(
            f"{len(story())} invented studies on {len(RELEASES)} releases; no network. Database: {place}/demo.db\n"
        )
        with (
            serve([corpus], release=RELEASES[0]) as registry,
            open_service(_settings(registry.api_url, place)) as service,
        ):
            told = sum(_one_release(out, service, registry, release) for release in RELEASES)
        out.print(Rule())
        out.print(f"{told} events on {len(RELEASES)} releases.")
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


def _settings(api_url: str, place: Path) -> Settings:
    return Settings.model_construct(
        registry=RegistrySettings(base_url=api_url, min_interval_s=0),
        database=DatabaseSettings(url=SecretStr(f"sqlite:///{place}/demo.db")),
        watch=(WatchSettings(name="demo", ids=WATCHED_IDS, searches=(SEARCH,)),),
    )


def _one_release(out: Console, service: Service, registry: RunningRegistry, release: str) -> int:
    registry.move_to(release)
    report = run_cycle(service)
    with service.database.read() as session:
        told = stored.events(session, since=release, until=release)
    quiet = "" if told else "  [dim]nothing to say[/]"
    noise = f", {report.counts['noise']} re-flowed or re-ordered" if report.counts["noise"] else ""
    out.print(Rule(f"release {release}", align="left"))
    out.print(f"[dim]{report.counts['checked']} studies read{noise}, {report.requests} requests[/]{quiet}")
    for event in reversed(told):
        style = SEVERITY_STYLE[event["severity"]]
        out.print(
            f"[{style}]{event['severity']:>8}[/]  {event['nct_id']}  {safe(event['headline'])}  [dim]{event['origin']}[/]"
        )
    return len(told)
