"""What records of studies that are new to us mean: each for itself, with nothing but its bytes, by whichever process.

It is a good third of the work of a first load: 0.6 ms a record to read it, classify it and sum it up.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import chain
from multiprocessing import get_context
from typing import Any, Literal

import structlog

from storage.errors import DatabaseBusy, DatabaseCorrupt, DatabaseUnavailable, DatabaseUnwritable
from storage.new_versions import NewVersion
from storage.payloads import pack_on_top
from storage.versions import Head
from sync import logs
from sync.changes.event import Event
from sync.cohort.classifying import classify as classify_trial
from sync.config import LogSettings
from sync.cycle.classify import Fresh, Recorded, Unreadable, classify
from sync.cycle.heap import freeze_heap
from sync.errors import Stopped, TrialdeltaError, UnreadableRecord
from sync.registry.pages import RawRecord
from sync.study import work
from sync.study.record import Study
from sync.versions.classes import computed
from sync.versions.new_version import new_version, summary_of
from sync.versions.profiles import stored_profile
from sync.words import apart

RECORD_S = 60
"""Seconds that one record may take to be read and compared; the largest real ones take one."""
_ASKED_EVERY_S = 0.02
_A_SLICE = 50
"""Records that go to a process together: a megabyte there, and half of it back."""

log = structlog.get_logger("cycle")

Assessed = Recorded | Unreadable


class TooMuchWork(TrialdeltaError):
    """It takes longer to read and compare than any record may."""

    hint = "Its bytes are kept in quarantine: `trialdelta quarantine`."


@dataclass(frozen=True, slots=True)
class Reading:
    """Where and when records were read: what a version says of itself beside its content."""

    release: str
    stamp: str
    seen_at: datetime
    cycle_id: int | None
    provenance: str = "api"

    def version(self, fresh: Fresh, answer: Mapping[str, Any] | None) -> NewVersion:
        """The version to be stored; `answer`: what the study has to do with CAR-T cells.

        Without one it is found and compared by what stands there already.
        """
        study, pair, profile = fresh.study, fresh.compared, None
        # A withheld record is a mere stub: what the study was compared by before stays.
        if answer is not None and not (study.withheld and pair):
            profile = stored_profile(study, answer)
        return new_version(
            study,
            fresh.raw,
            fresh.raw_hash,
            release=self.release,
            stamp=self.stamp,
            seen_at=self.seen_at,
            form=pair.form if pair else None,
            cycle_id=self.cycle_id,
            provenance=self.provenance,
            summary=summary_of(study, profile, is_indexed=answer is None),
            # Here both payloads are at hand: to write it down, the head would have to be unpacked again.
            packed=pack_on_top(fresh.raw, pair.head.number + 1, pair.payload) if pair else None,
        )


def guarded(record: RawRecord, assess: Callable[[], Assessed], go_on: Callable[[], None]) -> Assessed:
    """What `assess` makes of a record, or why it is put aside: whatever one does to us, the others are read."""
    try:
        with work.interruptible(_patience(go_on)):
            return assess()
    except (DatabaseBusy, DatabaseCorrupt, DatabaseUnavailable, DatabaseUnwritable, Stopped):
        raise  # the database fails, or we are asked to stop: not the record's fault
    except (TooMuchWork, UnreadableRecord) as error:
        return Unreadable(record.nct_id, record.raw, str(error))
    except Exception as error:
        log.exception(logs.STUDY_UNEXPLAINED, nct_id=record.nct_id)
        reason = f"assessing it failed ({apart(type(error).__name__)}): {error}"
        return Unreadable(record.nct_id, record.raw, reason)


def prepared(
    records: Sequence[RawRecord], reading: Reading, go_on: Callable[[], None] = lambda: None
) -> list[Assessed]:
    """What to write down of records of which no version is stored (pure but for the clock that bounds the work)."""
    return [guarded(record, partial(_baseline, record, reading), go_on) for record in records]


def _baseline(record: RawRecord, reading: Reading) -> Assessed:
    outcome = classify(record, None, _nothing_stored)
    if isinstance(outcome, Unreadable):
        return outcome
    return recorded_as(outcome, reading) if isinstance(outcome, Fresh) else Recorded(outcome)


def recorded_as(
    fresh: Fresh,
    reading: Reading,
    event: Event | None = None,
    answer: Mapping[str, Any] | None = None,
    decided: Mapping[str, Any] | None = None,
    *,
    is_found_as_before: bool = False,
) -> Recorded:
    """A record as it is to be stored, without the trees of its values: those of a page would take 200 MB.

    `answer`: the classifier's, where it is known already; `decided`: what a person said above it.
    `is_found_as_before`: what the study is found and compared by stands there already.
    """
    pair = fresh.compared
    answer = answer or classify_trial(fresh.study.record).as_json()
    profile = None if is_found_as_before else {**answer, **(decided or {})}
    version = reading.version(fresh, profile)
    classified = computed(fresh.study, fresh.head.number + 1 if fresh.head else 1, answer)
    if pair is not None:
        hashes = replace(pair.form, content={}, computed={})
        pair = replace(pair, payload=b"", before={}, before_form=hashes, form=hashes)
    bare = Fresh(Study.of_status({}, fresh.nct_id), fresh.raw, fresh.raw_hash, pair)
    return Recorded(bare, event, version, classified)


def _nothing_stored(head: Head) -> bytes:
    raise AssertionError(f"{head.nct_id} has a version, so that it is not new")


def _patience(go_on: Callable[[], None]) -> Callable[[], None]:
    """What a record's work asks in between: whether to stop, and whether it has had its time."""
    end, due = time.monotonic() + RECORD_S, 0.0

    def ask() -> None:
        nonlocal due
        # A record asks a hundred times within milliseconds: to pass each of them on took as long as to compare two records.
        if (now := time.monotonic()) < due:
            return
        due = now + _ASKED_EVERY_S
        go_on()
        if now > end:
            raise TooMuchWork

    return ask


