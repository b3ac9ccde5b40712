"""A study: what its record says now or said on a day, what needs somebody, and its life so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from pydantic import Field
from sqlalchemy.orm import Session

from storage import alerts, cohorts, reviews, versions
from storage.errors import UnknownEntry, VersionCorrupt
from storage.events import Headline, headlines
from storage.own_pages import own_pages
from storage.studies import StudyInfo, status_module, studies
from sync.alerts.published.registered import RegisteredPage
from sync.changes import silence as silences
from sync.changes.ruleset import RuleSet
from sync.config import Settings
from sync.rules import for_study
from sync.service import Service
from sync.study.record import Record, Study
from sync.versions.history import VersionWithEvent, history, quiet, version_named
from sync.versions.review import Compared, compared
from sync.view import View
from sync.web.views import published
from sync.web.views.cache import Cache
from sync.web.views.change_preview import change_previews
from sync.web.views.inbox import Alert
from sync.web.views.mutes import Mute, of_study
from sync.web.views.study.facts import Facts, facts_of
from sync.web.views.study.study_class import StudyClassView, class_view
from sync.web.views.study.study_models import (
    EventLine,
    Membership,
    Presence,
    Reviewed,
    Shown,
    Silence,
    VersionLine,
)
from sync.web.views.study.timeline import EventMark, Point, ReviewMark, Said, Timeline, said, timeline

MOST_EVENTS = 50
"""Events that the page lists."""
MOST_MARKS = 60
"""Events that the picture marks: the newest ones."""

_FACTS: Cache[Facts] = Cache(128)
_SAID: Cache[Said] = Cache(8_192)
_COMPARED: Cache[Compared] = Cache(64)


class StudyView(View):
    """All that is known of a study."""

    nct_id: str
    title: str
    presence: Presence
    shown: Shown | None = Field(description="Null while no record of it was read.")
    unreadable: str | None = Field(description="Why the stored versions could not all be read.")
    facts: Facts | None
    silence: list[Silence] = Field(description="As of now, whichever version is shown.")
    memberships: list[Membership]
    reviewed: Reviewed | None
    classified: StudyClassView | None = Field(description="What it has to do with CAR-T cells.")
    own_page: str | None = Field(description="Where your own page on it is.")
    pages: list[RegisteredPage] = Field(description="Registered ones, each with what of it no longer holds.")
    alerts: list[Alert] = Field(description="Open ones, snoozed ones among them.")
    mutes: list[Mute] = Field(description="In force, of the study itself.")
    versions: list[VersionLine] = Field(description="Newest first.")
    events: list[EventLine] = Field(description="Newest first.")
    events_in_all: int
    timeline: Timeline


def load(service: Service, session: Session, nct_id: str, *, which: str | None = None) -> StudyView:
    """A study as it stands, its facts as of `which` (a version's number or a day). Raises UnknownEntry, UnknownVersion."""
    # Named in the configuration a minute ago: the page says that it is waited for, instead of that there is no such
    # study.
    info = studies(session, [nct_id]).get(nct_id) or _named(service, nct_id)
    now, rules = service.now(), for_study(session, service.settings, nct_id)
    announced = headlines(session, nct_id=nct_id, held=True, historical=True)
    stored = history(session, nct_id, announced)
    number = version_named(session, nct_id, which, now.date()) if stored or which else None
    lines = [_event_line(each) for each in announced]
    facts, problem = _facts_of(session, stored, number)
    points, unread = _points(session, nct_id, stored)
    # Snoozed ones too: whoever comes to the study's own page wants to see what was put off.
    waiting = alerts.alerts(session, now=now, nct_id=nct_id, snoozed=True)
    gist_of = change_previews(session, waiting)
    return StudyView(
        nct_id=nct_id,
        title=(facts.title if facts else "") or info.title or "",
        presence=_presence(info),
        shown=None if number is None else _shown(stored, number),
        unreadable=problem or unread,
        facts=facts,
        silence=list(_silence(session, info, now, rules)),
        memberships=[
            Membership.model_validate(membership)
            for membership in cohorts.memberships(session, nct_id=nct_id)
        ],
        reviewed=_reviewed(session, nct_id, stored, service.settings),
        classified=class_view(session, nct_id),
        own_page=own_pages(session, [nct_id]).get(nct_id),
        pages=published.load(session, nct_id).pages,
        alerts=[Alert.of(each, gist_of.get(each.event_id)) for each in waiting],
        mutes=of_study(session, now, nct_id),
        versions=[_version_line(each) for each in reversed(stored)],
        events=lines[:MOST_EVENTS],
        events_in_all=len(lines),
        timeline=_timeline(session, info, points, announced, now),
    )


def _named(service: Service, nct_id: str) -> StudyInfo:
    """A study that a watch of the configuration names, and that no cycle has come to yet. Raises UnknownEntry."""
    if not any(nct_id in watch.ids for watch in service.settings.watch):
        raise UnknownEntry(f"{nct_id} is in no watch, and was in none. To follow it, name it in a watch.")
    nothing: dict[str, Any] = dict.fromkeys(StudyInfo.__dataclass_fields__)
    return StudyInfo(**nothing | {"nct_id": nct_id, "state": "unread", "absent_releases": 0})


def _presence(info: StudyInfo) -> Presence:
    return Presence(
        state=info.state,
        absent_since=info.absent_since,
        absent_releases=info.absent_releases,
        alias_of=info.alias_of,
        first_seen_release=info.first_seen_release or None,
        checked_at=info.checked_at,
        read_release=info.checked_stamp[:10] if info.checked_stamp else None,
    )


def _shown(stored: Sequence[VersionWithEvent], number: int) -> Shown:
    place = next(at for at, version in enumerate(stored) if version.info.number == number)
    following = stored[place + 1].info.day if place + 1 < len(stored) else None
    info = stored[place].info
    return Shown(
        number=number,
        release=info.day,
        is_past=info.provenance != "api" or info.since is not None,
        until=following,
        is_newest=following is None,
    )


def _facts_of(
    session: Session, stored: Sequence[VersionWithEvent], number: int | None
) -> tuple[Facts | None, str | None]:
    """The facts of a version; where it is damaged the reason instead, so that all else can still be read."""
    info = next((version.info for version in stored if version.info.number == number), None)
    if info is None:
        return None, None
    try:
        return _FACTS.get(
            info.sha256, lambda: facts_of(_record(versions.payload(session, info.nct_id, info.number)))
        ), None
    except VersionCorrupt as error:
        return None, error.sentence


def _points(
    session: Session, nct_id: str, stored: Sequence[VersionWithEvent]
) -> tuple[list[Point], str | None]:
    """What each version says of the study's life; those after a damaged one are left out, and the reason is told."""
    readings = [_SAID.known(version.info.sha256) for version in stored]
    problem = None
    # One pass over all of them, also where a single one is missing: each version is packed on top of the one before.
    if None in readings:
        try:
            for at, (_, payload) in enumerate(versions.payloads(session, nct_id)):
                readings[at] = readings[at] or _SAID.keep(stored[at].info.sha256, said(_record(payload)))
        except VersionCorrupt as error:
            problem = error.sentence
    pairs = zip(stored, readings, strict=True)
    points = [
        Point(version=version.info.number, release=version.info.day, said=words)
        for version, words in pairs
        if words
    ]
    return points, problem


def _record(payload: bytes) -> Record:
    """What is stored was read strictly before it was: reading it again may be fast."""
    return msgspec.json.decode(payload, type=dict)


def _timeline(
    session: Session, info: StudyInfo, points: Sequence[Point], announced: Sequence[Headline], now: datetime
) -> Timeline:
    names = ("id", "release", "severity", "kind", "headline")
    read = date.fromisoformat(info.checked_stamp[:10]) if info.checked_stamp else None
    marks = [EventMark(**{name: getattr(event, name) for name in names}) for event in announced[:MOST_MARKS]]
    seen = [
        ReviewMark(at=review.at, by=review.by, version=review.version)
        for review in reviews.reviews(session, info.nct_id)
    ]
    return timeline(
        points,
        today=now.date(),
        read_until=read,
        events=marks,
        reviews=seen,
        absent_since=info.absent_since if info.state in ("missing", "gone") else None,
    )


def _silence(session: Session, info: StudyInfo, now: datetime, rules: RuleSet) -> Iterator[Silence]:
    if info.state != "present":
        return
    module = status_module(session, info.nct_id)
    states = silences.silence(Study.of_status(module), now.date(), (), rules.limits)
    yield from (Silence(kind=str(state.kind), fact=state.fact, day=state.day) for state in states)


def _reviewed(
    session: Session, nct_id: str, stored: Sequence[VersionWithEvent], settings: Settings
) -> Reviewed | None:
    last = next(iter(reviews.reviews(session, nct_id)), None)
    if last is None:
        return None
    newest = stored[-1].info
    rules = for_study(session, settings, nct_id, on=newest.release)
    key = (nct_id, last, newest.number, newest.sha256, rules.sha256)
    event = _COMPARED.get(key, lambda: compared(session, nct_id, settings)).event
    return Reviewed(
        at=last.at,
        by=last.by,
        note=last.note,
        version=last.version,
        newest=newest.number,
        changes=len(event.changes) if event else 0,
        headline=event.headline if event else None,
        severity=event.severity if event else None,
    )


def _event_line(event: Headline) -> EventLine:
    names = ("id", "release", "seen_at", "severity", "kind", "origin", "headline")
    return EventLine(
        **{name: getattr(event, name) for name in names},
        held=event.held_by is not None,
        historical=event.historical,
    )


def _version_line(version: VersionWithEvent) -> VersionLine:
    kept = (name for name in VersionLine.model_fields if name not in ("event", "quiet"))
    return VersionLine(
        **{name: getattr(version.info, name) for name in kept},
        event=_event_line(version.event) if version.event else None,
        quiet="" if version.event else quiet(version.info.number),
    )
