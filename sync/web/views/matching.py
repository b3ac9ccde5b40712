"""All the alerts that a filter of the inbox matches, beyond the page: what is shown before something is done to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import Field
from sqlalchemy.orm import Session

from storage import inbox
from storage.payloads import sha256_of
from sync.errors import UsageError
from sync.view import View
from sync.web.views.activity import MOST
from sync.web.views.inbox import Alert, InboxQuery
from sync.words import counted

NAMED = 10
"""Alerts that are named, of all that match."""


class Matching(View):
    """The alerts that match."""

    events: list[str]
    seal: str = Field(description="Of exactly these alerts: another one where one has come or gone.")
    severities: Mapping[str, int]
    newest: list[Alert] = Field(description="Those that were told last.")


def load(session: Session, query: InboxQuery, now: datetime) -> Matching:
    """All of them. Raises UsageError where they are too many for one action: it is one transaction, and can be undone."""
    which = query.filter()
    events = inbox.matching(session, which, now)
    if len(events) > MOST:
        number = counted(len(events), "alert")
        raise UsageError(f"The filter matches {number}, and one action takes {MOST:,}. Narrow it.")
    newest, _ = inbox.after(session, which, now, limit=NAMED)
    return Matching(
        events=events,
        seal=sha256_of("\n".join(events).encode()),
        severities=inbox.tally(session, which, now)[0],
        newest=[Alert.of(each) for each in newest],
    )
