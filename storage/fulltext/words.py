"""A text as the words it is found by: small letters, no accents, an ideograph a word (pure)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

LONGEST_WORD = 64
"""Characters; PostgreSQL takes no word of more than 2 KB."""
MOST_JOINED = 6
"""Words that an id may be typed as."""
_ASCII_WORD = re.compile(r"[a-z0-9]+", re.ASCII)
_BETWEEN = "\x01"
"""Between texts that are taken apart together."""
_SIGNS = bytes(
    number
    for number in range(128)
    if not (chr(number).isalnum() or chr(number).isspace() or chr(number) == _BETWEEN)
)
_APART = bytes(
    number if chr(number).isalnum() or chr(number) == _BETWEEN else ord(" ") for number in range(256)
)
"""What is no letter or digit of ASCII as a space, but for what stands between two texts."""
_PLAIN_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
"""How people write these letters who have none of them on their keyboard: Wuerzburg."""

_IDEOGRAPHS = (("\u3040", "\u30ff"), ("\u3400", "\u9fff"), ("\U00020000", "\U0003ffff"))


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: its folded form, another spelling of it if it has one, and where in the text it stands.

    `chunk` counts what white space parts: KYV-101 is two words of one chunk.
    """

    text: str
    other: str | None
    start: int
    end: int
    chunk: int
    is_ideograph: bool = False


def words(text: str) -> list[Word]:
    """The words of a text, in order."""
    return list(_ascii_words(text) if text.isascii() else _all_words(text))


def _ascii_words(text: str) -> Iterator[Word]:
    """As `_all_words`, an order of magnitude faster: nine texts in ten of the registry."""
    chunk, last = 0, 0
    for found in _ASCII_WORD.finditer(text.lower()):
        between = text[last : found.start()]
        chunk += any(char.isspace() for char in between)
        last = found.end()
        yield Word(found[0][:LONGEST_WORD], None, found.start(), last, chunk)


def _all_words(text: str) -> Iterator[Word]:
    chunk, start, is_apart = 0, 0, False
    letters: list[str] = []
    for place, char in enumerate(text):
        folded = fold(char)
        goes_on = not folded or (folded.isalnum() and not _is_ideograph(folded))
        if letters and not goes_on:
            yield _word(text, letters, start, place, chunk)
            letters = []
        if folded.isalnum():
            chunk, is_apart = chunk + is_apart, False
        if folded and goes_on:
            start = start if letters else place
            letters.append(folded)
        elif folded.isalnum():
            yield Word(folded, None, place, place + 1, chunk, is_ideograph=True)
        else:
            is_apart |= char.isspace()
    if letters:
        yield _word(text, letters, start, len(text), chunk)


def _word(text: str, letters: list[str], start: int, end: int, chunk: int) -> Word:
    folded = "".join(letters)[:LONGEST_WORD]
    composed = unicodedata.normalize("NFC", text[start:end][: 2 * LONGEST_WORD]).casefold()
    spelt = composed.translate(_SPELT_OUT)
    other = "".join(map(fold, spelt))[:LONGEST_WORD] if spelt != composed else folded
    return Word(folded, other if other != folded else None, start, end, chunk)


@lru_cache(maxsize=4096)
def fold(char: str) -> str:
    """A character without accents and capitals; nothing for a mark that belongs to the letter before it."""
    # One character at a time: where it stands in the text must stay known, to mark it there.
    apart = " " if char in "™℠\0" else unicodedata.normalize("NFKD", char)
    bare = "".join(each for each in apart if unicodedata.category(each) not in ("Mn", "Cf"))
    return unicodedata.normalize("NFC", bare.casefold().translate(_PLAIN_LETTERS))


def _is_ideograph(char: str) -> bool:
    """Chinese and Japanese put no spaces between words: each sign is one, and a word is a phrase of them."""
    return char >= _IDEOGRAPHS[0][0] and any(first <= char[:1] <= last for first, last in _IDEOGRAPHS)


def compact(found: list[Word]) -> str:
    """Words as one, as ids are typed without their dashes: KYV-101 is kyv101. Nothing where that is not one word."""
    return "" if any(word.is_ideograph for word in found) else _joined([word.text for word in found])


def as_one(text: str, found: list[str]) -> str:
    """All words of a text as one; `found`: its words."""
    return _joined(found) if text.isascii() else compact(words(text))


def _joined(found: list[str]) -> str:
    whole = "".join(found) if 1 < len(found) <= MOST_JOINED else ""
    return whole if len(whole) <= LONGEST_WORD // 2 else ""


Forms = tuple[list[str], Sequence[str], Iterable[str]]
"""The words of a text, other spellings of some, and what ids in it are without their dashes, each once."""


def forms(texts: Sequence[str]) -> list[Forms]:
    """The forms of each text, as `words`, `chunks` and `compact` say them, without an object a word."""
    # A record has thirty short texts: taken apart together that is a pass over one, not thirty.
    whole = _BETWEEN.join([text if text.isascii() else "" for text in texts])
    if whole.count(_BETWEEN) >= len(texts):
        return list(map(_any_forms, texts))
    lowered = whole.encode("ascii").lower()  # tables of bytes take a third of the time of those of characters
    apart = lowered.translate(_APART).decode("ascii").split(_BETWEEN)
    glued = lowered.translate(_APART, _SIGNS).decode("ascii").split(_BETWEEN)
    return [
        _ascii_forms(bare, together) if bare or not text else _any_forms(text)
        for text, bare, together in zip(texts, apart, glued, strict=True)
    ]


def _ascii_forms(apart: str, glued: str) -> Forms:
    """Of a text in small letters with spaces for its signs, and the same without them."""
    found = apart.split()
    ids = _ids(found, glued.split()) if len(apart) != len(glued) else ()
    if len(apart) > LONGEST_WORD:
        found = [word[:LONGEST_WORD] for word in found]
    return found, (), ids


def _ids(found: list[str], chunks: list[str]) -> Iterable[str]:
    """The chunks of several words, as one; `chunks`: all that have a letter or a digit, without their signs."""
    if found == chunks:  # four texts in five have no sign within a word
        return ()
    joined, last = set(), 0
    for chunk in chunks:
        first, length = last, 0
        while length < len(chunk):
            length += len(found[last])
            last += 1
        joined.add(_joined(found[first:last]))
    return joined - {""}


def _any_forms(text: str) -> Forms:
    """The same of one text, in whatever letters."""
    found: list[str] = []
    others: list[str] = []
    joined: set[str] = set()
    # No word reaches across white space.
    for chunk in text.split():
        words_of, others_of, joined_of = _chunk_forms(chunk)
        found += words_of
        others += others_of
        joined.update(joined_of)
    return found, others, joined


@lru_cache(maxsize=2_000)
def _chunk_forms(chunk: str) -> Forms:
    """Of what stands between white space: names of cities and hospitals, again and again."""
    together = words(chunk)
    joined = compact(together)
    return (
        [word.text for word in together],
        [word.other for word in together if word.other],
        [joined] if joined else [],
    )


def chunks(found: list[Word]) -> Iterator[list[Word]]:
    """The words of each chunk."""
    together: list[Word] = []
    for word in found:
        if together and together[-1].chunk != word.chunk:
            yield together
            together = []
        together.append(word)
    if together:
        yield together
