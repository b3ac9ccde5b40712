"""What people did: appended, never changed, each entry chained to the one before by its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage import seals, tables
from storage.bulk import insert, stream
from storage.problems import Problem
from storage.rows import columns_of, first_row, rows, values_of
from storage.tables import table_of

AUDIT = table_of(tables.Audit).c
_START = "0" * 64
"""Stands for the entry before the first one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a person did; `hash` covers it and, by the hash before, all that was done earlier."""

    seq: int
    at: datetime
    who: str
    action: str
    subject: str
    detail: dict[str, Any]
    hash: str


def append(session: Session, at: datetime, who: str, action: str, subject: str, **detail: Any) -> None:
    """Write down what a person does, in the transaction that does it."""
    # Numbered here, not by the database: a sequence leaves gaps after a rollback, which would look like entries taken
    # out.
    last = session.execute(select(AUDIT.seq, AUDIT.hash).order_by(AUDIT.seq.desc()).limit(1)).first()
    seq, before = (last.seq + 1, last.hash) if last else (1, _START)
    entry = Entry(seq, at, who, action, subject, detail, "")
    values = values_of(entry)
    session.execute(insert(session, tables.Audit).values(values | {"hash": _hash(before, entry)}))
    seals.seal(session, tables.Audit, [(seq,)])


def entries(session: Session, subject: str | None = None) -> list[Entry]:
    """What was done, or done to one event or study, oldest first."""
    statement = select(*columns_of(AUDIT, Entry)).order_by(AUDIT.seq)
    if subject is not None:
        statement = statement.where(AUDIT.subject == subject)
    return rows(session, statement, Entry)


def entry(session: Session, seq: int) -> Entry | None:
    """One entry by its number."""
    columns = columns_of(AUDIT, Entry)
    return first_row(session, select(*columns).where(AUDIT.seq == seq), Entry)


def between(session: Session, first: int, last: int) -> list[Entry]:
    """The entries from one number to another, oldest first."""
    statement = select(*columns_of(AUDIT, Entry)).where(AUDIT.seq.between(first, last))
    return rows(session, statement.order_by(AUDIT.seq), Entry)


def proofs(session: Session, subjects: Collection[str]) -> list[tuple[str, Entry]]:
    """The entries about some subjects, oldest first, each with the hash of the entry before it."""
    found = [each for subject in sorted(set(subjects)) for each in entries(session, subject)]
    proofs = []
    for each in sorted(found, key=lambda entry: entry.seq):
        before = entry(session, each.seq - 1)
        proofs.append((before.hash if before else _START, each))
    return proofs


def hash_of(before: str, entry: Entry) -> str:
    """The hash that an entry must have after another one's."""
    return _hash(before, entry)


def last(session: Session) -> int:
    """The number of the last entry; 0 before the first."""
    return session.scalar(select(func.max(AUDIT.seq))) or 0


def latest(session: Session, *, limit: int = 50, before: int | None = None) -> list[Entry]:
    """The last entries, newest first; only those before an entry's number, to read on."""
    statement = select(*columns_of(AUDIT, Entry)).order_by(AUDIT.seq.desc())
    if before is not None:
        statement = statement.where(AUDIT.seq < before)
    return rows(session, statement.limit(limit), Entry)


def problems(session: Session) -> Iterator[Problem]:
    """Where the chain is broken: an entry that was changed, or a gap where one was taken out. (The seals know its end.)"""
    before, following = _START, 1
    statement = select(*columns_of(AUDIT, Entry)).order_by(AUDIT.seq)
    for row in stream(session, statement):
        entry = Entry(*row)
        if entry.seq != following:
            text = f"Audit log: entries {following} to {entry.seq - 1} are missing"
            yield Problem("audit", str(following), text)
        elif entry.hash != _hash(before, entry):
            text = f"Audit log: entry {entry.seq} ({entry.action} {entry.subject}) is not as it was written"
            yield Problem("audit", str(entry.seq), text)
        before, following = entry.hash, entry.seq + 1


def _hash(before: str, entry: Entry) -> str:
    # The form never changes: it is what the hashes of all entries so far were made of.
    at = entry.at.isoformat(timespec="microseconds")
    parts = [before, entry.seq, at, entry.who, entry.action, entry.subject, entry.detail]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
