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


def classified_records(found: Iterable[Found]) -> Iterator[Classification | Unclassified]:
    """What each record is, in their order. A record that stands there twice is classified once."""
    places: dict[tuple[str | None, str], str] = {}
    for each in found:
        try:
            record = _read(each)
        except UnreadableRecord as error:
            yield Unclassified(each.place, str(error))
            continue
        # Of another day it is another version, though its study came back to the very words.
        first = places.setdefault((each.day, sha256_of(each.raw)), each.place)
        if first == each.place:
            yield classify(record)
        else:
            yield Unclassified(each.place, f"it is the record of {first} again")


def _read(found: Found) -> Record:
    if found.problem:
        raise UnreadableRecord(found.problem)
    record = read_record(found.raw)
    check_shape(record)
    found.check_history(Study(record).nct_id)
    return record
