"""The editor's worklist: studies that changed since somebody last reviewed them, with what changed in a line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import Field
from sqlalchemy.orm import Session

from storage import own_pages, watch_summary, worklist
from storage.worklist import Since, Watched
from sync.changes.model import Kind, Severity
from sync.versions.known import one_of
from sync.view import View
from sync.web.views import stored
from sync.web.views.cache import WhileUnchanged
from sync.web.views.cohort import large

Order = Literal["heaviest", "newest"]
PER_PAGE = 50
EXPORTED = (
    "nct_id", "title", "status", "sponsor", "own_page", "severity", "changes", "heaviest", "last_change", "event",
    "reviewed_at", "reviewed_by", "reviewed_version", "newest_version",
)  # fmt: skip


class WorklistQuery(View):
    """Which studies, and in which order; what is left out narrows nothing."""

    show: Literal["changed", "never"] = Field(
        "changed",
        description="Those that changed since the last review; or those that nobody has reviewed yet.",
    )
    watch: str = Field("", max_length=100, description="In this watch now.")
    severity: Severity | Literal[""] = Field(
        "", description="With a change of this severity or a heavier one."
    )
    kind: Kind | Literal[""] = Field("", description="With a change of this kind.")
    status: str = Field("", max_length=60, description="Overall status.")
    reviewer: str = Field("", max_length=64, description="Last reviewed by this person.")
    sort: Order = "heaviest"

    @property
    def narrows(self) -> bool:
        """Whether not all studies are asked for of which something was told."""
        return self.show == "never" or any((self.severity, self.kind, self.status, self.reviewer))

    @property
    def lists_untold(self) -> bool:
        """Whether studies are asked for of which nothing was told."""
        return self.show == "never" and not (self.severity or self.kind or self.reviewer)


class WorkItem(View):
    """A study that is to be looked at. `heaviest`: the headline of the weightiest change since the review."""

    nct_id: str
    title: str | None
    status: str | None
    sponsor: str | None
    own_page: str | None
    severity: Severity | None
    changes: int = Field(description="Events since the last review, or ever where there was none.")
    heaviest: str | None
    event: str | None
    last_change: str | None = Field(description="The release of the last one.")
    reviewed_at: datetime | None
    reviewed_by: str | None
    reviewed_version: int | None
    newest_version: int


class Worklist(View):
    """A page of it."""

    studies: list[WorkItem]
    total: int
    page: int
    pages: int
    watched: int = Field(description="Studies of the watch, or of all, whether or not they are listed.")
    never_reviewed: int
    counted_at: datetime = Field(description=large.COUNTED_AT)


def load(session: Session, query: WorklistQuery, now: datetime, number: int = 1) -> Worklist:
    """A page of the studies that are asked for; the last one where there are fewer. Raises UsageError."""
    gathered = _gathered(session, query.watch, now)
    _check_names(session, query, now)
    chosen = _chosen(gathered.told[query.sort], query)
    total = len(chosen)
    if query.lists_untold:
        total = _never(session, query, now) if query.status else gathered.never_reviewed
    pages = max(1, -(-total // PER_PAGE))
    shown = min(number, pages)
    return Worklist(
        studies=_items(session, _page(session, query, chosen, (shown - 1) * PER_PAGE)),
        total=total,
        page=shown,
        pages=pages,
        watched=gathered.watched,
        never_reviewed=gathered.never_reviewed,
        counted_at=gathered.at,
    )


def everything(session: Session, query: WorklistQuery, now: datetime) -> list[dict[str, Any]]:
    """All that is asked for, as rows of a file."""
    _check_names(session, query, now)
    chosen = [*_chosen(_in_order(_told(session, query.watch), query.sort), query)]
    if query.lists_untold:
        chosen += [(study, ()) for study in worklist.untold(session, query.watch, query.status)]
    return [item.model_dump(mode="json") for item in _items(session, chosen)]


Line = tuple[Watched, Sequence[Since]]
"""A study, and what was told of it since its last review."""


@dataclass(frozen=True, slots=True)
class _Gathered:
    """The studies of which something was told since their last review, in each order, and how many there are besides: of a
    whole registry those are loaded for a page alone."""

    told: Mapping[Order, Sequence[Line]]
    watched: int
    never_reviewed: int
    at: datetime


_GATHERED: WhileUnchanged[_Gathered] = WhileUnchanged()
_NEVER: WhileUnchanged[int] = WhileUnchanged()


def _gathered(session: Session, watch: str, now: datetime) -> _Gathered:
    """On 2,500 studies most of a page's time, and the same for every filter and page."""

    def gather() -> _Gathered:
        watched = worklist.count(session, watch)
        never = watched - worklist.count(session, watch, reviewed=True)
        lines = _told(session, watch)
        return _Gathered({order: _in_order(lines, order) for order in _KEYS}, watched, never, now)

    return _GATHERED.get(session, watch, now, gather, lag=_lag(session, watch))


