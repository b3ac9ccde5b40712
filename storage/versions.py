"""The versions of a study: each distinct content once, its payload as the registry sent it.

A study's versions are numbered 1, 2, 3, … in the order in which they were seen; the last one is its head. Those of the
past that were stored later (`storage.past`) stand before them, counting down from 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase

from storage import seals
from storage.bulk import chunks, insert_in, upsert_in
from storage.chains import head_chains, unpacked
from storage.dictionaries import SAMPLES, Dictionaries, train
from storage.errors import VersionCorrupt
from storage.fulltext.document import Texts
from storage.fulltext.index import index
from storage.many_rows import write_rows
from storage.payloads import (
    Packed,
    Trained,
    chain_start,
    checked,
    for_full,
    pack,
    unpack,
    unpack_link,
)
from storage.profiles import StoredProfile
from storage.profiles import keep as keep_profiles
from storage.rows import columns_of, rows
from storage.sort_keys import country_count, enrolled
from storage.tables import Study, Version, table_of

STUDY = table_of(Study).c
VERSION = table_of(Version).c


_ABSENCE = (STUDY.absent_since, STUDY.absent_releases, STUDY.alias_of)
# Made once: to put it together for each batch took as long as to ask for its rows. And by the ids alone: with the state in
# its condition, SQLite takes the index of that, and walks through all studies for each batch.
_UNCHANGING = select(STUDY.nct_id, STUDY.raw_hash, STUDY.state, *_ABSENCE).where(
    STUDY.nct_id.in_(bindparam("ids", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Head:
    """What a comparison needs of a study's last version. Hashes are hexadecimal text."""

    nct_id: str
    number: int
    release: str
    sha256: str
    raw_hash: str
    content_hash: str
    derived_hash: str
    canon: int
    state: str
    absent_releases: int


@dataclass(frozen=True, slots=True)
class Due:
    """The days, as YYYY-MM-DD, by which silent studies are asked for; None where nothing of the kind is awaited."""

    heard_on: str | None = None
    overdue_on: str | None = None
    unknown_on: str | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """The few facts of a record that listings show."""

    title: str | None = None
    status: str | None = None
    sponsor: str | None = None
    phases: tuple[str, ...] = ()
    enrollment: Any = None
    status_module: Any = None
    """The record's own, of which silence is told."""
    facts: Any = None
    """What else a listing shows of the record."""
    texts: Texts | None = None
    """What the study is found by."""
    profile: StoredProfile | None = None
    """What the study is compared by."""
    due: Due = Due()
    form: int | None = None
    """Which form of a summary this is."""


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A content to be stored. `release` is YYYY-MM-DD, `stamp` its stamp; hashes are hexadecimal.

    `raw_hash` is that of the record's bytes with the release's date blanked, `posted` is lastUpdatePostDate.
    """

    nct_id: str
    payload: bytes
    release: str
    stamp: str
    seen_at: datetime
    raw_hash: str
    content_hash: str
    derived_hash: str
    canon: int
    submitted: str | None = None
    posted: str | None = None
    provenance: str = "api"
    cycle_id: int | None = None
    state: str = "present"
    summary: Summary = field(default_factory=Summary)
    packed: Packed | None = None
    """On top of the version before it, where that was at hand."""


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """A stored version without its payload; `size` is the payload's in bytes.

    `since`: the day from which it stood in the registry, where that is known to be before its release.
    """

    nct_id: str
    number: int
    release: str
    seen_at: datetime
    size: int
    sha256: str
    content_hash: str
    derived_hash: str
    canon: int
    submitted: str | None
    posted: str | None
    provenance: str
    cycle_id: int | None
    since: str | None = None

    @property
    def day(self) -> str:
        """The day from which it is known to have stood in the registry."""
        return self.since or self.release


def heads(session: Session, ids: Iterable[str]) -> dict[str, Head]:
    """The heads of those of the studies that have a version."""
    statement = select(
        STUDY.nct_id,
        VERSION.number,
        VERSION.release,
        VERSION.sha256,
        STUDY.raw_hash,
        STUDY.content_hash,
        STUDY.derived_hash,
        STUDY.canon,
        STUDY.state,
        STUDY.absent_releases,
    ).join_from(
        table_of(Study), table_of(Version), (VERSION.nct_id == STUDY.nct_id) & (VERSION.number == STUDY.head)
    )
    found = (
        head
        for chunk in chunks(ids)
        for head in rows(session, statement.where(STUDY.nct_id.in_(chunk)).order_by(STUDY.nct_id), Head)
    )
    return {head.nct_id: head for head in found}


def add_versions(session: Session, new: Sequence[NewVersion]) -> dict[str, int]:
    """Store contents as the next versions of their studies, in the order given; the last number of each.

    The study's row is made or brought up to date with it.
    """
    if not new:
        return {}
    known = _known(session, (version.nct_id for version in new))
    numbers = {nct_id: head for nct_id, (head, _) in known.items()}
    previous = _readable_heads(session, [each.nct_id for each in new if each.packed is None])
    full = for_full(_trained(session, new, numbers))
    rows = []
    for version in new:
        number, packed = numbers.get(version.nct_id, 0) + 1, version.packed
        if packed is None or packed.number != number:
            # Two contents of one study in one call (a backfill) follow on each other, so both dictionaries are at hand.
            packed = pack(version.payload, number, previous.get(version.nct_id), full)
        rows.append(version_row(version, packed))
        numbers[version.nct_id], previous[version.nct_id] = number, version.payload
    last = {version.nct_id: version for version in new}
    studies = [
        # A watch may have named it long before the registry had it: it is seen when the first record of it is.
        _study_row(version, numbers[nct_id], known[nct_id][1] if nct_id in known else version.release)
        for nct_id, version in sorted(last.items())
    ]
    with seals.revising(session, Study, [(row["nct_id"],) for row in studies], written=studies):
        write_rows(session, _studies, studies)
    write_rows(session, _versions, rows)
    seals.seal_as_written(session, Version, rows)
    index(session, {each.nct_id: each.summary.texts for each in new if each.summary.texts is not None})
    keep_profiles(session, {each.nct_id: each.summary.profile for each in new if each.summary.profile})
    return numbers


def _known(session: Session, ids: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Head and first release of those of the studies of which a version is stored."""
    statement = select(STUDY.nct_id, STUDY.head, STUDY.first_seen_release).where(STUDY.head.is_not(None))
    return {
        nct_id: (head, first_seen)
        for chunk in chunks(ids)
        for nct_id, head, first_seen in session.execute(statement.where(STUDY.nct_id.in_(chunk)))
    }


