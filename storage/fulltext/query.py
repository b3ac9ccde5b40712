"""What a person looks for, read from what was typed: words, beginnings of words, "phrases", ids however spaced (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from storage.fulltext.words import MOST_JOINED, Word, compact, words

LONGEST = 200
"""Characters of a query."""
MOST_TERMS = 12
"""Words and phrases that are looked for; each must be found."""
SHORTEST_BEGINNING = 2
"""A single letter is looked for as a word: nearly every text has a word that begins with it."""
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂″", '"'))
_PART = re.compile(r'"([^"]*)("|$)|[^\s"]+')


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that follow each other; with `is_beginning` the last one may go on."""

    words: tuple[str, ...]
    is_beginning: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that must be found, in one of these ways; `text` is how it was typed."""

    text: str
    ways: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """All terms must be found, or all of it as one id (`as_one`); what was typed beyond the most terms is `left_out`."""

    terms: tuple[Term, ...]
    as_one: Phrase | None = None
    left_out: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    """What was typed without a letter or a digit: looked for as it is, in titles and sponsors."""

    @property
    def phrases(self) -> Iterator[Phrase]:
        """All that is looked for."""
        for term in self.terms:
            yield from term.ways
        if self.as_one:
            yield self.as_one


def read(text: str) -> Query:
    """The query that a text is; no sign in it has a meaning but quotation marks, and nothing in it is wrong."""
    parts = list(_PART.finditer(text.translate(_QUOTES)[:LONGEST]))
    terms = [term for part in parts if (term := _term(part))]
    kept = tuple(terms[:MOST_TERMS])
    is_quoted = any(part[1] is not None for part in parts)
    whole = compact(words(text)) if len(kept) > 1 and not is_quoted and len(terms) == len(kept) else ""
    left_out = tuple(term.text for term in terms[MOST_TERMS:])
    signs = () if terms else tuple(dict.fromkeys(text[:LONGEST].replace("\0", "").split()))[:MOST_TERMS]
    return Query(kept, _joined(whole), left_out, signs)


def _term(part: re.Match[str]) -> Term | None:
    is_quoted, is_open = part[1] is not None, not part[2]
    text = part[1] if is_quoted else part[0]
    found = words(text)
    if not found:
        return None
    # who has not closed the quotation is still typing
    plain = _phrase(found, may_go_on=is_open)
    spelt = (
        [_phrase([_spelt(word) for word in found], may_go_on=is_open)] if any(w.other for w in found) else []
    )
    joined = None if is_quoted else _joined(compact(found))
    return Term(text.strip(), (plain, *spelt, *([joined] if joined else [])))


def _spelt(word: Word) -> Word:
    return Word(word.other or word.text, None, word.start, word.end, word.chunk, word.is_ideograph)


def _phrase(found: Sequence[Word], *, may_go_on: bool) -> Phrase:
    last = found[-1]
    may_go_on = may_go_on and not last.is_ideograph and len(last.text) >= SHORTEST_BEGINNING
    return Phrase(tuple(word.text for word in found), may_go_on)


def _joined(whole: str) -> Phrase | None:
    """An id without its dashes; what has no digit is looked for as it is: "car t" is not the beginning of cartilage."""
    return Phrase((whole,), any(char.isdigit() for char in whole)) if whole else None


def spans(query: Query, text: str) -> list[tuple[int, int]]:
    """Where in a text the query's words stand, in order, none touching another."""
    found = _words_of(text)
    as_they_are = {
        place.span() for sign in query.signs for place in re.finditer(re.escape(sign), text, re.IGNORECASE)
    }
    marked = sorted(as_they_are | {span for phrase in query.phrases for span in _spans(phrase, found)})
    merged: list[tuple[int, int]] = []
    for start, end in marked:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def finds(term: Term, text: str) -> bool:
    """Whether a text has a term."""
    found = _words_of(text)
    return any(next(_spans(phrase, found), None) for phrase in term.ways)


@lru_cache(maxsize=16_384)
def _words_of(text: str) -> tuple[Word, ...]:
    """The words of a value of a record: sites and sponsors repeat from study to study, and each term looks at all."""
    return tuple(words(text))


def _spans(phrase: Phrase, found: Sequence[Word]) -> Iterator[tuple[int, int]]:
    width = len(phrase.words)
    for first in range(len(found) - width + 1):
        run = found[first : first + width]
        if _is_run(phrase, run):
            yield run[0].start, run[-1].end
    if width == 1:
        yield from _joined_spans(phrase, found)


def _joined_spans(phrase: Phrase, found: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Where words are the one that is wanted once what stands between them is left out: KYV-101 is kyv101."""
    wanted = phrase.words[0]
    for first, begins in enumerate(found):
        joined = begins.text
        for word in found[first + 1 : first + MOST_JOINED]:
            if not wanted.startswith(joined) or len(joined) >= len(wanted):
                break
            joined += word.text
            if _fits(wanted, joined, may_go_on=phrase.is_beginning):
                yield begins.start, word.end


def _is_run(phrase: Phrase, run: Sequence[Word]) -> bool:
    last = len(run) - 1
    return all(
        any(
            _fits(wanted, form, may_go_on=phrase.is_beginning and place == last)
            for form in (word.text, word.other)
            if form
        )
        for place, (wanted, word) in enumerate(zip(phrase.words, run, strict=True))
    )


def _fits(wanted: str, form: str, *, may_go_on: bool) -> bool:
    return form.startswith(wanted) if may_go_on else form == wanted
