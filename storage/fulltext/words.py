"""A text as the words it is found by: small letters, no accents, an ideograph a word (pure)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

LONGEST_WORD = 64
"""Characters; PostgreSQL takes no word of more than 2 KB."""
MOST_JOINED = 6
"""Words that an id may be typed as."""
_ASCII_WORD = re.compile(r"[a-z0-9]+", re.ASCII)
_SIGNS = bytes(number for number in range(128) if not (chr(number).isalnum() or chr(number).isspace()))
_APART = bytes(number if chr(number).isalnum() else ord(" ") for number in range(256))
"""What is no letter or digit of ASCII as a space."""
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


def as_one(text: str) -> str:
    """All words of a text as one."""
    return _joined(_ascii_forms(text)[0]) if text.isascii() else compact(words(text))


def _joined(found: list[str]) -> str:
    whole = "".join(found) if 1 < len(found) <= MOST_JOINED else ""
    return whole if len(whole) <= LONGEST_WORD // 2 else ""


def forms(text: str) -> tuple[list[str], list[str], set[str]]:
    """The words of a text, other spellings of some, and what ids in it are without their dashes."""
    if text.isascii():
        found, joined = _ascii_forms(text)
        return found, [], joined
    found, others, joined = [], [], set()
    # No word reaches across white space: what is plain of a text stays quick, whatever stands beside it.
    for chunk in text.split():
        if chunk.isascii():
            plain, ids = _ascii_forms(chunk)
            found += plain
            joined |= ids
        else:
            together = list(_all_words(chunk))
            found += [word.text for word in together]
            others += [word.other for word in together if word.other]
            joined |= {compact(together)} - {""}
    return found, others, joined


def _ascii_forms(text: str) -> tuple[list[str], set[str]]:
    """As `words`, `chunks` and `compact` say it, without an object a word: each record that is stored has a hundred."""
    lowered = text.encode("ascii").lower()  # tables of bytes take a third of the time of those of characters
    bare = lowered.translate(_APART)
    found = bare.decode("ascii").split()
    # Four values in five have no sign within a word: of each chunk there is one word, or none.
    has_ids = bare != lowered and len(found) > len(lowered.translate(_APART, _SIGNS).split())
    if len(text) > LONGEST_WORD:
        found = [word[:LONGEST_WORD] for word in found]
    return found, _ascii_ids(lowered.decode("ascii")) if has_ids else set()


def _ascii_ids(lowered: str) -> set[str]:
    apart = (chunk for chunk in lowered.split() if not chunk.isalnum())
    return {_joined(_ASCII_WORD.findall(chunk)) for chunk in apart} - {""}


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
