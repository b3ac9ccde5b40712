"""Channels that come and go: what one owes that is not configured any more is told once, shown, and lost by nobody.

Nothing is sent to such a channel, and it is not "stuck" either. A person moves what it owes to another channel or drops it;
or the channel comes back under its old name, and what is not too old goes out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from storage import audit, outbox, owed
from storage.owed import Moved, Owed
from storage.process_identity import has_ended
from sync import logs
from sync.alerts import batching
from sync.alerts.notices import Notice, notify
from sync.alerts.settings import AlertSettings, RouteSettings
from sync.errors import UsageError
from sync.words import agreeing, counted

TOO_OLD = timedelta(days=3)
"""As long as a delivery is tried for: what is older when its channel comes back is sent only when somebody says so."""
MOST_ALONE = 20
"""Messages that a route which is there no more may send to a channel by themselves; more of them become a digest."""

log = structlog.get_logger("alerts")


def check_for_absent(
    session: Session,
    configured: Collection[str],
    routes: Sequence[RouteSettings],
    settings: AlertSettings,
    now: datetime,
) -> None:
    """Note which channels owe something and are not configured, and tell the operator once of each."""
    owing = {name: each for name, each in owed.owed(session).items() if name not in configured}
    noted = owed.away(session)
    for name in noted.keys() - owing.keys() - set(configured):
        owed.forget_away(session, name)
    for name, each in owing.items():
        # The beat is the memory of it: whoever restarts the daemon with the same configuration is not told again.
        if name not in noted:
            owed.note_away(session, name, now)
            log.warning(logs.CHANNEL_AWAY, channel=name, owes=each.states)
            _report_away(session, each, routes, settings, now)


def _report_away(
    session: Session, each: Owed, routes: Sequence[RouteSettings], settings: AlertSettings, now: datetime
) -> None:
    name = each.channel
    subject = f"The channel {name} is not configured any more and owes {counted(each.number, 'delivery')}"
    lead = f"{subject}: {each.words}. They wait, and nobody is told of them, until you move or drop them."
    facts = {
        "owed since": each.oldest.isoformat(timespec="seconds"),
        "to see them": f"trialdelta deliveries list --channel {name}",
        "to let another channel have them": f"trialdelta deliveries move --from {name} --to CHANNEL",
        "to have them never told": f"trialdelta deliveries drop --channel {name}",
    }
    # two processes whose configurations differ would tell of it again and again: once a day is enough
    key = f"away:{name}:{now.date()}"
    notice = Notice(key, subject, lead, facts, exclude=(name,))
    notify(session, notice, routes=routes, settings=settings, now=now)


def welcome_back(
    session: Session, name: str, routes: Sequence[RouteSettings], settings: AlertSettings, now: datetime
) -> None:
    """A channel is configured again: what is due to it goes out, but for what is too old, which is held and told."""
    since = owed.away(session)[name].at
    owed.forget_away(session, name)
    day = f"{since:%Y-%m-%d}"
    why = f"held: {name} was not configured from {day} on"
    held = owed.hold_old(session, name, written_before=now - TOO_OLD, why=why)
    log.info(logs.CHANNEL_BACK, channel=name, since=since.isoformat(timespec="seconds"), held=held)
    if not held:
        return
    held_back = f"{counted(held, 'old delivery')} to it {agreeing(held, 'is', 'are')} held"
    subject = f"The channel {name} is back; {held_back}"
    lead = (
        f"{subject}: they were written more than {TOO_OLD.days} days ago, while it was not configured. "
        "They are not sent until you release them."
    )
    facts = {
        "to send them": f"trialdelta deliveries release --held --channel {name}",
        "not to send them": f"trialdelta deliveries drop --held --channel {name}",
    }
    key = f"back:{name}:{now.date()}"
    notify(session, Notice(key, subject, lead, facts), routes=routes, settings=settings, now=now)


def collect_strays(
    session: Session,
    configured: Collection[str],
    routes: Sequence[RouteSettings],
    settings: AlertSettings,
    now: datetime,
) -> None:
    """Make a digest of what waits for the digest of a route that has none for that channel any more.

    The route was taken out or renamed, tells at once now, or names other channels; or the deliveries were moved.
    """
    for (route, channel, collects), number in owed.strays(session, configured).items():
        # A route that still tells this channel in this way collects for it itself.
        known = any(
            each.name == route and channel in each.channels and each.is_digest == collects for each in routes
        )
        escalated = route.endswith(batching.ESCALATED)
        if not known and (collects or (number > MOST_ALONE and not escalated)):
            stand_in = RouteSettings(name=route, channels=(channel,), mode="daily")
            batching.digest_at_once(session, stand_in, channel, settings, now, collects=collects)


def move(
    session: Session, old: str, new: str, configured: Collection[str], *, by: str, at: datetime
) -> Moved:
    """Let a channel have what another one owes, with its entry in the audit log. Raises UsageError."""
    _must_owe(session, old, configured)
    if new not in configured:
        raise UsageError(f"there is no channel {new!r}; the channels are: {', '.join(configured)}")
    if new == old:
        raise UsageError("these are the deliveries of that very channel: name another one")
    if new in outbox.disabled(session):
        raise UsageError(f"the channel {new} is not used: enable it first (trialdelta channels enable {new})")
    # What a killed process had claimed would else be left behind as "being sent just now".
    outbox.free(session, old, has_ended)
    done = owed.move(session, old, new, at)
    audit.append(session, at, by, "deliveries moved", old, to=new, moved=done.moved, doubles=done.doubles)
    return done


def drop(
    session: Session,
    channel: str,
    configured: Collection[str],
    *,
    by: str,
    at: datetime,
    before: datetime | None = None,
) -> int:
    """Have what a channel owes never told, with its entry in the audit log; how many deliveries. Raises UsageError."""
    _must_owe(session, channel, configured)
    outbox.free(session, channel, has_ended)
    number = owed.drop(session, channel, at, by=by, before=before)
    when = {"written_before": before.isoformat(timespec="seconds")} if before else {}
    audit.append(session, at, by, "deliveries dropped", channel, dropped=number, **when)
    return number


def _must_owe(session: Session, channel: str, configured: Collection[str]) -> None:
    owing = owed.owed(session)
    if channel not in owing and channel not in configured:
        known = ", ".join(owing) or "none does"
        raise UsageError(f"no channel {channel!r} is configured, nor owes anything; those that owe: {known}")
