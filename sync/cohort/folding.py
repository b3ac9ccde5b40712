"""Text as terms meet it, with the way back: whatever is found in it can be quoted as the record has it (pure)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache

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


@dataclass(frozen=True, slots=True)
class Folded:
    """A text in lower case without accents and hyphens, and where in the original each of its characters stood."""

    original: str
    text: str
    at: tuple[int, ...]

    def quote(self, start: int, end: int) -> str:
        """The original words of a stretch."""
        return self.original[self.at[start] : self.at[end - 1] + 1].strip()


def fold(original: str) -> Folded:
    """Lower case, plain letters and digits, Greek letters by name, one space for any white space, hyphen or underscore."""
    pieces: list[str] = []
    at: list[int] = []
    for index, sign in enumerate(original):
        for letter in _plain(sign):
            if letter == " " and pieces and pieces[-1] == " ":
                continue
            pieces.append(letter)
            at.append(index)
    return Folded(original, "".join(pieces), tuple(at))


@cache
def _plain(sign: str) -> str:
    if sign in _DROPPED:
        return ""
    spread = unicodedata.normalize("NFKD", sign).lower()
    kept = "".join(_GREEK.get(each, each) for each in spread if not unicodedata.combining(each))
    return "".join(
        " " if each.isspace() or each == "_" or unicodedata.category(each) == "Pd" else each for each in kept
    )
