"""What a cycle came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sync.cycle.answers import Answer
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
    holds_all: bool = False
    """Whether it read every page of the whole registry: then what another cycle read on the release was read again."""
    answers: tuple[Answer, ...] = ()
    """Of each question to the registry, whether what came is whole."""

    @property
    def weight(self) -> int:
        """How much a person has to hear of its state: of two reports the heavier speaks for both."""
        return ("unchanged", "complete", "held", "partial", "older").index(self.state)

    def as_json(self) -> dict[str, object]:
        """The report as one object."""
        about = {"cycle": self.cycle, "state": self.state, "release": self.release, "stamp": self.stamp}
        anchored = {"anchor": self.anchor} if self.anchor else {}
        effort = {"requests": self.requests, "seconds": round(self.seconds, 3)}
        troubles = [trouble.as_json() for trouble in self.troubles]
        answers = [answer.as_json() for answer in self.answers]
        return {**about, **self.counts, **effort, **anchored, "troubles": troubles, "answers": answers}


def together(reports: Sequence[Report]) -> Report:
    """What the cycles of one release came to, as one report: the heaviest state, the counts of all."""
    *_, last = sorted(reports, key=lambda report: report.weight)
    counts: Counter[str] = Counter()
    for report in reports:
        counts.update(report.counts)
    if twice := _read_twice(reports):
        counts.subtract(dict.fromkeys(("studies", "checked", "unchanged"), twice))
    troubles = tuple(trouble for report in reports for trouble in report.troubles)
    answers = tuple(answer for report in reports for answer in report.answers)
    anchors = [report.anchor for report in reports if report.anchor]
    anchor = anchors[-1] if anchors else None
    return replace(last, counts=dict(counts), troubles=troubles, answers=answers, anchor=anchor)


def _read_twice(reports: Sequence[Report]) -> int:
    """Studies of named watches that the pages of the whole registry held as well: they are in the counts of both."""
    whole = sum(report.counts.get("unchanged", 0) for report in reports if report.holds_all)
    named = sum(report.counts.get("checked", 0) for report in reports if not report.holds_all)
    return min(whole, named)
