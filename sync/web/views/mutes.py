"""Silence that people ordered, in force."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from storage import alerts
from sync.view import View


class Mute(View):
    """Silence that a person ordered, in force."""

    id: int
    nct_id: str | None
    kind: str | None
    until: datetime
    reason: str
    by: str
    at: datetime


def mutes(session: Session, now: datetime) -> list[Mute]:
    """The mutes in force, in the order in which they were ordered."""
    return [Mute.model_validate(mute) for mute in alerts.mutes(session, now)]


def of_study(session: Session, now: datetime, nct_id: str) -> list[Mute]:
    """Those of a study, of all of it or of a kind."""
    return [mute for mute in mutes(session, now) if mute.nct_id == nct_id]


def of_event(session: Session, now: datetime, nct_id: str | None, kind: str) -> list[Mute]:
    """Those that keep quiet what is like an event: its study, its kind, or both."""
    return [
        # What a mute leaves open it silences all of: one without a study concerns each.
        mute
        for mute in mutes(session, now)
        if mute.nct_id in (None, nct_id) and mute.kind in (None, kind)
    ]
