"""Storms: the same change in many studies of one cycle, made by no sponsor. One operator event instead of hundreds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sync.changes.event import Event
from sync.changes.model import Change, Detail, Kind, Origin
from sync.changes.rule import Limits
from sync.study.statuses import PATH

Shape = tuple[str, ...]

_IDENTITY = re.compile(r"\A([^\[]*)\[.*\]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Storm:
    """Events of one kind and one shape, by study."""

    kind: Kind
    shape: Shape
    events: tuple[Event, ...]
    lead: str = ""
    """What happened to them together, where it is another thing than that their records changed alike."""

    @property
    def headline(self) -> str:
        """The storm in two sentences."""
        first = self.events[0]
        alike = f"{len(self.events)} studies changed alike on one release, without an update by a sponsor."
        return f"{self.lead or alike} The first of them, {first.nct_id}: {first.lines.lead}"


LimitsOf = Callable[[str], Limits | None]
"""The limits in force for a study, by its id; None where its events are never held."""


def storms(
    events: Iterable[Event],
    limits_of: LimitsOf = lambda _nct_id: Limits(),
    *,
    changed: int | None = None,
) -> list[Storm]:
    """The storms among the events of one cycle, the largest first.

    A storm is more than `storm_studies` studies, and more than `storm_percent` of those that changed in the cycle, whose
    changes are all of one shape. What a sponsor's update brought is never part of one, nor is a flip to UNKNOWN that no date
    of the record speaks against; what the registry computes counts for nothing. All watches are counted together, for it is
    the registry that moved; whether so many are a storm is asked of each study's own limits.
    `changed`: how many studies did, where these are not the events of all of them.
    """
    # The registry computes its terms anew in thousands of studies at once, and nobody is alerted of it.
    substantial = [event for event in events if any(each.kind is not Kind.DERIVED for each in event.changes)]
    changed = _studies(substantial) if changed is None else changed
    groups: dict[tuple[Kind, Shape], list[Event]] = {}
    for event in substantial:
        if event.origin is not Origin.SPONSOR and not _is_ordinary_flip(event):
            groups.setdefault((event.kind, shape_of(event)), []).append(event)
    # The group counts over all watches, and each study's own limits say whether that many hold it.
    held = {
        key: [event for event in group if _is_storm(_studies(group), changed, limits_of(event.nct_id))]
        for key, group in groups.items()
    }
    found = [
        Storm(kind, shape, tuple(sorted(group, key=lambda event: event.nct_id)))
        for (kind, shape), group in held.items()
        if group
    ]
    return sorted(found, key=lambda storm: -len(storm.events))


def _is_storm(alike: int, changed: int, limits: Limits | None) -> bool:
    return limits is not None and alike > max(limits.storm_studies, limits.storm_percent / 100 * changed)


def _is_ordinary_flip(event: Event) -> bool:
    """Whether the registry set UNKNOWN by its rule: it does so to several on the first days of a month."""
    from sync.changes.kinds.status import (
        StatusDetail,  # late, as all kinds: of most releases there are no events
    )

    flip = next((change for change in event.changes if _is_flip(change)), None)
    return flip is not None and not (isinstance(flip.detail, StatusDetail) and flip.detail.against_rule)


def _is_flip(change: Change[Detail]) -> bool:
    return change.path == PATH and change.new == "UNKNOWN"


def _studies(events: Iterable[Event]) -> int:
    return len({event.nct_id for event in events})


def shape_of(event: Event) -> Shape:
    """What an event has in common with its like in other studies: places without identities, and what happened there."""
    return tuple(
        sorted({_change_shape(change) for change in event.changes if change.kind is not Kind.DERIVED})
    )


def _change_shape(change: Change[Detail]) -> str:
    place = _IDENTITY.sub(r"\1[]", change.path)
    if _is_flip(change):  # whatever the status was before: it is the registry's index that is at fault
        return f"{place} → UNKNOWN"
    step = f" {change.old} → {change.new}" if change.path == PATH else ""
    return f"{place} {change.op}{step}"
