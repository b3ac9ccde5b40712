"""The passages of a record that are looked at, by what they can prove (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any, NamedTuple

from sync.cohort.folding import Folded, fold_all
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
"""A passage before its text is folded."""


def passages(record: Record) -> tuple[Passage, ...]:
    """What a record says of itself, in the order in which it is asked."""
    texts = list(_bounded(_all(at(record, "protocolSection"))))
    folded = fold_all([text for _, _, text, _, _ in texts])
    return tuple(
        Passage(part, f"protocolSection.{field}", each, owner, is_name)
        for (part, field, _, owner, is_name), each in zip(texts, folded, strict=True)
        if each.text.strip()
    )


def _bounded(texts: Iterable[_Text]) -> Iterator[_Text]:
    """The texts as far as they are looked at: a title of a million words would take minutes."""
    left = IN_ALL
    for part, field, text, owner, is_name in texts:
        if left <= 0:
            return
        looked_at = text[: min(LONGEST, left)]
        left -= len(looked_at)
        yield part, field, looked_at, owner, is_name


def _all(protocol: Any) -> Iterator[_Text]:
    yield from _named(
        Part.TITLE, protocol, "identificationModule", ("briefTitle", "officialTitle", "acronym")
    )
    for number, each in enumerate(_objects(protocol, _ARMS, "interventions")):
        yield from _intervention(number, each)
    yield from _each(Part.ARM, protocol, _ARMS, "armGroups", ("label", "description"))
    for name in ("conditions", "keywords"):
        for number, word in enumerate(_list(at(protocol, "conditionsModule", name))):
            if isinstance(word, str):
                yield Part.WORD, f"conditionsModule.{name}[{number}]", word, None, True
    yield from _named(Part.TEXT, protocol, "descriptionModule", ("briefSummary", "detailedDescription"))
    for name in ("primaryOutcomes", "secondaryOutcomes"):
        yield from _each(Part.MEASURE, protocol, "outcomesModule", name, ("measure", "description"))


def _intervention(number: int, given: Record) -> Iterator[_Text]:
    path = f"{_ARMS}.interventions[{number}]"
    if isinstance(name := given.get("name"), str):
        yield Part.GIVEN, f"{path}.name", name, number, True
    for index, other in enumerate(_list(given.get("otherNames"))):
        if isinstance(other, str):
            yield Part.GIVEN, f"{path}.otherNames[{index}]", other, number, True
    if isinstance(description := given.get("description"), str):
        yield Part.GIVEN, f"{path}.description", description, number, False


def _each(part: Part, protocol: Any, module: str, name: str, keys: tuple[str, ...]) -> Iterator[_Text]:
    for number, each in enumerate(_objects(protocol, module, name)):
        for key in keys:
            if isinstance(value := each.get(key), str):
                yield part, f"{module}.{name}[{number}].{key}", value, None, False


def _named(part: Part, protocol: Any, module: str, names: tuple[str, ...]) -> Iterator[_Text]:
    for name in names:
        if isinstance(value := at(protocol, module, name), str):
            yield part, f"{module}.{name}", value, None, part is Part.TITLE


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(protocol: Any, module: str, name: str) -> list[Record]:
    return [each for each in _list(at(protocol, module, name)) if isinstance(each, dict)]
