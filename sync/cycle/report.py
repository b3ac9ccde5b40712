"""What a cycle came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from sync.cycle.answers import Answer
from sync.cycle.context import Trouble


@dataclass(frozen=True, slots=True)
class Met:
    """Studies that a cycle went through, by what became of them."""

    asked: frozenset[str] = frozenset()
    read: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()


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
    met: Met = field(default_factory=Met, repr=False)
    """Which studies are in its counts; of a pass over the whole registry, those that a named watch may have as well."""
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
    """What the cycles of one release came to, as one report: the heaviest state, the counts of all, each study once."""
    *_, last = sorted(reports, key=lambda report: report.weight)
    counts: Counter[str] = Counter()
    for report in reports:
        counts.update(report.counts)
    for one, other in combinations(reports, 2):
        counts.subtract(_of_both(one.met, other.met))
    troubles = tuple(trouble for report in reports for trouble in report.troubles)
    answers = tuple(answer for report in reports for answer in report.answers)
    anchors = [report.anchor for report in reports if report.anchor]
    anchor = anchors[-1] if anchors else None
    return replace(last, counts=dict(counts), troubles=troubles, answers=answers, anchor=anchor)


def _of_both(one: Met, other: Met) -> Counter[str]:
    """The counts of those that two cycles of one release met: what was read a second time had not changed since."""
    read = len(one.read & other.read)
    both = {
        "studies": len(one.asked & other.asked),
        "checked": read,
        "unchanged": read,
        "absent": len(one.absent & other.absent),
    }
    return Counter({name: number for name, number in both.items() if number})
