"""The editor's worklist: studies that changed since somebody last reviewed them, with what changed in a line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field
from sqlalchemy.orm import Session

from storage import own_pages, worklist
from storage.worklist import Since, Watched
from sync.changes.model import Kind, Severity
from sync.versions.known import one_of
from sync.view import View
from sync.web.views.cache import WhileUnchanged

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
    sort: Literal["heaviest", "newest"] = "heaviest"


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


def load(session: Session, query: WorklistQuery, now: datetime, number: int = 1) -> Worklist:
    """A page of the studies that are asked for; the last one where there are fewer. Raises UsageError."""
    watched, told = _gathered(session, query.watch, now)
    _check_names(session, query, watched)
    chosen = _chosen(watched, told, query)
    pages = max(1, -(-len(chosen) // PER_PAGE))
    shown = min(number, pages)
    return Worklist(
        studies=_items(session, chosen[(shown - 1) * PER_PAGE : shown * PER_PAGE]),
        total=len(chosen),
        page=shown,
        pages=pages,
        watched=len(watched),
        never_reviewed=sum(study.reviewed_at is None for study in watched),
    )


def everything(session: Session, query: WorklistQuery) -> list[dict[str, Any]]:
    """All that is asked for, as rows of a file."""
    watched = worklist.watched(session, query.watch)
    _check_names(session, query, watched)
    chosen = _chosen(watched, worklist.since_review(session, query.watch), query)
    return [item.model_dump(mode="json") for item in _items(session, chosen)]


Line = tuple[Watched, Sequence[Since]]
_GATHERED: WhileUnchanged[tuple[list[Watched], list[Since]]] = WhileUnchanged()


def _gathered(session: Session, watch: str, now: datetime) -> tuple[list[Watched], list[Since]]:
    """All studies and what was told of them: on 2,500 most of a page's time, and the same for every filter and page."""

    def gather() -> tuple[list[Watched], list[Since]]:
        return worklist.watched(session, watch), worklist.since_review(session, watch)

    return _GATHERED.get(session, watch, now, gather)


def _check_names(session: Session, query: WorklistQuery, watched: Sequence[Watched]) -> None:
    """Raise UsageError for a name that nothing has: an empty worklist looks like work done."""
    if query.status:
        there = sorted({study.status for study in watched if study.status})
        one_of("status", "statuses", query.status, there)
    if query.reviewer:
        one_of("reviewer", "reviewers", query.reviewer, worklist.reviewers(session))


def _chosen(watched: Sequence[Watched], told: Sequence[Since], query: WorklistQuery) -> list[Line]:
    events: defaultdict[str, list[Since]] = defaultdict(list)
    for event in told:
        events[event.nct_id].append(event)
    all_lines: list[Line] = [(study, events[study.nct_id]) for study in watched]
    lines = [line for line in all_lines if _is_wanted(*line, query)]
    lines.sort(key=lambda line: line[0].nct_id)
    lines.sort(key=_newest if query.sort == "newest" else _heaviest, reverse=True)
    return lines


def _is_wanted(study: Watched, events: Sequence[Since], query: WorklistQuery) -> bool:
    least = Severity(query.severity).weight if query.severity else 0
    is_shown = bool(events) if query.show == "changed" else study.reviewed_at is None
    return (
        is_shown
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
