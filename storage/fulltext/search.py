"""Asking the index for the studies that have words: the best first, the same on both databases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    cast,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.orm import Session

from storage import tables
from storage.fulltext.document import ALL_GROUPS, Texts, country_word
from storage.fulltext.index import ENTRY, STUDY, WORDS, is_sqlite
from storage.fulltext.query import Phrase, Query, Term, read
from storage.membership import now_in
from storage.tables import table_of
from storage.types import TsQuery

PLACES = (("a", True), ("a", False), ("ab", True), ("ab", False), ("abc", False), (ALL_GROUPS, False))
"""The ranks: in which groups of fields all words were found, and whether as whole words. Both databases order alike by
these; what either would make of how often a word occurs is another thing on each."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What narrows a search besides its words; what is empty narrows nothing."""

    status: str = ""
    phase: str = ""
    country: str = ""
    watch: str = ""

    def __bool__(self) -> bool:
        return bool(self.status or self.phase or self.country or self.watch)


@dataclass(frozen=True, slots=True)
class Hit:
    """A study that was found, with its texts; the lower its `rank`, the better it fits."""

    rank: int
    nct_id: str
    title: str | None
    status: str | None
    sponsor: str | None
    state: str
    texts: Texts


def find(
    session: Session, query: Query, narrowing: Narrowing, *, after: tuple[int, str] | None, limit: int
) -> list[Hit]:
    """The studies that have all terms, the best first, after a rank and an id."""
    first, last = after or (0, "")
    ranks, found = _ranks(session, query, narrowing), list[tuple[int, str]]()
    status = _of_status(session, narrowing.status)
    for rank in range(first, len(ranks)):
        beyond = last if rank == first else ""
        within = _of_rank(session, ranks, rank).where(ENTRY.nct_id > beyond).order_by(ENTRY.nct_id)
        asked = _narrowed(within, narrowing, query.signs, status).limit(limit - len(found))
        found += [(rank, nct_id) for nct_id in session.scalars(asked)]
        # A common word fills the page with its first rank: what the others would find is not looked at.
        if len(found) == limit:
            break
    return _hits(session, found)


def _ranks(session: Session, query: Query, narrowing: Narrowing) -> list[str | None]:
    """What is asked of the index for each rank, the best first; None where every study is meant."""
    country = country_word(narrowing.country) if narrowing.country else ""
    if not query.terms:
        return [_country_alone(session, country) if country else None]
    speak = _fts5 if is_sqlite(session) else _tsquery
    return [speak(query, groups, is_exact=exact, country=country) for groups, exact in PLACES]


def _of_rank(session: Session, ranks: Sequence[str | None], rank: int) -> Select[Any]:
    """The ids of the studies that match a rank, and none that is better."""
    statement = select(ENTRY.nct_id)
    if (wanted := ranks[rank]) is None:
        return statement
    statement = statement.where(_matches(session, wanted, in_order=_is_common(session, wanted)))
    return statement.where(*(not_(_matches(session, better)) for better in ranks[:rank] if better))


COMMON = 5_000
"""Studies with a word from which on they are looked through in order, as each next one likely has it: to put 70,000 in order
for a page takes 70 ms, to find its 25 in order 10."""


def _is_common(session: Session, asked: str) -> bool:
    (matches,) = _matching(session, [asked])
    return _are_many(session, matches)


def _are_many(session: Session, which: Select[Any]) -> bool:
    if not is_sqlite(session):
        return False  # PostgreSQL knows by its statistics
    return (session.scalar(select(func.count()).select_from(which.limit(COMMON).subquery())) or 0) == COMMON


def _of_status(session: Session, status: str) -> ColumnElement[bool]:
    """Whether a study has a status; a common one is checked of what was found, not begun with by its index."""
    if not status:
        return true()
    having = STUDY.status == status
    return (
        STUDY.status.concat("") == status
        if _are_many(session, select(STUDY.nct_id).where(having))
        else having
    )


def _matches(session: Session, asked: str, *, in_order: bool = False) -> ColumnElement[bool]:
    """Whether an entry matches; `in_order`: entries are looked through in the order of their ids, not by their numbers."""
    if not is_sqlite(session):
        return _in_document(literal(asked))
    (matches,) = _matching(session, [asked])
    number: ColumnElement[Any] = ENTRY.id + 0 if in_order else ENTRY.id
    return number.in_(select(matches.subquery().c.id))


def _hits(session: Session, found: Sequence[tuple[int, str]]) -> list[Hit]:
    columns = (STUDY.nct_id, STUDY.title, STUDY.status, STUDY.sponsor, STUDY.state, ENTRY.texts)
    statement = select(*columns).join_from(
        table_of(tables.Study), table_of(tables.SearchEntry), ENTRY.nct_id == STUDY.nct_id
    )
    known = {
        row.nct_id: row
        for row in session.execute(statement.where(STUDY.nct_id.in_([nct_id for _, nct_id in found])))
    }
    return [Hit(rank, *known[nct_id]) for rank, nct_id in found]


