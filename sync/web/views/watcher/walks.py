"""How far the whole registry is read, how fast, and what is not known of it until its next walk."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from pydantic import Field
from sqlalchemy.orm import Session

from storage import walks
from storage.walks import Walk
from sync.config import Settings
from sync.view import View
from sync.words import counted, pace_words


class RegistryWalk(View):
    """A walk through the whole registry, through what was updated of late, or through its bulk download."""

    watch: str
    source: str = Field(description="api or file.")
    kind: str = Field(description="whole, sweep or bulk.")
    release: str
    studies: int = Field(description="Read so far.")
    total: int | None = Field(description="As the registry counts them.")
    a_second: float | None = Field(description="Studies a second, since it was begun or resumed.")
    seconds_left: float | None
    began_at: datetime
    ended_at: datetime | None
    proved: bool = Field(description="Whether the pages held as many studies as the registry counts.")
    whole_release: str | None = Field(description="Of the last walk that proved who is there.")
    covered_release: str | None = Field(description="Up to which all updates with a date are read.")
    next_whole: date | None = Field(description="From this release on all pages are walked again.")
    said: list[str] = Field(description="All of it in sentences.")


def load(session: Session, settings: Settings) -> list[RegistryWalk]:
    """The walks as they stand: that of the API, and the file that is being read."""
    known = walks.walks(session)
    return [_shown(each, settings) for each in known if each.source == "api" or each.ended_at is None]


def _shown(walk: Walk, settings: Settings) -> RegistryWalk:
    days = timedelta(days=settings.everything.reconcile_days)
    following = date.fromisoformat(walk.whole_release) + days if walk.whole_release else None
    said = [_under_way(walk)] if walk.ended_at is None else [_ended(walk), _not_known(following)]
    return RegistryWalk(
        watch=walk.watch,
        source=walk.source,
        kind=walk.kind,
        release=walk.release,
        studies=walk.seen,
        total=walk.total,
        a_second=walk.a_second,
        seconds_left=walk.seconds_left,
        began_at=walk.began_at,
        ended_at=walk.ended_at,
        proved=walk.proved,
        whole_release=walk.whole_release,
        covered_release=walk.covered_release,
        next_whole=following,
        said=said,
    )


def _under_way(walk: Walk) -> str:
    seconds = (walk.updated_at - walk.resumed_at).total_seconds()
    lately = walk.seen - walk.resumed_seen
    far = pace_words(walk.seen, walk.total or walk.seen, lately, seconds, "studies")
    return f"{_NAMES[walk.kind]} of release {walk.release}: {far}."


def _ended(walk: Walk) -> str:
    read = f"{_NAMES[walk.kind]} of release {walk.release}: {walk.seen:,} of {counted(walk.total or 0, 'study')} read"
    if walk.proved:
        return f"{read}."
    return f"{read}, fewer than the registry counts: nothing is concluded of who is absent."


def _not_known(following: date | None) -> str:
    until = f"Until all pages are walked again, from release {following} on," if following else "Until then"
    return (
        f"{until} nothing is known of what the registry changes without an update date (names of sponsors, publications, "
        "terms), nor of studies that it takes out; when UNKNOWN is due it is asked for."
    )


_NAMES = {"whole": "All pages", "sweep": "Updates", "bulk": "The bulk download"}
