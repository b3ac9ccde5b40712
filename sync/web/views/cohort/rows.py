"""A study of a watch as its row shows it, and as an export has it (pure)."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import Field

from storage.watch_table import LastEvent
from sync.view import View
from sync.web.views.cohort.query import Line
from sync.web.views.study.record_values import Dated


class LatestEvent(View):
    """The last event of a study."""

    id: str
    release: str
    severity: str
    headline: str


class Silent(View):
    """A way in which a study is silent."""

    kind: str = Field(description="overdue, stale or unknown_forecast.")
    fact: str
    day: date | None = Field(description="For a forecast: when the registry can be expected to set UNKNOWN.")


class Row(View):
    """A study of a watch."""

    nct_id: str
    title: str | None
    state: str = Field(
        description="Presence in the registry: present, missing, gone, withheld, alias, unread."
    )
    status: str | None
    phases: tuple[str, ...]
    enrollment: int | None
    enrollment_type: str | None = Field(description="ESTIMATED or ACTUAL.")
    sponsor: str | None
    sponsor_class: str | None
    study_type: str | None
    conditions: tuple[str, ...] = Field(description="The first five.")
    interventions: tuple[str, ...] = Field(description="The names of the first five.")
    countries: tuple[str, ...]
    sites: int | None
    start: Dated | None
    primary_completion: Dated | None
    completion: Dated | None
    has_results: bool | None
    last_update_posted: str | None
    entered: str = Field(description="The release on which it entered the watch.")
    left: str | None
    last_event: LatestEvent | None
    weeks: tuple[int, ...] = Field(description="Events in each of the last twelve weeks, the last one last.")
    open_alerts: int
    silence: tuple[Silent, ...]


def row_of(line: Line, last: LastEvent | None) -> Row:
    """The row of a line; `last` is the event that was told last of its study."""
    member, facts = line.member, line.member.facts
    return Row(
        nct_id=member.nct_id,
        title=member.title,
        state=member.state,
        status=member.status,
        phases=tuple(member.phases),
        enrollment=member.enrollment.get("count"),
        enrollment_type=member.enrollment.get("type"),
        sponsor=member.sponsor,
        sponsor_class=facts.get("sponsor_class"),
        study_type=facts.get("study_type"),
        conditions=facts.get("conditions", ()),
        interventions=facts.get("interventions", ()),
        countries=facts.get("countries", ()),
        sites=facts.get("sites"),
        start=facts.get("start"),
        primary_completion=facts.get("primary_completion"),
        completion=facts.get("completion"),
        has_results=facts.get("has_results"),
        last_update_posted=member.last_update_posted,
        entered=member.entered_release,
        left=member.left_release,
        last_event=LatestEvent.model_validate(last) if last else None,
        weeks=line.weeks,
        open_alerts=line.latest.open_alerts if line.latest else 0,
        silence=tuple(Silent.model_validate(silence_state) for silence_state in line.silent),
    )


def flat(row: Row) -> dict[str, Any]:
    """The row as an export has it: no value within another, but lists."""
    latest = row.last_event
    return {
        **row.model_dump(include=_PLAIN),
        **_dates(row),
        "has_results": row.has_results,
        "last_update_posted": row.last_update_posted,
        "entered": row.entered,
        "left": row.left,
        "last_event": latest.id if latest else None,
        "last_event_release": latest.release if latest else None,
        "last_event_severity": latest.severity if latest else None,
        "last_event_headline": latest.headline if latest else None,
        "events_in_12_weeks": sum(row.weeks),
        "open_alerts": row.open_alerts,
        # The kinds alone: a spreadsheet filters by words, not by sentences.
        "silence": sorted({each.kind for each in row.silence}),
        "unknown_expected": next((each.day.isoformat() for each in row.silence if each.day), None),
    }


EXPORTED = (
    "nct_id", "title", "state", "status", "phases", "enrollment", "enrollment_type", "sponsor", "sponsor_class",
    "study_type", "conditions", "interventions", "countries", "sites", "start", "start_type", "primary_completion",
    "primary_completion_type", "completion", "completion_type", "has_results", "last_update_posted", "entered", "left",
    "last_event", "last_event_release", "last_event_severity", "last_event_headline", "events_in_12_weeks",
    "open_alerts", "silence", "unknown_expected",
)  # fmt: skip
"""The columns of an export, in order."""
_PLAIN = {
    "nct_id", "title", "state", "status", "phases", "enrollment", "enrollment_type", "sponsor", "sponsor_class",
    "study_type", "conditions", "interventions", "countries", "sites",
}  # fmt: skip


def _dates(row: Row) -> dict[str, str | None]:
    dates = {name: getattr(row, name) for name in ("start", "primary_completion", "completion")}
    return {
        f"{name}{suffix}": getattr(known, part) if known else None
        for name, known in dates.items()
        for suffix, part in (("", "date"), ("_type", "type"))
    }
