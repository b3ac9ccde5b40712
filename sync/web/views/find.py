"""Studies that are found by words, the best first, each with where the words stand in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy.orm import Session

from storage import large_watch, watch_summary, watch_table
from storage.fulltext import search
from storage.fulltext.document import country_word
from storage.fulltext.query import LONGEST, MOST_TERMS, Query, Term, finds, read, spans
from storage.fulltext.search import Hit, Narrowing
from sync.study.searched import FIELDS
from sync.versions.known import one_of
from sync.view import View
from sync.web.views import stored
from sync.web.views.cache import AT_ONCE, LAG, WhileUnchanged
from sync.web.views.cohort.large import MOST_AT_ONCE
from sync.web.views.cohort.query import STATUSES
from sync.web.views.paging import no_such_cursor

PHASES = ("EARLY_PHASE1", "PHASE1", "PHASE2", "PHASE3", "PHASE4", "NA")
MOST_SHOWN = 4
"""Places in which a study has the words, beside its title."""
_CURSOR = re.compile(r"([0-9])-(NCT[0-9]{8})", re.ASCII)
_countries: WhileUnchanged[list[str]] = WhileUnchanged()


class FindQuery(View):
    """What is looked for; what is left out narrows nothing."""

    q: str = Field(
        "",
        max_length=LONGEST,
        description="Words, or beginnings of words, that a study has: in its ids, titles, conditions, interventions, "
        f'keywords, sponsors, people, sites, cities and countries. All must be found, at most {MOST_TERMS}; "words in '
        'quotation marks" as they follow each other.',
        examples=["lupus berlin", '"systemic sclerosis"', "KYV-101"],
    )
    status: str = Field("", max_length=60, description="Overall status.", examples=["RECRUITING"])
    phase: str = Field(
        "", max_length=60, description="A phase, alone or beside another.", examples=["PHASE1"]
    )
    country: str = Field("", max_length=100, description="With a site in this country.", examples=["Germany"])
    watch: str = Field("", max_length=100, description="In this watch now.")
    cursor: str = Field("", max_length=40, description="Where the page before ended: its `next`.")
    limit: int = Field(25, ge=1, le=100)

    @property
    def narrowing(self) -> Narrowing:
        """What is asked for besides the words."""
        return Narrowing(self.status, self.phase, self.country, self.watch)


Span = Annotated[tuple[int, int], Field(description="From a character to the one after the last.")]


class Match(View):
    """A value of the record that has words that were looked for; `spans`: where in it they stand."""

    field: str
    text: str
    spans: list[Span]


class FoundStudy(View):
    """A study that was found, and by what."""

    nct_id: str
    title: str | None
    title_spans: list[Span]
    status: str | None
    sponsor: str | None
    state: str
    matches: list[Match]


class WordCount(View):
    """How many studies have one of the words alone, whatever narrows."""

    text: str
    studies: int


class Found(View):
    """A page of what was found. `next`: the cursor of the following ones; null where these are the last."""

    studies: list[FoundStudy]
    total: int
    next: str | None
    left_out: list[str] = Field(description="Words beyond those that are looked for.")
    known: int = Field(description="How many studies there are.")
    indexed: int = Field(description="How many of them can be found; the others are being prepared.")
    alone: list[WordCount] = Field(description="Where nothing was found: each word by itself.")

    @property
    def is_complete(self) -> bool:
        """Whether what was not found is not there."""
        return self.indexed >= self.known


def load(session: Session, query: FindQuery, now: datetime) -> Found:
    """A page of the studies that are asked for. Raises UsageError."""
    _check_names(session, query, now)
    asked, narrowing = read(query.q), query.narrowing
    # what holds nothing that can be looked for asks for nothing, not for everything
    is_asked = bool(asked.terms or asked.signs) or (bool(narrowing) and not query.q.strip())
    after = _place_of(query.cursor)
    coverage = stored.coverage(session, now)
    hits = search.find(session, asked, narrowing, after=after, limit=query.limit + 1) if is_asked else []
    shown = hits[: query.limit]
    total = _total(session, asked, narrowing, now, coverage.studies) if is_asked else 0
    return Found(
        studies=[_found(hit, asked) for hit in shown],
        # counted a moment before the page, it may lack what has just come
        total=max(total, len(shown)),
        next=f"{shown[-1].rank}-{shown[-1].nct_id}" if len(hits) > query.limit else None,
        left_out=list(asked.left_out),
        known=coverage.studies,
        indexed=coverage.indexed,
        alone=_each_alone(session, asked) if is_asked and not (total or shown) else [],
    )


def _total(session: Session, asked: Query, narrowing: Narrowing, now: datetime, studies: int) -> int:
    """How many are found: of a common word in a whole registry each study is looked at, so that pages share the count."""
    lag = LAG if studies > MOST_AT_ONCE else AT_ONCE
    return _TOTALS.get(
        session, (asked, narrowing), now, lambda: search.count(session, asked, narrowing), lag=lag
    )


_TOTALS: WhileUnchanged[int] = WhileUnchanged(size=100)


def known_countries(session: Session, now: datetime) -> list[str]:
    """The countries that the studies have sites in, by name."""
    return _countries.get(session, "countries", now, lambda: _countries_of(session), lag=LAG)


def _countries_of(session: Session) -> list[str]:
    # A watch of everything has them all counted: looking at each study would take a minute.
    for name in watch_summary.watches(session):
        counted = large_watch.figures(session, name)
        if counted:
            return sorted(each["value"] for each in counted["countries"])
    return sorted(watch_table.countries(session))


def known_statuses(session: Session, now: datetime) -> list[str]:
    """The statuses that can be asked for: the registry's, and whatever else a study has."""
    return [*STATUSES, *sorted(stored.statuses(session, now) - set(STATUSES))]


