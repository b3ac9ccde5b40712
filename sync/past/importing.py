"""Records out of files, stored as versions: before what is known, or as all that is known of a study.

What is older than the first version stored goes before it; what says what is known already does nothing. Between versions
that were polled, and after them, nothing is put: there the service was looking itself.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from storage import audit, new_versions, versions
from storage import lease as leases
from storage import past as stored
from storage.bulk import batched
from storage.lease import Lease
from storage.new_versions import NewVersion
from storage.payloads import sha256_of
from storage.versions import VersionInfo
from sync.changes.event import Event
from sync.changes.model import Snapshot, VersionRef
from sync.errors import TrialdeltaError, UnreadableRecord
from sync.leases import BACKFILL, NAME, leased
from sync.past.chain import PastVersion, distinct, read_past, said_by
from sync.past.dated import day_of, day_told
from sync.past.dump_files import DumpFile
from sync.past.dumps import Found
from sync.past.storing import PastOfStudy, as_new, before_first, explained, store
from sync.rules import for_study
from sync.service import Service
from sync.study.canonical import CANON, canonicalise
from sync.study.record import read_record
from sync.versions.new_version import summary_of
from sync.versions.prior_state import prior_state_of
from sync.versions.profiles import stored_profile
from sync.versions.snapshots import snapshot_of_version

AT_ONCE = 500
"""Studies in one transaction."""
IN_MEMORY = 5_000
"""Records that are put in order together: a file whose records of one study stand further apart must have them in order."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one record: stored, known (nothing new in it), or refused."""

    place: str
    state: str
    nct_id: str | None = None
    day: str | None = None
    problem: str | None = None
    note: str | None = None
    """What is held to be otherwise for it, though no version was stored."""

    def as_json(self) -> dict[str, Any]:
        """As one object."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class _Record:
    """A record that can be read, and where it stands."""

    place: str
    past: PastVersion


@dataclass
class _Plan:
    """What is to be stored of one study, made before the writing transaction begins."""

    outcomes: list[Imported] = field(default_factory=list)
    before: PastOfStudy | None = None
    after: list[NewVersion] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


@dataclass(frozen=True)
class ImportRun:
    """One import; `day` is that of all its records, where it is given."""

    service: Service
    by: str
    source: str
    day: str | None = None
    _of_this_run: set[str] = field(default_factory=set)
    """Studies that this run stored versions of: more of the same day may follow, further on in the file."""

    def run(self, found: Iterable[Found]) -> Iterator[Imported]:
        """What becomes of each record. Raises HeldElsewhere while a cycle or a backfill runs."""
        database, now = self.service.database, self.service.now
        counts: defaultdict[str, int] = defaultdict(int)
        with ExitStack() as held:
            # A cycle that reads a study meanwhile would give its version the number that one of these takes.
            lease, _ = (held.enter_context(leased(database, now, name)) for name in (NAME, BACKFILL))
            for batch in batched(found, IN_MEMORY):
                for outcome in self._take(batch, lease):
                    counts[outcome.state] += 1
                    yield outcome
            with database.write() as session:
                leases.check(session, lease)
                audit.append(session, now(), self.by, "import", self.source, **counts)

    def _take(self, batch: Sequence[Found], lease: Lease) -> Iterator[Imported]:
        by_study: defaultdict[str, list[_Record]] = defaultdict(list)
        for found in batch:
            try:
                record = _Record(found.place, self._read(found))
                by_study[record.past.study.nct_id or ""].append(record)
            except TrialdeltaError as error:
                yield Imported(found.place, "refused", problem=str(error))
        for ids in batched(sorted(by_study), AT_ONCE):
            with self.service.database.read() as session:
                plans = [self._plan(session, nct_id, by_study[nct_id]) for nct_id in ids]
            with self.service.database.write() as session:
                leases.check(session, lease)
                for plan in plans:
                    _carry_out(session, plan)
            self._of_this_run.update(nct_id for nct_id, plan in zip(ids, plans, strict=True) if plan.after)
            yield from (outcome for plan in plans for outcome in plan.outcomes)

    def _read(self, found: Found) -> PastVersion:
        if found.problem:
            raise UnreadableRecord(found.problem)
        past = read_past(found.raw, "")
        found.check_history(past.study.nct_id)
        return past.standing_since(day_of(past, self.day or found.day, str(self.service.now().date())))

    def _plan(self, session: Session, nct_id: str, records: Sequence[_Record]) -> _Plan:
        ordered = sorted(records, key=lambda record: record.past.day)
        known = versions.versions(session, nct_id)
        try:
            return self._planned(session, ordered, known)
        except TrialdeltaError as error:
            refused = partial(Imported, state="refused", nct_id=nct_id, problem=str(error))
            return _Plan([refused(each.place, day=each.past.day) for each in ordered])

    def _planned(self, session: Session, ordered: Sequence[_Record], known: Sequence[VersionInfo]) -> _Plan:
        plan = _Plan()
        if not known:
            self._append(session, plan, ordered, None)
            return plan
        older = [record for record in ordered if record.past.day < known[0].day]
        if older:
            pasts = [record.past for record in older]
            plan.before = before_first(
                session,
                self.service.settings,
                pasts,
                known[0],
                provenance="import",
                seen_at=self.service.now(),
            )
            plan.outcomes += _noted(_outcomes(older, plan.before.versions), plan.before)
        rest = [record for record in ordered if record.past.day >= known[0].day]
        newer = self._not_known(session, plan, rest, known)
        if newer:
            self._append(session, plan, newer, known[-1])
        return plan

    def _not_known(
        self, session: Session, plan: _Plan, records: Sequence[_Record], known: Sequence[VersionInfo]
    ) -> list[_Record]:
        """Those that go after the last version; the others are known, or contradict what is stored."""
        newer = []
        for record in records:
            past = record.past
            place = max(at for at, info in enumerate(known) if info.day <= past.day)
            # Several of one day are kept in the file's order: read again, each of them is known, not the last one alone.
            beside = [*known[place : place + 2], *(info for info in known if info.day == past.day)]
            if any(_is_version(session, past, info) for info in beside):
                plan.outcomes.append(_outcome(record, False))
            elif place + 1 == len(known) and self._may_follow(past, known):
                newer.append(record)
            # What the registry computed anew in between is no contradiction of what is stored.
            elif past.form.content_hash in {_content_hash(session, info) for info in beside}:
                plan.outcomes.append(_outcome(record, False))
            else:
                plan.outcomes.append(_contradiction(record, known, place))
        return newer

    def _may_follow(self, past: PastVersion, known: Sequence[VersionInfo]) -> bool:
        """Whether a record goes after the last version: nothing was polled, and what is stored ends on an earlier day."""
        is_later = past.day > known[-1].day or past.study.nct_id in self._of_this_run
        return is_later and all(info.provenance == "import" for info in known)

    def _append(
        self, session: Session, plan: _Plan, records: Sequence[_Record], head: VersionInfo | None
    ) -> None:
        """Store records after the last version of a study that was never polled, or as its first ones."""
        before = snapshot_of_version(session, head.nct_id, head.number) if head else None
        wanted, _ = distinct([record.past for record in records])
        if before and wanted and wanted[0].said.is_as(said_by(before.record, before.canonical)):
            wanted = wanted[1:]
        first = head.number + 1 if head else 1
        snapshots = [
            Snapshot(each.study.record, each.form, VersionRef(number, each.day, sha256_of(each.raw)))
            for number, each in enumerate(wanted, first)
        ]
        now, settings = self.service.now(), self.service.settings
        plan.after = [as_new(each, "import", now) for each in wanted]
        if wanted:
            last, summary = wanted[-1], summary_of(wanted[-1].study, stored_profile(wanted[-1].study))
            plan.after[-1] = as_new(last, "import", now, summary)
            nct_id = last.study.nct_id or ""
            plan.events = explained(
                [before, *snapshots] if before else snapshots,
                lambda day: for_study(session, settings, nct_id, on=day),
                lambda _after: now,
                prior_state_of(session, nct_id, head.number) if head else None,
            )
        plan.outcomes += _outcomes(records, plan.after)


def _carry_out(session: Session, plan: _Plan) -> None:
    if plan.before:
        store(session, plan.before)
    if plan.after:
        new_versions.add_versions(session, plan.after)
        stored.add_historical(session, [event.as_json() for event in plan.events])


def _outcomes(records: Sequence[_Record], made: Sequence[NewVersion]) -> Iterator[Imported]:
    """What became of records, some of which are new versions; of two alike the first one is."""
    # A study may say the same again, word for word, after it said something else: that is a version of its own.
    payloads = Counter(version.payload for version in made)
    for record in records:
        is_stored = payloads[record.past.raw] > 0
        payloads[record.past.raw] -= is_stored
        yield _outcome(record, is_stored)


def _noted(outcomes: Iterable[Imported], past: PastOfStudy) -> Iterator[Imported]:
    """The same, where the one of the day says that the first version stood before it was thought to."""
    first = past.first
    for each in outcomes:
        is_it = past.since is not None and (each.state, each.day) == ("known", past.since)
        moved = f"version {first.number} is held to have stood from {past.since} on now, not from {first.day}"
        yield replace(each, note=moved) if is_it else each


def _outcome(record: _Record, is_stored: bool) -> Imported:
    state = "stored" if is_stored else "known"
    return Imported(record.place, state, record.past.study.nct_id, record.past.day)


def _contradiction(record: _Record, known: Sequence[VersionInfo], place: int) -> Imported:
    nct_id, day, stands = record.past.study.nct_id, record.past.day, known[place]
    if day == stands.day:
        problem = f"it differs from version {stands.number}, which is of the same day: nothing is added to a stored day"
    elif place + 1 == len(known):
        problem = (
            f"it is newer than version {stands.number}, which was polled: `trialdelta sync` reads what is new"
        )
    else:
        problem = (
            f"it differs from version {stands.number}, which stood on {day} by what is stored: only what is older than "
            f"version {known[0].number}, of {known[0].day}, can be put before it"
        )
    return Imported(record.place, "refused", nct_id, day, problem)


def _is_version(session: Session, past: PastVersion, info: VersionInfo) -> bool:
    """Whether a record says what a stored version does."""
    if _content_hash(session, info) != past.form.content_hash:
        return False
    if (info.canon, info.derived_hash) == (CANON, past.form.derived_hash):
        return True
    record = read_record(versions.payload(session, info.nct_id, info.number))
    return past.said.is_as(said_by(record, canonicalise(record)))


def _content_hash(session: Session, info: VersionInfo) -> str:
    if info.canon == CANON:
        return info.content_hash
    return canonicalise(read_record(versions.payload(session, info.nct_id, info.number))).content_hash


def by_first_day(files: Sequence[DumpFile]) -> list[DumpFile]:
    """Files in the order of the days of their first records, so that the order of their names loses none."""
    return sorted(files, key=_first_day)


def _first_day(file: DumpFile) -> str:
    first = next(file.records(), None)
    if first is None or first.problem:
        return ""
    try:
        return first.day or day_told(read_past(first.raw, "")) or ""
    except TrialdeltaError:
        return ""  # it is refused where it is taken
