"""Versions of the past as they come, and which of them are to be stored before what is known already (pure)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import NamedTuple

from sync.errors import TrialdeltaError, UnreadableRecord
from sync.study import work
from sync.study.canonical import Canonical, canonicalise
from sync.study.record import Record, Study, read_record
from sync.study.shape import check_shape

RECORD_S = 60
"""Seconds that reading one record, or comparing two, may take; the largest real ones take one."""


class TooMuchWork(TrialdeltaError):
    """It takes longer to read and compare than any record may."""


class Said(NamedTuple):
    """What a version says, by its hashes; `derived` is None where it comes without what the registry computes."""

    content: str
    derived: str | None

    def is_as(self, other: Said) -> bool:
        """Whether the two are one version: what only one of them has of the registry's computing is no difference."""
        derived = {self.derived, other.derived}
        return self.content == other.content and (len(derived) == 1 or None in derived)


def said_by(record: Record, form: Canonical) -> Said:
    """What a record says, by its canonical form."""
    return Said(form.content_hash, form.derived_hash if "derivedSection" in record else None)


@dataclass(frozen=True, slots=True)
class PastVersion:
    """A record of the past, read: its bytes as they came, and the day from which it stood in the registry."""

    study: Study
    raw: bytes
    form: Canonical
    day: str

    @property
    def said(self) -> Said:
        """What tells it from another version."""
        return said_by(self.study.record, self.form)

    def standing_since(self, day: str) -> PastVersion:
        """The same one, with the day on which it was posted."""
        return replace(self, day=day)


def read_past(raw: bytes, day: str) -> PastVersion:
    """A record, held against the shape that records have. Raises UnreadableRecord, or TooMuchWork."""
    with bounded():
        record = read_record(raw)
        check_shape(record)
        study = Study(record)
        if not (study.nct_id and study.status):
            raise UnreadableRecord("it has no NCT ID, or no overall status")
        return PastVersion(study, raw, canonicalise(record), day)


@contextmanager
def bounded() -> Iterator[None]:
    """Work on one record within this block; raises TooMuchWork where it takes too long."""
    end = time.monotonic() + RECORD_S

    def ask() -> None:
        if time.monotonic() > end:
            raise TooMuchWork

    with work.interruptible(ask):
        yield


def distinct(
    past: Sequence[PastVersion], known: Said | None = None, *, only_last: bool = False
) -> tuple[list[PastVersion], str | None]:
    """Of versions in their order each one once, up to the one that says what is `known`, which is left out.

    Also the day from which that one stood; None where none of them has it. What comes after it is known already; with
    `only_last` it is what the study said in between, before it said again what is known.
    """
    firsts: list[PastVersion] = []
    for each in past:
        if not firsts or not each.said.is_as(firsts[-1].said):
            firsts.append(each)
    places = [at for at, each in enumerate(firsts) if known and each.said.is_as(known)]
    if only_last and places and places[-1] + 1 < len(firsts):
        places = []
    return (firsts[: places[-1]], firsts[places[-1]].day) if places else (firsts, None)


def in_order(days: Sequence[str], latest: str) -> list[str]:
    """The days of versions in their order, none before the one of the version before, nor after the latest."""
    # Two updates can be posted out of turn, or on the day after a later one was submitted.
    ordered: list[str] = []
    for day in days:
        ordered.append(min(max(day, *ordered[-1:]), latest) if ordered else min(day, latest))
    return ordered
