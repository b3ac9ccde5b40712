"""Which registered pages an event makes untrue, and in which sentences."""

from __future__ import annotations

from sqlalchemy.orm import Session

from storage.errors import VersionCorrupt
from storage.published_pages import published_pages
from sync.alerts.published.untrue import OutdatedPage
from sync.changes.event import Event


def outdated_by(session: Session, event: Event) -> tuple[OutdatedPage, ...]:
    """The pages of the event's study of which something held in the version before it, and does not in the one after."""
    pages = published_pages(session, event.nct_id) if event.before and event.after else []
    if not pages:
        return ()
    # The engine that compares criteria costs a start a third of a second, and most studies have no page.
    from sync.alerts.published.sentences import known_before_and_after, made_untrue_by

    try:
        known = known_before_and_after(session, event)
    except VersionCorrupt:  # takes away what it means for pages, never the message; `verify` tells of it
        return ()
    if known is None:
        return ()
    made = ((page, tuple(made_untrue_by(page, *known))) for page in pages)
    return tuple(
        OutdatedPage(url=page.url, reviewed=page.reviewed, untrue=told) for page, told in made if told
    )
