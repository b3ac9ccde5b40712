"""Dictionaries that full versions are packed with: trained on the database's own records, kept for ever.

Records are alike: what one says in words and names of fields, the next one says too. Trained on a few hundred of them, a
dictionary makes a first version a third smaller, at no cost of time. Every version that is packed with it needs it, so
there are two copies, either of which will do; a frame names its dictionary by id, and new ones leave old ones in place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache

import zstandard
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage import seals
from storage.bulk import insert
from storage.errors import VersionCorrupt
from storage.payloads import LEVEL, Trained, sha256_of
from storage.problems import Problem
from storage.tables import DICTIONARY_COPIES, Dictionary, table_of

DICTIONARY = table_of(Dictionary).c
SAMPLES = 500
"""Studies that there have to be; with twice as many a dictionary is no better by more than 1 %."""
_BYTES = 112 << 10
"""256 KB save 4 % more, and are read with each study that is shown."""
_MOST_OF_ONE = 16_000
"""Bytes of a record that count as a sample: what comes later in a large one are figures that no other record has."""
_SEGMENT, _MATCH, _TABLE, _STEP = 256, 8, 18, 2
"""Left to itself, zstd tries many such sizes: it took fifteen times as long, and found none that saves more. A match of 6,
a larger table (2 to this power) and every place looked at took three times as long, and saved no more either."""
_FIRST_ID = 1 << 15
"""What is below belongs to dictionaries that are registered with zstd."""


class Dictionaries:
    """The dictionaries of a session's database, read when they are asked for, once a session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._read: dict[int, Trained] = session.info.setdefault("dictionaries", {})

    def __call__(self, number: int) -> Trained:
        """The dictionary of an id. Raises VersionCorrupt where no copy of it is whole."""
        if number not in self._read:
            self._read[number] = self._whole(number)
        return self._read[number]

    def newest(self) -> Trained | None:
        """The one to pack with; None before the first, and where the last is damaged: what is packed now must be safe."""
        last = self._session.scalar(select(func.max(DICTIONARY.id)))
        try:
            return None if last is None else self(last)
        except VersionCorrupt:
            return None

    def is_any(self) -> bool:
        """Whether there is one, whole or not."""
        return self._session.scalar(select(DICTIONARY.id).limit(1)) is not None

    def _whole(self, number: int) -> Trained:
        statement = select(DICTIONARY.payload, DICTIONARY.sha256).where(DICTIONARY.id == number)
        for payload, sha256 in self._session.execute(statement.order_by(DICTIONARY.copy_number)):
            if sha256_of(payload) == sha256:
                return _compiled(payload)
        raise VersionCorrupt(f"The dictionary {number} that a version is packed with is damaged or lost")


def train(session: Session, records: Sequence[bytes], at: datetime) -> None:
    """Make a dictionary of these records and keep it; nothing is made of records that have nothing in common."""
    samples: list[bytes | bytearray | memoryview] = [record[:_MOST_OF_ONE] for record in records]
    number = (session.scalar(select(func.max(DICTIONARY.id))) or _FIRST_ID) + 1
    try:
        trained = zstandard.train_dictionary(
            _BYTES, samples, level=LEVEL, dict_id=number, k=_SEGMENT, d=_MATCH, f=_TABLE, accel=_STEP
        )
    except zstandard.ZstdError:
        return
    payload = trained.as_bytes()
    row = {
        "id": number,
        "payload": payload,
        "sha256": sha256_of(payload),
        "samples": len(samples),
        "made_at": at,
    }
    session.execute(insert(session, Dictionary), [row | {"copy_number": copy} for copy in DICTIONARY_COPIES])
    seals.seal(session, Dictionary, [(number, copy) for copy in DICTIONARY_COPIES])


def dictionary_problems(session: Session) -> Iterator[Problem]:
    """Copies that are not as they were made, or that are not there: told while the other one still serves."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    statement = select(DICTIONARY.id, DICTIONARY.copy_number, DICTIONARY.payload, DICTIONARY.sha256)
    for number, copy, payload, sha256 in session.execute(statement.order_by(DICTIONARY.id)):
        found[number].add(copy)
        if sha256_of(payload) != sha256:
            text = f"Copy {copy} of dictionary {number} does not match its SHA-256"
            yield Problem("dictionary", f"{number}@{copy}", text)
    for number, copies in found.items():
        for copy in set(DICTIONARY_COPIES) - copies:
            yield Problem("dictionary", f"{number}@{copy}", f"Copy {copy} of dictionary {number} is missing")


@lru_cache(maxsize=4)
def _compiled(payload: bytes) -> Trained:
    dictionary = zstandard.ZstdCompressionDict(payload)
    # Without this its tables are made anew for every record: 0.3 ms each, five times the packing.
    dictionary.precompute_compress(level=LEVEL)
    return dictionary
