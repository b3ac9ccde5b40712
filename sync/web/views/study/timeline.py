"""A study's life, out of its versions: what the record said and when, and how its dates slipped (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any, Literal

from pydantic import Field

from sync.study.dates import PartialDate
from sync.study.record import Record, Study
from sync.study.unknown_rule import unknown_day
from sync.view import View
from sync.web.views.study.record_values import Dated

LANES: tuple[tuple[str, Literal["start", "primary_completion", "completion"]], ...] = (
    ("Start", "start"),
    ("Primary completion", "primary_completion"),
    ("Completion", "completion"),
)


class Said(View):
    """What one version of a record says of the study's life."""

    status: str | None
    enrollment: int | None
    enrollment_type: str | None
    start: Dated | None
    primary_completion: Dated | None
    completion: Dated | None
    sites: int
    countries: int
    unknown_day: date | None = Field(
        description="From this day on the registry sets UNKNOWN, unless updated."
    )


class Point(View):
    """A version in time: `release` is the one in which it was first seen."""

    version: int
    release: str
    said: Said


class Span(View):
    """A status and the releases on which it stood; `until` is the first one without it, None where it still stands."""

    status: str | None
    since: str
    until: str | None


class Step(View):
    """A number from a release on; `type`, for an enrolment, is ESTIMATED or ACTUAL."""

    since: str
    count: int
    type: str | None = None


class Promise(View):
    """A date as versions gave it from a release on, and the days that it can mean."""

    since: str
    text: str
    type: str | None
    first: date
    last: date


class Lane(View):
    """One of the study's dates through all versions."""

    name: str
    promises: tuple[Promise, ...]
    slip_days: int = Field(
        description="Days from the first that was known to the last, by the days they can mean."
    )


class EventMark(View):
    """An event on the release that it tells of."""

    id: str
    release: str
    severity: str
    kind: str
    headline: str


class ReviewMark(View):
    """Somebody looked at the study."""

    at: datetime
    by: str
    version: int


class Timeline(View):
    """A study's life, to be drawn and to be read."""

    points: tuple[Point, ...]
    spans: tuple[Span, ...]
    enrollment: tuple[Step, ...]
    sites: tuple[Step, ...]
    lanes: tuple[Lane, ...]
    events: tuple[EventMark, ...]
    reviews: tuple[ReviewMark, ...]
    today: date
    read_until: date = Field(description="The release on which the record was last read.")
    forecast: date | None = Field(description="When the registry can be expected to set UNKNOWN.")
    absent_since: str | None

    @property
    def turns(self) -> tuple[Point, ...]:
        """The versions that say something else of the study's life than the one before, oldest first."""
        return tuple(
            each
            for before, each in zip((None, *self.points), self.points, strict=False)
            if before is None or _without_dates(before.said) != _without_dates(each.said)
        )


def said(record: Record) -> Said:
    """What a record says of the study's life."""
    study = Study(record)
    dates: dict[str, Any] = {name: _dated(study, name) for _, name in LANES}
    return Said(
        status=study.status,
        enrollment=study.enrollment.count,
        enrollment_type=study.enrollment.type,
        sites=len(study.locations),
        countries=len(study.countries),
        unknown_day=unknown_day(study),
        **dates,
    )


def timeline(
    points: Sequence[Point],
    *,
    today: date,
    read_until: date | None = None,
    events: Iterable[EventMark] = (),
    reviews: Iterable[ReviewMark] = (),
    absent_since: str | None = None,
) -> Timeline:
    """The life that versions tell, oldest first."""
    return Timeline(
        points=tuple(points),
        spans=tuple(_spans(points, absent_since)),
        enrollment=tuple(_enrollment(points)),
        sites=tuple(_sites(points)),
        lanes=tuple(
            _lane(name, [(point.release, getattr(point.said, key)) for point in points])
            for name, key in LANES
        ),
        events=tuple(sorted(events, key=lambda mark: mark.release)),
        reviews=tuple(sorted(reviews, key=lambda mark: mark.at)),
        today=today,
        # The picture ends where knowledge does: what was not read since is not drawn as if it had stayed.
        read_until=_read_until(points, read_until, today),
        # Of a study that is not there the registry sets nothing.
        forecast=points[-1].said.unknown_day if points and absent_since is None else None,
        absent_since=absent_since,
    )


def _read_until(points: Sequence[Point], known: date | None, today: date) -> date:
    """No earlier than the last version's release, and not after today."""
    last = date.fromisoformat(points[-1].release) if points else today
    return max(last, min(known or today, today))


def _without_dates(said: Said) -> Said:
    """What is read off a version; the forecast moves with each verification."""
    return said.model_copy(update={"unknown_day": None})


def _dated(study: Study, name: str) -> Dated | None:
    found = getattr(study, name)
    return Dated(date=str(found.date), type=found.type) if found else None


def _spans(points: Sequence[Point], absent_since: str | None) -> Iterator[Span]:
    runs = [(status, next(run).release) for status, run in groupby(points, key=lambda each: each.said.status)]
    # A status does not go on standing while the registry shows no record.
    ends = [*(since for _, since in runs[1:]), absent_since]
    for (status, since), until in zip(runs, ends, strict=False):
        yield Span(status=status, since=since, until=until)


def _enrollment(points: Sequence[Point]) -> Iterator[Step]:
    for (count, kind), run in groupby(
        points, key=lambda each: (each.said.enrollment, each.said.enrollment_type)
    ):
        if count is not None:
            yield Step(since=next(run).release, count=count, type=kind)


def _sites(points: Sequence[Point]) -> Iterator[Step]:
    """The stub of a withheld record has no sites, and does not say that there are none."""
    whole = (point for point in points if point.said.status != "WITHHELD")
    for count, run in groupby(whole, key=lambda each: each.said.sites):
        yield Step(since=next(run).release, count=count)


def _lane(name: str, given: list[tuple[str, Dated | None]]) -> Lane:
    promises = tuple(_promises(given))
    slip = 0
    if promises:
        first, last = (PartialDate.parse(promise.text) for promise in (promises[0], promises[-1]))
        slip = first.days_to(last) if first and last else 0
    return Lane(name=name, promises=promises, slip_days=slip)


def _promises(given: list[tuple[str, Dated | None]]) -> Iterator[Promise]:
    for dated, run in groupby(given, key=lambda each: each[1]):
        known = PartialDate.parse(dated.date) if dated else None
        if dated and known:
            yield Promise(
                since=next(run)[0], text=dated.date, type=dated.type, first=known.first, last=known.last
            )
