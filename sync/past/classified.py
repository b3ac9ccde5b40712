"""Records of files, classified: what is none is told with its place and the reason, and the next one is taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from storage.payloads import sha256_of
from sync.cohort.classifying import Classification, classify
from sync.errors import UnreadableRecord
from sync.past.dumps import Found
from sync.study.record import Record, Study, read_record
from sync.study.shape import check_shape


@dataclass(frozen=True, slots=True)
class Unclassified:
    """What stands in a file and is not classified, and why not."""

    place: str
    problem: str
    is_repeated: bool = False
    """Whether it is a record, which says what the one before it of its study did."""


def classified_records(found: Iterable[Found]) -> Iterator[Classification | Unclassified]:
    """What each record is, in their order. One that says word for word what the one before it of its study did is no other.

    So it is with versions: a study that comes back to the words of an earlier one has another version.
    """
    last: dict[str | None, tuple[str, str]] = {}
    for each in found:
        try:
            record = _read(each)
        except UnreadableRecord as error:
            yield Unclassified(each.place, str(error))
            continue
        nct_id, said = Study(record).nct_id, sha256_of(each.raw)
        before, place = last.get(nct_id, ("", ""))
        if said == before:
            yield Unclassified(each.place, f"it is the record of {place} again", is_repeated=True)
        else:
            last[nct_id] = said, each.place
            yield classify(record)


def _read(found: Found) -> Record:
    if found.problem:
        raise UnreadableRecord(found.problem)
    record = read_record(found.raw)
    check_shape(record)
    found.check_history(Study(record).nct_id)
    return record
