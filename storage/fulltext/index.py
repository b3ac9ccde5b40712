"""The index of words: kept in the transaction that stores a version; `search.py` asks it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    bindparam,
    column,
    delete,
    func,
    or_,
    select,
    table,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase

from storage import tables
from storage.bulk import batched, chunks, upsert_in
from storage.fulltext.document import ALL_GROUPS, FORM, Texts, fts5_columns, sequences, tsvector
from storage.many_rows import write_rows
from storage.rows import columns_of
from storage.tables import table_of

ENTRY = table_of(tables.SearchEntry).c
STUDY = table_of(tables.Study).c
WORDS = table("search_words", *map(column, ("rowid", "search_words", *ALL_GROUPS)))
"""SQLite's FTS5 table."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many studies there are, and of how many the words are known."""

    studies: int
    indexed: int


_AT_ONCE = 100
"""Studies whose words are in memory at once: 50 KB each, of a thousand more than all the rest of a cycle."""


def index(session: Session, texts: Mapping[str, Texts], may_have: Collection[str] | None = None) -> int:
    """Let studies be found by their texts; of how many these are others than before.

    `may_have`: who can have an entry already, where that is known: the others are not looked up.
    """
    known = _known(session, texts if may_have is None else texts.keys() & may_have)
    changed = [nct_id for nct_id, each in texts.items() if not _is_known(known.get(nct_id), each)]
    for some in batched(sorted(changed), _AT_ONCE):
        _write(
            session,
            {nct_id: texts[nct_id] for nct_id in some},
            [known[each].id for each in some if each in known],
        )
    return len(changed)


@dataclass(frozen=True, slots=True)
class _Entry:
    id: int
    form: int
    texts: Any


def _is_known(entry: _Entry | None, texts: Texts) -> bool:
    return entry is not None and entry.form == FORM and entry.texts == _as_kept(texts)


def _as_kept(texts: Texts) -> dict[str, list[str]]:
    return {field: list(values) for field, values in texts.items()}


def _known(session: Session, ids: Iterable[str]) -> dict[str, _Entry]:
    statement = select(ENTRY.nct_id, *columns_of(ENTRY, _Entry))
    rows = (row for chunk in chunks(ids) for row in session.execute(statement.where(ENTRY.nct_id.in_(chunk))))
    return {nct_id: _Entry(*entry) for nct_id, *entry in rows}


def _write(session: Session, texts: Mapping[str, Texts], replaced: Sequence[int]) -> None:
    """Write entries anew; `replaced`: the numbers of those that are there already."""
    made = {nct_id: sequences(each) for nct_id, each in texts.items()}
    rows = [
        {
            "nct_id": nct_id,
            "form": FORM,
            "texts": {**texts[nct_id]},
            "document": None if is_sqlite(session) else tsvector(made[nct_id]),
        }
        for nct_id in sorted(texts)
    ]
    write_rows(session, _entries, rows)
    if is_sqlite(session):
        forget_words(session, replaced)
        _write_words(session, {nct_id: fts5_columns(each) for nct_id, each in made.items()})


def _entries(dialect: str) -> UpdateBase:
    return upsert_in(dialect, tables.SearchEntry, "nct_id", ("form", "texts", "document"))


def _write_words(session: Session, columns: Mapping[str, Mapping[str, str]]) -> None:
    write_rows(session, _words, [{"of": nct_id, **each} for nct_id, each in sorted(columns.items())])


def _words(_dialect: str) -> UpdateBase:
    # Under the entry's number, looked up by the database itself: to read those of all first took as long again.
    number = select(ENTRY.id).where(ENTRY.nct_id == bindparam("of")).scalar_subquery()
    return WORDS.insert().values({"rowid": number, **{group: bindparam(group) for group in ALL_GROUPS}})


def index_words(session: Session, numbers: Sequence[int]) -> None:
    """Make the words of entries that are written already, as a copy of a database has them."""
    rows = session.execute(select(ENTRY.id, ENTRY.nct_id, ENTRY.texts).where(ENTRY.id.in_(numbers))).all()
    made = {row.nct_id: sequences(row.texts) for row in rows}
    if is_sqlite(session):
        forget_words(session, numbers)
        _write_words(session, {nct_id: fts5_columns(each) for nct_id, each in made.items()})
        return
    renewed = update(table_of(tables.SearchEntry)).where(ENTRY.id == bindparam("number"))
    documents = [{"number": row.id, "words": tsvector(made[row.nct_id])} for row in rows]
    # on the bare connection: the ORM would take the list for an update by primary key
    session.connection().execute(renewed.values(document=bindparam("words")), documents)


def forget_words(session: Session, numbers: Sequence[int]) -> None:
    """Drop the words of entries that are about to be deleted; PostgreSQL keeps them in the entry itself."""
    # Of no numbers at all FTS5 would look through the whole table.
    if numbers and is_sqlite(session):
        session.execute(delete(WORDS).where(WORDS.c.rowid.in_(numbers)))


def forget_all(session: Session) -> None:
    """Empty the index, to be filled anew."""
    session.execute(delete(table_of(tables.SearchEntry)))
    if is_sqlite(session):
        session.execute(delete(WORDS))


def not_indexed(session: Session, after: str = "", limit: int = 300) -> list[tuple[str, bool]]:
    """Studies without an entry of today's form, by id, after an id; and whether a record of them is kept."""
    statement = (
        select(STUDY.nct_id, STUDY.head.is_not(None))
        .join_from(
            table_of(tables.Study), table_of(tables.SearchEntry), ENTRY.nct_id == STUDY.nct_id, isouter=True
        )
        .where(or_(ENTRY.id.is_(None), ENTRY.form != FORM), STUDY.nct_id > after)
    )
    return [(row[0], bool(row[1])) for row in session.execute(statement.order_by(STUDY.nct_id).limit(limit))]


def coverage(session: Session) -> Coverage:
    """How much of what is stored can be found."""
    studies = session.scalar(select(func.count()).select_from(table_of(tables.Study))) or 0
    of_today = select(func.count()).select_from(table_of(tables.SearchEntry)).where(ENTRY.form == FORM)
    return Coverage(studies, session.scalar(of_today) or 0)


def indexed(session: Session, ids: Iterable[str]) -> set[str]:
    """Those of the studies that have an entry of today's form."""
    statement = select(ENTRY.nct_id, ENTRY.form)
    # The form is looked at here: in the condition, SQLite would take its index, and walk through all entries.
    return {
        nct_id
        for chunk in chunks(ids)
        for nct_id, form in session.execute(statement.where(ENTRY.nct_id.in_(chunk)))
        if form == FORM
    }


def texts_of(session: Session, ids: Iterable[str]) -> dict[str, Texts]:
    """What studies are found by, as it is kept."""
    return {nct_id: entry.texts for nct_id, entry in _known(session, ids).items()}


def is_sqlite(session: Session) -> bool:
    """Whether the words are in a table of their own."""
    return session.get_bind().dialect.name == "sqlite"
