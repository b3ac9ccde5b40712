"""The versions of a study: each distinct content once, its payload as the registry sent it.

A study's versions are numbered 1, 2, 3, … in the order in which they were seen; the last one is its head. Those of the
past that were stored later (`storage.past`) stand before them, counting down from 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import LargeBinary, and_, bindparam, func, select, type_coerce
from sqlalchemy.orm import Session

from storage.bulk import chunks
from storage.chains import head_chains, unpacked
from storage.dictionaries import Dictionaries
from storage.errors import VersionCorrupt
from storage.payloads import (
    Packed,
    chain_start,
    checked,
    unpack,
    unpack_link,
)
from storage.rows import columns_of, rows
from storage.tables import Study, Version, table_of

STUDY = table_of(Study).c
VERSION = table_of(Version).c


_IS_AS_EVER = and_(
    STUDY.state.in_(("present", "withheld")),
    STUDY.absent_since.is_(None),
    STUDY.absent_releases == 0,
    STUDY.alias_of.is_(None),
)
# Made once: to put it together for each batch took as long as to ask for its rows. The bytes of the hash as they are: its
# type takes longer over each than all else.
_UNCHANGING = select(STUDY.nct_id, type_coerce(STUDY.raw_hash, LargeBinary).label("raw_hash")).where(
    _IS_AS_EVER, STUDY.raw_hash.is_not(None), STUDY.nct_id.in_(bindparam("ids", expanding=True))
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


def unchanging(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """The raw hashes of those of the studies that are there as they always were: neither absent nor led elsewhere.

    Of such a study, whose record has that hash again, nothing is to be written but that it was read.
    """
    found = (session.execute(_UNCHANGING, {"ids": chunk}).all() for chunk in chunks(ids))
    return {nct_id: raw_hash.hex() for each in found for nct_id, raw_hash in each}


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


def readable_heads(session: Session, ids: Iterable[str]) -> dict[str, bytes]:
    """Payloads to build on. Where one is damaged the next version is stored in full, and is safe."""
    readable = {}
    for nct_id, chain in head_chains(session, ids):
        with suppress(VersionCorrupt):
            # Packed on a damaged one, every later version would be lost with it until the next full one.
            readable[nct_id] = unpack(chain, Dictionaries(session))
    return readable
