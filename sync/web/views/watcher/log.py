"""The audit log, a page at a time, newest first."""

from __future__ import annotations

from pydantic import Field
from sqlalchemy.orm import Session

from storage import audit
from sync.view import View
from sync.web.views.activity import Entries, trail

A_PAGE = 100


class AuditLog(View):
    """A page of the audit log. `next`: where the older entries begin; null where these are the last."""

    entries: list[Entries]
    entries_in_all: int
    previous: int | None = Field(
        description="Where the newer entries begin; null where these are the newest."
    )
    next: int | None


def load(session: Session, before: int | None) -> AuditLog:
    """The entries before a number, or the newest ones."""
    found = trail(session, audit.latest(session, limit=A_PAGE + 1, before=before))
    shown, last = found[:A_PAGE], audit.last(session)
    is_newest = not shown or shown[0].seq >= last
    return AuditLog(
        entries=shown,
        entries_in_all=last,
        # The numbers have no gaps, so the page before can be told without asking for it.
        previous=None if is_newest else shown[0].seq + A_PAGE + 1,
        next=shown[-1].seq if len(found) > A_PAGE else None,
    )
