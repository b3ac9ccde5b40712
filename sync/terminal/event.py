"""An event told to a person on a terminal: as its channels tell it, without what only its alert has."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from sync.alerts.channels.console.transport import painted
from sync.alerts.message import AlertNote, compose
from sync.alerts.published.untrue import OutdatedPage
from sync.changes.event import Event

_SECTIONS = ("cause", "changes", "pages", "usual", "suppressed", "versions", "rules", "links", "evidence")


def event_lines(event: Event, outdated: tuple[OutdatedPage, ...] = (), usual: str = "") -> Iterator[Text]:
    """The event, line by line: what made it heavy, what else changed, pages made untrue, what is usual, the evidence."""
    return painted(compose(event, AlertNote("", None, outdated=outdated, usual=usual)), _SECTIONS)
