"""Ids of the configuration that the registry has never had: a slip of the pen, or a study that is yet to be registered."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from storage.studies import Presence, name_studies, set_presence
from sync.alerts.notices import Notice, notify
from sync.cycle.context import CycleContext
from sync.words import agreeing, counted


def note_unregistered(context: CycleContext, session: Session, ids: Sequence[str]) -> None:
    """Write down ids that are newly known never to have been registered, and tell the operator once."""
    context.counts.unregistered = len(ids)
    if not ids:
        return
    release = context.release.date
    name_studies(session, ids, release)
    set_presence(session, [Presence(nct_id, "unread", release, 1) for nct_id in ids])
    named = ", ".join(ids)
    them, it = agreeing(len(ids), "it", "them"), agreeing(len(ids), "it is", "they are")
    subject = f"The registry has never had {counted(len(ids), 'watched id')}"
    lead = f"{subject}: {named}. Nothing else waits for {them}. Once {it} registered, that is told as entering the watch."
    to_do = "Check the ids of the watches in the configuration."
    facts = {"ids": named, "release": release, "what to do": to_do}
    settings, now = context.service.settings, context.service.now()
    notice = Notice(f"unregistered:{named}", subject, lead, facts, severity="medium")
    notify(session, notice, routes=settings.route, settings=settings.alerts, now=now)
