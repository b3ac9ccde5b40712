"""What is told in one message: digests when their time has come, groups of a study, and a digest instead of a crowd."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from storage import alerts, digests, ledger, outbox, restored
from storage.outbox import NewDelivery
from sync import logs
from sync.alerts.collect_digest import collect
from sync.alerts.digest import Digest
from sync.alerts.ids import delivery_id
from sync.alerts.routing import groups, heaviest, last_digest_time
from sync.alerts.settings import AlertSettings, RouteSettings

HOUR = timedelta(hours=1)
ESCALATED = "/escalated"
"""Ends the name of the route under which an alert is told to others."""

log = structlog.get_logger("alerts")


def make_digest(session: Session, route: RouteSettings, settings: AlertSettings, now: datetime) -> bool:
    """Write a route's digest for all its channels if its time has come; a route is known from its first look on.

    After a long sleep there is one digest of all of it, not one for each day.
    """
    due, before = last_digest_time(route, settings, now), since(session, route)
    # A route that is new has no digest to make of the years before it: it begins to collect with its first look.
    if before is None or before >= due:
        if before is None:
            _remember(session, route, now)
        return False
    # One for each channel, though they say the same: each has its own outbox, and one that fails must not hold up the
    # other.
    for channel in route.channels:
        which = outbox.waiting_of(route.name, channel, until=now, collects=True)
        digest = collect(session, digests.of_deliveries(which), route, settings, since=before, until=now)
        bundle = _write(session, digest, route, channel, now)
        outbox.bundle_into(session, bundle, which, now)
    _remember(session, route, now)
    log.info(logs.DIGEST_MADE, route=route.name, since=before.isoformat(timespec="seconds"))
    return True


def digest_at_once(
    session: Session,
    route: RouteSettings,
    channel: str,
    settings: AlertSettings,
    now: datetime,
    *,
    collects: bool,
) -> None:
    """Tell a channel now, in one digest, what waits for a route's digest or is due from it."""
    which = outbox.waiting_of(route.name, channel, until=now, collects=collects)
    outbox.keep_from_claims(session, which)
    digest = collect(
        session,
        digests.of_deliveries(which),
        route,
        settings,
        since=since(session, route) or now,
        until=now,
        reason="crowd",
    )
    outbox.bundle_into(session, _write(session, digest, route, channel, now), which, now)
    log.info(logs.DIGEST_MADE, route=route.name, channel=channel, reason="the route has no digest any more")


def since(session: Session, route: RouteSettings) -> datetime | None:
    """When the route's last digest was made."""
    mark = ledger.last_beat(session, f"digest:{route.name}")
    return mark.at if mark else None


def _remember(session: Session, route: RouteSettings, at: datetime) -> None:
    ledger.beat(session, f"digest:{route.name}", at)


def group(
    session: Session, route: RouteSettings, channel: str, settings: AlertSettings, now: datetime
) -> None:
    """Put what a route is to tell a channel at once into as few messages as the route wants, and no more than it allows.

    More messages than the hour has room for become one digest; once that room is used up, what is not critical waits for
    it to come free.
    """
    rows = outbox.select_due(session, route.name, channel, now)
    if not rows:
        return
    sent = outbox.sent_times(session, route.name, channel, now - HOUR, now)
    room, messages = route.max_messages - len(sent), groups(rows, route)
    which = outbox.waiting_of(route.name, channel, until=now, collects=False)
    if room <= 0 and not any(severity == "critical" for _, _, severity in rows):
        # The oldest message of the last hour is the first to make room again.
        outbox.postpone(session, which, sent[0] + HOUR)
    # Something critical is never made to wait: where there is no room it goes out in a digest, one message over the
    # limit.
    elif len(messages) > max(room, 0):
        digest = collect(
            session,
            digests.of_deliveries(which),
            route,
            settings,
            since=now - HOUR,
            until=now,
            reason="crowd",
        )
        outbox.bundle_into(session, _write(session, digest, route, channel, now), which, now)
    else:
        for message in messages:
            lead = heaviest(message)
            # Under the heaviest, whose severity decides how the message looks and whether it may wake somebody.
            outbox.bundle_into(session, lead, [row[0] for row in message if row[0] != lead], now)


def escalate(session: Session, route: RouteSettings, now: datetime) -> int:
    """Tell others of the alerts that nobody acknowledged in the time that the route allows; how many messages."""
    if route.patience is None:
        return 0
    overdue = alerts.unacknowledged(session, route.name, opened_before=now - route.patience, now=now)
    # since a backup they may have been acknowledged, or escalated: the restored database cannot know
    before = restored.opened_before_restore(session, [event_id for event_id, _ in overdue])
    new = [
        NewDelivery(
            id=delivery_id(event_id, channel, route.name, "escalated"),
            kind="alert",
            route=f"{route.name}{ESCALATED}",
            channel=channel,
            state="held" if event_id in before else "due",
            created_at=now,
            due_at=now,
            event_id=event_id,
            nct_id=nct_id,
        )
        for event_id, nct_id in overdue
        for channel in route.escalate_to
    ]
    return outbox.add(session, new)


def _write(session: Session, digest: Digest, route: RouteSettings, channel: str, now: datetime) -> str:
    digest_id = delivery_id("digest", route.name, channel, now.isoformat(), digest.reason)
    new = NewDelivery(
        id=digest_id,
        kind="digest",
        route=route.name,
        channel=channel,
        state="due",
        created_at=now,
        due_at=now,
        body=digest.as_json(),
    )
    outbox.add(session, [new])
    return digest_id
