"""The last cycles, and of what cycles failed lately."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field
from sqlalchemy.orm import Session

from storage import ledger, service_status
from sync.view import View
from sync.web.views.watcher.error_hints import hint_of
from sync.words import apart, capital

LISTED = 40
LATELY = timedelta(days=30)

State = Literal["running", "interrupted", "complete", "partial", "failed", "held"]


class AnswerLine(View):
    """One question of a cycle, and whether its answer is proved whole."""

    watch: str = Field(description="Whose search it was; empty for the records.")
    asked: str
    expected: int | None = Field(description="What the registry counts; null where it did not get so far.")
    seen: int
    refused: int = Field(description="Records that came and cannot be read.")
    requests: int
    problem: str
    whole: bool
    sentence: str


class CycleLine(View):
    """One pass over a release. `interrupted`: its process ended before it did, and no other cycle has begun since."""

    id: int
    release: str | None
    state: State
    stage: str | None = Field(description="The last one begun.")
    started_at: datetime
    finished_at: datetime | None
    seconds: float | None
    counts: dict[str, int]
    answers: list[AnswerLine] = Field(
        description="Of each question to the registry, whether what came is whole."
    )
    error: str | None = Field(description="Kind of error and what it said.")
    hint: str = Field(description="What to do about the error.")


class StageFailures(View):
    """How often cycles failed lately at a stage, with a kind of error."""

    stage: str
    error: str
    number: int
    last_at: datetime
    hint: str


def load(
    session: Session, *, working: bool, limit: int = LISTED, before: int | None = None
) -> list[CycleLine]:
    """The last cycles, newest first; `working`: whether a process holds the right to run one."""
    return [_line(cycle, working) for cycle in ledger.cycles(session, limit=limit, before=before)]


def failures(session: Session, now: datetime) -> list[StageFailures]:
    """What cycles of the last month failed of, most frequent first."""
    return [
        StageFailures(
            stage=failure.stage,
            error=failure.error_kind,
            number=failure.number,
            last_at=failure.last_at,
            hint=hint_of(failure.error_kind),
        )
        for failure in service_status.failures(session, now - LATELY)
    ]


def _line(cycle: ledger.Cycle, working: bool) -> CycleLine:
    ended = cycle.finished_at
    # The ledger says "running" until another cycle begins; whether somebody is at it only the lease can tell.
    interrupted = cycle.state == "running" and not working
    error = f"{capital(apart(cycle.error_kind))}: {cycle.error_message}" if cycle.error_kind else None
    return CycleLine.model_validate(
        {
            "id": cycle.id,
            "release": cycle.release,
            "state": "interrupted" if interrupted else cycle.state,
            "stage": cycle.stage,
            "started_at": cycle.started_at,
            "finished_at": ended,
            # The wall clock may have been put back in between.
            "seconds": max(0.0, (ended - cycle.started_at).total_seconds()) if ended else None,
            "counts": {name: value for name, value in cycle.counts.items() if isinstance(value, int)},
            "answers": cycle.counts.get("answers", []),
            "error": error,
            "hint": hint_of("killed" if interrupted else cycle.error_kind),
        }
    )
