"""What versions are unpacked of, read for many studies at once: as it is packed, that of a whole page takes little room."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.bulk import chunks
from storage.dictionaries import Dictionaries
from storage.errors import UnknownVersion, VersionCorrupt
from storage.payloads import FULL_EVERY, Packed, unpack
from storage.tables import Study, Version, table_of

STUDY = table_of(Study).c
VERSION = table_of(Version).c

_PACKED = (VERSION.nct_id, VERSION.number, VERSION.base, VERSION.payload, VERSION.sha256)


def head_chains(session: Session, ids: Iterable[str]) -> Iterator[tuple[str, list[Packed]]]:
    """What the heads of studies are unpacked of, in a query for each few hundred."""
    statement = (
        select(*_PACKED)
        .join(table_of(Study), STUDY.nct_id == VERSION.nct_id)
        .where(VERSION.number.between(STUDY.head - FULL_EVERY + 1, STUDY.head))
        .order_by(VERSION.nct_id, VERSION.number)
    )
    for chunk in chunks(ids):
        rows = session.execute(statement.where(VERSION.nct_id.in_(chunk)))
        for nct_id, links in groupby(rows, key=itemgetter(0)):
            yield nct_id, [Packed(*link[1:]) for link in links]


def first_chains(session: Session, numbers: Mapping[str, int]) -> Iterator[tuple[str, list[Packed]]]:
    """The same of the first versions of studies, by their numbers: there is nothing before one that it could build on."""
    statement = select(*_PACKED).where(VERSION.number.in_(set(numbers.values())))
    for chunk in chunks(numbers):
        for nct_id, number, *packed in session.execute(statement.where(VERSION.nct_id.in_(chunk))):
            if number == numbers[nct_id]:
                yield nct_id, [Packed(number, *packed)]


def unpacked(session: Session, nct_id: str, number: int, chain: Sequence[Packed]) -> bytes:
    """The payload of a version, which its chain ends with. Raises UnknownVersion or VersionCorrupt."""
    if not chain or chain[-1].number != number:
        raise UnknownVersion(f"{nct_id} has no version {number}")
    try:
        return unpack(chain, Dictionaries(session))
    except VersionCorrupt as error:
        raise VersionCorrupt(f"{nct_id}: {error}") from error