def _check_names(session: Session, query: FindQuery, now: datetime) -> None:
    """Raise UsageError for a name that nothing has: nothing found would look like an answer."""
    if query.status:
        one_of("status", "statuses", query.status, known_statuses(session, now))
    if query.phase:
        one_of("phase", "phases", query.phase, PHASES)
    if query.country:
        there = known_countries(session, now)
        if country_word(query.country) not in set(map(country_word, there)):
            one_of("country", "countries with a site", query.country, there)


def _place_of(cursor: str) -> tuple[int, str] | None:
    if not cursor:
        return None
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise no_such_cursor()
    return int(found[1]), found[2]


def _each_alone(session: Session, asked: Query) -> list[WordCount]:
    counts = [(term.text, search.count(session, Query((term,)), Narrowing())) for term in asked.terms]
    return [WordCount(text=text, studies=studies) for text, studies in counts]


def _found(hit: Hit, asked: Query) -> FoundStudy:
    return FoundStudy(
        nct_id=hit.nct_id,
        title=hit.title,
        title_spans=spans(asked, hit.title or ""),
        status=hit.status,
        sponsor=hit.sponsor,
        state=hit.state,
        matches=[
            Match(field=field, text=text, spans=spans(asked, text)) for field, text in _places(hit, asked)
        ],
    )


def _places(hit: Hit, asked: Query) -> list[tuple[str, str]]:
    """The first value, by weight of its field, that has each term; what stands in the title needs no line of its own."""
    missing = [term for term in asked.terms if not finds(term, hit.title or "")]
    places: list[tuple[str, str]] = []
    for field, text in _values(hit):
        there = [term for term in missing if finds(term, text)]
        if there:
            places.append((field, text))
            missing = [term for term in missing if term not in there]
        if not missing or len(places) == MOST_SHOWN:
            break
    whole = _as_one(hit, asked) if missing and not places else []
    return places or whole


def _as_one(hit: Hit, asked: Query) -> list[tuple[str, str]]:
    """The value that is all of the query written as one."""
    term = Term("", (asked.as_one,)) if asked.as_one else None
    return [(field, text) for field, text in _values(hit) if term and finds(term, text)][:1]


def _values(hit: Hit) -> Iterator[tuple[str, str]]:
    texts: Any = hit.texts
    yield from ((field, text) for field in FIELDS for text in texts.get(field, ()))


def runs(text: str, marked: Iterable[tuple[int, int]]) -> list[tuple[str, bool]]:
    """A text in pieces, those within the spans marked."""
    pieces, last = [], 0
    for start, end in marked:
        pieces += [(text[last:start], False), (text[start:end], True)]
        last = end
    return [piece for piece in [*pieces, (text[last:], False)] if piece[0]]
