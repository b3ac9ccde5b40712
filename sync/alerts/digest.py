"""What happened in a while, told at once: a digest also says that nothing did."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from sync.words import counted

SHOWN_IN_FULL = 100
"""So many events stand in a digest by themselves, the heaviest first; the rest is counted."""


@dataclass(frozen=True)
class Line:
    """One event (or silent study, or alert) in a digest."""

    event_id: str
    nct_id: str
    title: str
    severity: str
    kind: str
    headline: str
    origin: str
    release: str
    note: str = ""
    """What else is to be said: for an alert since when it is open and who has it."""


@dataclass(frozen=True)
class Digest:
    """All that a digest says. Times are ISO 8601 with the offset of the route's time zone."""

    route: str
    since: str | None
    until: str
    """The end of the period; `since` is None in a route's first digest."""
    studies: int = 0
    """Studies that are watched, and were read on the last release."""
    releases: int = 0
    """Releases that were read to their end in the period."""
    last_release: str | None = None
    last_read_at: str | None = None
    counts: dict[str, int] = field(default_factory=dict)
    """How many events of each severity happened, those that are not told in full included; heaviest first."""
    events: tuple[Line, ...] = ()
    """What changed, heaviest first, by study; at most TOLD_IN_FULL."""
    unannounced: int = 0
    """How many more events there are."""
    cohort: tuple[Line, ...] = ()
    """Entered, left, re-entered, missing, gone, alias, withheld."""
    silence: tuple[Line, ...] = ()
    """Stale, overdue, about to turn UNKNOWN."""
    unacknowledged: tuple[Line, ...] = ()
    """Alerts that are still open, heaviest first, then longest open; at most ten of the `open_alerts`."""
    open_alerts: int = 0
    failures: tuple[str, ...] = ()
    """Sentences: cycles that failed, records in quarantine, storms held, channels disabled, dead letters."""
    reason: str = "schedule"
    """Why it is sent: the route's `schedule`, or `crowd`: more messages were due at once than the route allows."""

    anchor: str = ""
    """Of the chain of seals when the digest was made."""

    @property
    def is_quiet(self) -> bool:
        """Whether nothing happened."""
        return not self.counts

    @property
    def headline(self) -> str:
        """The digest in one sentence."""
        studies = counted(self.studies, "study")
        checked = f"{studies} checked on {counted(self.releases, 'release')}"
        if not self.releases:
            checked = f"{studies} watched, no new release of the registry"
        if self.is_quiet:
            return f"All quiet: {checked}, nothing changed"
        weights = ", ".join(f"{number} {severity}" for severity, number in self.counts.items())
        total = f"{counted(sum(self.counts.values()), 'event')} ({weights})"
        return f"{total} at once" if self.reason == "crowd" else f"{total}; {checked}"

    def as_json(self) -> dict[str, Any]:
        """The digest as one object, to be kept until it is sent, and for programs."""
        return {**asdict(self), "headline": self.headline}

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Digest:
        """The digest that was kept."""
        lists = ("events", "cohort", "silence", "unacknowledged")
        # By name, and what is missing by its default: it may have been written before an upgrade.
        known = {name: body[name] for name in cls.__dataclass_fields__ if name in body}
        known |= {name: tuple(Line(**line) for line in body[name]) for name in lists}
        return cls(**known | {"failures": tuple(body["failures"])})
