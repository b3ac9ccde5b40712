"""Text as terms meet it, with the way back: whatever is found in it can be quoted as the record has it (pure)."""

from __future__ import annotations

import codecs
import re
import unicodedata
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
    return Folded(original, folded_text(original))


def folded_text(text: str) -> str:
    """The text of `fold`."""
    # As bytes: a table of those takes a fifth of the time of one of signs. Half a surrogate pair, no UTF-8, stays.
    plain = text.encode("utf-8", "surrogatepass").translate(*_ascii()).decode("utf-8", "surrogatepass")
    if not plain.isascii():
        plain = plain.encode("ascii", _SPREAD).decode("utf-8", "surrogatepass")
    return _SPACES.sub(" ", plain) if "  " in plain else plain


def _spread(beyond: UnicodeError) -> tuple[bytes, int]:
    """What stands between stretches of ASCII, made plain: by the encoder, which finds it ten times as fast as a pattern."""
    if not isinstance(beyond, UnicodeEncodeError):
        raise beyond
    plain = "".join(map(_plain, beyond.object[beyond.start : beyond.end]))
    return plain.encode("utf-8", "surrogatepass"), beyond.end


_SPREAD = "trialdelta.plain"
codecs.register_error(_SPREAD, _spread)


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
def _ascii() -> tuple[bytes, bytes]:
    """What becomes of each byte, and those that are dropped; what is beyond ASCII stays."""
    plain = [_plain(chr(code)) for code in range(128)]
    kept = bytes(ord(each or "\0") for each in plain)
    return kept + bytes(range(128, 256)), bytes(code for code in range(128) if not plain[code])


@cache
def _plain(sign: str) -> str:
    if sign in _DROPPED:
        return ""
    spread = unicodedata.normalize("NFKD", sign).lower()
    kept = "".join(_GREEK.get(each, each) for each in spread if not unicodedata.combining(each))
    return "".join(
        " " if each.isspace() or each == "_" or unicodedata.category(each) == "Pd" else each for each in kept
    )
