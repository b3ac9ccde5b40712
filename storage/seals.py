"""The running head: a chain of hashes over all that is written, extended in the transaction that writes it.

A row that is changed, taken out or put in beside the service no longer fits its seal. Whoever rewrites the chain too is
found by an *anchor*: the head of an earlier day, kept outside of the database (a log, a digest, a monitor).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Result, Update, event, func, select, true
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.sql.dml import UpdateBase

from storage import tables
from storage.bulk import CHUNK, batched, insert_in, stream
from storage.errors import AnchorUnreadable
from storage.many_rows import write_rows
from storage.sealed import SEALED, Key, Row, Sealed, name_of
from storage.tables import Base, table_of
from storage.types import plain_json_text

SEAL = table_of(tables.Seal).c
START = "0" * 64
"""Stands for the seal before the first one."""
SINCE = "since"
"""A seal that marks where an older database was sealed: what is before it was taken as it stood then."""
_APPENDED = "seals appended"
"""In a session's `info`: how often it has extended the chain."""
_SHOWN = 32
"""Digits of a head in an anchor: 128 bits, more than anybody can match."""
_ANCHOR = re.compile(r"(?<![0-9a-f:])(\d+):([0-9a-f]{16,64})(?![0-9a-f])")


@dataclass(frozen=True, slots=True)
class Head:
    """The last seal of a chain: its number, and the hash of all up to it."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash[:_SHOWN]}"


class Standing(StrEnum):
    """How a database stands to an anchor."""

    EXTENDS = "extends"
    OLDER = "older"
    OTHER = "other"


def head(session: Session) -> Head:
    """The last seal; number 0 before the first."""
    row = session.execute(select(SEAL.seq, SEAL.head).order_by(SEAL.seq.desc()).limit(1)).first()
    return Head(row.seq, row.head) if row else Head(0, START)


def anchor(session: Session) -> str:
    """The head as a text to keep outside of the database: whoever has it can prove later what was there by now."""
    return str(head(session))


def standing(session: Session, text: str) -> Standing:
    """Whether the database extends the state that had this anchor, is older than it, or is another one.

    `text` may be a whole line that the anchor stands in. Raises AnchorUnreadable. That the chain itself is whole, and
    fits what is stored, is for `verify` to say.
    """
    kept = parsed(text)
    # The database has not come so far: a backup was restored, and what the anchor proves is not in it.
    if kept.seq > head(session).seq:
        return Standing.OLDER
    found = START if kept.seq == 0 else session.scalar(select(SEAL.head).where(SEAL.seq == kept.seq))
    return Standing.EXTENDS if (found or "").startswith(kept.hash) else Standing.OTHER


def parsed(text: str) -> Head:
    """The anchor in a text. Raises AnchorUnreadable."""
    found = _ANCHOR.search(text.lower())
    if found is None:
        raise AnchorUnreadable
    return Head(int(found[1]), found[2])


def links(session: Session, rows: Sequence[tuple[type[Base], Key]]) -> list[dict[str, Any]]:
    """The last seal of each of the rows, oldest first, with the head before it, of which `chained` makes its own.

    `sealed` is what of the row is hashed, as it stands now: `digest` is its SHA-256 where nothing was changed beside us.
    """
    found = []
    for model, key in rows:
        of_row = (SEAL.what == table_of(model).name, SEAL.subject == name_of(key))
        last = session.execute(select(*SEAL).where(*of_row).order_by(SEAL.seq.desc()).limit(1)).first()
        if last is not None:
            before = session.scalar(select(SEAL.head).where(SEAL.seq == last.seq - 1))
            texts = SEALED[last.what].row_texts(session, [key])
            text, _ = texts.get(last.subject, (None, None))
            found.append({**last._mapping, "before": before or START, "sealed": text})
    return sorted(found, key=lambda link: int(link["seq"]))


def seal(session: Session, model: type[Base], keys: Iterable[Key]) -> None:
    """Seal rows that are new, in the transaction that wrote them."""
    sealed = SEALED[table_of(model).name]
    for chunk in batched(keys, CHUNK):
        found = sealed.row_hashes(session, chunk)
        new = [(name, found[name]) for name in map(name_of, chunk) if name in found]
        _append(session, [(sealed.what, name, about, False, row_sha256) for name, (row_sha256, about) in new])


def seal_as_written(session: Session, model: type[Base], rows: Iterable[Row]) -> None:
    """Seal rows that are new as they were just written: to read them back took longer than to write them."""
    sealed = SEALED[table_of(model).name]
    new = sealed.hashes_of(rows)
    _append(session, [(sealed.what, name, about, False, row_sha256) for name, (row_sha256, about) in new])


@contextmanager
def revising(
    session: Session,
    model: type[Base],
    keys: Iterable[Key],
    written: Sequence[Row] | None = None,
    there: Collection[Key] | None = None,
) -> Iterator[None]:
    """Seal rows anew that are changed, or made, within; what stays as it was is not sealed again.

    A row that does not fit its seal before is left unsealed: a change that the service means to make must not wash away
    the traces of one that it did not. `written`: the rows as they stand afterwards, where that is known; otherwise they
    are read again. `there`: whose rows stand there before, where that is known.
    """
    sealed, wanted = SEALED[table_of(model).name], list(dict.fromkeys(keys))
    before = [_Trusted.of(session, sealed, chunk, there) for chunk in batched(wanted, CHUNK)]
    appended = session.info.get(_APPENDED)
    yield
    known = None if written is None else dict(sealed.hashes_of(written))
    # An UPDATE within may have sealed some of them by itself.
    is_longer = session.info.get(_APPENDED) != appended
    for chunk, last in ((each.keys, each.last) for each in before if each.keys):
        if is_longer:
            last = _last(session, sealed.what, map(name_of, chunk))
        found = sealed.row_hashes(session, chunk) if known is None else known
        changed = ((name, found[name]) for name in map(name_of, chunk) if name in found)
        rows = [
            (sealed.what, name, about, name in last, row_sha256)
            for name, (row_sha256, about) in changed
            if last.get(name) != row_sha256
        ]
        _append(session, rows)


@dataclass(frozen=True, slots=True)
class _Trusted:
    """The rows that fit their seals, and those that are not finished or not there yet; with the last seal of each."""

    keys: list[Key]
    last: dict[str, str]

    @classmethod
    def of(
        cls, session: Session, sealed: Sealed, keys: Sequence[Key], there: Collection[Key] | None
    ) -> _Trusted:
        last = _last(session, sealed.what, map(name_of, keys))
        stand = keys if there is None else [key for key in keys if key in there]
        found = sealed.row_hashes(session, stand) if stand else {}
        hashes = {name: row_sha256 for name, (row_sha256, _) in found.items()}
        return cls([key for key in keys if hashes.get(name_of(key)) == last.get(name_of(key))], last)


class SealingSession(Session):
    """A session that seals what an UPDATE changes.

    Whoever inserts rows, or updates them by a list of parameters, seals them with `seal` or `revising`.
    """


@event.listens_for(SealingSession, "do_orm_execute")
def _seal_update(state: ORMExecuteState) -> Result[Any] | None:
    statement = state.statement
    # Of an executemany the rows cannot be asked for beforehand; `revising` is told them by whoever executes it.
    if not isinstance(statement, Update) or isinstance(state.parameters, list):
        return None
    sealed = SEALED.get(str(statement.entity_description["name"]))
    if sealed is None or not sealed.covers(_set_by(statement)):
        return None
    which = true() if statement.whereclause is None else statement.whereclause
    # Before the update: afterwards its condition may not find the same rows.
    keys = [tuple(row) for row in state.session.execute(select(*sealed.key_columns).where(which))]
    with revising(state.session, sealed.model, sorted(keys)):
        return state.invoke_statement()


def _set_by(statement: Update) -> list[str]:
    """The columns that an UPDATE sets. To have it compiled for their names took as long as to run it."""
    return [str(getattr(column, "key", column)) for column in statement._values or ()]


def seal_all(session: Session, at: datetime) -> None:
    """Seal what an older program stored, as it stands; an empty database needs no mark, for its seals begin with it."""
    for sealed in SEALED.values():
        statement = select(*sealed.key_columns).where(sealed.only).order_by(*sealed.key_columns)
        rows = stream(session, statement)
        for chunk in batched((tuple(row) for row in rows), CHUNK):
            seal(session, sealed.model, chunk)
    if head(session).seq:
        when = at.isoformat(timespec="seconds")
        _append(session, [(SINCE, when, None, False, START)])


def sealed_since(session: Session) -> str | None:
    """When a database that is older than the seals was sealed; None where the seals began with it."""
    since: str | None = session.scalar(select(func.max(SEAL.subject)).where(SEAL.what == SINCE))
    return since


def chained(before: str, row: Sequence[Any]) -> str:
    """The head after a seal: number, table, subject, what it is about, whether it is revised, digest."""
    return hashlib.sha256(plain_json_text([before, *row]).encode()).hexdigest()


def _append(session: Session, rows: Sequence[tuple[str, str, str | None, bool, str]]) -> None:
    if rows:
        session.info[_APPENDED] = session.info.get(_APPENDED, 0) + 1
        # There is one writer at a time: nobody extends the chain between this look at its head and the insert.
        write_rows(session, _adding, list(_linked(head(session), rows)))


def _adding(dialect: str) -> UpdateBase:
    return insert_in(dialect, tables.Seal)


def _linked(last: Head, rows: Iterable[tuple[str, str, str | None, bool, str]]) -> Iterator[dict[str, Any]]:
    hash = last.hash
    for seq, row in enumerate(rows, start=last.seq + 1):
        hash = chained(hash, (seq, *row))
        what, subject, about, revised, digest = row
        yield {
            "seq": seq,
            "what": what,
            "subject": subject,
            "about": about,
            "revised": revised,
            "digest": digest,
            "head": hash,
        }


def _last(session: Session, what: str, subjects: Iterable[str]) -> dict[str, str]:
    """The hashes in the last seals of rows."""
    newest = select(func.max(SEAL.seq)).where(SEAL.what == what, SEAL.subject.in_(list(subjects)))
    statement = select(SEAL.subject, SEAL.digest).where(SEAL.seq.in_(newest.group_by(SEAL.subject)))
    return {row.subject: row.digest for row in session.execute(statement)}
