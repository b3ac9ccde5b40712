"""The passages of a record that are looked at, by what they can prove (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cached_property
from itertools import accumulate, chain
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


_Text = tuple[Part, str, str, int | None, bool]
"""A passage before its text is folded: part, path within the protocol, text, owner, whether it is a name."""


class Passages:
    """What a record says of itself, in the order in which it is asked.

    All of it is at hand as one folded `text`, which tells of 19 in 20 records that no construct is in them. So a passage is
    made when it is asked for.
    """

    def __init__(self, record: Record) -> None:
        parts = _parts(at(record, "protocolSection"))
        self._texts = _bounded(list(chain.from_iterable(texts for _, texts in parts)))
        ends = accumulate(len(texts) for _, texts in parts)
        self._numbers = [
            (part, range(end - len(texts), end)) for (part, texts), end in zip(parts, ends, strict=True)
        ]
        self.text = folded_text(SEPARATOR.join([text for _, _, text, _, _ in self._texts]))
        self._made: dict[int, Passage] = {}

    def __iter__(self) -> Iterator[Passage]:
        return iter(self._all)

    def of(self, *parts: Part) -> list[Passage]:
        """Those that are part of these."""
        numbers = chain.from_iterable(numbers for part, numbers in self._numbers if part in parts)
        return self._that_say_something(number for number in numbers if number < len(self._texts))

    @cached_property
    def _all(self) -> list[Passage]:
        return self._that_say_something(range(len(self._texts)))

    @cached_property
    def _folded(self) -> list[str]:
        folded = self.text.split(SEPARATOR)
        # a text that has the separator in itself
        is_one_each = len(folded) == len(self._texts)
        return folded if is_one_each else [folded_text(text) for _, _, text, _, _ in self._texts]

    def _that_say_something(self, numbers: Iterable[int]) -> list[Passage]:
        return [self._passage(number) for number in numbers if self._folded[number].strip()]

    def _passage(self, number: int) -> Passage:
        # One and the same whenever it is asked for: mentions are known by the passage that they stand in.
        if number not in self._made:
            part, field, text, owner, is_name = self._texts[number]
            folded = Folded(text, self._folded[number])
            self._made[number] = Passage(part, f"protocolSection.{field}", folded, owner, is_name)
        return self._made[number]


def _bounded(texts: list[_Text]) -> list[_Text]:
    """The texts as far as they are looked at: a title of a million words would take minutes."""
    if sum([len(text) for _, _, text, _, _ in texts]) <= LONGEST:
        return texts
    left, looked_at = IN_ALL, []
    for part, field, text, owner, is_name in texts:
        if left <= 0:
            break
        cut = text[: min(LONGEST, left)]
        left -= len(cut)
        looked_at.append((part, field, cut, owner, is_name))
    return looked_at


def _parts(protocol: Any) -> list[tuple[Part, list[_Text]]]:
    titles = ("briefTitle", "officialTitle", "acronym")
    given = enumerate(_objects(protocol, _ARMS, "interventions"))
    outcomes = ("primaryOutcomes", "secondaryOutcomes")
    return [
        (Part.TITLE, _named(Part.TITLE, protocol, "identificationModule", titles)),
        (Part.GIVEN, [text for number, each in given for text in _intervention(number, each)]),
        (Part.ARM, _each(Part.ARM, protocol, _ARMS, "armGroups", ("label", "description"))),
        (Part.WORD, _words(protocol, "conditions") + _words(protocol, "keywords")),
        (
            Part.TEXT,
            _named(Part.TEXT, protocol, "descriptionModule", ("briefSummary", "detailedDescription")),
        ),
        (
            Part.MEASURE,
            [
                text
                for name in outcomes
                for text in _each(Part.MEASURE, protocol, "outcomesModule", name, ("measure", "description"))
            ],
        ),
    ]


def _words(protocol: Any, name: str) -> list[_Text]:
    return [
        (Part.WORD, f"conditionsModule.{name}[{number}]", word, None, True)
        for number, word in enumerate(_list(at(protocol, "conditionsModule", name)))
        if isinstance(word, str)
    ]


def _intervention(number: int, given: Record) -> Iterator[_Text]:
    path = f"{_ARMS}.interventions[{number}]"
    if isinstance(name := given.get("name"), str):
        yield Part.GIVEN, f"{path}.name", name, number, True
    for index, other in enumerate(_list(given.get("otherNames"))):
        if isinstance(other, str):
            yield Part.GIVEN, f"{path}.otherNames[{index}]", other, number, True
    if isinstance(description := given.get("description"), str):
        yield Part.GIVEN, f"{path}.description", description, number, False


def _each(part: Part, protocol: Any, module: str, name: str, keys: tuple[str, ...]) -> list[_Text]:
    return [
        (part, f"{module}.{name}[{number}].{key}", value, None, False)
        for number, each in enumerate(_objects(protocol, module, name))
        for key in keys
        if isinstance(value := each.get(key), str)
    ]


def _named(part: Part, protocol: Any, module: str, names: tuple[str, ...]) -> list[_Text]:
    values = [(name, at(protocol, module, name)) for name in names]
    return [
        (part, f"{module}.{name}", value, None, part is Part.TITLE)
        for name, value in values
        if isinstance(value, str)
    ]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(protocol: Any, module: str, name: str) -> list[Record]:
    return [each for each in _list(at(protocol, module, name)) if isinstance(each, dict)]
