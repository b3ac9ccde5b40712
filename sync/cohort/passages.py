"""The passages of a record that are looked at, by what they can prove (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from sync.cohort.folding import SEPARATOR, Folded, folded_text
from sync.study.record import Record, at

LONGEST = 40_000
"""Characters of one text that are looked at: the registry lets 32,000 into its longest."""
IN_ALL = 200_000
"""Characters of one record; the largest of 1,881 real ones has 34,000 in these fields."""


class Part(StrEnum):
    """What a passage is part of. Eligibility is none of them: what patients had before steals every label."""

    TITLE = "title"
    GIVEN = "given"
    ARM = "arm"
    WORD = "word"
    TEXT = "text"
    MEASURE = "measure"


_ARMS = "armsInterventionsModule"
HEAD = (Part.TITLE, Part.GIVEN, Part.ARM)
"""The parts in which a construct is named."""


class Passage(NamedTuple):
    """One text of a record, and the path of its field."""

    part: Part
    field: str
    folded: Folded
    owner: int | None = None
    """The number of the intervention that it names or describes."""
    is_name: bool = False


GIVEN_NAME, OTHER_NAME = f"{_ARMS}.interventions[{{}}].name", f"{_ARMS}.interventions[{{}}].otherNames[{{}}]"
_GIVEN_AS = f"{_ARMS}.interventions[{{}}].description"
TITLES = tuple(f"identificationModule.{name}" for name in ("briefTitle", "officialTitle", "acronym"))
OFFICIAL_TITLE = TITLES[1]
SUMMARY, _DESCRIPTION = "descriptionModule.briefSummary", "descriptionModule.detailedDescription"
CONDITION, _KEYWORD = "conditionsModule.conditions[{}]", "conditionsModule.keywords[{}]"
NAMES = frozenset((*TITLES, GIVEN_NAME, OTHER_NAME, CONDITION, _KEYWORD))
"""Fields, by their paths within the protocol, whose texts are names; numbers stand where the braces are."""

_Text = tuple[Part, str, str, int, int]
"""A text before it is a passage: part, path, text, the numbers in the path.

Of 19 in 20 records hardly a path is asked for: to put all of them together took as long as to gather the texts.
"""
_Add = Callable[[_Text], None]


class Passages:
    """What a record says of itself, in the order in which it is asked.

    All of it is at hand as one folded `text`, which tells of 19 in 20 records that no construct is in them. So a passage is
    made when it is asked for.
    """

    def __init__(self, record: Record) -> None:
        self._found: list[_Text] = []
        protocol = at(record, "protocolSection")
        for gather in _GATHERED:
            gather(protocol, self._found.append)
        self._texts = _bounded([text for _, _, text, _, _ in self._found])
        self.text = folded_text(SEPARATOR.join(self._texts))
        self._made: dict[int, Passage] = {}

    def __iter__(self) -> Iterator[Passage]:
        return self._that_say_something(range(len(self._found)))

    def of(self, *parts: Part) -> list[Passage]:
        """Those that are part of these."""
        return list(self._that_say_something([at for at, each in enumerate(self._found) if each[0] in parts]))

    def at(self, *paths: str) -> list[Passage]:
        """Those that are one of these fields."""
        return list(self._that_say_something([at for at, each in enumerate(self._found) if each[1] in paths]))

    def text_at(self, *paths: str) -> str:
        """The folded texts of these fields as one, with the separator between them."""
        known = zip(self._found, self._folded, strict=False)
        return SEPARATOR.join([folded for each, folded in known if each[1] in paths])

    @property
    def title(self) -> Passage | None:
        """The first title."""
        titles = [at for at, each in enumerate(self._found[: len(TITLES)]) if each[0] is Part.TITLE]
        return next(self._that_say_something(titles), None)

    @cached_property
    def _folded(self) -> list[str]:
        folded = self.text.split(SEPARATOR)
        # a text that has the separator in itself
        is_one_each = len(folded) == len(self._texts)
        return folded if is_one_each else list(map(folded_text, self._texts))

    def _that_say_something(self, numbers: Iterable[int]) -> Iterator[Passage]:
        folded = self._folded
        # fewer than were found, where they are more than are looked at
        return (self._passage(each) for each in numbers if each < len(folded) and folded[each].strip())

    def _passage(self, number: int) -> Passage:
        # One and the same whenever it is asked for: mentions are known by the passage that they stand in.
        if number not in self._made:
            part, path, _, *numbers = self._found[number]
            field = f"protocolSection.{path.format(*numbers)}"
            folded = Folded(self._texts[number], self._folded[number])
            owner = numbers[0] if part is Part.GIVEN else None
            self._made[number] = Passage(part, field, folded, owner, path in NAMES)
        return self._made[number]


def _bounded(texts: list[str]) -> list[str]:
    """The texts as far as they are looked at: a title of a million words would take minutes."""
    if sum(map(len, texts)) <= LONGEST:
        return texts
    left, looked_at = IN_ALL, []
    for text in texts:
        if left <= 0:
            break
        looked_at.append(text[: min(LONGEST, left)])
        left -= len(looked_at[-1])
    return looked_at


def _given(protocol: Any, add: _Add) -> None:
    for number, given in enumerate(_objects(protocol, _ARMS, "interventions")):
        if isinstance(name := given.get("name"), str):
            add((Part.GIVEN, GIVEN_NAME, name, number, 0))
        for index, other in enumerate(_list(given.get("otherNames"))):
            if isinstance(other, str):
                add((Part.GIVEN, OTHER_NAME, other, number, index))
        if isinstance(description := given.get("description"), str):
            add((Part.GIVEN, _GIVEN_AS, description, number, 0))


def _fields(part: Part, *paths: str) -> Callable[[Any, _Add], None]:
    """What finds the texts of these fields."""
    known = [(path, *path.split(".")) for path in paths]

    def gather(protocol: Any, add: _Add) -> None:
        for path, module, name in known:
            if isinstance(text := at(protocol, module, name), str):
                add((part, path, text, 0, 0))

    return gather


def _words(path: str) -> Callable[[Any, _Add], None]:
    """What finds the texts of a list of them."""
    module, name = path.removesuffix("[{}]").split(".")

    def gather(protocol: Any, add: _Add) -> None:
        for number, word in enumerate(_list(at(protocol, module, name))):
            if isinstance(word, str):
                add((Part.WORD, path, word, number, 0))

    return gather


def _each(part: Part, module: str, name: str, *keys: str) -> Callable[[Any, _Add], None]:
    """What finds the texts of these keys in each object of a list."""
    known = [(key, f"{module}.{name}[{{}}].{key}") for key in keys]

    def gather(protocol: Any, add: _Add) -> None:
        for number, each in enumerate(_objects(protocol, module, name)):
            for key, path in known:
                if isinstance(text := each.get(key), str):
                    add((part, path, text, number, 0))

    return gather


_GATHERED = (
    _fields(Part.TITLE, *TITLES),
    _given,
    _each(Part.ARM, _ARMS, "armGroups", "label", "description"),
    _words(CONDITION),
    _words(_KEYWORD),
    _fields(Part.TEXT, SUMMARY, _DESCRIPTION),
    _each(Part.MEASURE, "outcomesModule", "primaryOutcomes", "measure", "description"),
    _each(Part.MEASURE, "outcomesModule", "secondaryOutcomes", "measure", "description"),
)
"""What finds the texts, in the order in which they are asked."""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(protocol: Any, module: str, name: str) -> list[Record]:
    return [each for each in _list(at(protocol, module, name)) if isinstance(each, dict)]
