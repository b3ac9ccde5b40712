"""Who is in a watch on one release, who entered, who left, and which answers must not be believed (pure)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Protocol

from sync.cohort.searches import SEARCH_FORM
from sync.errors import TrialdeltaError
from sync.words import agreeing, counted

if TYPE_CHECKING:
    from sync.cohort.profile import Profile

FEW = 5
"""So many studies may go at once before that is looked at as a matter of the whole watch."""


class ShrunkCohort(TrialdeltaError):
    """A watch lost too many studies at once to be believed."""

    hint: ClassVar[str] = (
        "Compare the searches with the registry's site. If the loss is real, raise gates.max_shrink for one cycle."
    )
    passing: ClassVar[bool] = True
    exit_code: ClassVar[int] = 3


class TooManyAbsent(TrialdeltaError):
    """So many studies of a watch are missing from the answers that the answers are not believed."""

    hint: ClassVar[str] = (
        "See whether the registry works; the next cycle asks again. If the studies are really gone, take their ids out of "
        "the watch, or set gates.max_absent and gates.max_shrink to 1 until they are told."
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
    @property
    def everything(self) -> bool: ...
    @property
    def classes(self) -> tuple[str, ...]: ...
    @property
    def antigens(self) -> tuple[str, ...]: ...
    @property
    def areas(self) -> tuple[str, ...]: ...


class Gates(Protocol):
    """Which share of a watch may go at once."""

    @property
    def max_shrink(self) -> float: ...
    @property
    def max_absent(self) -> float: ...


@dataclass(frozen=True)
class Cohort:
    """The studies that a watch asks for on one release, beside those that it had until now."""

    watch: str
    definition: str
    named: Mapping[str, str]
    """What its ids and searches name, each with the part of the definition that named it."""
    members: Mapping[str, str] = field(default_factory=dict)
    """Those in it so far, each with the part of the definition that had named it."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Every id that did not answer by itself when last asked, with the id that is watched in its place."""
    held: Mapping[str, str] = field(default_factory=dict)
    """Members whose leaving was held as a storm, and what became of that: they stay until somebody has decided."""
    edited: bool = False
    """Whether its definition is another than that of its last good cycle: then the change is ours, not the registry's."""
    settled: bool = False
    """Whether this very release was read to its end for it: then nothing is asked for it again."""
    dropped: Mapping[str, str] = field(default_factory=dict)
    """Studies that its searches find and the second look does not mean, each with the reason: neither missing nor gone."""
    related: Mapping[str, Profile] = field(default_factory=dict)
    """The studies that it is related to, by the ids under which they are watched, and what others are compared with."""
    everything: bool = False
    """Whether it is the whole registry. Then no more is named than is asked for by its id, and `size` counts its members."""
    size: int = 0
    established: bool = True
    """Whether the whole registry was read to its end before: until then what is silent in it is noted, and not told."""

    @cached_property
    def heirs(self) -> dict[str, str]:
        """The ids that it names and that led to another one so far; whether they still do is looked at on each release."""
        return {old: self.aliases[old] for old in self.named if old in self.aliases}

    @cached_property
    def sources(self) -> dict[str, str]:
        """The studies in it: what is named, without what the second look drops."""
        return {nct_id: source for nct_id, source in self.hits.items() if nct_id not in self.dropped}

    @cached_property
    def hits(self) -> dict[str, str]:
        """All that it names, by the ids under which the studies are watched, each with what named it."""
        found: dict[str, str] = {}
        for nct_id, source in self.named.items():
            # The first that named it stays: a merged id and its heir are one study, and must not count as two.
            found.setdefault(self.heirs.get(nct_id, nct_id), source)
        return found

    @cached_property
    def entered(self) -> dict[str, str]:
        """Those that are new in it, in order."""
        return {nct_id: self.sources[nct_id] for nct_id in sorted(self.sources.keys() - self.members.keys())}

    @cached_property
    def left(self) -> tuple[str, ...]:
        """The members that nothing names any more, in order."""
        return tuple(sorted(self.members.keys() - self.sources.keys()))

    @cached_property
    def leaving(self) -> tuple[str, ...]:
        """Those of them of whom that is new, and whom the registry's index alone may lack."""
        return tuple(nct_id for nct_id in self.left if nct_id not in self.held and nct_id not in self.dropped)

    @cached_property
    def asked_ids(self) -> frozenset[str]:
        """All that is to be read for it: its studies, those that would leave once more, and every id that had an heir."""
        if self.settled:
            return frozenset()
        return frozenset().union(self.hits, () if self.edited else self.left, self.heirs)

    def has(self, nct_id: str) -> bool:
        """Whether the watch has to do with this id."""
        return self.everything or nct_id in self.sources or nct_id in self.members or nct_id in self.heirs

    def tells_silence(self, nct_id: str) -> bool:
        """Whether silence of a study is news for the watch; of the whole registry it is none while it is first read."""
        return self.established if self.everything else nct_id in self.sources

    @property
    def number(self) -> int:
        """How many studies are in it so far."""
        return self.size if self.everything else len(self.members)

    def is_stand_in(self, nct_id: str, *, besides: str) -> bool:
        """Whether a study is here for the sake of one former id alone."""
        others = {old for old, heir in self.heirs.items() if heir == nct_id} - {besides}
        return nct_id not in self.named and not others


