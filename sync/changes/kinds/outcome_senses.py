"""What differs between two outcome measures in sense: who assesses, by which criteria, in whom, when, or all of it.

Two measures are the same where, after a closed list of equivalences (labels, abbreviations, words of counting, spelling),
the same words stand in the same order. What else differs is sorted by the clause that it stands in.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

from sync.changes.kinds.base import CHARACTERS
from sync.changes.kinds.time_frames import in_digits

_TABLES = tomllib.loads((resources.files(__package__) / "outcome_senses.toml").read_text(encoding="utf-8"))

ASSESSOR, CRITERIA, POPULATION, TIME_POINT = "assessor", "criteria", "population", "time point"
SCOPE = "scope"
"""Words that only one of two measures has, and that are no endpoint of their own."""
SUBSTANCE = frozenset({ASSESSOR, CRITERIA, POPULATION, TIME_POINT, SCOPE})
OTHER, ENDPOINT = "other", "endpoint"
"""Anything else, and words that name an endpoint (survival, complete, serious): then it is another outcome."""

_WORDS = {name: frozenset(words.split()) for name, words in _TABLES["words"].items()}
_ALIKE = 88.0
"""Likeness (0 to 100) of two long words from which one is the other misspelt or inflected ("progressive", "progression")."""
_LONG_WORD = 7

_CLAUSES = {
    **dict.fromkeys(_WORDS["opens_population"], POPULATION),
    **dict.fromkeys(_WORDS["opens_method"], CRITERIA),
    **dict.fromkeys(_WORDS["opens_time"], TIME_POINT),
}
_TOKEN = re.compile(r"[^\W_]+(?:[.'][^\W_]+)*|[,;:()%<>≤≥=+]", re.UNICODE)
_ENDS_CLAUSE = frozenset(",;:()")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a measure that bears sense, and which aspect it tells of."""

    text: str
    aspect: str


@dataclass(frozen=True)
class Reading:
    """A measure as it is compared: the words that bear sense, in order, explanations in brackets apart."""

    words: tuple[Word, ...]
    explained: tuple[Word, ...] = ()
    parts: tuple[tuple[str, ...], ...] = ()
    """What it lists, each part's words: those of "safety and tolerability" in any order say the same."""
    is_ordered: bool = False
    """Whether the order of its words says something: "time from progression to death"."""

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The words themselves."""
        return tuple(word.text for word in self.words)

    @cached_property
    def core(self) -> frozenset[str]:
        """The words that say what is measured."""
        return frozenset(word.text for word in self.words if word.aspect == OTHER)


@dataclass(frozen=True)
class Language:
    """What a study's own outcomes and products add to the tables: abbreviations that they define, names of products."""

    abbreviations: dict[str, str] = field(default_factory=dict)
    products: frozenset[str] = frozenset()

    @classmethod
    def of(cls, measures: Iterable[str], products: Iterable[str]) -> Language:
        """The language of a study: every `Overall survival (OS)` teaches what OS means."""
        found = dict(_TABLES["abbreviations"])
        for measure in measures:
            found.update(_defined(measure[:CHARACTERS]))
        named = {token for name in products for token in _tokens(name[:CHARACTERS]) if token[0].isalnum()}
        return cls(found, frozenset(named) - _WORDS["endpoint"])

    def read(self, measure: str) -> Reading:
        """A measure without labels, fillers and spelling, with abbreviations spelt out."""
        whole = _plain(measure[:CHARACTERS])
        text = _LABEL.sub("", whole) or whole
        text = _DROPPED.sub(" ", text)
        text = re.sub(r"[a-z][\w-]*", lambda word: self.abbreviations.get(word[0], word[0]), text)
        for pattern, word in _PHRASES:
            text = pattern.sub(word, text)
        core, explained = _apart(text)
        parts = (self._words(part) for part in re.split(r"\band\b|[,;&]", core))
        listed = tuple(tuple(word.text for word in part) for part in parts if part)
        is_ordered = not _WORDS["ordering"].isdisjoint(_tokens(core))
        return Reading(self._words(core), self._words(explained), listed, is_ordered)

    def _words(self, text: str) -> tuple[Word, ...]:
        words = [
            Word(_stem(token), aspect)
            for token, aspect in _with_aspects(_tokens(text))
            if token not in _WORDS["filler"] and token[0].isalnum() and token not in self.products
        ]
        # "Incidence Incidence of …": a word that stands twice in a row
        once = [word for word, before in zip(words, [None, *words], strict=False) if word != before]
        # "SLEDAI change" and "change in SLEDAI"
        return tuple(sorted(once, key=lambda word: word.text != "change"))


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("–", "-")
    return in_digits(" ".join(bare.split()))


_LABEL = re.compile(_TABLES["patterns"]["label"])
_DROPPED = re.compile("|".join(_TABLES["patterns"]["dropped"]))
_PHRASES = [(re.compile(rf"\b(?:{pattern})(?!\w)"), word) for pattern, word in _TABLES["phrases"].items()]


def _defined(measure: str) -> Iterator[tuple[str, str]]:
    """The abbreviations that a measure defines: OS, of "Overall survival (OS)"."""
    text = _plain(measure)
    for found in re.finditer(r"\(([a-z]{2,8})\)", text):
        words = re.findall(r"[^\W_]+", text[: found.start()])[-len(found[1]) :]
        if "".join(word[0] for word in words) == found[1]:
            yield found[1], " ".join(words)


