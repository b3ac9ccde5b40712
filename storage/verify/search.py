"""Is every study found by what its record says, and by nothing else? The index is derived, so no seal stands for it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from storage import tables
from storage.bulk import stream
from storage.fulltext.document import ALL_GROUPS, FORM, Texts, fts5_columns, sequences, tsvector
from storage.fulltext.index import WORDS
from storage.problems import Problem
from storage.tables import table_of

ENTRY = table_of(tables.SearchEntry).c


def texts_sha256(texts: Texts) -> str:
    """Names what a study is found by."""
    return hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()


def search_problems(session: Session, expected: Mapping[str, str]) -> Iterator[Problem]:
    """What the index has that the records have not; `expected`: of the heads that were read, `texts_sha256` by id."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    words = [WORDS.c[group] for group in ALL_GROUPS] if is_sqlite else [cast(ENTRY.document, Text)]
    statement = select(ENTRY.nct_id, ENTRY.texts, *words).where(ENTRY.form == FORM).order_by(ENTRY.nct_id)
    if is_sqlite:
        statement = statement.outerjoin(WORDS, WORDS.c.rowid == ENTRY.id)
    for nct_id, texts, *indexed in stream(session, statement):
        made = sequences(texts)
        should = list(fts5_columns(made).values()) if is_sqlite else [_as_printed(tsvector(made))]
        has = indexed if is_sqlite else [_as_printed(indexed[0] or "")]
        if expected.get(nct_id, texts_sha256(texts)) != texts_sha256(texts) or has != should:
            text = f"{nct_id}: It is not found by the words of its record; `trialdelta db reindex` makes the index anew"
            yield Problem("search_entry", nct_id, text)


def _as_printed(vector: str) -> list[str]:
    """The words of a tsvector; PostgreSQL prints them shortest first, and leaves out the weight D."""
    return sorted(word.replace("D", "") for word in vector.split(" "))
