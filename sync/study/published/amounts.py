"""How many, as sentences say it: in digits and in words, exact, about, at most and at least (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_UNITS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_WORDS = {word: at for at, word in enumerate(_UNITS.split(), 1)} | {
    word: 10 * at for at, word in enumerate(_TENS.split(), 2)
}
_WORD = "|".join((*_WORDS, "hundred"))
_HOW = {
    "about": r"about|approximately|approx\.?|around|roughly|some|nearly|almost|an estimated",
    "most": r"up to|as many as|a maximum of|at most|no more than",
    "least": r"at least|a minimum of|no fewer than",
    "more": r"more than|over|upwards of",
    "fewer": r"fewer than|less than|under",
}
_ANY_HOW = "|".join((*_HOW.values(), "a total of", "a target of", "only", "just", "exactly"))
AMOUNT = (
    rf"(?P<how>(?:(?:{_ANY_HOW})\s){{0,2}})"
    rf"(?P<number>\d{{1,3}}(?:[,\u00a0\u202f]\d{{3}}){{1,2}}|\d{{1,6}}|(?:{_WORD})(?:[ -](?:and )?(?:{_WORD})){{0,3}})"
)
"""A number with what is said before it; not within another one, nor the end of a range."""
_NEAR = 0.2
"""So far from what it says is still "about" it."""

Sense = Literal["exact", "about", "most", "least", "more", "fewer"]


@dataclass(frozen=True, slots=True)
class Amount:
    """A number, and how exactly a sentence means it."""

    number: int
    sense: Sense = "exact"

    def agrees(self, count: int) -> bool | None:
        """Whether it holds of a count; None where it neither says so nor the contrary ("up to 40" of 36)."""
        apart = count - self.number
        match self.sense:
            case "about":
                return abs(apart) <= _NEAR * self.number
            case "most":
                return apart == 0 or (None if 0 > apart >= -_NEAR * self.number else False)
            case "least":
                return apart >= 0
            case "more":
                return apart > 0
            case "fewer":
                return apart < 0
        return apart == 0


def amount(found: re.Match[str]) -> Amount:
    """The amount in a match of AMOUNT."""
    how = found["how"].lower()
    sense = next((sense for sense, words in _HOW.items() if re.search(rf"\b(?:{words})\s", how)), "exact")
    return Amount(whole(found["number"]), sense)  # type: ignore[arg-type]


def whole(text: str) -> int:
    """The number in digits or words: `1,200`, "twenty-four", "one hundred and five"."""
    if text[0].isdigit():
        return int(re.sub(r"\D", "", text))
    total = 0
    for word in re.findall(r"[a-z]+", text.lower()):
        if word == "hundred":
            total = 100 * max(total, 1)
        else:
            total += _WORDS.get(word, 0)
    return total
