"""Releases that go backwards: a copy of the registry that is behind, or a rollback. Nothing is concluded from them.

After release 09-02 was read, the records of 09-01 would tell of changes that nobody made, and those of 09-02 would tell of
them once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from storage import ledger
from storage.ledger import Beat
from sync.alerts.notices import Notice, notify
from sync.alerts.settings import AlertSettings, RouteSettings
from sync.registry.client import Release

OLDER = "older_release"
"""The beat that remembers the older release which the registry serves; without detail where it serves none."""

TO_DO = "If the registry has gone back for good, `trialdelta sync --force` reads its release all the same."


@dataclass(frozen=True, slots=True)
class OlderRelease:
    """The registry serves a release that is older than the last one read."""

    release: str
    stamp: str
    than: str
    """The stamp of the last one that was read."""

    @property
    def sentence(self) -> str:
        """The fact, for people."""
        return f"The registry serves release {self.stamp}, which is older than {self.than}, the last one read"


def older_release(session: Session, release: Release) -> OlderRelease | None:
    """The release as one that is older than what was read; None where it is not."""
    mark = ledger.watermark(session)
    # Of a partial release too, which moves no watermark: its records are stored all the same.
    read = [stamp for stamp in (mark.stamp if mark else None, ledger.last_read(session)) if stamp]
    newer = next((stamp for stamp in read if _is_older(release.stamp, stamp)), None)
    return OlderRelease(release.date, release.stamp, newer) if newer else None


def note_older(
    session: Session,
    older: OlderRelease,
    *,
    routes: Sequence[RouteSettings],
    settings: AlertSettings,
    now: datetime,
) -> None:
    """Remember the older release, and tell the operator once of it."""
    lead = (
        f"{older.sentence}. Nothing is concluded from it, and what is stored stays as it is. It passes by itself with the "
        "next release, or when each of the registry's copies has the present one."
    )
    facts = {"release": older.stamp, "last one read": older.than, "what to do": TO_DO}
    key, subject = f"older:{older.stamp}:{older.than}", "The registry serves an older release"
    ledger.beat(session, OLDER, now, asdict(older))
    notice = Notice(key, subject, lead, facts, severity="medium")
    notify(session, notice, routes=routes, settings=settings, now=now)


def forget_older(session: Session, now: datetime) -> None:
    """The registry serves no older release any more."""
    ledger.beat(session, OLDER, now)


def served_older(session: Session) -> OlderRelease | None:
    """The older release that the registry served when it was last asked."""
    return older_of(ledger.last_beat(session, OLDER))


def older_of(known: Beat | None) -> OlderRelease | None:
    """The same, of the beat that remembers it."""
    return OlderRelease(**known.detail) if known and known.detail else None


def _is_older(stamp: str, than: str) -> bool:
    """By the whole stamps where they are of one form, else by their days: beyond that a stamp means nothing to us."""
    return stamp < than if len(stamp) == len(than) else stamp[:10] < than[:10]
