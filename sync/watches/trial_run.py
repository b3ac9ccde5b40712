"""What a watch would come to on the registry's present release: all that it names, and what the second look drops.

Every record is read and classified, and nothing of it is stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from storage import classes, cohorts
from sync.cohort.classifying import classify
from sync.cohort.related import related_search
from sync.config import WatchSettings
from sync.cycle.second_look import UNKNOWN, stored_hits
from sync.errors import UnreadableRecord, UsageError
from sync.registry.pages import RawRecord
from sync.service import Service
from sync.study.record import Record, Study, at, read_record

MOST = 5_000
"""Studies that are read for one trial run: at a request a second, a hundred each, that is about a minute."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A study that a watch names: whether it would be in the watch, and why or why not."""

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

    def as_json(self) -> dict[str, Any]:
        """The study as one object."""
        names = ("nct_id", "title", "source", "first_posted", "antigens", "area", "confidence", "kept", "why")
        return {
            "class": self.study_class,
            **{name: getattr(self, name) for name in names},
            "member": self.is_member,
        }


def trial_run(service: Service, watch: WatchSettings) -> list[Tried]:
    """Each study that a watch names, in the order of its ids. Raises RegistryError, and UsageError for too many."""
    if watch.everything:
        raise UsageError(f"the watch {watch.name} is the whole registry: there is nothing to try")
    named = _named(service, watch)
    if len(named) > MOST:
        raise UsageError(
            f"it names {len(named):,} studies, and at most {MOST:,} are read for a trial run; narrow its searches"
        )
    with service.database.read() as session:
        members = cohorts.members(session, watch.name)
        decided = {each.nct_id: each.decided for each in classes.decisions(session, named).values()}
    records = {
        record.nct_id: record
        for batch in service.registry.records(sorted(named))
        for record in batch.records
        if record.nct_id
    }
    return [
        _tried(watch, nct_id, named[nct_id], records.get(nct_id), decided.get(nct_id, {}), nct_id in members)
        for nct_id in sorted(named)
    ]


def _named(service: Service, watch: WatchSettings) -> dict[str, str]:
    named = dict.fromkeys(watch.ids, "id")
    if watch.looks_at_all_stored:
        with service.database.read() as session:
            named |= {**stored_hits(session, watch), **named}
    for source, search in _searches(service, watch):
        for nct_id in service.registry.search(search).ids:
            named.setdefault(nct_id, source)
    return named


def _searches(service: Service, watch: WatchSettings) -> Iterator[tuple[str, Mapping[str, str]]]:
    for number, search in enumerate(watch.searches, 1):
        yield f"search {number}", search
    for nct_id in watch.related_to:
        found = service.registry.study(nct_id)
        yield "related", related_search(Study(_read(found) or {}))


def _tried(
    watch: WatchSettings,
    nct_id: str,
    source: str,
    raw: RawRecord | None,
    decided: Mapping[str, Any],
    is_member: bool,
) -> Tried:
    record = _read(raw)
    if record is None:
        why = UNKNOWN if raw else "the registry has no such study"
        is_kept = source == "id" or not watch.asks_for_a_class
        return Tried(nct_id, "", source, None, None, (), None, None, is_kept, why, is_member)
    answer = {**classify(record).as_json(), **decided}
    objection = None if source == "id" else watch.objection(answer)
    posted = at(record, "protocolSection", "statusModule", "studyFirstPostDateStruct", "date")
    return Tried(
        nct_id,
        Study(record).title or "",
        source,
        str(posted) if posted else None,
        answer["class"],
        tuple(answer["antigens"]),
        answer["area"],
        classes.DECIDED if decided else answer["confidence"],
        objection is None,
        objection or _grounds(source, answer["evidence"]),
        is_member,
    )


def _grounds(source: str, evidence: Sequence[Mapping[str, str]]) -> str:
    """Why a study is kept: it is named, or by the words that its class rests on."""
    if source == "id":
        return "the watch names it"
    first = evidence[0] if evidence else {"says": "", "quote": ""}
    return f"{first['says'].partition(', for ')[2]}: “{first['quote'][:100]}”"


def _read(raw: RawRecord | None) -> Record | None:
    if raw is None or raw.problem is not None:
        return None
    try:
        return read_record(raw.raw)
    except UnreadableRecord:
        return None
