"""The first load of the whole registry from its bulk download: batch by batch, resumable, never unpacked as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice, takewhile
from pathlib import Path
from typing import ClassVar

import structlog
from sqlalchemy.orm import Session

from storage import ledger, outbox, versions, walks
from storage.id_set import IdSet
from storage.lease import Lease
from storage.walks import Walk
from sync import logs
from sync.config import WatchSettings
from sync.cycle.aliases import Aliases
from sync.cycle.cohort_walk import read_before, whole_registry
from sync.cycle.context import Counts, CycleContext, Troubles
from sync.cycle.freed import give_back
from sync.cycle.prepare import preparing
from sync.cycle.presence import Presences
from sync.cycle.recorder import Recorder
from sync.errors import TrialdeltaError
from sync.leases import leased
from sync.registry.archive import Archive, Entry, NotAnArchive, open_archive
from sync.registry.client import Release
from sync.registry.pages import RawRecord
from sync.service import Service

BATCH = 500
"""Studies in one transaction: what is lost with an import that is killed."""

log = structlog.get_logger("cycle")


class NothingHasEverything(TrialdeltaError):
    """No watch has the whole registry, so that nothing would follow what is imported."""

    hint: ClassVar[str] = (
        'Add a [[watch]] with name = "all" and everything = true to the configuration. '
        "`trialdelta import FILE` without --zip stores records of studies that are watched by name."
    )
    exit_code: ClassVar[int] = 2


@dataclass(frozen=True, slots=True)
class Loaded:
    """What an import came to: `new` studies, `known` ones, `refused` records, `others` that are files of no study.

    `doubles`: further entries of a study that the file had before; the first one counts.
    """

    release: str
    read: int
    new: int
    known: int
    changed: int
    refused: int
    others: int
    doubles: int
    resumed: bool

    def as_json(self) -> dict[str, object]:
        """The import as one object."""
        return {name: getattr(self, name) for name in self.__slots__}


def load_bulk(
    service: Service,
    path: Path,
    *,
    day: str | None = None,
    taken: Callable[[Walk], None] = lambda _walk: None,
) -> Loaded:
    """Take in the studies of the registry's bulk download for the watch that has everything.

    `day`: the release of records that do not name it. An import that was killed goes on where it stopped.
    Raises NothingHasEverything, NotAnArchive, and HeldElsewhere while a cycle is under way.
    """
    watch = next((each for each in service.watched if each.everything), None)
    if watch is None:
        raise NothingHasEverything
    with closing(open_archive(path)) as file, leased(service.database, service.now) as lease:
        archive = Archive(file)
        if not any(entry.nct_id for entry in archive.each()):
            raise NotAnArchive("no record of a study is in it: there is no file named like NCT01234567.json")
        release = Release("", day or _release_of(archive), "")
        release = replace(release, stamp=f"{release.date} {archive.identity}")
        return _Load(service, lease, watch, archive, release, taken).run()


def _release_of(archive: Archive) -> str:
    """The release that the first record that names one is of: the archive itself bears none."""
    for entry in islice(archive.each(), BATCH):
        holder = archive.record(entry).version_holder if entry.nct_id else None
        if holder and _is_day(holder):
            return holder
    raise NotAnArchive("none of its first records says of which release it is; `--date DAY` says it for them")


def _is_day(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False


@dataclass(slots=True)
class _Seen:
    """Which studies a file had already."""

    ids: IdSet = field(default_factory=IdSet)
    doubles: int = 0

    def is_first(self, entry: Entry) -> bool:
        """Whether the study of an entry was not seen before it; it is from now on."""
        is_first = self.ids.add(entry.nct_id or "")
        self.doubles += not is_first
        return is_first

    def note_before(self, archive: Archive, place: int) -> None:
        """Note what stands before the place where an import goes on."""
        before = takewhile(lambda entry: entry.following <= place, archive.each() if place else ())
        for entry in before:
            if entry.nct_id:
                self.is_first(entry)


@dataclass(slots=True)
class _Load:
    service: Service
    lease: Lease
    watch: WatchSettings
    archive: Archive
    release: Release
    taken: Callable[[Walk], None]

    def run(self) -> Loaded:
        service, counts = self.service, Counts()
        others = [read_before(service, each) for each in service.watched if each.name != self.watch.name]
        with service.database.read() as session:
            cohort = replace(whole_registry(session, self.watch), settled=False)
        cohorts = [cohort, *others]
        context = CycleContext(service, self.lease, self.release, None, cohorts, Troubles(), counts)
        presences = Presences(context, Aliases(context))
        seen = _Seen()
        walk, compares = self._begun(context), self._is_newest()
        resumed, known, others_seen = walk.seen > 0, 0, 0
        with preparing(service.settings.performance.processes, service.settings.log) as prepare:
            recorder = Recorder(context, presences, prepare=prepare)
            place = int(walk.cursor or 0)
            seen.note_before(self.archive, place)
            for batch in self._batches(place):
                named = [each for each in batch if each.nct_id]
                records = [self._checked(self.archive.record(each)) for each in named if seen.is_first(each)]
                others_seen += len(batch) - len(named)
                fresh = records if compares else self._unknown(records)
                known += len(records) - len(fresh)
                walk = self._take(recorder, presences, walk, batch, records, fresh)
                self.taken(walk)
                give_back()
        self._end(context, walk)
        known += counts.unchanged
        return Loaded(
            self.release.date, walk.seen, counts.baselines, known, counts.changed + counts.derived,
            counts.quarantined, others_seen, seen.doubles, resumed,
        )  # fmt: skip

    def _begun(self, context: CycleContext) -> Walk:
        """The import of this very file that was begun before, or a new one."""
        now = self.service.now()
        with context.write() as session:
            known = walks.walk(session, self.watch.name, "file")
            if known and known.stamp == self.release.stamp and known.ended_at is None:
                log.info(logs.WALK_RESUMED, watch=self.watch.name, kind="bulk", seen=known.seen)
                return replace(known, resumed_at=now, updated_at=now, resumed_seen=known.seen)
            total, release = self.archive.entries, self.release
            new = Walk(
                self.watch.name, "file", "bulk", release.stamp, release.date, now, now, now, total=total
            )
            walks.save(session, new)
            return new

    def _is_newest(self) -> bool:
        """Whether nothing was read on a later release: then known studies are compared, else they are left as they are."""
        with self.service.database.read() as session:
            mark, walk = ledger.watermark(session), walks.walk(session, self.watch.name)
        read = [mark.release if mark else "", (walk.covered_release if walk else "") or ""]
        return max(read) <= self.release.date

    def _batches(self, place: int) -> Iterator[list[Entry]]:
        entries = self.archive.each(place)
        while batch := list(islice(entries, BATCH)):
            yield batch

    def _checked(self, record: RawRecord) -> RawRecord:
        if record.problem or record.version_holder in (None, self.release.date):
            return record
        problem = f"it is of release {record.version_holder}, the file is of {self.release.date}"
        return replace(record, problem=problem)

    def _unknown(self, records: list[RawRecord]) -> list[RawRecord]:
        with self.service.database.read() as session:
            heads = versions.heads(session, [record.nct_id for record in records if record.nct_id])
        return [record for record in records if record.nct_id not in heads]

    def _take(
        self,
        recorder: Recorder,
        presences: Presences,
        walk: Walk,
        batch: list[Entry],
        records: list[RawRecord],
        fresh: list[RawRecord],
    ) -> Walk:
        """One transaction: what the records mean, who is in the watch by them, and the place in the file."""
        further = replace(
            walk,
            cursor=str(batch[-1].following),
            pages=walk.pages + 1,
            seen=walk.seen + len(batch),
            updated_at=self.service.now(),
        )
        readable = {record.nct_id for record in records if record.nct_id and not record.problem}
        left_alone = sorted(readable - {record.nct_id for record in fresh if record.nct_id})

        def note(session: Session) -> None:
            presences.note(session, [], [], left_alone)
            walks.save(session, further)

        recorder.take((), fresh, note)
        return further

    def _end(self, context: CycleContext, walk: Walk) -> None:
        """From here on the registry is swept since the release of the file."""
        release, now = self.release, self.service.now()
        with context.write() as session:
            walks.save(session, replace(walk, ended_at=now, proved=True))
            known = walks.walk(session, self.watch.name)
            covered = min((known.covered_release if known else None) or release.date, release.date)
            whole = max((known.whole_release if known else None) or release.date, release.date)
            begun = Walk(self.watch.name, "api", "bulk", release.stamp, release.date, walk.began_at, now, now)
            loaded = replace(
                begun,
                seen=walk.seen,
                total=walk.total,
                ended_at=now,
                proved=True,
                whole_release=whole,
                covered_release=covered,
            )
            walks.begin(session, loaded)
            outbox.end_waiting(session)
        log.info(logs.WALK_ENDED, watch=self.watch.name, kind="bulk", studies=walk.seen, total=walk.total)
