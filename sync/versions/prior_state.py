"""What is known of a study before two versions are compared: for flip-flops of its status,
cumulative slips, and outcomes that are back as they were."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from storage import events, versions
from sync.changes.event import Event
from sync.changes.model import Kind, PastStep, PriorState
from sync.study.record import Study, read_record


def prior_state_of(session: Session, nct_id: str, number: int | None = None) -> PriorState:
    """A study's past, up to a version: from its first stored one, and the changes of status that were told since."""
    # The first that is stored, not the first of the study: a slip is counted from what somebody could have read here.
    first = versions.versions(session, nct_id)[0]
    began = began_as(Study(read_record(versions.payload(session, nct_id, first.number))), first.day)
    if first.number == number:
        return began  # as of most studies that change: nothing can have been told of them yet
    # From the events, not from each version: a study can have 1,650 of them, and a comparison must not unpack them all.
    told = events.steps(session, nct_id, (Kind.STATUS, Kind.OUTCOMES), number)
    statuses = (
        (each.release, each.new)
        for each in told
        if each.kind == Kind.STATUS and each.path.endswith(".overallStatus") and isinstance(each.new, str)
    )
    outcomes = (
        PastStep(each.release, each.path, each.old, each.new) for each in told if each.kind == Kind.OUTCOMES
    )
    return replace(began, statuses=(*began.statuses, *statuses), outcomes=tuple(outcomes))


def began_as(study: Study, day: str) -> PriorState:
    """What is known of a study of which a single version is: the first one."""
    began = ((day, study.status),) if study.status else ()
    # By the names that the kind of dates tells them under.
    dates = {
        "start": study.start,
        "primary completion": study.primary_completion,
        "completion": study.completion,
    }
    known = {name: found.date for name, found in dates.items() if found}
    return PriorState(began, known)


def followed_by(prior: PriorState, event: Event) -> PriorState:
    """What is known of a study once an event has happened to it too: as `prior_state_of` has it of the stored one."""
    day, changes = event.day, event.changes
    statuses = [
        (day, each.new)
        for each in changes
        if each.kind is Kind.STATUS and each.path.endswith(".overallStatus") and isinstance(each.new, str)
    ]
    outcomes = [
        PastStep(day, each.path, each.old, each.new) for each in changes if each.kind is Kind.OUTCOMES
    ]
    return replace(prior, statuses=(*prior.statuses, *statuses), outcomes=(*prior.outcomes, *outcomes))
