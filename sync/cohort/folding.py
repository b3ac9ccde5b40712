"""Text as terms meet it, with the way back: whatever is found in it can be quoted as the record has it (pure)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

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


@dataclass(frozen=True, slots=True)
class Folded:
    """A text in lower case without accents and hyphens."""

    original: str
    text: str

    def quote(self, start: int, end: int) -> str:
        """The original words of a stretch."""
        at = _places(self.original)
        return self.original[at[start] : at[end - 1] + 1].strip()


def fold(original: str) -> Folded:
    """Lower case, plain letters and digits, Greek letters by name, one space for any white space, hyphen or underscore."""
    return Folded(original, _SPACES.sub(" ", "".join(map(_plain, original))))


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
def _plain(sign: str) -> str:
    if sign in _DROPPED:
        return ""
    spread = unicodedata.normalize("NFKD", sign).lower()
    kept = "".join(_GREEK.get(each, each) for each in spread if not unicodedata.combining(each))
    return "".join(
        " " if each.isspace() or each == "_" or unicodedata.category(each) == "Pd" else each for each in kept
    )