def _never(session: Session, query: WorklistQuery, now: datetime) -> int:
    """How many studies of a status nobody has reviewed."""
    asked = query.watch, query.status

    def count() -> int:
        return worklist.count(session, *asked) - worklist.count(session, *asked, reviewed=True)

    return _NEVER.get(session, asked, now, count, lag=_lag(session, query.watch))


def _lag(session: Session, watch: str) -> timedelta:
    return large.lag(session, [watch] if watch else [*watch_summary.watches(session)])


def _told(session: Session, watch: str) -> list[Line]:
    events: defaultdict[str, list[Since]] = defaultdict(list)
    for event in worklist.since_review(session, watch):
        events[event.nct_id].append(event)
    return [(study, events[nct_id]) for nct_id, study in worklist.watched(session, watch, events).items()]


def _check_names(session: Session, query: WorklistQuery, now: datetime) -> None:
    """Raise UsageError for a name that nothing has: an empty worklist looks like work done."""
    if query.status:
        one_of("status", "statuses", query.status, sorted(stored.statuses(session, now)))
    if query.reviewer:
        one_of("reviewer", "reviewers", query.reviewer, worklist.reviewers(session))


def _page(session: Session, query: WorklistQuery, chosen: Sequence[Line], offset: int) -> list[Line]:
    """A page of those of which something was told, then of the others."""
    shown = list(chosen[offset : offset + PER_PAGE])
    if not query.lists_untold or len(shown) == PER_PAGE:
        return shown
    after, missing = max(0, offset - len(chosen)), PER_PAGE - len(shown)
    others = worklist.untold(session, query.watch, query.status, offset=after, limit=missing)
    return [*shown, *((study, ()) for study in others)]


def _chosen(told: Sequence[Line], query: WorklistQuery) -> Sequence[Line]:
    return [line for line in told if _is_wanted(*line, query)] if query.narrows else told


def _is_wanted(study: Watched, events: Sequence[Since], query: WorklistQuery) -> bool:
    least = Severity(query.severity).weight if query.severity else 0
    return (
        (query.show == "changed" or study.reviewed_at is None)
        and (not query.status or study.status == query.status)
        and (not query.reviewer or study.reviewed_by == query.reviewer)
        and (not least or any(_weight(event) >= least for event in events))
        and (not query.kind or any(event.kind == query.kind for event in events))
    )


def _weight(event: Since) -> int:
    return Severity(event.severity).weight


def _newest(line: Line) -> tuple[str, int]:
    last = line[1][-1] if line[1] else None
    return (last.release, last.seq) if last else ("", 0)


def _heaviest(line: Line) -> tuple[int, str, int]:
    return (max(map(_weight, line[1]), default=-1), *_newest(line))


_KEYS: Mapping[Order, Callable[[Line], tuple[Any, ...]]] = {"heaviest": _heaviest, "newest": _newest}


def _in_order(told: Sequence[Line], order: Order) -> list[Line]:
    by_id = sorted(told, key=lambda line: line[0].nct_id)
    return sorted(by_id, key=_KEYS[order], reverse=True)


def _items(session: Session, lines: Sequence[Line]) -> list[WorkItem]:
    tops = {
        study.nct_id: max(events, key=lambda each: (_weight(each), each.seq))
        for study, events in lines
        if events
    }
    said = worklist.headlines(session, [event.id for event in tops.values()])
    pages = own_pages.own_pages(session, [study.nct_id for study, _ in lines])
    return [
        _item(study, events, tops.get(study.nct_id), said, pages.get(study.nct_id)) for study, events in lines
    ]


def _item(
    study: Watched, events: Sequence[Since], top: Since | None, said: dict[str, str], page: str | None
) -> WorkItem:
    return WorkItem(
        nct_id=study.nct_id,
        title=study.title,
        status=study.status,
        sponsor=study.sponsor,
        own_page=page,
        severity=Severity(top.severity) if top else None,
        changes=len(events),
        heaviest=said.get(top.id) if top else None,
        event=top.id if top else None,
        last_change=events[-1].release if events else None,
        reviewed_at=study.reviewed_at,
        reviewed_by=study.reviewed_by,
        reviewed_version=study.reviewed_version,
        newest_version=study.head or 0,
    )
