"""The studies that watches are related to, as they are stored, and what had a study be related to them, or be it no more."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from storage import classes, profiles, versions
from storage.classes import Cause
from sync.cohort.classifying import classify
from sync.cohort.neighbours import NARROW, moved, relation, traits
from sync.cohort.profile import Profile, profile
from sync.cohort.related import RelatedTo, nearness
from sync.cohort.searches import source_of
from sync.study.record import Record, Study, read_record
from sync.versions.classes import decided
from sync.versions.classified import what_it_said
from sync.versions.neighbours import CANDIDATES


@dataclass(frozen=True, slots=True)
class Turn:
    """What had a study be meant, or be meant no more: `why` in a sentence.

    `is_shared`: it is the study that the watch is related to which is another thing, and many may go by it at once.
    """

    cause: Cause
    why: str
    is_shared: bool = False


OUR_VIEW = "Our view changed, the registry's records did not"


def as_related_to(session: Session, record: Record) -> RelatedTo:
    """A record as a watch is related to it, with what a person decided of the study."""
    nct_id = Study(record).nct_id or ""
    said = what_it_said(session, nct_id, record)
    study = Study(said)
    return RelatedTo(study, profile(study, classify(said).as_json() | decided(session, nct_id)))


def stored_related_to(session: Session, nct_id: str) -> RelatedTo | None:
    """The same of a stored study: what is gone from the registry, or withheld there, is as it last was."""
    head = versions.heads(session, [nct_id]).get(nct_id)
    if head is None:
        return None
    return as_related_to(session, read_record(versions.payload(session, nct_id, head.number)))


def profiles_of(session: Session, ids: Collection[str]) -> dict[str, Profile]:
    """The stored profiles of studies, those that have one."""
    return {nct_id: Profile.of_json(body) for nct_id, body in profiles.bodies(session, ids).items()}


def stored_neighbours(session: Session, named: Mapping[str, Profile]) -> dict[str, str]:
    """The stored studies that are related to one of those named, among the nearest of each; as sources of a watch."""
    found: dict[str, str] = {}
    for each, study in named.items():
        ids = profiles.candidates(session, traits(study), found_by=NARROW, limit=CANDIDATES)
        for nct_id, other in profiles_of(session, ids).items():
            if nct_id not in named and relation(study, other).is_related:
                found.setdefault(nct_id, source_of(each))
    return found


def turn(session: Session, nct_id: str, named: Mapping[str, Profile], since: str) -> Turn:
    """What is another thing than on the release `since`, when the watch was last read to its end.

    Asked where a study is related now and was not, or the other way round: whichever change alone makes the difference under
    the eyes of today. Where none does, the eyes are what changed.
    """
    now = profiles_of(session, [nct_id])[nct_id]
    is_meant = nearness(now, named).is_related

    def differs(study: Profile, others: Mapping[str, Profile]) -> bool:
        return nearness(study, {**named, **others}).is_related != is_meant

    then = _as_of(session, nct_id, now, since)
    others = {each: was for each, known in named.items() if (was := _as_of(session, each, known, since))}
    if then and differs(then, {}):
        return Turn("record", f"The record changed: {moved(then, now)}")
    for each, was in others.items():
        if differs(now, {each: was}):
            why = f"The record of {each} changed: {moved(was, named[each])}"
            return Turn("record", why, is_shared=True)
    if then and others and differs(then, others):
        changed = "; ".join(f"{each}: {moved(was, named[each])}" for each, was in others.items())
        return Turn("record", f"Both records changed: {moved(then, now)}; {changed}")
    for each, was, why in _before_decisions(session, {nct_id: now, **named}):
        if differs(was if each == nct_id else now, {each: was} if each in named else {}):
            return Turn("person", why, is_shared=each in named)
    return Turn("classifier", OUR_VIEW)


def _as_of(session: Session, nct_id: str, now: Profile, since: str) -> Profile | None:
    """What a study was compared by on a release, under the eyes of today; None where its record is the same since."""
    head = versions.heads(session, [nct_id]).get(nct_id)
    number = versions.version_as_of(session, nct_id, since) if head and head.release > since else None
    if number is None:
        return None
    record = what_it_said(session, nct_id, read_record(versions.payload(session, nct_id, number)))
    was = profile(Study(record), classify(record).as_json() | decided(session, nct_id))
    return replace(was, nct_id=now.nct_id)


def _before_decisions(session: Session, known: Mapping[str, Profile]) -> Iterator[tuple[str, Profile, str]]:
    """Each study of which a person said last what it is, as it was before that, and what the person said."""
    for nct_id, now in known.items():
        steps = classes.steps(session, nct_id)
        if steps and steps[-1].cause == "person":
            before = steps[-1].before
            was = replace(
                now,
                class_=before["class"],
                antigens=tuple(before["antigens"]),
                source=before["source"],
                area=before["area"],
            )
            yield nct_id, was, steps[-1].why