def _apart(text: str) -> tuple[str, str]:
    """A measure, and what in it only explains: brackets, and what follows "defined as"."""
    core, _, definition = re.sub(r"\s+", " ", text).partition(" defined as ")
    brackets = re.findall(r"[(\[]([^()\[\]]*)[)\]]", core)
    return re.sub(r"[(\[][^()\[\]]*[)\]]", " ", core), " , ".join([*brackets, definition])


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.casefold().replace("-", " ").replace("/", " "))


def _stem(word: str) -> str:
    if len(word) < 4:
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word.removesuffix("s") if not word.endswith("ss") else word


_ENDPOINT = frozenset(map(_stem, _WORDS["endpoint"]))


def _with_aspects(tokens: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each token with what it tells of: by the clause that it stands in, else by its own meaning."""
    for clause in _clauses(tokens):
        own = [_own_aspect(token) for token in clause]
        within = _aspect_of_clause(clause, own)
        # the 1.1 of RECIST 1.1 is part of the criteria, the 12 of "12-month survival" of the time point
        beside = zip([None, *own], [*own[1:], None], strict=False)
        for token, known, (before, after) in zip(clause, own, beside, strict=False):
            number = token[0].isdigit()
            near = next((a for a in (before, after) if number and a in (CRITERIA, TIME_POINT)), None)
            yield token, within or known or near or OTHER


def _clauses(tokens: Sequence[str]) -> Iterator[list[str]]:
    """The tokens, cut before each word that opens a clause ("in", "by", "at") and each mark."""
    clause: list[str] = []
    for token in tokens:
        if clause and (token in _CLAUSES or token in _ENDS_CLAUSE):
            yield clause
            clause = []
        clause.append(token)
    if clause:
        yield clause


def _own_aspect(token: str) -> str | None:
    for name in (ASSESSOR, CRITERIA, POPULATION):
        if token in _WORDS[name]:
            return name
    return TIME_POINT if token in _WORDS["time"] else None


def _aspect_of_clause(clause: Sequence[str], own: Sequence[str | None]) -> str | None:
    """What all of a clause tells of, where its first word and one more say so: "in patients …", "at week …", "by …"."""
    opener = _CLAUSES.get(clause[0])
    timed = TIME_POINT in own and any(token[0].isdigit() for token in clause)
    if opener and timed:
        return TIME_POINT
    if opener == POPULATION and (POPULATION in own or any(token in _WORDS["people"] for token in clause)):
        return POPULATION
    if opener == CRITERIA:
        return ASSESSOR if ASSESSOR in own else CRITERIA
    return None


def difference(old: Reading, new: Reading) -> frozenset[str]:
    """Which aspects of two measures differ; empty where they say the same."""
    if old.texts == new.texts or _same_list(old, new):
        return _explained(old, new)
    if not old.is_ordered and not new.is_ordered and sorted(old.texts) == sorted(new.texts):
        return frozenset([SCOPE])
    gone, come = _differing(old.words, new.words)
    aspects = {word.aspect for word in (*gone, *come)}
    if OTHER in aspects:
        aspects.discard(OTHER)
        aspects.add(_of_other([w for w in gone if w.aspect == OTHER], [w for w in come if w.aspect == OTHER]))
    return frozenset(aspects)


def _same_list(old: Reading, new: Reading) -> bool:
    return sorted(old.parts) == sorted(new.parts)


def _explained(old: Reading, new: Reading) -> frozenset[str]:
    """What differs in explanations: one that is left out, or put in, says nothing but where it names substance."""
    gone, come = _differing(old.explained, new.explained)
    aspects = {word.aspect for word in (*gone, *come)} - {OTHER}
    both = bool(old.explained and new.explained)
    return frozenset(
        aspects | ({SCOPE} if both and any(w.aspect == OTHER for w in (*gone, *come)) else set())
    )


def replaced(old: str, new: str) -> frozenset[str]:
    """Which aspects a longer text names in both versions, and names otherwise: another assessor, other criteria."""
    language = Language()
    sides = [language.read(text) for text in (old, new)]
    found = set()
    for aspect in (ASSESSOR, CRITERIA, POPULATION):
        was, becomes = (
            {word.text for word in (*side.words, *side.explained) if _own_aspect(word.text) == aspect}
            for side in sides
        )
        if was - becomes and becomes - was:
            found.add(aspect)
    return frozenset(found)


def _differing(old: Sequence[Word], new: Sequence[Word]) -> tuple[list[Word], list[Word]]:
    gone: list[Word] = []
    come: list[Word] = []
    steps = [s for s in Indel.opcodes([w.text for w in old], [w.text for w in new]) if s.tag != "equal"]
    for step in steps:
        gone += old[step.src_start : step.src_end]
        come += new[step.dest_start : step.dest_end]
    pairs = [(a, b) for a in gone for b in come if _same_word(a.text, b.text)]
    spelt = {a.text for a, _ in pairs}, {b.text for _, b in pairs}
    return [w for w in gone if w.text not in spelt[0]], [w for w in come if w.text not in spelt[1]]


def _same_word(old: str, new: str) -> bool:
    # a word that only stands elsewhere is not spelt otherwise: "from progression to death", "from death to progression"
    if old == new or min(len(old), len(new)) < _LONG_WORD or any(c.isdigit() for c in old + new):
        return False
    opposed = any(old.startswith(a) != new.startswith(a) for a in _TABLES["patterns"]["opposing"])
    return not opposed and fuzz.ratio(old, new) >= _ALIKE


def _of_other(gone: Sequence[Word], come: Sequence[Word]) -> str:
    """Whether other words leave the outcome what it is: those of one side only, and none that names an endpoint."""
    if any(word.text in _ENDPOINT or word.text[0].isdigit() for word in (*gone, *come)):
        return ENDPOINT
    return OTHER if gone and come else SCOPE
