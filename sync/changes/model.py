"""The words of change intelligence: kinds, operations, severities, and the values that an event is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from sync.study.dates import PartialDate
from sync.study.record import Record, Study

if TYPE_CHECKING:
    from sync.study.canonical import Canonical

Json = Any
"""A JSON value: None, bool, int, float, str, list or dict with string keys."""


class Kind(StrEnum):
    """What a change, or an event, is about. The kind of an event is that of its weightiest change."""

    STATUS = "status"
    ENROLLMENT = "enrollment"
    ELIGIBILITY = "eligibility"
    DATES = "dates"
    SITES = "sites"
    CONTACTS = "contacts"
    OUTCOMES = "outcomes"
    ARMS = "arms"
    DESIGN = "design"
    SPONSOR = "sponsor"
    IDENTIFICATION = "identification"
    RESULTS = "results"
    DOCUMENTS = "documents"
    REFERENCES = "references"
    DESCRIPTION = "description"
    CONDITIONS = "conditions"
    OVERSIGHT = "oversight"
    IPD = "ipd"
    ADMINISTRATIVE = "administrative"
    DERIVED = "derived"
    # membership and presence in the registry
    ENTERED = "entered"
    LEFT = "left"
    REENTERED = "reentered"
    MISSING = "missing"
    GONE = "gone"
    ALIAS = "alias"
    WITHHELD = "withheld"
    # what the study has to do with CAR-T cells
    CLASS = "class"
    # silence
    STALE = "stale"
    OVERDUE = "overdue"
    UNKNOWN_FORECAST = "unknown_forecast"
    # the source itself
    STORM = "storm"
    SCHEMA = "schema"


class Op(StrEnum):
    """What happened to the value at the path."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"
    REWORDED = "reworded"


class Severity(StrEnum):
    """Triage, heaviest first. It is a default order of attention, not a validated clinical judgement."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def weight(self) -> int:
        """4 for critical … 0 for info, to compare and to sort by."""
        return _WEIGHTS[self]


_WEIGHTS = {severity: 4 - position for position, severity in enumerate(Severity)}


class Origin(StrEnum):
    """Who made the change: the sponsor's update, the registry itself, or not to be told from the record."""

    SPONSOR = "sponsor"
    REGISTRY = "registry"
    UNKNOWN = "unknown"


class Detail(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a kind of change says of one besides the old and the new value. Each kind has a class of its own.

    In JSON the fields stand in their order, and one that is at its default is left out.
    """

    def as_json(self) -> dict[str, Json]:
        """The entry `detail` of a change."""
        as_lists: dict[str, Json] = _as_lists(msgspec.to_builtins(self))
        return as_lists


class UnreadDetail(Detail, frozen=True, kw_only=True):
    """What another version of the program said of a change, in a form that this one does not know: kept as it is."""

    said: dict[str, Json]

    def as_json(self) -> dict[str, Json]:
        """What was said."""
        return self.said


# msgspec leaves tuples as they are, and `(1, 2) != [1, 2]` where an event is compared with a stored one
def _as_lists(value: Json) -> Json:
    """A value with lists for tuples: what is read back from JSON then equals what was written."""
    if isinstance(value, dict):
        return {key: _as_lists(inner) for key, inner in value.items()}
    return [_as_lists(inner) for inner in value] if isinstance(value, (list, tuple)) else value


D = TypeVar("D", bound=Detail)
D_co = TypeVar("D_co", bound=Detail, covariant=True)


@dataclass(frozen=True, slots=True)
class Change(Generic[D_co]):
    """One difference between two versions of a study; `old` and `new` hold the values in full, as the registry sent them."""

    kind: Kind
    path: str
    op: Op
    old: Json
    new: Json
    detail: D_co

    @property
    def value(self) -> Json:
        """The value that was added, or that was removed."""
        return self.old if self.op is Op.REMOVED else self.new

    def saying(self, detail: D, op: Op | None = None) -> Change[D]:
        """The same change with what its kind says of it."""
        return Change(self.kind, self.path, op or self.op, self.old, self.new, detail)

    def as_json(self) -> dict[str, Json]:
        """The change in the event format of the design."""
        return {
            "kind": str(self.kind),
            "path": self.path,
            "op": str(self.op),
            "old": self.old,
            "new": self.new,
            "detail": self.detail.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A change that is not told because another one explains it; `reason` is the id of the rule that suppressed it."""

    kind: Kind
    path: str
    reason: str

    def as_json(self) -> dict[str, Json]:
        """The entry of the event's `suppressed` list."""
        return {"kind": str(self.kind), "path": self.path, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an event has its severity: the rule that fired and the fact it saw, in words."""

    rule: str
    fact: str
    severity: Severity

    def as_json(self) -> dict[str, Json]:
        """The entry of the event's `reasons` list."""
        return {"rule": self.rule, "fact": self.fact, "severity": str(self.severity)}


@dataclass(frozen=True, slots=True)
class VersionRef:
    """Names one version: its number (None outside the storage), the release it was first seen in, the payload's SHA-256."""

    version: int | None
    release: str | None
    sha256: str

    def as_json(self) -> dict[str, Json]:
        """The entry `from` or `to` of an event."""
        return {"version": self.version, "release": self.release, "sha256": self.sha256}


@dataclass(frozen=True)
class Snapshot:
    """One version of a study, to compare: the record, its canonical form, and its name."""

    record: Record
    canonical: Canonical
    ref: VersionRef
    since: str | None = None
    """The day from which it stood in the registry, where that is known to be before the release it was seen in."""

    @property
    def day(self) -> str | None:
        """The day under which it is told."""
        return self.since or self.ref.release

    @cached_property
    def study(self) -> Study:
        """The typed view of the record."""
        return Study(self.record)


@dataclass(frozen=True, slots=True)
class PastStep:
    """An earlier change: the release it was told on, where it was, and its old and new value."""

    release: str
    path: str
    old: Json
    new: Json


@dataclass(frozen=True, slots=True)
class PriorState:
    """What is known of a study before the two versions compared: statuses by release, each date as first known, outcomes."""

    statuses: tuple[tuple[str, str], ...] = ()
    first_dates: Mapping[str, PartialDate] = field(default_factory=dict)
    """`start`, `primary completion` and `completion`, as the first version gave them."""
    outcomes: tuple[PastStep, ...] = ()
    """The outcomes that were told to have changed, in order."""


@dataclass(frozen=True)
class Pair:
    """Two versions of a study and what is known besides: all that a kind of change may look at."""

    before: Study
    after: Study
    prior: PriorState
    as_of: date | None
    """The day the newer version was seen on (its release, else when it was posted); dates before it have passed."""

    @cached_property
    def status_changed(self) -> bool:
        """Whether the overall status differs."""
        return self.before.status != self.after.status

    @property
    def sponsor_updated(self) -> bool:
        """Whether the sponsor sent an update between the two: the registry's own changes leave these dates alone."""
        # Forward only: a version that is put back bears older dates, and no sponsor sent it.
        return _forward(self.before.submitted, self.after.submitted) or _forward(
            self.before.posted, self.after.posted
        )


def _forward(old: PartialDate | None, new: PartialDate | None) -> bool:
    return new is not None and (old is None or new.first > old.first)
