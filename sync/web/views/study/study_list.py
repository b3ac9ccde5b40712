"""Studies in one line each, by id."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import Field
from sqlalchemy.orm import Session

from storage import cohorts
from storage import studies as stored
from storage.studies import StudyInfo
from sync.view import View
from sync.web.views.base import Parameters
from sync.web.views.paging import no_such_cursor


class StudiesQuery(Parameters):
    """Which studies; what is left out narrows nothing."""

    watch: str = Field("", max_length=100, description="Those that are in this watch.")
    state: Literal["", "unread", "present", "missing", "gone", "withheld", "alias"] = Field(
        "", description="What is known of their presence in the registry."
    )
    q: str = Field("", max_length=100, description="Words that stand in title, NCT ID or sponsor.")
    cursor: str = Field("", max_length=40, description="Where the page before ended: its `next`.")
    limit: int = Field(50, ge=1, le=200)


class StudyLine(View):
    """A study as lists show it."""

    nct_id: str
    title: str | None
    status: str | None
    sponsor: str | None
    phases: list[str]
    state: str
    versions: int = Field(description="How many of it are stored.")
    last_update_posted: str | None
    first_seen_release: str
    checked_at: datetime | None = Field(description="When it was last read.")
    watches: list[str]


class Studies(View):
    """A page of studies. `next`: the cursor of the following ones; null where these are the last."""

    studies: list[StudyLine]
    next: str | None


def load(session: Session, query: StudiesQuery) -> Studies:
    """A page of the studies that are asked for. Raises UsageError where the cursor is not an event's id."""
    # An id that nobody gave would be answered with whatever follows it in the alphabet.
    if query.cursor and query.cursor not in stored.studies(session, [query.cursor]):
        raise no_such_cursor()
    found = stored.following(
        session,
        after=query.cursor,
        watch=query.watch,
        state=query.state,
        text=query.q.strip().replace("\0", ""),
        limit=query.limit + 1,
    )
    shown = found[: query.limit]
    return Studies(
        studies=_lines(session, shown), next=shown[-1].nct_id if len(found) > query.limit else None
    )


def _lines(session: Session, found: Sequence[StudyInfo]) -> list[StudyLine]:
    watches = cohorts.watches_of(session, (each.nct_id for each in found))
    kept = StudyLine.model_fields.keys() - {"phases", "versions", "watches"}
    return [
        StudyLine(
            **{name: getattr(each, name) for name in kept},
            phases=each.phases or [],
            versions=each.head or 0,
            watches=watches.get(each.nct_id, []),
        )
        for each in found
    ]
