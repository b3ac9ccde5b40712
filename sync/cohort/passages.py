"""The passages of a record that are looked at, by what they can prove (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sync.cohort.folding import Folded, fold
from sync.study.record import Record, at


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


@dataclass(frozen=True, slots=True)
class Passage:
    """One text of a record, and the path of its field."""

    part: Part
    field: str
    folded: Folded
    owner: int | None = None
    """The number of the intervention that it names or describes."""
    is_name: bool = False


def passages(record: Record) -> tuple[Passage, ...]:
    """What a record says of itself, in the order in which it is asked."""
    return tuple(each for each in _all(record) if each.folded.text.strip())


def _all(record: Record) -> Iterator[Passage]:
    for name in ("briefTitle", "officialTitle", "acronym"):
        yield from _one(Part.TITLE, record, "identificationModule", name, is_name=True)
    for number, each in enumerate(_objects(record, _ARMS, "interventions")):
        yield from _intervention(number, each)
    yield from _each(Part.ARM, record, _ARMS, "armGroups", ("label", "description"))
    for name in ("conditions", "keywords"):
        for number, word in enumerate(_list(at(record, "protocolSection", "conditionsModule", name))):
            yield from _text(Part.WORD, f"conditionsModule.{name}[{number}]", word, is_name=True)
    for name in ("briefSummary", "detailedDescription"):
        yield from _one(Part.TEXT, record, "descriptionModule", name)
    for name in ("primaryOutcomes", "secondaryOutcomes"):
        yield from _each(Part.MEASURE, record, "outcomesModule", name, ("measure", "description"))


def _intervention(number: int, given: Record) -> Iterator[Passage]:
    path = f"{_ARMS}.interventions[{number}]"
    yield from _text(Part.GIVEN, f"{path}.name", given.get("name"), owner=number, is_name=True)
    for index, other in enumerate(_list(given.get("otherNames"))):
        yield from _text(Part.GIVEN, f"{path}.otherNames[{index}]", other, owner=number, is_name=True)
    yield from _text(Part.GIVEN, f"{path}.description", given.get("description"), owner=number)


def _each(part: Part, record: Record, module: str, name: str, keys: tuple[str, ...]) -> Iterator[Passage]:
    for number, each in enumerate(_objects(record, module, name)):
        for key in keys:
            yield from _text(part, f"{module}.{name}[{number}].{key}", each.get(key))


def _one(part: Part, record: Record, module: str, name: str, is_name: bool = False) -> Iterator[Passage]:
    yield from _text(part, f"{module}.{name}", at(record, "protocolSection", module, name), is_name=is_name)


def _text(
    part: Part, field: str, value: Any, owner: int | None = None, is_name: bool = False
) -> Iterator[Passage]:
    if isinstance(value, str):
        yield Passage(part, f"protocolSection.{field}", fold(value), owner, is_name)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(record: Record, module: str, name: str) -> list[Record]:
    return [each for each in _list(at(record, "protocolSection", module, name)) if isinstance(each, dict)]
