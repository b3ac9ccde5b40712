"""Does what is stored fit its seals, and is their chain whole? One pass over the seals, a few hundred at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Row, case, exists, func, select
from sqlalchemy.orm import Session

from storage import tables
from storage.bulk import CHUNK, batched, stream
from storage.problems import Problem
from storage.sealed import SEALED, Key, Sealed, capital, name_of
from storage.seals import SINCE, START, chained
from storage.tables import table_of

SEAL = table_of(tables.Seal).c
_COLUMNS = ("seq", "what", "subject", "about", "revised", "digest")


def seal_problems(session: Session) -> Iterator[Problem]:
    """Rows that were changed, taken out or put in beside the service, and where the chain itself is broken."""
    # A table of seals that was emptied has an intact chain, of no links.
    if not session.scalar(select(exists().where(SEAL.seq > 0))):
        yield from _all_gone(session)
        return
    yield from _chain_and_rows(session)
    yield from _written_twice(session)
    yield from chain.from_iterable(_unsealed(session, sealed) for sealed in SEALED.values())


def _all_gone(session: Session) -> Iterator[Problem]:
    """Without a seal there may be not a row either: one sentence says so, instead of one for each row."""
    for sealed in SEALED.values():
        if session.scalar(select(exists().where(sealed.only).select_from(table_of(sealed.model)))):
            yield Problem("seal", "", "The seals are gone: nothing proves what is stored")
            return


def _chain_and_rows(session: Session) -> Iterator[Problem]:
    statement = select(*(SEAL[name] for name in _COLUMNS), SEAL.head).order_by(SEAL.seq)
    before, following = START, 1
    for batch in batched(stream(session, statement), CHUNK):
        for row in batch:
            yield from _link_problems(row, before, following)
            before, following = row.head, row.seq + 1
        yield from _row_problems(session, batch)


def _link_problems(row: Row[*tuple[Any, ...]], before: str, following: int) -> Iterator[Problem]:
    if row.seq != following:
        missing = f"{following} to {row.seq - 1}" if row.seq - 1 > following else f"{following}"
        yield Problem("seal", str(following), f"The chain of seals is broken: {missing} missing")
    elif row.head != chained(before, row[: len(_COLUMNS)]):
        yield Problem(
            "seal",
            str(row.seq),
            f"The chain of seals is broken: seal {row.seq} ({row.what} {row.subject}) is not as it was made",
        )


def _row_problems(session: Session, batch: Sequence[Row[*tuple[Any, ...]]]) -> Iterator[Problem]:
    """Of the seals that are the last of their subject: whether its row is there, and as it was sealed."""
    by_table: defaultdict[str, dict[str, Row[*tuple[Any, ...]]]] = defaultdict(dict)
    for row in batch:
        # The mark of an older database that was sealed: it stands for no row.
        if row.what != SINCE:
            by_table[row.what][row.subject] = row
    for what, rows in by_table.items():
        if what not in SEALED:
            yield Problem("seal", what, f"There are seals of {what}, which is nothing that trialdelta seals")
            continue
        last = _last_numbers(session, what, rows)
        current = {subject: row for subject, row in rows.items() if last[subject] == row.seq}
        yield from _compared(session, SEALED[what], current)


def _last_numbers(session: Session, what: str, subjects: Iterable[str]) -> dict[str, int]:
    statement = select(SEAL.subject, func.max(SEAL.seq)).where(
        SEAL.what == what, SEAL.subject.in_(list(subjects))
    )
    return {row[0]: row[1] for row in session.execute(statement.group_by(SEAL.subject))}


def _compared(session: Session, sealed: Sealed, rows: dict[str, Row[*tuple[Any, ...]]]) -> Iterator[Problem]:
    found, unreadable = _digests(session, sealed, [sealed.key_of(subject) for subject in rows])
    for subject, row in rows.items():
        named = capital(sealed.name(subject, row.about))
        if subject in unreadable:
            text = f"{named} cannot be read: {unreadable[subject]}"
        elif subject not in found:
            text = f"{named} is gone: it was there when seal {row.seq} was made"
        elif found[subject][0] != row.digest:
            text = f"{named} is not as it was written (seal {row.seq})"
        else:
            continue
        yield Problem(sealed.what, subject, text)


def _digests(
    session: Session, sealed: Sealed, keys: Sequence[Key]
) -> tuple[dict[str, tuple[str, str | None]], dict[str, str]]:
    """The digests of rows, and why some have none: a value that is not of its column's kind spoils a whole query."""
    try:
        return (sealed.row_hashes(session, keys) if keys else {}), {}
    except (TypeError, ValueError) as error:
        # The one that cannot be read is found by asking for each by itself; the others must not be lost with it.
        if len(keys) == 1:
            return {}, {name_of(keys[0]): str(error)}
    found: dict[str, tuple[str, str | None]] = {}
    unreadable: dict[str, str] = {}
    for key in keys:
        one, problem = _digests(session, sealed, [key])
        found, unreadable = found | one, unreadable | problem
    return found, unreadable


def _written_twice(session: Session) -> Iterator[Problem]:
    """A row is sealed as new once: a second time means that the first one was taken out, and its place used again."""
    times = func.sum(case((SEAL.revised, 0), else_=1))
    statement = (
        select(SEAL.what, SEAL.subject, func.max(SEAL.about), func.max(SEAL.seq), times)
        .where(SEAL.what.in_(SEALED))
        .group_by(SEAL.what, SEAL.subject)
        .having(times != 1)
    )
    for what, subject, about, seq, number in session.execute(statement):
        named = capital(SEALED[what].name(subject, about))
        text = (
            f"{named} was written {number} times, last at seal {seq}: what stood there before was taken out"
        )
        yield Problem(what, subject, text)


def _unsealed(session: Session, sealed: Sealed) -> Iterator[Problem]:
    known = exists().where(SEAL.what == sealed.what, SEAL.subject == sealed.subject)
    statement = select(*sealed.key_columns).where(sealed.only, ~known)
    for row in stream(session, statement):
        subject = name_of(row)
        named = capital(sealed.name(subject, None))
        yield Problem(
            sealed.what, subject, f"{named} was not written by trialdelta: it is there without a seal"
        )