def having(session: Session, text: str, country: str = "") -> Select[tuple[str]]:
    """The ids of the studies that have words, or words that begin so, anywhere, and a site in a country."""
    query, speak = read(text), _fts5 if is_sqlite(session) else _tsquery
    word = country_word(country) if country else ""
    alone = _country_alone(session, word) if word else ""
    asked = speak(query, ALL_GROUPS, is_exact=False, country=word) if query.terms else alone
    if not asked:
        return select(ENTRY.nct_id)
    (matches,) = _matching(session, [asked])
    return select(ENTRY.nct_id).where(ENTRY.id.in_(select(matches.subquery().c.id)))


def count(session: Session, query: Query, narrowing: Narrowing) -> int:
    """How many studies `find` finds."""
    # The last rank has what all others have. Without what only a study says, the index counts by itself.
    widest = _ranks(session, query, narrowing)[-1]
    if widest and not query.signs and not replace(narrowing, country=""):
        (matches,) = _matching(session, [widest])
        return session.scalar(select(func.count()).select_from(matches.subquery())) or 0
    statement = select(func.count()).select_from(table_of(tables.SearchEntry))
    is_common = widest is None or _is_common(session, widest)
    if widest:
        statement = statement.where(_matches(session, widest, in_order=is_common))
    # Of a common word it is begun with the studies of the status, of a rare one with those that have it.
    status = STUDY.status == narrowing.status if is_common else _of_status(session, narrowing.status)
    return session.scalar(_narrowed(statement, narrowing, query.signs, status)) or 0


def _narrowed(
    statement: Select[Any], narrowing: Narrowing, signs: Sequence[str], status: ColumnElement[bool]
) -> Select[Any]:
    """Entries of the studies that are meant besides their words."""
    if narrowing.status or narrowing.phase or signs:
        statement = statement.join(table_of(tables.Study), STUDY.nct_id == ENTRY.nct_id)
    for sign in signs:
        # no index holds signs; they are asked for so rarely that every title may be read
        places = (STUDY.title, STUDY.sponsor)
        statement = statement.where(or_(*(place.icontains(sign, autoescape=True) for place in places)))
    if narrowing.status:
        statement = statement.where(status)
    if narrowing.phase:
        listed = type_coerce(STUDY.phases, Text)
        statement = statement.where(listed.contains(f'"{narrowing.phase}"', autoescape=True))
    if narrowing.watch:
        statement = statement.where(now_in(narrowing.watch, ENTRY.nct_id))
    return statement


def _matching(session: Session, asked: Sequence[str]) -> list[Select[Any]]:
    number: ColumnElement[Any] = WORDS.c.rowid if is_sqlite(session) else ENTRY.id
    where = WORDS.c.search_words.op("MATCH") if is_sqlite(session) else _in_document
    return [
        select(number.label("id"), literal_column(str(rank)).label("rank")).where(where(literal(text)))
        for rank, text in enumerate(asked)
    ]


def _in_document(asked: ColumnElement[Any]) -> ColumnElement[bool]:
    return ENTRY.document.bool_op("@@")(cast(asked, TsQuery()))


# in the words of each database: nothing but quoted words gets there, so nothing typed can be an operator


def _country_alone(session: Session, country: str) -> str:
    return f'"{country}"' if is_sqlite(session) else f"'{country}'"


def _fts5(query: Query, groups: str, *, is_exact: bool, country: str) -> str:
    columns = "{" + " ".join(groups) + "}"

    def phrase(each: Phrase) -> str:
        return f'{columns} : "{" ".join(each.words)}"' + (" *" if each.is_beginning and not is_exact else "")

    said = _combined(query, phrase, " AND ", " OR ")
    return f'({said}) AND "{country}"' if country else said


def _tsquery(query: Query, groups: str, *, is_exact: bool, country: str) -> str:
    weights = groups.upper()

    def phrase(each: Phrase) -> str:
        *others, last = each.words
        goes_on = "*" if each.is_beginning and not is_exact else ""
        parts = [*(f"'{word}':{weights}" for word in others), f"'{last}':{goes_on}{weights}"]
        return f"({' <-> '.join(parts)})"

    said = _combined(query, phrase, " & ", " | ")
    return f"({said}) & '{country}'" if country else said


def _combined(query: Query, phrase: Callable[[Phrase], str], both: str, either: str) -> str:
    def term(each: Term) -> str:
        return f"({either.join(phrase(way) for way in each.ways)})"

    said = both.join(term(each) for each in query.terms)
    return f"({said}){either}({phrase(query.as_one)})" if query.as_one else said
