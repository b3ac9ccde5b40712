"""Status: what a transition means, why a study stopped, and how often its status has gone back and forth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from sync.changes.compare import Raw
from sync.changes.kinds.why_stopped import why
from sync.changes.model import Change, Pair

PATH = "protocolSection.statusModule.overallStatus"
WHY_PATH = "protocolSection.statusModule.whyStopped"
LAST_KNOWN_PATH = "protocolSection.statusModule.lastKnownStatus"

STOPPED = frozenset({"SUSPENDED", "TERMINATED", "WITHDRAWN"})
ENDED = frozenset({"COMPLETED", "TERMINATED", "WITHDRAWN"})
RECRUITING = frozenset({"RECRUITING", "ENROLLING_BY_INVITATION"})
OPEN = RECRUITING | {"NOT_YET_RECRUITING", "ACTIVE_NOT_RECRUITING"}
_ORDER = {
    "NOT_YET_RECRUITING": 0,
    "RECRUITING": 1,
    "ENROLLING_BY_INVITATION": 1,
    "ACTIVE_NOT_RECRUITING": 2,
    "COMPLETED": 3,
}


class Transition(StrEnum):
    """What a change of status means."""

    LOST = "registry lost contact"
    BACK = "back from UNKNOWN"
    PAUSED = "paused"
    STOPPED = "stopped"
    RESUMED = "resumed"
    OPENED = "opened for recruitment"
    CLOSED = "closed to recruitment"
    FINISHED = "finished"
    REOPENED = "recruitment reopened"
    IMPOSSIBLE = "open again after its end"
    BACKWARDS = "backwards"
    FORWARD = "forward"
    WITHHELD = "withheld"
    OTHER = "changed"


def transition(old: str | None, new: str | None) -> Transition:
    """The meaning of a step from one status to another; a word that is new to us is `OTHER`."""
    if new in _FIXED:
        return _FIXED[new]
    if old == "UNKNOWN":
        return Transition.BACK
    if old in ENDED:
        return Transition.IMPOSSIBLE if new in OPEN else Transition.OTHER
    if old == "SUSPENDED":
        return (
            Transition.RESUMED
            if new in OPEN
            else Transition.FINISHED
            if new == "COMPLETED"
            else Transition.OTHER
        )
    return _step(old, new)


_FIXED: dict[str | None, Transition] = {
    "UNKNOWN": Transition.LOST,
    "SUSPENDED": Transition.PAUSED,
    "TERMINATED": Transition.STOPPED,
    "WITHDRAWN": Transition.STOPPED,
    "WITHHELD": Transition.WITHHELD,
}


def _step(old: str | None, new: str | None) -> Transition:
    if old not in _ORDER or new not in _ORDER:
        return Transition.OTHER
    if _ORDER[new] < _ORDER[old]:
        return Transition.REOPENED if new in RECRUITING else Transition.BACKWARDS
    if new == "COMPLETED":
        return Transition.FINISHED
    if new == "ACTIVE_NOT_RECRUITING":
        return Transition.CLOSED
    return Transition.OPENED if old == "NOT_YET_RECRUITING" else Transition.FORWARD


def flips(pair: Pair) -> int:
    """How often the study has come back to a status that it had left; 0 where it does not do so now."""
    known = [status for _, status in pair.past.statuses]
    told = [*known, *((pair.before.status,) if known[-1:] != [pair.before.status] else ()), pair.after.status]
    steps = [status for status, following in zip(told, [*told[1:], None], strict=True) if status != following]
    returns = [status in steps[:position] for position, status in enumerate(steps)]
    return sum(returns) if returns[-1:] == [True] else 0


def refine(raws: Sequence[Raw], pair: Pair) -> list[Change]:
    """The change of status with its meaning, and those of the words beside it."""
    return [_refined(raw.change, pair) for raw in raws]


def _refined(change: Change, pair: Pair) -> Change:
    if change.path == PATH:
        detail = {"transition": str(transition(pair.before.status, pair.after.status)), "flips": flips(pair)}
        return replace(change, detail=detail | (_reason(pair) if pair.after.status in STOPPED else {}))
    if change.path == WHY_PATH:
        return replace(change, detail={"why": str(why(pair.after.why_stopped))} if change.new else {})
    return change


def _reason(pair: Pair) -> dict[str, str | None]:
    words = pair.after.why_stopped
    return {"why_stopped": words, "why": str(why(words)) if words else None}