def _trained(session: Session, new: Sequence[NewVersion], numbers: dict[str, int]) -> Trained | None:
    """The dictionary to pack full versions with: trained as soon as there are studies enough to train it on."""
    dictionaries = Dictionaries(session)
    if not new or dictionaries.is_any() or all(version.nct_id in numbers for version in new):
        return dictionaries.newest() if new else None
    known = select(STUDY.nct_id).where(STUDY.head.is_not(None)).limit(SAMPLES)
    ids = session.scalars(known).all()
    if len(ids) >= SAMPLES:
        train(session, list(_readable_heads(session, ids).values()), new[0].seen_at)
    return dictionaries.newest()


def unchanging(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """The raw hashes of those of the studies that are there as they always were: neither absent nor led elsewhere.

    Of such a study, whose record has that hash again, nothing is to be written but that it was read.
    """
    found = (session.execute(_UNCHANGING, {"ids": chunk}).all() for chunk in chunks(ids))
    return {
        nct_id: raw_hash
        for each in found
        for nct_id, raw_hash, state, *absence in each
        if raw_hash and state in ("present", "withheld") and absence == [None, 0, None]
    }


def payload(session: Session, nct_id: str, number: int) -> bytes:
    """The record as the registry sent it, checked by its hash. Raises UnknownVersion or VersionCorrupt."""
    statement = (
        select(VERSION.number, VERSION.base, VERSION.payload, VERSION.sha256)
        # The chain may begin later than this, where a damaged version made the next one full.
        .where(VERSION.nct_id == nct_id, VERSION.number.between(chain_start(number), number))
        .order_by(VERSION.number)
    )
    return unpacked(session, nct_id, number, rows(session, statement, Packed))


def first_versions(session: Session, ids: Iterable[str]) -> dict[str, tuple[int, str]]:
    """The number of the first stored version of studies, and the day from which it is known to have stood."""
    first = select(VERSION.nct_id, func.min(VERSION.number).label("number")).group_by(VERSION.nct_id)
    found: dict[str, tuple[int, str]] = {}
    for chunk in chunks(ids):
        firsts = first.where(VERSION.nct_id.in_(chunk)).subquery()
        is_first = (VERSION.nct_id == firsts.c.nct_id) & (VERSION.number == firsts.c.number)
        columns = (VERSION.nct_id, VERSION.number, func.coalesce(VERSION.since, VERSION.release))
        for nct_id, number, day in session.execute(select(*columns).join(firsts, is_first)):
            found[nct_id] = number, day
    return found


def payloads(session: Session, nct_id: str) -> Iterator[tuple[int, bytes]]:
    """Every version of a study with its number, oldest first, in one pass: each is unpacked on top of the one before.

    Raises VersionCorrupt at the first one that is damaged.
    """
    statement = (
        select(VERSION.number, VERSION.base, VERSION.payload, VERSION.sha256)
        .where(VERSION.nct_id == nct_id)
        .order_by(VERSION.number)
    )
    payload: bytes | None = None
    dictionaries = Dictionaries(session)
    # Each link is unpacked once; asking for the versions one by one would unpack up to twenty links for each.
    for row in session.execute(statement):
        packed = Packed(*row)
        try:
            payload = checked(packed, unpack_link(packed, payload, dictionaries))
        except VersionCorrupt as error:
            raise VersionCorrupt(f"{nct_id}: {error}") from error
        yield packed.number, payload


def head_payloads(session: Session, ids: Iterable[str]) -> dict[str, bytes]:
    """The payloads of the heads of studies, in a query for each few hundred. Raises VersionCorrupt."""
    return {
        nct_id: unpacked(session, nct_id, chain[-1].number, chain)
        for nct_id, chain in head_chains(session, ids)
    }


def version_as_of(session: Session, nct_id: str, day: str) -> int | None:
    """The number of the version that stood in the registry on a day (YYYY-MM-DD); None before the first."""
    number: int | None = session.scalar(
        select(func.max(VERSION.number)).where(
            VERSION.nct_id == nct_id, func.coalesce(VERSION.since, VERSION.release) <= day
        )
    )
    return number


def versions(session: Session, nct_id: str) -> list[VersionInfo]:
    """All versions of a study, oldest first."""
    columns = columns_of(VERSION, VersionInfo)
    return rows(
        session, select(*columns).where(VERSION.nct_id == nct_id).order_by(VERSION.number), VersionInfo
    )


def _readable_heads(session: Session, ids: Iterable[str]) -> dict[str, bytes]:
    """Payloads to build on. Where one is damaged the next version is stored in full, and is safe."""
    readable = {}
    for nct_id, chain in head_chains(session, ids):
        with suppress(VersionCorrupt):
            # Packed on a damaged one, every later version would be lost with it until the next full one.
            readable[nct_id] = unpack(chain, Dictionaries(session))
    return readable


def version_row(new: NewVersion, packed: Packed) -> dict[str, Any]:
    """The row of a version."""
    return {
        "nct_id": new.nct_id,
        "number": packed.number,
        "release": new.release,
        "seen_at": new.seen_at,
        "payload": packed.blob,
        "base": packed.base,
        "size": len(new.payload),
        "sha256": packed.sha256,
        "content_hash": new.content_hash,
        "derived_hash": new.derived_hash,
        "canon": new.canon,
        "submitted": new.submitted,
        "posted": new.posted,
        "provenance": new.provenance,
        "cycle_id": new.cycle_id,
    }


def _study_row(new: NewVersion, number: int, first_seen_release: str) -> dict[str, Any]:
    return {
        "nct_id": new.nct_id,
        "head": number,
        "raw_hash": new.raw_hash,
        "content_hash": new.content_hash,
        "derived_hash": new.derived_hash,
        "canon": new.canon,
        "checked_stamp": new.stamp,
        "checked_at": new.seen_at,
        "state": new.state,
        "absent_since": None,
        "absent_releases": 0,
        "alias_of": None,
        "title": new.summary.title,
        "status": new.summary.status,
        "sponsor": new.summary.sponsor,
        "phases": list(new.summary.phases),
        "enrollment": new.summary.enrollment,
        "last_update_posted": new.posted,
        "status_module": new.summary.status_module,
        "facts": new.summary.facts,
        "heard_on": new.summary.due.heard_on,
        "overdue_on": new.summary.due.overdue_on,
        "unknown_on": new.summary.due.unknown_on,
        "enrolled": enrolled(new.summary.enrollment),
        "country_count": country_count(new.summary.facts),
        "summary_form": new.summary.form,
        "first_seen_release": first_seen_release,
    }


def _versions(dialect: str) -> UpdateBase:
    return insert_in(dialect, Version)


def _studies(dialect: str) -> UpdateBase:
    return upsert_in(dialect, Study, "nct_id", _OF_STUDIES)


_OF_STUDIES = (
    *("head", "raw_hash", "content_hash", "derived_hash", "canon", "checked_stamp", "checked_at"),
    *("state", "absent_since", "absent_releases", "alias_of", "title", "status", "sponsor", "phases"),
    *("enrollment", "last_update_posted", "status_module", "facts", "heard_on", "overdue_on", "unknown_on"),
    *("enrolled", "country_count", "summary_form", "first_seen_release"),
)
