"""What is wrong with backups, and what a restore left to decide (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from storage.restored import Restore
from sync.backup.backups import Newest
from sync.web.views.watcher.troubles import Trouble
from sync.words import counted


def copy_troubles(newest: Newest, restore: Restore | None, held: int, now: datetime) -> Iterator[Trouble]:
    """Backups that are overdue, and deliveries that a restore holds."""
    if newest.is_overdue(now):
        last = f"The newest is of {newest.at:%Y-%m-%d %H:%M} UTC" if newest.at else "There is none yet"
        last += ", and its file is no longer there" if newest.is_lost else ""
        said = f" The last try failed: {newest.problem}" if newest.problem else ""
        yield Trouble(
            level="warn",
            subject="No backup was made when one was due",
            sentence=f"{last}; the next was due at {newest.due_at:%Y-%m-%d %H:%M} UTC.{said}",
            to_do="Look at the folder's space, owner and mode; then make one by hand to see what it says.",
            command="trialdelta backup FILE",
        )
    if held and restore:
        yield Trouble(
            level="bad",
            subject=f"A restore holds {counted(held, 'delivery')} back",
            sentence=f"The database was restored at {restore.at:%Y-%m-%d %H:%M} UTC. They may have been told before, and "
            "are not sent until somebody decides.",
            to_do="See them, then release those that nobody was told, and drop the others.",
            command="trialdelta deliveries held",
            place="channels",
        )
