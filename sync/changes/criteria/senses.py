"""Do two wordings say the same? Words reduced to their sense: synonyms made one, fillers dropped, endings cut."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from functools import lru_cache
from importlib.resources import files
from itertools import islice

from rapidfuzz.distance import OSA

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[^\w\s]")

_WORDS: dict[str, str] = tomllib.loads(files(__package__).joinpath("senses.toml").read_text(encoding="utf-8"))
_FILLERS = frozenset(_WORDS["fillers"].split())
_COMMON = frozenset(_WORDS["common"].split())
_WORTH_REMEMBERING = 3_000  # characters; longer texts are rare, and would fill the memory
_MOST_SLIPS = 40_000  # pairs of words that are looked at for slips of the pen
_MOST_ABBREVIATIONS = 50  # of one text; each is looked for in the whole of both
_NAMES = frozenset(("AS", "WHO", "MS"))  # not the words they would be in small letters
_PUNCTUATION = re.compile(r"[^\w\s≥≤<>%+/]")


def _table() -> dict[str, tuple[tuple[tuple[str, ...], str], ...]]:
    """First word of each phrase to its phrases, longest first, with the sense each stands for."""
    phrases: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for line in _WORDS["senses"].strip().splitlines():
        names = [entry.strip() for entry in line.split(" ; ")]
        for name in names:
            words = tuple(_WORD.findall(name))
            phrases.setdefault(words[0], []).append((words, names[0]))
    return {first: tuple(sorted(found, key=lambda entry: -len(entry[0]))) for first, found in phrases.items()}


_PHRASES = _table()


def of_text(key: str) -> tuple[str, ...]:
    """The senses of a criterion's words in order, fillers left out; a number keeps its digits."""
    return _remembered(key) if len(key) <= _WORTH_REMEMBERING else _read(key)


def _read(key: str) -> tuple[str, ...]:
    words = [word if word in _NAMES else word.lower() for word in _WORD.findall(key)]
    found: list[str] = []
    at = 0
    while at < len(words):
        phrase, sense = _phrase(words, at)
        at += phrase
        if sense not in _FILLERS and not _PUNCTUATION.fullmatch(sense):
            found.append(sense)
    return tuple(found)


_remembered = lru_cache(maxsize=20_000)(_read)


def _phrase(words: list[str], at: int) -> tuple[int, str]:
    for phrase, sense in _PHRASES.get(words[at], ()):
        if tuple(words[at : at + len(phrase)]) == phrase:
            return len(phrase), sense
    return 1, _stem(words[at])


_SPELLINGS = (
    (re.compile(r"ae|oe"), "e"),
    (re.compile(r"is(?=(?:e|ed|ing|ation|ations)$)"), "iz"),
    (re.compile(r"our(?=s?$)"), "or"),
    (re.compile(r"re$"), "er"),
    (re.compile(r"ll(?=ed$|ing$|ment$)"), "l"),
)


def _stem(word: str) -> str:
    """A word without its ending, in American spelling: rough, but the same for both texts."""
    if len(word) <= 4 or not word.isalpha():
        return word
    for british, american in _SPELLINGS:
        word = british.sub(american, word)
    for ending, instead in (("ies", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("ly", ""), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return (word[: -len(ending)] + instead).rstrip("e")
    return word.rstrip("e")


def core(key: str) -> tuple[str, ...]:
    """What a criterion is about, whether it asks for it or denies it; empty where that is too little to know it by."""
    about = tuple(sense for sense in of_text(key) if sense not in ("no", "must"))
    return about if any(weight(sense) == 1 for sense in about) else ()


def weight(sense: str) -> float:
    """How much a word tells which criterion this is: names of things most, numbers and common words little."""
    if sense in _COMMON:
        return 0.05 if sense == "no" else 0.35
    return 1.0 if sense[0].isalpha() else 0.3


def differing(before: str, after: str) -> tuple[Counter[str], Counter[str]]:
    """Senses that only the one and only the other text has; spelling slips and abbreviations spelled out do not count."""
    names = _abbreviations(before) | _abbreviations(after)
    old, new = _counted(_shortened(before, names)), _counted(_shortened(after, names))
    gone, come = old - new, new - old
    for word in list(gone) if len(gone) * len(come) <= _MOST_SLIPS else ():
        twin = next((other for other in come if come[other] and _misspelt(word, other)), None)
        if twin:
            same = min(gone[word], come[twin])
            gone[word] -= same
            come[twin] -= same
    return +gone, +come


def _counted(text: str) -> Counter[str]:
    """The senses of a text, each once, save denials and numbers: these change the sense by their count."""
    found = Counter(of_text(text))
    return Counter(
        {sense: times if sense == "no" or sense[0].isdigit() else 1 for sense, times in found.items()}
    )


_ABBREVIATION = re.compile(r"\(\s?([A-Z][A-Za-z]{1,7})\s?\)")


def _abbreviations(text: str) -> dict[str, str]:
    """Names that a text spells out before their abbreviation: `venous thrombotic event (VTE)`."""
    found: dict[str, str] = {}
    end = 0
    for short in islice(_ABBREVIATION.finditer(text), _MOST_ABBREVIATIONS):
        letters = [letter.lower() for letter in short[1] if letter.isupper()]
        words = [word for word in text[end : short.start()].split() if word[0].isalpha()][-len(letters) :]
        if len(letters) > 1 and [word[0].lower() for word in words] == letters:
            found[" ".join(words)] = short[1]
        end = short.end()
    return found


def _shortened(text: str, names: dict[str, str]) -> str:
    """The text with abbreviations for the names, and without the brackets that introduced them."""
    for name, short in names.items():
        text = re.sub(rf"(?i){re.escape(name)}(?:\s?\(\s?{short}\s?\))?", short, text)
    return text


_OPPOSITES = re.compile(r"^(?:hyper|hypo|un|in|im|ir|non|anti|pre|post|a|dis|mal)")


def _misspelt(word: str, other: str) -> bool:
    """True for two long words a slip apart, not for two words that a prefix or a digit makes different."""
    if (
        min(len(word), len(other)) < 6
        or abs(len(word) - len(other)) > 2
        or not (word.isalpha() and other.isalpha())
    ):
        return False
    if _OPPOSITES.match(word) and word[:3] != other[:3]:
        return False
    if word[:5] in ("hyper", "hypot", "hypog", "hypoc", "hypok") and word[:4] != other[:4]:
        return False
    return word[:2] == other[:2] and word[-1] == other[-1] and _edits(word, other) <= 2


def _edits(word: str, other: str) -> int:
    return OSA.distance(word, other, score_cutoff=2)
