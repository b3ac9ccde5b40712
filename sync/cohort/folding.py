"""Text as terms meet it, with the way back: whatever is found in it can be quoted as the record has it (pure)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

_GREEK = {
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "κ": "kappa",
    "λ": "lambda",
    "ζ": "zeta",
}
_DROPPED = "'’‘`´\\®™©\u00ad\u200b\u200c\u200d\u2060\ufeff"
"""Nothing stands between what is left and right of these; the backslash is the registry's escape."""
_SPACES = re.compile("  +")
_ASCII = re.compile(r"([\x00-\x7f]+)")
SEPARATOR = "\0"
"""What stands between texts that are folded, or asked, as one: it stays as it is, and no term has it."""


class Folded(NamedTuple):
    """A text in lower case without accents and hyphens."""

    original: str
    text: str

    def quote(self, start: int, end: int) -> str:
        """The original words of a stretch."""
        if self.original.isascii() and len(self.original) == len(self.text):
            return self.original[start:end].strip()
        at = _places(self.original)
        return self.original[at[start] : at[end - 1] + 1].strip()


def fold(original: str) -> Folded:
    """Lower case, plain letters and digits, Greek letters by name, one space for any white space, hyphen or underscore."""
    return Folded(original, _folded(original))


def fold_all(originals: Sequence[str]) -> list[Folded]:
    """Each text as `fold` has it: the thirty of a record, most of them short, cost as much as one that is as long."""
    texts = _folded(SEPARATOR.join(originals)).split(SEPARATOR)
    # a text that has the separator in itself
    return list(map(Folded, originals, texts)) if len(texts) == len(originals) else list(map(fold, originals))


def _folded(text: str) -> str:
    if text.isascii():
        plain = text.translate(_ascii())
    else:
        parts = _ASCII.split(text)
        plain = "".join(
            each.translate(_ascii()) if each.isascii() else "".join(map(_plain, each)) for each in parts
        )
    return _SPACES.sub(" ", plain) if "  " in plain else plain


# Where each sign stood is asked of few texts, those that name a construct or a disease, and then again and again.
@lru_cache(maxsize=16)
def _places(original: str) -> tuple[int, ...]:
    """Where in the original each character of the folded text stood."""
    at: list[int] = []
    last = ""
    for index, sign in enumerate(original):
        for letter in _plain(sign):
            if letter != " " or last != " ":
                at.append(index)
            last = letter
    return tuple(at)


@cache
def _ascii() -> dict[int, str | None]:
    # Nothing instead of an empty text: only so does `translate` take a tenth of the time of a look at each sign.
    return {code: _plain(chr(code)) or None for code in range(128)}


@cache
def _plain(sign: str) -> str:
    if sign in _DROPPED:
        return ""
    spread = unicodedata.normalize("NFKD", sign).lower()
    kept = "".join(_GREEK.get(each, each) for each in spread if not unicodedata.combining(each))
    return "".join(
        " " if each.isspace() or each == "_" or unicodedata.category(each) == "Pd" else each for each in kept
    )
