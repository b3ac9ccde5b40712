"""What is known of a study before two versions are compared: for flip-flops of its status, and cumulative slips."""

from __future__ import annotations

from sqlalchemy.orm import Session

from storage import events, versions
from sync.changes.model import Past
from sync.study.record import Study, read_record


def first_dates(study: Study) -> Past:
    """The past that a study's first version makes, seen on no release in particular."""
    known = {
        "start": study.start,
        "primary completion": study.primary_completion,
        "completion": study.completion,
    }
    return Past(first_dates={name: found.date for name, found in known.items() if found})


def past_of(session: Session, nct_id: str) -> Past:
    """A study's past, from its first stored version and the changes of status that were told since."""
    first = versions.versions(session, nct_id)[0]
    study = Study(read_record(versions.payload(session, nct_id, first.number)))
    began = ((first.release, study.status),) if study.status else ()
    return Past((*began, *events.statuses(session, nct_id)), first_dates(study).first_dates)
