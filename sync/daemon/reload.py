"""Taking over a changed configuration while the daemon runs: what can be, and what needs the daemon to start again.

What came of it is told in the log, to the operator, and on the watcher's page. A file that is wrong changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import structlog
from sqlalchemy.orm import Session

from storage import ledger
from storage.process_identity import this_process
from sync import logs, rules
from sync.alerts.channels import check_channels
from sync.alerts.notices import Notice, notify
from sync.config import Settings
from sync.errors import ConfigError
from sync.health.reloads import BEAT
from sync.service import Service, up_to_date

FIXED = ("registry", "database", "web")
"""Sections that connections, listeners and open sessions are made of: they wait for the next start."""

log = structlog.get_logger("daemon")


@dataclass(frozen=True, slots=True)
class Reloaded:
    """The service from now on; `changed`: sections that are taken over; `waiting`: keys that need a new start."""

    service: Service
    changed: tuple[str, ...]
    waiting: tuple[str, ...]


def reload(service: Service, load: Callable[[], Settings]) -> Reloaded | None:
    """The service with the configuration as it is now; None where that is wrong, and the one before stays in force."""
    try:
        new = load()
        check_channels(new.channels)
        found = _merged(service, new)
    except ConfigError as error:
        log.error(logs.CONFIG_REFUSED, problem=str(error), hint=error.hint)
        _remember(service, {"state": "refused", "problem": str(error)})
        _report_refusal(service, error)
        return None
    log.info(logs.CONFIG_RELOADED, changed=list(found.changed), needs_a_new_start=list(found.waiting))
    outcome = {"state": "taken", "changed": list(found.changed), "waiting": list(found.waiting)}
    _remember(found.service, outcome)
    if found.waiting:
        _report_waiting(found)
    return found


def _merged(service: Service, new: Settings) -> Reloaded:
    # The file as it was is compared with the file as it is: what the database keeps beside it is not reloaded.
    old = service.of_file or service.settings
    kept = {section: getattr(old, section) for section in FIXED}
    settings = new.model_copy(update=kept)
    changed = (name for name in Settings.model_fields if getattr(settings, name) != getattr(old, name))
    in_force = replace(
        service, settings=settings, rules=rules.by_watch(settings), of_file=settings, mark=None
    )
    return Reloaded(up_to_date(in_force), tuple(changed), tuple(_different(old, new)))


def _different(old: Settings, new: Settings) -> Iterator[str]:
    """The keys of the fixed sections that have other values now."""
    for section in FIXED:
        was, given = getattr(old, section), getattr(new, section)
        keys = type(given).model_fields
        yield from (f"{section}.{key}" for key in keys if getattr(was, key) != getattr(given, key))


def _remember(service: Service, outcome: dict[str, Any]) -> None:
    with service.database.write() as session:
        ledger.beat(session, BEAT, service.now(), {**outcome, "holder": this_process()})


def _report_refusal(service: Service, error: ConfigError) -> None:
    subject = "The configuration was not reloaded: it is wrong"
    facts = {"what is wrong": str(error), "what to do": error.hint, "in force": "the configuration as it was"}
    with service.database.write() as session:
        _notify(session, service, subject, f"{subject}. The one before stays in force.", facts)


def _report_waiting(found: Reloaded) -> None:
    subject = "A part of the configuration waits for the daemon's next start"
    keys = ", ".join(found.waiting)
    taken = ", ".join(found.changed) or "nothing else had changed"
    facts = {"waits": keys, "taken over": taken, "what to do": "start the daemon again when it suits you"}
    with found.service.database.write() as session:
        _notify(session, found.service, subject, f"{subject}: {keys}. All else is in force.", facts)


def _notify(session: Session, service: Service, subject: str, lead: str, facts: dict[str, Any]) -> None:
    key = f"reload:{service.now().isoformat(timespec='seconds')}"
    routes, alerts = service.settings.route, service.settings.alerts
    notice = Notice(key, subject, lead, facts, severity="medium")
    notify(session, notice, routes=routes, settings=alerts, now=service.now())
