"""Alerts one by one, last told first, with a cursor to read on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import ConfigDict, Field
from sqlalchemy.orm import Session

from storage import alerts as stored
from storage import inbox
from storage.errors import UnknownEntry
from sync.view import View
from sync.web.views.change_preview import change_previews
from sync.web.views.events import place_of
from sync.web.views.inbox import Alert, InboxQuery


class AlertsQuery(InboxQuery):
    """Which alerts, and which of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cursor: str = Field("", max_length=40, description="Where the page before ended: its `next`.")
    limit: int = Field(50, ge=1, le=200)


class Alerts(View):
    """A page of alerts. `next`: the cursor of the following ones; null where these are the last."""

    alerts: list[Alert]
    next: str | None


def load(session: Session, query: AlertsQuery, now: datetime) -> Alerts:
    """A page of the alerts that are asked for."""
    place = place_of(session, query.cursor)
    found, following = inbox.after(session, query.filter(), now, limit=query.limit, cursor=place)
    # For the whole page at once: one by one, each alert would cost a query.
    previews = change_previews(session, found)
    return Alerts(
        alerts=[Alert.of(each, previews.get(each.event_id)) for each in found],
        # The id, not the number behind it: numbers are the database's own, and differ after a restore.
        next=found[-1].event_id if following is not None else None,
    )


def alert(session: Session, event_id: str) -> Alert:
    """The alert of an event. Raises UnknownEntry."""
    found = stored.alert(session, event_id)
    if found is None:
        raise UnknownEntry(f"There is no alert of an event {event_id}.")
    return Alert.of(found)


def alerts(session: Session, event_ids: Sequence[str]) -> list[Alert]:
    """The alerts of some events, in their order. Raises UnknownEntry."""
    return [alert(session, event_id) for event_id in event_ids]
