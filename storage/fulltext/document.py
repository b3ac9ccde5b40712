"""The texts of a study as the words that the databases index, in four groups by weight (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain

from storage.fulltext.words import Forms, as_one, forms, words

FORM = 1
"""Of the index: with another one all studies are indexed anew."""
GROUPS = {
    "id": "a", "title": "a",
    "condition": "b", "intervention": "b", "keyword": "b",
    "sponsor": "c", "person": "c",
    "site": "d", "city": "d", "country": "d",
}  # fmt: skip
"""The fields that are searched, the weightiest first; PostgreSQL knows four weights, so does FTS5 by its columns."""
ALL_GROUPS = "abcd"
MOST_WORDS = 16_000
"""Of a study: a tsvector counts places up to 16,383. What comes later is found by its words, not by phrases."""
MOST_OF_ONE = 250
"""Places of one word: a tsvector keeps 256."""
LONGEST_TEXT = 500
_COUNTRY = "\ue000"
"""Begins a word that no text has: the country itself, not a word that sounds like one."""

Texts = Mapping[str, Sequence[str]]
"""The values of each field."""
GAP = "\ue001"
"""No phrase reaches across: FTS5's tokenizer would pass over a sign, so it is a word that nobody can ask for."""
Sequences = dict[str, list[str]]
"""The words of each group in order, with gaps."""


@lru_cache(maxsize=1_000)
def country_word(country: str) -> str:
    """The word that stands for a country."""
    return _COUNTRY + "".join(word.text for word in words(country))[:60]


def sequences(texts: Texts) -> Sequences:
    """The words of each group."""
    made: Sequences = {group: [] for group in ALL_GROUPS}
    values = [(field, value[:LONGEST_TEXT]) for field in GROUPS for value in texts.get(field, ())]
    for (field, text), each in zip(values, forms([text for _, text in values]), strict=True):
        _add(made[GROUPS[field]], field, text, each)
    return made if _is_countable(made) else _countable(made)


def _add(to: list[str], field: str, text: str, its: Forms) -> None:
    """The words of a value; each in a place of its own, by what else it is found: spellings, ids without their dashes."""
    found, others, joined = its
    to += found
    if field == "id":
        joined = {*joined, as_one(text, found)} - {""}
    if others or joined:
        to += chain.from_iterable((GAP, each) for each in (*others, *sorted(joined)))
    if field == "country":
        to += (GAP, country_word(text))
    to.append(GAP)


def _is_countable(made: Sequences) -> bool:
    """Whether PostgreSQL can count all of it, as it can of nearly all studies."""
    if (total := sum(map(len, made.values()))) <= MOST_OF_ONE:
        return True
    # Counted by the interpreter's own loop: half of the time of indexing went into counting word by word.
    counter = Counter(chain.from_iterable(made.values()))
    del counter[GAP]
    return total <= MOST_WORDS and max(counter.values(), default=0) <= MOST_OF_ONE


def _countable(made: Sequences) -> Sequences:
    """Past what PostgreSQL can count, a word is kept once and by itself, in both databases alike."""
    kept: Sequences = {group: [] for group in ALL_GROUPS}
    counter, room = Counter[str](), MOST_WORDS
    for group in ALL_GROUPS:
        for word in made[group]:
            is_beyond = room <= 0 or (word != GAP and counter[word] >= MOST_OF_ONE)
            if not is_beyond:
                kept[group].append(word)
            elif word != GAP and not counter[word]:
                kept[group] += [GAP, word, GAP]
            counter[word] += 1
            room -= 1
    return kept


def fts5_columns(made: Sequences) -> dict[str, str]:
    """The text of each column: words with a space between."""
    return {group: " ".join(made[group]) for group in ALL_GROUPS}


def tsvector(made: Sequences) -> str:
    """The text of PostgreSQL's tsvector: each word with its places and their weight."""
    places: dict[str, str] = {}
    position = 0
    for group in ALL_GROUPS:
        weight = group.upper()
        position += 1
        for word in made[group]:
            position += 1
            if word != GAP:
                before = places.get(word)
                place = f"{min(position, 16_383)}{weight}"
                places[word] = f"{before},{place}" if before else f"'{word}':{place}"
    return " ".join([places[word] for word in sorted(places)])
