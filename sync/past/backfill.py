"""Filling in the past of studies from the registry's record history: a study at a time, each in one transaction.

The record history is in no description of the registry: it is asked one request at a time, held against the shape that it
had, and left alone where it has another one. A run that is killed loses the study in hand; the next one goes on there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import structlog

from storage import audit, versions
from storage import lease as leases
from storage import past as stored
from storage.lease import Lease
from storage.past import Backfill
from storage.versions import VersionInfo
from sync import logs
from sync.errors import UnreadableRecord
from sync.leases import BACKFILL, NAME, leased
from sync.past.chain import PastVersion, TooMuchWork, read_past
from sync.past.first_poll import FirstPoll, NotRead
from sync.past.storing import Unexplained, before_first, store
from sync.registry.errors import NotFound, RegistryError, Unreadable
from sync.registry.history import HistoryEntry
from sync.service import Service

USUAL_REQUESTS = 8.4
"""For a study: the list, and the 7.4 versions that one has on average."""
GIVE_WAY_S = 2.0
"""Between two looks whether a cycle is over."""
MOST_STRANGE = 2
"""One odd record is that record's affair; two studies in a row are the history's."""

log = structlog.get_logger("backfill")


class HistoryChanged(RegistryError):
    """The record history is not what it was when this program was written."""

    hint = (
        "No description of the registry's has it, so that this can happen: look for a newer trialdelta. Nothing was "
        "stored of what could not be read, and watching goes on without it."
    )


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of one study: its past is stored, nothing was before its first version, done before, or refused.

    `listed`: versions before the first known one; `older`: those of them that are not fetched, for they are too many.
    """

    nct_id: str
    state: str
    listed: int = 0
    versions: int = 0
    events: int = 0
    older: int = 0
    problem: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As one object."""
        return asdict(self)


@dataclass
class Progress:
    """How far a run is with the studies that it asks for."""

    studies: int
    done: int = 0
    versions: int = 0
    waiting: bool = False
    began: float = field(default_factory=time.monotonic)

    def left_s(self, pace_s: float) -> float:
        """Seconds that the rest will take, about: by what it took so far, else by what is usual."""
        each = (time.monotonic() - self.began) / self.done if self.done else USUAL_REQUESTS * pace_s
        return each * (self.studies - self.done)


class BackfillRun:
    """One run over some studies; `say` hears how far it is, `sleep` waits while a cycle runs."""

    def __init__(
        self,
        service: Service,
        *,
        by: str,
        say: Callable[[Progress], None] = lambda _progress: None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.service, self.by, self._say, self._sleep = service, by, say, sleep
        self.settings = service.settings.backfill
        self.waiting = 0
        """Studies that were not asked for, since a run asks for so many."""
        self._first_poll = FirstPoll(service)
        self._read = self._strange = 0

    def run(self, ids: Sequence[str]) -> Iterator[Filled]:
        """What becomes of each study. Raises HistoryChanged, HeldElsewhere, and the errors of the registry."""
        with self.service.database.read() as session:
            marks = stored.backfills(session, ids)
        wanted = [nct_id for nct_id in ids if not self._is_done(marks.get(nct_id))]
        done = [mark for nct_id, mark in marks.items() if nct_id not in wanted]
        yield from (Filled(mark.nct_id, "done", mark.listed, older=mark.older) for mark in done)
        asked = wanted[: self.settings.studies_per_run]
        self.waiting = len(wanted) - len(asked)
        # Without anything to ask for no lease is taken, and nothing at all is written.
        if asked:
            with leased(self.service.database, self.service.now, BACKFILL) as lease:
                yield from self._fill_all(asked, marks, lease)

    def _is_done(self, mark: Backfill | None) -> bool:
        return mark is not None and (mark.older == 0 or self._left_of(mark) <= 0)

    def _left_of(self, mark: Backfill | None) -> int:
        """How many versions more may be fetched of a study."""
        return self.settings.versions_per_study - (mark.listed - mark.older if mark else 0)

    def _fill_all(self, asked: Sequence[str], marks: dict[str, Backfill], lease: Lease) -> Iterator[Filled]:
        progress = Progress(len(asked))
        for nct_id in asked:
            self._give_way(progress)
            self._say(progress)
            filled = self._fill(nct_id, marks.get(nct_id), lease, is_only=len(asked) == 1)
            log.info(logs.STUDY_BACKFILLED, **filled.as_json())
            progress.done, progress.versions = progress.done + 1, progress.versions + filled.versions
            yield filled

    def _give_way(self, progress: Progress) -> None:
        """Wait while a cycle runs, in whichever process: of all of us one asks the registry at a time."""
        while self._cycle_runs():
            progress.waiting = True
            self._say(progress)
            self._sleep(GIVE_WAY_S)
        progress.waiting = False

    def _cycle_runs(self) -> bool:
        with self.service.database.read() as session:
            return leases.is_held(session, NAME, self.service.now())

    def _fill(self, nct_id: str, mark: Backfill | None, lease: Lease, *, is_only: bool) -> Filled:
        try:
            filled = self._filled(nct_id, mark, lease)
            self._strange = 0
        except (NotRead, TooMuchWork, Unexplained) as error:
            return Filled(nct_id, "refused", problem=str(error))
        except (Unreadable, UnreadableRecord) as error:
            self._strange += 1
            if is_only or self._strange >= MOST_STRANGE:
                raise HistoryChanged(f"{nct_id}: {error}") from error
            return Filled(nct_id, "refused", problem=str(error))
        return filled

    def _filled(self, nct_id: str, mark: Backfill | None, lease: Lease) -> Filled:
        first = self._first_version(nct_id) or self._first_poll.read(nct_id, lease)
        listed = self._listed(first, mark)
        wanted = listed[-self._left_of(mark) :]
        past = [self._version(nct_id, entry) for entry in wanted]
        now = self.service.now()
        with self.service.database.read() as session:
            settings = self.service.settings
            found = before_first(session, settings, past, first, provenance="history", seen_at=now)
        older = wanted[0].version if wanted else 0
        total = mark.listed if mark else len(listed)
        state = "stored" if found.versions else "nothing"
        filled = Filled(nct_id, state, total, len(found.versions), len(found.events), older)
        with self.service.database.write() as session:
            leases.check(session, lease)
            store(session, found)
            stored.note_backfill(session, Backfill(nct_id, now, total, older))
            told = {name: getattr(filled, name) for name in ("listed", "versions", "events", "older")}
            audit.append(session, now, self.by, "backfill", nct_id, **told, since=found.since)
        return filled

    def _first_version(self, nct_id: str) -> VersionInfo | None:
        with self.service.database.read() as session:
            return next(iter(versions.versions(session, nct_id)), None)

    def _listed(self, first: VersionInfo, mark: Backfill | None) -> list[HistoryEntry]:
        """The versions that the history lists and that may stand before the first one known."""
        try:
            entries = self.service.registry.history(first.nct_id, self.settings.min_interval_s)
        except NotFound:
            return []
        if mark is not None:
            return [entry for entry in entries if entry.version < mark.older]
        # What was submitted later was polled, or will be.
        until = first.submitted if first.submitted and len(first.submitted) == 10 else first.day
        return [entry for entry in entries if entry.submitted <= until]

    def _version(self, nct_id: str, entry: HistoryEntry) -> PastVersion:
        record = self.service.registry.history_version(nct_id, entry.version, self.settings.min_interval_s)
        past = read_past(record.raw, entry.submitted)
        # One that says it is newer than the list has it is not the version that was asked for.
        if past.study.submitted and str(past.study.submitted) > entry.submitted:
            raise Unreadable(
                f"version {entry.version} of {nct_id} was submitted on {past.study.submitted} by its record, "
                f"on {entry.submitted} by the list"
            )
        return past.standing_since(_posted(past) or entry.submitted)


def _posted(past: PastVersion) -> str | None:
    """The day on which a version was posted, if a whole day is told."""
    posted = str(past.study.posted) if past.study.posted else ""
    return posted if len(posted) == 10 else None
