"""What is known of a study before two versions are compared: for flip-flops of its status,
cumulative slips, and outcomes that are back as they were."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from storage import events, versions
from storage.chains import first_chains, unpacked
from storage.events import ToldStep
from sync.changes.event import Event
from sync.changes.model import Kind, PastStep, PriorState
from sync.study.record import Record, Study, read_record


class PriorStates:
    """The pasts of studies, asked for together: from the first stored version of each, and the changes told since."""

    def __init__(self, session: Session, until: Mapping[str, int | None]) -> None:
        """`until`: up to which version, by the study's id; None: up to the last."""
        self._session, self._until = session, until
        # The first that is stored, not the first of the study: a slip is counted from what somebody could have read here.
        self._first = versions.first_versions(session, until)
        # Of a study that has one version, as of most that change, nothing can have been told yet.
        later = {nct_id: number for nct_id, (number, _) in self._first.items() if number != until[nct_id]}
        self._chains = dict(first_chains(session, later))
        # From the events, not from each version: a study can have 1,650 of them, and a comparison must not unpack them all.
        told_until = {nct_id: until[nct_id] for nct_id in later}
        self._told = events.steps(session, told_until, (Kind.STATUS, Kind.OUTCOMES))

    def of(self, nct_id: str, last: Record | None = None) -> PriorState:
        """A study's past; `last`: what the version says up to which it is asked for, where that is at hand."""
        number, day = self._first[nct_id]
        if last is None or number != self._until[nct_id]:
            last = read_record(self._payload(nct_id, number))
        return _continued(began_as(Study(last), day), self._told.get(nct_id, ()))

    def _payload(self, nct_id: str, number: int) -> bytes:
        if nct_id in self._chains:
            return unpacked(self._session, nct_id, number, self._chains[nct_id])
        return versions.payload(self._session, nct_id, number)


def prior_state_of(session: Session, nct_id: str, number: int | None = None) -> PriorState:
    """One study's past, up to a version."""
    return PriorStates(session, {nct_id: number}).of(nct_id)


def _continued(began: PriorState, told: Iterable[ToldStep]) -> PriorState:
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
