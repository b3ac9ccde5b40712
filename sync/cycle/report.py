"""What a cycle came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sync.cycle.context import Trouble


@dataclass(frozen=True, slots=True)
class Report:
    """What a cycle came to. `state`: unchanged, older, complete, partial or held; a cycle that fails raises instead.

    `older`: the registry serves a release that is older than the last one read, and nothing is concluded from it.

    `troubles`: what kept a watch or a study from being read to the end, so that the cycle is partial.
    """

    state: str
    release: str
    stamp: str
    cycle: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    requests: int = 0
    seconds: float = 0.0
    anchor: str | None = None
    """Of the chain of seals when the cycle was written down: `verify --anchor` proves later what was there by then."""
    troubles: tuple[Trouble, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The report as one object."""
        about = {"cycle": self.cycle, "state": self.state, "release": self.release, "stamp": self.stamp}
        anchored = {"anchor": self.anchor} if self.anchor else {}
        effort = {"requests": self.requests, "seconds": round(self.seconds, 3)}
        troubles = [trouble.as_json() for trouble in self.troubles]
        return {**about, **self.counts, **effort, **anchored, "troubles": troubles}
