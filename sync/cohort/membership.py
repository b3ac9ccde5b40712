"""Who is in a watch on this release, who entered, who left, and when such an answer must not be believed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from sync.errors import TrialdeltaError


class ShrunkCohort(TrialdeltaError):
    """A watch lost too many studies at once to be believed."""

    hint: ClassVar[str] = (
        "Compare the searches with the registry's site. If the loss is real, raise gates.max_shrink for one cycle."
    )
    passing: ClassVar[bool] = True
    exit_code: ClassVar[int] = 3


class WatchDefinition(Protocol):
    """What a watch asks for, as the configuration has it."""

    @property
    def name(self) -> str: ...
    @property
    def ids(self) -> tuple[str, ...]: ...
    @property
    def searches(self) -> tuple[dict[str, str], ...]: ...
    @property
    def related_to(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Roster:
    """The studies that a watch asks for on one release, each with the part of its definition that named it."""

    watch: str
    definition: str
    sources: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Movement:
    """How a roster differs from the members known so far."""

    entered: Mapping[str, str]
    left: tuple[str, ...]


def definition_hash(watch: WatchDefinition) -> str:
    """SHA-256 of what a watch asks for: members that come or go with an edit of the configuration are no news."""
    asked = [
        sorted(watch.ids),
        sorted(json.dumps(s, sort_keys=True) for s in watch.searches),
        sorted(watch.related_to),
    ]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def call_the_roll(
    watch: WatchDefinition,
    related: Iterable[Mapping[str, str]],
    search: Callable[[Mapping[str, str]], Collection[str]],
) -> Roster:
    """Walk every search of a watch, those for its related studies included; a study keeps the first source that named it."""
    sources: dict[str, str] = dict.fromkeys(watch.ids, "id")
    walks: list[tuple[str, Mapping[str, str]]] = [
        (f"search {number}", asked) for number, asked in enumerate(watch.searches, start=1)
    ]
    walks += [("related", asked) for asked in related]
    for source, asked in walks:
        for nct_id in search(asked):
            sources.setdefault(nct_id, source)
    return Roster(watch.name, definition_hash(watch), sources)


def movement(roster: Roster, members: Collection[str], *, max_shrink: float) -> Movement:
    """Who entered and who left; raises ShrunkCohort where more than that share of the members is gone at once."""
    left = tuple(sorted(set(members) - roster.sources.keys()))
    if len(left) > max(5, max_shrink * len(members)):
        raise ShrunkCohort(
            f"watch {roster.watch}: {len(left)} of {len(members)} studies left its searches at once"
        )
    entered = {nct_id: source for nct_id, source in sorted(roster.sources.items()) if nct_id not in members}
    return Movement(entered, left)
