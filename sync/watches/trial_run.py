"""What a watch would come to on the registry's present release: all that it names, and what the second look drops.

Every record is read and classified, and nothing of it is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from storage import classes, cohorts
from storage.studies import current_ids
from sync.cohort.classifying import classify
from sync.cohort.profile import Profile, profile
from sync.cohort.related import Nearness, RelatedTo, nearness
from sync.cohort.searches import is_related, source_of
from sync.config import WatchSettings
from sync.cycle.second_look import NOT_COMPARED, UNKNOWN, SecondLook, stored_hits
from sync.errors import UnreadableRecord, UsageError
from sync.registry.errors import NotFound, Unreadable
from sync.registry.pages import RawRecord
from sync.service import Service
from sync.study.record import Record, Study, at, read_record
from sync.versions.classified import what_it_said
from sync.versions.related import as_related_to, stored_neighbours, stored_related_to

MOST = 5_000
"""Studies that are read for one trial run: at a request a second, a hundred each, that is about a minute."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A study that a watch names: whether it would be in the watch, and why or why not.

    `score`: how near it is to the nearest study that the watch is related to, where it is related to any.
    """

    nct_id: str
    title: str
    source: str
    first_posted: str | None
    study_class: str | None
    antigens: tuple[str, ...]
    area: str | None
    confidence: str | None
    kept: bool
    why: str
    is_member: bool
    score: int | None = None
    reasons: tuple[dict[str, Any], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The study as one object."""
        names = ("nct_id", "title", "source", "first_posted", "antigens", "area", "confidence", "kept", "why")
        return {
            "class": self.study_class,
            **{name: getattr(self, name) for name in (*names, "score", "reasons")},
            "member": self.is_member,
        }


@dataclass(frozen=True, slots=True)
class _Named:
    """What a watch names, each with what named it, and the studies that it is related to."""

    sources: dict[str, str]
    related: dict[str, Profile]


def trial_run(service: Service, watch: WatchSettings) -> list[Tried]:
    """Each study that a watch names, in the order of its ids. Raises RegistryError, and UsageError for too many."""
    if watch.everything:
        raise UsageError(f"the watch {watch.name} is the whole registry: there is nothing to try")
    named = _named(service, watch)
    if len(named.sources) > MOST:
        raise UsageError(
            f"it names {len(named.sources):,} studies, and at most {MOST:,} are read for a trial run; narrow its searches"
        )
    with service.database.read() as session:
        members = cohorts.members(session, watch.name)
        decided = {each.nct_id: each.decided for each in classes.decisions(session, named.sources).values()}
    records = {
        record.nct_id: record
        for batch in service.registry.records(sorted(named.sources))
        for record in batch.records
        if record.nct_id
    }
    look = SecondLook(watch, named.related)
    with service.database.read() as session:
        told = {nct_id: _told(session, raw) for nct_id, raw in records.items()}
    return [
        _tried(
            look,
            nct_id,
            source,
            records.get(nct_id),
            told.get(nct_id),
            decided.get(nct_id, {}),
            nct_id in members,
        )
        for nct_id, source in sorted(named.sources.items())
    ]


def _told(session: Session, raw: RawRecord) -> Record | None:
    """What a record says of its study; of one that the registry withholds now, what the newest stored version did."""
    record = _read(raw)
    return what_it_said(session, raw.nct_id or "", record) if record else None


def _named(service: Service, watch: WatchSettings) -> _Named:
    sources, related = dict.fromkeys(watch.ids, "id"), dict[str, Profile]()
    with service.database.read() as session:
        aliases = current_ids(session)
        if watch.looks_at_all_stored:
            sources |= {**stored_hits(session, watch), **sources}
    for number, search in enumerate(watch.searches, 1):
        for nct_id in service.registry.search(search).ids:
            sources.setdefault(nct_id, f"search {number}")
    for nct_id in watch.related_to:
        known = _related_to(service, nct_id, aliases.get(nct_id, nct_id))
        related[known.profile.nct_id] = known.profile
        sources.setdefault(known.profile.nct_id, source_of(nct_id))
        for search in known.searches:
            for found in service.registry.search(search).ids:
                sources.setdefault(found, source_of(nct_id))
    with service.database.read() as session:
        for nct_id, source in stored_neighbours(session, related).items():
            sources.setdefault(nct_id, source)
    return _Named(sources, related)


def _related_to(service: Service, nct_id: str, current: str) -> RelatedTo:
    """A study that a watch is related to: as the registry has it now, else as it was stored. Raises NotFound."""
    try:
        record = _read(service.registry.study(nct_id))
    except NotFound:
        with service.database.read() as session:
            if (stored := stored_related_to(session, current)) is None:
                raise
            return stored
    if record is None:
        raise Unreadable(f"the study that the watch is related to, {nct_id}, cannot be read")
    with service.database.read() as session:
        return as_related_to(session, record)


def _tried(
    look: SecondLook,
    nct_id: str,
    source: str,
    raw: RawRecord | None,
    record: Record | None,
    decided: Mapping[str, Any],
    is_member: bool,
) -> Tried:
    if record is None:
        return _unread(look, nct_id, source, raw, is_member)
    answer = {**classify(record).as_json(), **decided}
    study = Study(record)
    own = profile(study, answer)
    near = nearness(own, look.named) if look.named else None
    objection = None if look.belongs(nct_id, source) else look.objection(source, answer, own)
    posted = at(record, "protocolSection", "statusModule", "studyFirstPostDateStruct", "date")
    return Tried(
        nct_id,
        study.title or "",
        source,
        str(posted) if posted else None,
        answer["class"],
        tuple(answer["antigens"]),
        answer["area"],
        classes.DECIDED if decided else answer["confidence"],
        objection is None,
        objection or _grounds(look, nct_id, source, near, answer["evidence"]),
        is_member,
        near.relation.score if near else None,
        tuple(each._asdict() for each in near.relation.reasons) if near else (),
    )


def _unread(look: SecondLook, nct_id: str, source: str, raw: RawRecord | None, is_member: bool) -> Tried:
    unknown = NOT_COMPARED if is_related(source) and look.named else UNKNOWN
    why = unknown if raw else "the registry has no such study"
    is_kept = look.belongs(nct_id, source) or not look.drops
    return Tried(nct_id, "", source, None, None, (), None, None, is_kept, why, is_member)


def _grounds(
    look: SecondLook, nct_id: str, source: str, near: Nearness | None, evidence: Sequence[Mapping[str, str]]
) -> str:
    """Why a study is kept: it is named, it is near, or the words that its class rests on."""
    if look.belongs(nct_id, source):
        return "the watch names it"
    if near is not None and is_related(source):
        return near.sentence
    first = evidence[0] if evidence else {"says": "", "quote": ""}
    return f"{first['says'].partition(', for ')[2]}: “{first['quote'][:100]}”"


def _read(raw: RawRecord | None) -> Record | None:
    if raw is None or raw.problem is not None:
        return None
    try:
        return read_record(raw.raw)
    except UnreadableRecord:
        return None
