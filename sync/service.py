"""What the service works with: settings, database, registry, rules and a clock, put together in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from storage import kept_watches
from storage.engine import Database, open_database
from sync import kept, logs, rules
from sync.alerts.after_restore import notice_a_copy
from sync.backup.backups import before_migration
from sync.changes.ruleset import RuleSet
from sync.config import Settings, WatchSettings
from sync.registry.client import Registry
from sync.timing.clock import utc_now

log = structlog.get_logger("service")


@dataclass(frozen=True, slots=True)
class Service:
    """One instance of trialdelta; `rules` by the name of the watch, `now` an aware UTC clock.

    `settings` are in force: those of the file (`of_file`) with what the database keeps beside them, as it was at `mark`.
    """

    settings: Settings
    database: Database
    registry: Registry
    rules: Mapping[str, RuleSet]
    now: Callable[[], datetime]
    paused: frozenset[str] = frozenset()
    """Names of watches that are not asked for."""
    of_file: Settings | None = None
    mark: kept_watches.Mark | None = None

    @property
    def watched(self) -> tuple[WatchSettings, ...]:
        """The watches that the registry is asked for."""
        return tuple(each for each in self.settings.watch if each.name not in self.paused)


def up_to_date(service: Service) -> Service:
    """The service with what the database keeps of its configuration now; the same one where nothing was changed."""
    with service.database.read() as session:
        mark = kept_watches.mark(session)
        if mark == service.mark:
            return service
        of_file = service.of_file or service.settings
        settings = kept.in_force(of_file, session)
        paused = frozenset(kept_watches.paused_watches(session))
        lost = kept.unreadable(session)
    if lost:
        log.warning(logs.KEPT_WATCH_UNREADABLE, watches=lost)
    # The one thing that is known of us before a request is read: it is told from the next request on.
    service.registry.introduce(settings.registry)
    in_force = rules.by_watch(settings)
    return replace(service, settings=settings, rules=in_force, paused=paused, of_file=of_file, mark=mark)


@contextmanager
def open_service(settings: Settings, now: Callable[[], datetime] = utc_now) -> Iterator[Service]:
    """The service of the settings, its schema brought up to date after a backup; connections are closed at the end."""
    with (
        closing(open_database(settings.database.url.get_secret_value())) as database,
        Registry(settings.registry) as registry,
    ):
        database.ensure_schema(before_migration(database, settings.backup, now))
        notice_a_copy(database, now())
        yield up_to_date(Service(settings, database, registry, rules.by_watch(settings), now))
