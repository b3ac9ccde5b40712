"""One instance of trialdelta for tests: a database of its own, a registry to ask, and nothing kept between two cycles."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from storage import cohorts, events, ledger, quarantine, versions
from storage.engine import Database, open_database
from storage.studies import StudyInfo, studies
from sync.config import DatabaseSettings, GateSettings, Settings, WatchSettings
from sync.cycle.cycle import run_cycle
from sync.cycle.report import Report
from sync.registry.client import Registry
from sync.registry.pacing import Patience
from sync.registry.settings import RegistrySettings
from sync.rules import by_watch
from sync.service import Service, utc_now
from tests.support import forked

ROOT = Path(__file__).resolve().parents[2]
IMPATIENT = Patience(retries=1, first_wait_s=0.0, longest_wait_s=0.0, total_s=5.0)
"""Asks again once, at once: what takes longer is left to the next cycle."""


@dataclass
class Instance:
    """Runs cycles as a process that starts for each of them would: all that it knows is in its database."""

    folder: Path
    api_url: str
    watches: tuple[WatchSettings, ...]
    patience: Patience = IMPATIENT
    registry: Mapping[str, Any] = field(default_factory=dict)
    max_bytes: int = 64_000_000
    lock_wait_s: float = 10.0
    gates: GateSettings = field(default_factory=GateSettings)
    now: Callable[[], datetime] = utc_now

    @property
    def file(self) -> Path:
        """The database's file."""
        return self.folder / "trialdelta.db"

    @property
    def url(self) -> str:
        """The database's address."""
        return f"sqlite:///{self.file}"

    @property
    def settings(self) -> Settings:
        """The settings, as a configuration file would give them."""
        return Settings.model_construct(
            registry=RegistrySettings(base_url=self.api_url, min_interval_s=0, **self.registry),
            database=DatabaseSettings(url=SecretStr(self.url)),
            watch=self.watches,
            gates=self.gates,
        )

    @contextmanager
    def service(self) -> Iterator[Service]:
        """The service, put together for one cycle."""
        settings = self.settings
        with (
            self.database() as database,
            Registry(settings.registry, patience=self.patience, max_bytes=self.max_bytes) as registry,
        ):
            yield Service(settings, database, registry, by_watch(settings), self.now)

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The database, its tables made."""
        database = open_database(self.url, lock_wait_s=self.lock_wait_s)
        database.ensure_schema()
        try:
            yield database
        finally:
            database.close()

    def sync(self, **options: Any) -> Report:
        """One cycle."""
        with self.service() as service:
            return run_cycle(service, **options)

    def events(self, *, held: bool = True, **which: Any) -> list[dict[str, Any]]:
        """The events, oldest first; those that a storm holds are among them, unless they are not wanted."""
        with self.database() as database, database.read() as session:
            return events.events(session, held=held, **which)[::-1]

    def cycles(self) -> list[ledger.Cycle]:
        """The ledger, newest first."""
        with self.database() as database, database.read() as session:
            return ledger.cycles(session, limit=1_000)

    def watermark(self) -> str | None:
        """The release that was read to its end."""
        with self.database() as database, database.read() as session:
            mark = ledger.watermark(session)
        return mark.release if mark else None

    def members(self, watch: str = "w") -> set[str]:
        """The studies in a watch."""
        with self.database() as database, database.read() as session:
            return set(cohorts.members(session, watch))

    def study(self, nct_id: str) -> StudyInfo:
        """What is known of a study."""
        with self.database() as database, database.read() as session:
            return studies(session, [nct_id])[nct_id]

    def payloads(self, nct_id: str) -> list[bytes]:
        """All versions of a study, as they came."""
        with self.database() as database, database.read() as session:
            known = versions.versions(session, nct_id)
            return [versions.payload(session, nct_id, version.number) for version in known]

    def refused(self) -> list[tuple[quarantine.Entry, bytes]]:
        """What stands in quarantine, with its bytes."""
        with self.database() as database, database.read() as session:
            return [(entry, quarantine.raw(session, entry.id)) for entry in quarantine.entries(session)]

    def beside(self, folder: Path) -> "Instance":
        """The same instance with a database elsewhere."""
        folder.mkdir(exist_ok=True)
        return replace(self, folder=folder)

    def configuration(self) -> Path:
        """The same settings as a file for the command."""
        lines = [
            "[registry]",
            f"base_url = {json.dumps(self.api_url)}",
            "min_interval_s = 0",
            *(f"{key} = {json.dumps(value)}" for key, value in self.registry.items()),
            "[database]",
            f"url = {json.dumps(self.url)}",
        ]
        for watch in self.watches:
            tables = map(_inline, watch.searches)
            named = [f"ids = {json.dumps(list(watch.ids))}", f"searches = [{', '.join(tables)}]"]
            lines += [
                "[[watch]]",
                f"name = {json.dumps(watch.name)}",
                *(["everything = true"] if watch.everything else named),
                f"rules = {_inline(watch.rules)}",
            ]
        file = self.folder / "trialdelta.toml"
        file.write_text("\n".join(lines) + "\n", "utf-8")
        return file

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs `trialdelta` to its end."""
        return forked.run(self.command_line(*arguments), env=self.environment())

    def command_line(self, *arguments: str) -> list[str]:
        """`trialdelta` with arguments, as a process is started."""
        return [sys.executable, "-m", "sync", *arguments]

    def environment(self, **more: str) -> dict[str, str]:
        """The environment in which the command finds program and configuration."""
        return os.environ | {
            "PYTHONPATH": str(ROOT),
            "TRIALDELTA_CONFIG": str(self.configuration()),
            **more,
        }


def _inline(value: Any) -> str:
    """A value as TOML has it in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_inline(each)}" for key, each in value.items()) + "}"
    return json.dumps(value)


def watch(*ids: str, name: str = "w", **search: str) -> WatchSettings:
    """A watch by ids, or by one search."""
    return WatchSettings(name=name, ids=ids, searches=(search,) if search else ())


Watching = Callable[..., Instance]
"""Makes an instance that watches something in a running registry."""
