"""What of a watch is still to be read: what is new in its configuration, and what the registry has never had."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field
from sqlalchemy.orm import Session

from storage import cohorts
from storage.studies import current_ids, studies, unregistered
from storage.walks import walk
from sync.config import WatchSettings
from sync.cycle.cohort_walk import is_edited
from sync.view import View


class StillToRead(View):
    """How much of a watch is read, and what is not. The next poll reads what is new, without waiting for a release."""

    read: int
    total: int
    waiting: list[str] = Field(description="Ids that are named and not read yet.")
    unregistered: list[str] = Field(description="Ids that the registry has never had.")
    is_edited: bool = Field(description="Whether no poll has come to the watch as it is configured now.")


def load(session: Session, name: str, watches: Sequence[WatchSettings]) -> StillToRead | None:
    """What is still to be read of a watch; None where nothing is, or where it is not configured any more."""
    watch = next((each for each in watches if each.name == name), None)
    if watch is None:
        return None
    if watch.everything:
        return _of_everything(session, name)
    heirs, members = current_ids(session), cohorts.members(session, name)
    named = {heirs.get(nct_id, nct_id) for nct_id in watch.ids}.union(members)
    read = {nct_id for nct_id, known in studies(session, named).items() if known.head is not None}
    never = unregistered(session, named - read)
    waiting = sorted(named - read - {*never})
    edited = is_edited(session, watch)
    if not (waiting or never or edited):
        return None
    return StillToRead(
        read=len(read & members.keys()),
        total=len(named),
        waiting=waiting,
        unregistered=never,
        is_edited=edited,
    )


def _of_everything(session: Session, name: str) -> StillToRead | None:
    """How far the walk through the whole registry has come; None where it has ended."""
    known = walk(session, name)
    if known is not None and known.ended_at is not None:
        return None
    read, total = (known.seen, known.total or known.seen) if known else (0, 0)
    return StillToRead(read=read, total=total, waiting=[], unregistered=[], is_edited=known is None)
