"""What a kind of change is: what it says of a change, how it is found, its rules, its words and its advice."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeGuard, TypeVar

from sync.changes.compare import Raw
from sync.changes.excerpts import step_of
from sync.changes.model import Change, D, Detail, Json, Kind, Op, Origin, Pair
from sync.changes.rule import Facts, Rule
from sync.changes.sentences import field_name, kind_name, listed
from sync.study.plain import plain
from sync.words import capital


@dataclass(frozen=True, slots=True)
class Advice:
    """Two sentences for the reader of an event: what it does not mean, and what to check next."""

    caution: str
    check: str


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why a change is not told by itself: the reason's id, the reason in words, and where it applies.

    `applies` sees the change, the pair, and the paths of all changes of the update.
    """

    reason: str
    why: str
    applies: Callable[[Change[Any], Pair, Collection[str]], bool]


@dataclass(frozen=True, slots=True)
class Preview:
    """The first change of a kind whose headline only counts: the list that it stands in, and a redline of it."""

    where: str
    words: Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class ChangeKind(Generic[D]):
    """One kind of change, whole. What is left out is as it is for a kind that is only a list of fields."""

    kind: Kind
    detail: type[D]
    rules: tuple[Rule, ...] = ()
    refine: Callable[[Sequence[Raw], Pair], list[Change[D]]] | None = None
    """How it is found: from the raw differences at its fields to changes that say what they amount to."""
    phrase: Callable[[Facts], str] | None = None
    """Its part of a headline."""
    joins: Callable[[Facts], Kind | None] = lambda _facts: None
    """The kind whose phrase tells of this one too, on these facts."""
    is_quiet: Callable[[Facts], bool] = lambda _facts: False
    """Whether a headline that has anything else to tell leaves it out."""
    order: Callable[[Change[D]], int] = lambda _change: 0
    """Which of its changes is told before which: those of the gravest rules first, by the lowest number."""
    minor: bool = False
    """Bookkeeping: it goes with every update, and asks for no attention."""
    subject: Callable[[Sequence[Change[D]]], str] | None = None
    """What happened, in as few words as a message's subject has room for, of an event's changes of this kind."""
    without_changes: str = ""
    """The same where the event has no changes of this kind."""
    notes: Callable[[D], Iterable[str]] = lambda _detail: ()
    """What a message says beside old and new."""
    preview: Callable[[Change[D]], Preview | None] | None = None
    """The change in a line, where the kind's phrase only counts."""
    advice: Mapping[str, Advice] = field(default_factory=dict)
    """By rule; the kind's own words, for rules that have none, under its name."""
    made_by_registry: Callable[[Change[D]], bool] = lambda _change: False
    """Whether the registry was seen to make such a change by itself."""
    suppresses: tuple[Suppression, ...] = ()
    """Why, and where, a change of this kind is not told by itself."""
    origin: Origin = Origin.UNKNOWN
    """Of an event of this kind that has no versions."""

    def refined(self, raws: Sequence[Raw], pair: Pair) -> list[Change[D]]:
        """The changes of this kind, from the raw differences at its fields."""
        return self.refine(raws, pair) if self.refine else [raw.change.saying(self.detail()) for raw in raws]

    def phrased(self, facts: Facts) -> str:
        """Its part of a headline: by its phrase, else by the fields that changed."""
        return self.phrase(facts) if self.phrase else fields_changed(self.kind, facts)

    def subject_of(self, changes: Iterable[Change[Detail]]) -> str:
        """What happened, in a subject's few words, by those of an event's changes that are of this kind."""
        own = [change for change in changes if change.kind is self.kind]
        if not own:
            return self.without_changes or capital(kind_name(self.kind))
        # what another version of the program stored in another form is named, and no more
        # Stored events are never rewritten: their details have the form of the program that wrote them.
        known = [change for change in own if self._says(change)]
        return self.subject(known) if self.subject and known else f"{capital(kind_name(self.kind))} changed"

    def notes_on(self, change: Change[Detail]) -> Iterable[str]:
        """What a message says of a change beside old and new."""
        return self.notes(change.detail) if self._says(change) else ()

    def place_of(self, change: Change[Detail]) -> int:
        """Where a change stands among those of its kind; last where its detail is in a form that is not known."""
        return self.order(change) if self._says(change) else 1_000_000

    def previewed(self, change: Change[Detail]) -> Preview | None:
        """The change in a line; None where the kind has none, or nothing to say."""
        return self.preview(change) if self.preview and self._says(change) else None

    def _says(self, change: Change[Detail]) -> TypeGuard[Change[D]]:
        """Whether what is said of the change is in the kind's own form (not so where another version stored it)."""
        return isinstance(change.detail, self.detail)


def fields_changed(kind: Kind, facts: Facts) -> str:
    """The phrase of a kind that has none of its own: "Has a data monitoring committee yes → no"."""
    return capital(steps_of(facts.of_kind(kind)))


def steps_of(changes: Iterable[Change[Any]], most: int = 2) -> str:
    """Which fields changed, and from what to what: "acronym LUNA → SOL, brief title … and 2 more"."""
    return listed((f"{field_name(change)} {step_of(change)}" for change in changes), most)


def text_of(element: Mapping[str, Json], name: str) -> str:
    """A field of an element of a list as plain text; empty where it is something else."""
    value = element.get(name)
    return plain(value) if isinstance(value, str) else ""


_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def same_numbers(old: str, new: str) -> bool:
    """Whether two texts hold the same numbers, in any order."""
    return sorted(_NUMBER.findall(old)) == sorted(_NUMBER.findall(new))


class Element(Protocol):
    """An arm, an outcome or a site that came or went as a whole."""

    @property
    def raw(self) -> Raw:
        """The difference that it is."""


E = TypeVar("E", bound=Element)

CHARACTERS = 1_000
"""Characters of a text that likeness is told by: it takes time with the product of both lengths."""
MOST = 40_000
"""Candidates to weigh at most; beyond (200 against 200), elements count as removed and added."""


@dataclass(frozen=True, slots=True)
class Paired(Generic[E]):
    """The elements that came or went: those that are one under another name, with their likeness, and the rest."""

    pairs: Sequence[tuple[E, E, float]]
    single: Sequence[E]


def paired(elements: Sequence[E], likeness: Callable[[E, E], float], floor: float) -> Paired[E]:
    """Which removed element and which added one are the same under another name: the likest first, `floor` at least."""
    removed = [element for element in elements if element.raw.change.op is Op.REMOVED]
    added = [element for element in elements if element.raw.change.op is Op.ADDED]
    pairs = _best_pairs(removed, added, likeness, floor)
    taken = {id(element) for old, new, _ in pairs for element in (old, new)}
    return Paired(pairs, [element for element in elements if id(element) not in taken])


def _best_pairs(
    olds: Sequence[E], news: Sequence[E], likeness: Callable[[E, E], float], floor: float
) -> list[tuple[E, E, float]]:
    # Refused rather than sampled: half of a pairing would call some arms renamed and their like removed.
    if len(olds) * len(news) > MOST:
        return []
    scored = [(likeness(old, new), i, j) for i, old in enumerate(olds) for j, new in enumerate(news)]
    pairs = []
    taken_old: set[int] = set()
    taken_new: set[int] = set()
    # at one likeness the earlier elements go first, so that the same lists always give the same pairs
    for score, i, j in sorted((s for s in scored if s[0] >= floor), key=lambda s: (-s[0], s[1], s[2])):
        if i not in taken_old and j not in taken_new:
            taken_old.add(i)
            taken_new.add(j)
            pairs.append((olds[i], news[j], score))
    return pairs
