"""What the service works with: settings, database, registry, rules and a clock, put together in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime

from storage.engine import Database, open_database
from sync import rules
from sync.alerts.after_restore import notice_a_copy
from sync.backup.backups import before_migration
from sync.changes.ruleset import RuleSet
from sync.config import Settings
from sync.registry.client import Registry
from sync.timing.clock import utc_now


@dataclass(frozen=True, slots=True)
class Service:
    """One instance of trialdelta; `rules` by the name of the watch, `now` an aware UTC clock."""

    settings: Settings
    database: Database
    registry: Registry
    rules: Mapping[str, RuleSet]
    now: Callable[[], datetime]


@contextmanager
def open_service(settings: Settings, now: Callable[[], datetime] = utc_now) -> Iterator[Service]:
    """The service of the settings, its schema brought up to date after a backup; connections are closed at the end."""
    with (
        closing(open_database(settings.database.url.get_secret_value())) as database,
        Registry(settings.registry) as registry,
    ):
        database.ensure_schema(before_migration(database, settings.backup, now))
        notice_a_copy(database, now())
        yield Service(settings, database, registry, rules.by_watch(settings), now)
