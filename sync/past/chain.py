"""Versions of the past as they come, and which of them are to be stored before what is known already (pure)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby

from sync.errors import TrialdeltaError, UnreadableRecord
from sync.study import work
from sync.study.canonical import Canonical, canonicalise
from sync.study.record import Study, read_record
from sync.study.shape import check_shape

RECORD_S = 60
"""Seconds that reading one record, or comparing two, may take; the largest real ones take one."""


class TooMuchWork(TrialdeltaError):
    """It takes longer to read and compare than any record may."""


@dataclass(frozen=True, slots=True)
class PastVersion:
    """A record of the past, read: its bytes as they came, and the day from which it stood in the registry."""

    study: Study
    raw: bytes
    form: Canonical
    day: str

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
    past: Sequence[PastVersion], known: str | None = None, *, only_last: bool = False
) -> tuple[list[PastVersion], str | None]:
    """Of versions in their order each content once, up to the one whose content hash is `known`, which is left out.

    Also the day from which that one stood; None where none of them has it. What comes after it is known already; with
    `only_last` it is what the study said in between, before it said again what is known.
    """
    runs = [list(run) for _, run in groupby(past, key=lambda each: each.form.content_hash)]
    firsts = [run[0] for run in runs]
    places = [at for at, each in enumerate(firsts) if each.form.content_hash == known]
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
