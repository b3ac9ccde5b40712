"""What a step from one overall status to another means."""

from __future__ import annotations

from enum import StrEnum

from sync.study.statuses import ENDED, OPEN, RECRUITING

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
    # These mean the same from wherever they are reached.
    if new in _FIXED:
        return _FIXED[new]
    # What the status was before is not asked: after two years of silence any word of the sponsor is the news.
    if old == "UNKNOWN":
        return Transition.BACK
    if old in ENDED:
        return Transition.IMPOSSIBLE if new in OPEN else Transition.OTHER
    if old == "SUSPENDED":
        after_pause = {"COMPLETED": Transition.FINISHED} | dict.fromkeys(OPEN, Transition.RESUMED)
        return after_pause.get(new or "", Transition.OTHER)
    return _ordered_step(old, new)


_FIXED: dict[str | None, Transition] = {
    "UNKNOWN": Transition.LOST,
    "SUSPENDED": Transition.PAUSED,
    "TERMINATED": Transition.STOPPED,
    "WITHDRAWN": Transition.STOPPED,
    "WITHHELD": Transition.WITHHELD,
}


def _ordered_step(old: str | None, new: str | None) -> Transition:
    # Words that are new to us will come, and are data: they are told as they stand, without a meaning.
    if old not in _ORDER or new not in _ORDER:
        return Transition.OTHER
    if _ORDER[new] < _ORDER[old]:
        return Transition.REOPENED if new in RECRUITING else Transition.BACKWARDS
    if new == "COMPLETED":
        return Transition.FINISHED
    if new == "ACTIVE_NOT_RECRUITING":
        return Transition.CLOSED
    return Transition.OPENED if old == "NOT_YET_RECRUITING" else Transition.FORWARD
