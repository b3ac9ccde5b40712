"""Gathering a digest from what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from storage import alerts, digests, ledger, outbox, owed, seals, storms
from storage.alerts import AlertInfo
from sync.alerts.digest import SHOWN_IN_FULL, Digest, Line
from sync.alerts.routing import zone_of
from sync.alerts.settings import AlertSettings, RouteSettings
from sync.changes.kinds.table import OF_PRESENCE, OF_SILENCE
from sync.changes.model import Severity
from sync.words import agreeing, counted

OPEN_SHOWN = 10


def collect(
    session: Session,
    which: ColumnElement[bool],
    route: RouteSettings,
    settings: AlertSettings,
    *,
    since: datetime | None,
    until: datetime,
    reason: str = "schedule",
) -> Digest:
    """The digest of the events `which`, and of the period besides. Bounded: what is too much is counted."""
    zone = zone_of(route, settings)
    since = _begun(since, digests.first_seen(session, which))
    counts = digests.counts(session, which)
    sections = {
        "events": digests.heaviest(session, which, SHOWN_IN_FULL, exclude=OF_PRESENCE + OF_SILENCE),
        "cohort": digests.heaviest(session, which, SHOWN_IN_FULL, only=OF_PRESENCE),
        "silence": digests.heaviest(session, which, SHOWN_IN_FULL, only=OF_SILENCE),
    }
    lines = {name: tuple(Line(**asdict(row)) for row in found) for name, found in sections.items()}
    cycle_tally = digests.cycle_tally(session, since, until)
    mark = ledger.watermark(session)
    # Stable: within a severity they stay in the order of the query, longest open first.
    waiting = sorted(alerts.alerts(session, now=until), key=lambda each: -Severity(each.severity).weight)
    return Digest(
        route=route.name,
        since=since.astimezone(zone).isoformat(timespec="minutes") if since else None,
        until=until.astimezone(zone).isoformat(timespec="minutes"),
        studies=digests.watched(session),
        releases=cycle_tally.releases,
        last_release=mark.release if mark else None,
        last_read_at=mark.moved_at.astimezone(zone).isoformat(timespec="minutes") if mark else None,
        counts=counts,
        **lines,
        unannounced=sum(counts.values()) - sum(len(row) for row in lines.values()),
        unacknowledged=tuple(_line(alert, until) for alert in waiting[:OPEN_SHOWN]),
        open_alerts=len(waiting),
        failures=tuple(_failures(session, cycle_tally)),
        reason=reason,
        anchor=seals.anchor(session),
    )


def _begun(since: datetime | None, first_seen: datetime | None) -> datetime | None:
    """When the period begins: with the first of what is told, where that waited from before (a storm, a quiet night)."""
    return min(since, first_seen) if since and first_seen else since


def _line(alert: AlertInfo, now: datetime) -> Line:
    age = _age((now - alert.opened_at).days)
    return Line(
        event_id=alert.event_id,
        nct_id=alert.nct_id or "",
        title=alert.title or "",
        severity=alert.severity,
        kind=alert.kind,
        headline=alert.headline,
        origin=alert.origin,
        release=alert.release,
        note=f"{age}; {alert.assignee} has it" if alert.assignee else age,
    )


def _age(days: int) -> str:
    if days > 1:
        return f"open for {days} days"
    return "open since yesterday" if days == 1 else "opened today"


def _failures(session: Session, cycle_tally: digests.CycleTally) -> Iterator[str]:
    if cycle_tally.failures:
        yield f"{counted(cycle_tally.failures, 'cycle')} failed; the last one: {cycle_tally.last_failure}"
    if cycle_tally.quarantined:
        unread = counted(cycle_tally.quarantined, "record")
        yield f"{unread} could not be read and {agreeing(cycle_tally.quarantined, 'is', 'are')} in quarantine"
    for storm in storms.storms(session, held_only=True):
        yield f"A storm holds {counted(storm.events, 'event')}: trialdelta storm release {storm.event_id} (or dismiss)"
    away = owed.away(session)
    for channel, each in owed.owed(session).items():
        if channel in away:
            yield (
                f"The channel {channel} is not configured any more and owes {each.words}: "
                f"trialdelta deliveries list --channel {channel}"
            )
    for channel, reason in outbox.disabled(session).items():
        if channel not in away:
            yield f"The channel {channel} is not used: {reason}"
    for (channel, state), number in sorted(outbox.counts(session).items()):
        if state == "dead" and channel not in away:
            yield f"{counted(number, 'dead letter')} for {channel}: trialdelta deliver --retry"