def definition_hash(watch: WatchDefinition) -> str:
    """SHA-256 of what a watch asks for: members that come or go with an edit of the configuration are not news."""
    conditions = (watch.classes, watch.antigens, watch.areas)
    definition = [
        sorted(watch.ids),
        sorted(json.dumps(s, sort_keys=True) for s in watch.searches),
        sorted(watch.related_to),
        # only where it is so: a watch of ids and searches keeps the hash that it always had
        *(["everything"] if watch.everything else []),
        *([*map(sorted, conditions)] if any(conditions) else []),
        *([f"related-{SEARCH_FORM}"] if watch.related_to else []),
    ]
    return hashlib.sha256(json.dumps(definition).encode()).hexdigest()


def shrank(cohort: Cohort, gates: Gates) -> ShrunkCohort | None:
    """What is wrong where more of a watch would leave at once than its answers are believed for."""
    # A handful may go from a watch of any size; of a large one its share decides.
    leaving, of = len(cohort.leaving), len(cohort.members) - len(cohort.held)
    if leaving <= max(FEW, gates.max_shrink * of):
        return None
    return ShrunkCohort(
        f"watch {cohort.watch}: two walks of its searches lack {leaving} of {counted(of, 'study')}"
    )


def is_exodus(leaving: int, of: int, gates: Gates) -> bool:
    """Whether so many leave a watch at once, more than a few or most of it, that a person has to say whether it is true."""
    return leaving > FEW or _is_most(leaving, of, gates)


def too_many_absent(
    cohort: Cohort, missing: Collection[str], discounted: Collection[str], gates: Gates
) -> TooManyAbsent | None:
    """What is wrong where more of a watch's studies are missing than its answers are believed for.

    `discounted` are those that need not answer: known to be gone, or watched under another id. One may always be missing.
    """
    asked_ids = cohort.asked_ids - set(discounted)
    number, of = len(asked_ids.intersection(missing)), cohort.size if cohort.everything else len(asked_ids)
    if number <= max(FEW, gates.max_absent * of) and not _is_most(number, of, gates):
        return None
    return TooManyAbsent(
        f"watch {cohort.watch}: {number} of {counted(of, 'study')} {agreeing(number, 'is', 'are')} missing from the answers"
    )


def _is_most(number: int, of: int, gates: Gates) -> bool:
    # One study may always go: of a watch of one id it is everything, and yet no sign of a broken index.
    return number > 1 and number > gates.max_shrink * of
