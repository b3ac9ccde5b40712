"""Do two wordings say the same? Words reduced to their sense: synonyms made one, fillers dropped, endings cut."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import islice

from rapidfuzz.distance import OSA

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[^\w\s]")

_WORDS: dict[str, str] = tomllib.loads(files(__package__).joinpath("senses.toml").read_text(encoding="utf-8"))
_COMMON = frozenset(_WORDS["common"].split())
_WORTH_REMEMBERING = 3_000  # characters; longer texts are rare, and would fill the memory
_LONGEST_WORD = 40  # characters, for the same reason
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
    return tuple([sense for sense, _, _ in _senses(_WORD.findall(key))])


def places(text: str) -> list[tuple[str, int, int]]:
    """The same, each with where its words start and end."""
    found = list(_WORD.finditer(text))
    return [
        (sense, found[first].start(), found[last].end())
        for sense, first, last in _senses([word[0] for word in found])
    ]


_remembered = lru_cache(maxsize=20_000)(_read)


def _senses(said: list[str]) -> Iterator[tuple[str, int, int]]:
    """The senses of words, each with the first and the last word of it."""
    words = [word if word in _NAMES else word.lower() for word in said]
    at = 0
    while at < len(words):
        phrase, sense = _phrase(words, at)
        if _tells(sense):
            yield sense, at, at + phrase - 1
        at += phrase


def _phrase(words: list[str], at: int) -> tuple[int, str]:
    for phrase, sense in _PHRASES.get(words[at], ()):
        if tuple(words[at : at + len(phrase)]) == phrase:
            return len(phrase), sense
    word = words[at]
    return 1, _known_alone(word) if len(word) <= _LONGEST_WORD else _alone(word)


def _alone(word: str) -> str:
    return _SINGULARS.get(word.removesuffix("s"), _stem(word))


# Of the words of a day's criteria nine in ten have been there before, and to stem one takes five expressions.
_known_alone = lru_cache(maxsize=20_000)(_alone)


def _tells(sense: str) -> bool:
    return sense not in _FILLERS and (sense.isalnum() or not _PUNCTUATION.fullmatch(sense))


_SINGULARS = {
    name: found[-1][1] for name, found in _PHRASES.items() if len(name) > 3 and found[-1][0] == (name,)
}


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
        return _short_stem(word)
    for british, american in _SPELLINGS:
        word = british.sub(american, word)
    for ending, instead in (("ies", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("ly", ""), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return (word[: -len(ending)] + instead).rstrip("e")
    return word.rstrip("e")


def _short_stem(word: str) -> str:
    """A short word that is the same for `line` and `lines`, `eye` and `eyes`."""
    if len(word) < 4 or not word.isalpha():
        return word
    return word[:-1] if word[-1] == "e" or (word[-1] == "s" and word[-2] not in "sui") else word


_FILLERS = frozenset(form for word in _WORDS["fillers"].split() for form in (word, _stem(word)))


_SIGN = "ǂ"  # a letter that no text has, so that signs of quantities are words


def sign(number: int) -> str:
    """A word that stands for a quantity, which counts by its place."""
    return _SIGN + "".join(chr(ord("a") + int(digit)) for digit in str(number))


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
    """Senses that only the one and only the other text has; nothing only where both are proved to say the same.

    Order and scope count: senses that are the same in another order differ by `ORDER`, unless only the items of one list
    (`A, B or C`) or the two sides of a preposition (`infection with A`, `A infection`) changed places. Spelling slips,
    abbreviations spelled out and a word said twice (`hepatitis B or hepatitis C`) do not count.
    """
    names = _abbreviations(before) | _abbreviations(after)
    short_before, short_after = (_spelled_out(_shortened(text, names)) for text in (before, after))
    old, new = _once(of_text(short_before)), _once(of_text(short_after))
    new = _respelt(old, new)
    if _swapped_around_of(before, after):
        return Counter(), Counter({ORDER: 1})
    if old == new:
        return Counter(), Counter()
    gone, come = Counter(old) - Counter(new), Counter(new) - Counter(old)
    if gone or come or _same_list(short_before, short_after) or _turned_round(old, new, before, after):
        return gone, come
    return Counter(), Counter({ORDER: 1})


ORDER = "another order"
_JOINS = frozenset(("and", "or", "and/or"))


_OF = re.compile(
    r"(?=\b([^\W\d_]+) (of|to|for|from|by|than) (?:(?:the|an?|this|that|their|his|her) )?([^\W\d_]+))",
    re.IGNORECASE,
)


def _swapped_around_of(before: str, after: str) -> bool:
    """Whether two names changed places (`the sibling of the patient`), fillers among them too."""
    old, new = (
        {(_stem(one), link, _stem(other)) for one, link, other in _OF.findall(text.lower())}
        for text in (before, after)
    )
    return any(one != other and (other, link, one) in new for one, link, other in old - new)


def _once(found: Sequence[str]) -> list[str]:
    """Each sense once, save what changes the sense by its count or place: denials, numbers, joints."""
    seen: set[str] = set()
    kept = []
    last = {joint: len(found) - 1 - list(found)[::-1].index(joint) for joint in _JOINS if joint in found}
    for at, sense in enumerate(found):
        paired = {"either": "or", "both": "and"}.get(sense, "")
        if sense in seen or at < last.get(paired, -1):
            continue
        kept.append(sense)
        if sense != "no" and sense not in _JOINS and not sense[0].isdigit() and sense[0] != _SIGN:
            seen.add(sense)
    return kept


def _respelt(old: list[str], new: list[str]) -> list[str]:
    """The new senses with spelling slips put back, each for one old sense that the new text lacks."""
    known, said = set(old), set(new)
    lacking = [sense for sense in old if sense not in said]
    strange = [sense for sense in new if sense not in known]
    if len(lacking) * len(strange) > _MOST_SLIPS:
        return new
    respelt = []
    for sense in new:
        twin = None if sense in known else next((word for word in lacking if _misspelt(word, sense)), None)
        respelt.append(twin or sense)
    return respelt


def _same_list(before: str, after: str) -> bool:
    """Whether both are one list under one joint (`A, B or C`), whose items changed places."""
    lists = [_items(_LEAD.sub(r"\1,", text, count=1)) for text in (before, after)]
    return bool(lists[0]) and lists[0] == lists[1]


def _items(text: str) -> tuple[str, list[tuple[str, ...]]] | None:
    """The joint of a text that is a plain list, and its items in a fixed order."""
    joints = {joint.lower() for joint in _JOINT.findall(text)}
    if len(joints) > 1 or "§" in text:
        return None
    items = [of_text(item) for item in _SEPARATOR.split(text)]
    return "".join(joints), sorted(item for item in items if item)


# What stands before a list and is said of all its items: `Prior A or B`.
_LEAD = re.compile(
    r"^((?:(?:prior|previous|known|no|any|use of|receiving|received|history of|treatment with|allergy to)\s)+)",
    re.IGNORECASE,
)
_HEPATITIS = re.compile(
    r"\b(hepatitis) ([ABC])((?: virus)?\s?(?:,|/|and/or|and|or)\s?)(?=[BCDE]\b)", re.IGNORECASE
)


def _spelled_out(text: str) -> str:
    """`Hepatitis B or C` as `hepatitis B or hepatitis C`."""
    return _HEPATITIS.sub(r"\1 \2\3\1 ", text)


_JOINT = re.compile(r"\b(?:and/or|and|or)\b", re.IGNORECASE)
_SEPARATOR = re.compile(r"[,;]|\b(?:and/or|and|or)\b", re.IGNORECASE)
_PREPOSITION = re.compile(r"\b(?:of|with|to|by|in|for|from)\b", re.IGNORECASE)


def _turned_round(old: list[str], new: list[str], before: str, after: str) -> bool:
    """`infection with A` for `A infection`: a few words that changed sides around a preposition, and nothing else.

    A preposition that both have, with the words around it changed over (`from A to B`), says another thing.
    """
    prepositions = [len(_PREPOSITION.findall(text)) for text in (before, after)]
    start = next(at for at, (one, other) in enumerate(zip(old, new, strict=True)) if one != other)
    end = next(at for at in range(1, len(old)) if old[-at] != new[-at]) - 1
    middle, other = old[start : len(old) - end], new[start : len(new) - end]
    if len(middle) > 5 or prepositions[0] == prepositions[1] or _JOINS & set(middle) or "no" in middle:
        return False
    return any(middle[cut:] + middle[:cut] == other for cut in range(1, len(middle)))


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


_LONG_ENOUGH = 7  # letters: shorter words a letter apart are as a rule two words


def _misspelt(word: str, other: str) -> bool:
    """True for two long words one slip apart: a letter doubled, lost, changed or swapped, not at either end.

    A slip of two letters is not one: `prednisone` and `prednisolone`, `hyponatremia` and `hypernatremia` are two things.
    """
    if min(len(word), len(other)) < _LONG_ENOUGH or not (word.isalpha() and other.isalpha()):
        return False
    if word[:3] != other[:3] or word[-1] != other[-1]:
        return False
    return OSA.distance(word, other, score_cutoff=1) <= 1 and (word, other) not in _TWO_WORDS


# Pairs of words a letter apart that are both words of medicine.
_TWO_WORDS = frozenset(
    pair
    for one, other in (
        ("inferior", "interior"), ("arterial", "arteriol"), ("perineal", "peroneal"), ("humoral", "humeral"),
        ("palpation", "palpitation"), ("prostrate", "prostate"), ("dysphasia", "dysphagia"), ("affected", "effected"),
    )
    for pair in ((one, other), (other, one))
)  # fmt: skip
