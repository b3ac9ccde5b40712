"""After a restore: what the first catch-up finds may have been told by the lost database, and waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from storage import restored
from storage.backup import identity
from storage.engine import Database
from storage.restored import Restore
from sync import logs
from sync.alerts.notices import Notice, notify
from sync.alerts.settings import AlertSettings, RouteSettings
from sync.changes.event import Event
from sync.words import agreeing, counted

log = structlog.get_logger("alerts")


def may_have_been_announced(known: Restore | None, event: Event) -> bool:
    """Whether an event that is found now may have been told before the restore."""
    if known is None:
        return False
    return known.may_have_announced(event.nct_id or None, event.posted, of_versions=event.before is not None)


def report_what_is_held(
    session: Session, known: Restore, routes: Sequence[RouteSettings], settings: AlertSettings, now: datetime
) -> None:
    """One notice of how much a restore holds, if anything."""
    number = restored.count_held(session)
    if not number:
        return
    what = counted(number, "delivery")
    subject = f"Restored; {what} held, release or drop"
    since = f"{known.backup_at:%Y-%m-%d %H:%M} UTC" if known.backup_at else "an unknown time"
    lead = (
        f"The database was restored from a backup as of {since}. {what} may have "
        "been told between then and the restore, and will not be sent until somebody decides."
    )
    facts = {
        "backup": since,
        "restored": f"{known.at:%Y-%m-%d %H:%M} UTC",
        "held": number,
        "to see them": "trialdelta deliveries held",
        "to send them": "trialdelta deliveries release --held",
        "not to send them": "trialdelta deliveries drop --held",
    }
    # By the restore, not by the number: more may come to be held while it catches up, and one notice is enough.
    key = f"restored:{known.at.isoformat()}"
    notify(session, Notice(key, subject, lead, facts), routes=routes, settings=settings, now=now)


def report_held_escalations(
    session: Session, routes: Sequence[RouteSettings], settings: AlertSettings, now: datetime
) -> None:
    """One notice of alerts that a restore brought along and nobody has acknowledged since: they are not escalated again."""
    known = restored.last_restore(session)
    number = restored.count_held(session, route_like="%/escalated") if known else 0
    if known is None or not number:
        return
    subject = f"Restored; {counted(number, 'escalation')} held, release or drop"
    lead = (
        f"{counted(number, 'alert')} of before the restore {agreeing(number, 'is', 'are')} not acknowledged as far as the "
        f"restored database knows. {agreeing(number, 'It', 'They')} may have been acknowledged, or "
        "escalated, since the backup."
    )
    facts = {"to see them": "trialdelta deliveries held", "who waits": "trialdelta alerts"}
    key = f"restored:{known.at.isoformat()}:escalated"
    notify(session, Notice(key, subject, lead, facts), routes=routes, settings=settings, now=now)


def notice_a_copy(database: Database, now: datetime) -> bool:
    """Mark a backup that was put in place by hand as restored: it carries the name of another database than the one it is.

    A copy made with `cp` says nothing of the kind; `restore` marks whatever it puts in place.
    """
    here = identity(database)
    with database.read() as session:
        if not restored.is_a_copy(session, here):
            return False
    with database.write() as session:
        if not restored.is_a_copy(session, here):
            return False
        backup_at = restored.backed_up_at(session)
        held = restored.mark(
            session, backup_at=backup_at, at=now, by="trialdelta", file="put in place by hand"
        )
    log.warning(logs.DATABASE_RESTORED, backup_at=str(backup_at), held=held)
    return True