class Preparing:
    """Prepares records, in a small pool of processes where there is one; the one who writes is always ours."""

    def __init__(self, pool: ProcessPoolExecutor | None = None) -> None:
        self._pool = pool

    def __call__(
        self, records: Sequence[RawRecord], reading: Reading, go_on: Callable[[], None]
    ) -> list[Assessed]:
        """What to write down of each record, in their order."""
        if self._pool is not None and len(records) > _A_SLICE:
            slices = [records[start : start + _A_SLICE] for start in range(0, len(records), _A_SLICE)]
            try:
                found = self._pool.map(partial(prepared, reading=reading), slices)
                return list(chain.from_iterable(_each(found, go_on)))
            except BrokenProcessPool as error:
                # Killed from outside, or out of memory: our own process can do all of it, only slower.
                log.warning(logs.WORKERS_LOST, problem=str(error))
                self._pool = None
        return prepared(records, reading, go_on)


def _each(found: Iterator[list[Assessed]], go_on: Callable[[], None]) -> Iterator[list[Assessed]]:
    for each in found:
        go_on()
        yield each


@contextmanager
def preparing(processes: int, log_settings: LogSettings) -> Iterator[Preparing]:
    """The pool, for as long as a cycle over the whole registry takes; with less than two processes there is none."""
    if processes < 2:
        yield Preparing()
        return
    # Not forked: the thread that fetches ahead may hold any lock at that moment.
    pool = ProcessPoolExecutor(
        processes, get_context("spawn"), _begin_work, (log_settings.format, log_settings.level)
    )
    try:
        yield Preparing(pool)
    finally:
        pool.shutdown(cancel_futures=True)


def _begin_work(form: Literal["auto", "json", "console"], level: str) -> None:
    # Ctrl-C reaches the whole group: the process that writes decides what becomes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logs.configure(form, level)
    freeze_heap()
