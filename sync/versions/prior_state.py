"""What is known of a study before two versions are compared: for flip-flops of its status,
cumulative slips, and outcomes that are back as they were."""

from __future__ import annotations

from sqlalchemy.orm import Session

from storage import events, versions
from sync.changes.model import PastStep, PriorState
from sync.study.record import Study, read_record


def prior_state_of(session: Session, nct_id: str, number: int | None = None) -> PriorState:
    """A study's past, up to a version: from its first stored one, and the changes of status that were told since."""
    # The first that is stored, not the first of the study: a slip is counted from what somebody could have read here.
    first = versions.versions(session, nct_id)[0]
    study = Study(read_record(versions.payload(session, nct_id, first.number)))
    began = ((first.release, study.status),) if study.status else ()
    # By the names that the kind of dates tells them under.
    dates = {
        "start": study.start,
        "primary completion": study.primary_completion,
        "completion": study.completion,
    }
    known = {name: found.date for name, found in dates.items() if found}
    # From the events, not from each version: a study can have 1,650 of them, and a comparison must not unpack them all.
    outcomes = tuple(PastStep(*step) for step in events.steps(session, nct_id, "outcomes", number))
    return PriorState((*began, *events.statuses(session, nct_id, number)), known, outcomes)
