"""Records read together, and whose they are: a study we did not ask for, two of one id, one in another's name."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from sync.errors import UnreadableRecord
from sync.registry.pages import RawRecord
from sync.study.canonical import canonicalise
from sync.study.record import read_record

_MOST_ASKED = 5
"""Ids of one batch that are asked for by themselves; an answer with more of them in doubt is in doubt as a whole."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Records read together; an asked id without a record is absent from this answer, which says no more than that."""

    asked_ids: tuple[str, ...]
    records: list[RawRecord]

    @property
    def absent(self) -> list[str]:
        """The ids asked for that no record has, nor had."""
        named = {nct_id for record in self.records for nct_id in (record.nct_id, *record.aliases)}
        return [nct_id for nct_id in self.asked_ids if nct_id not in named]


def asked_for(record: RawRecord, asked_ids: AbstractSet[str]) -> RawRecord:
    """The record, with a problem where it is of a study that was not asked for."""
    if record.problem or record.nct_id is None or record.nct_id in asked_ids:
        return record
    if not asked_ids.isdisjoint(record.aliases):
        return record
    return replace(record, problem=f"the registry sent {record.nct_id}, which was not asked for")


def settled(batch: Batch, by_itself: Callable[[str], RawRecord | None]) -> Batch:
    """The batch with one record a study. `by_itself` asks for one study alone; None where there is none.

    Where an id comes twice with different content and another one is absent, a record may bear the wrong id: the study,
    asked for by itself, tells which one is its own. Otherwise nothing tells, and both are kept apart.
    """
    by_id: dict[str, list[RawRecord]] = {}
    for record in batch.records:
        by_id.setdefault(record.nct_id or "", []).append(record)
    if len(by_id) == len(batch.records):
        return batch
    doubtful = [nct_id for nct_id, records in by_id.items() if nct_id and len(records) > 1]
    absent = batch.absent
    askable = bool(absent) and len(doubtful) <= _MOST_ASKED
    for nct_id in doubtful:
        # Without an absent id there is nobody whose record it could be: then the registry sent two contents of one study.
        own = by_itself(nct_id) if askable and nct_id in batch.asked_ids else None
        by_id[nct_id] = _sorted_out(nct_id, by_id[nct_id], own, absent)
    return replace(batch, records=[record for records in by_id.values() for record in records])


def _sorted_out(
    nct_id: str, records: list[RawRecord], own: RawRecord | None, absent: list[str]
) -> list[RawRecord]:
    """The study's own record and the strangers under its id; all in one, refused, where none is known to be its own."""
    proof = _content(own) if own else None
    its = [record for record in records if proof and _content(record) == proof]
    if not its:
        problem = f"the registry sent {nct_id} {len(records)} times in one answer, with different content"
        return [RawRecord(nct_id, b"\n".join(record.raw for record in records), problem=problem)]
    # Only where one study is missing is it known whose record bears the wrong id.
    whose = absent[0] if len(absent) == 1 else None
    problem = f"it says that it is {nct_id}, whose record is another one"
    strangers = [record for record in records if record not in its]
    return [its[0], *(replace(stranger, nct_id=whose, problem=problem, aliases=()) for stranger in strangers)]


def _content(record: RawRecord) -> str | None:
    """What a record says, whatever its layout; None where it cannot be read."""
    try:
        return None if record.problem else canonicalise(read_record(record.raw)).content_hash
    except UnreadableRecord:
        return None
