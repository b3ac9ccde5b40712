"""Enrollment: a target re-planned, a target replaced by the number reached, numbers that stand in for none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from sync.changes.compare import Raw
from sync.changes.model import Change, Json, Pair
from sync.study.record import Enrollment

PATH = "protocolSection.designModule.enrollmentInfo"

_STAND_IN = re.compile(r"9{5,}")


def is_stand_in(count: int | None) -> bool:
    """Whether a count is no number of people but a stand-in for "not known" (99999 and its longer kin)."""
    return count is not None and bool(_STAND_IN.fullmatch(str(count)))


def percent(old: int | None, new: int | None) -> float | None:
    """By how much a count changed, in per cent of the old one; None where that says nothing."""
    if not old or new is None or is_stand_in(old) or is_stand_in(new):
        return None
    return round((new - old) / old * 100, 1)


def refine(raws: Sequence[Raw], pair: Pair) -> list[Change]:
    """Count and type in one change, with the difference in per cent and the status change that brought it."""
    return [
        replace(raw.change, detail=_detail(pair.before.enrollment, pair.after.enrollment, pair))
        for raw in raws
    ]


def _detail(old: Enrollment, new: Enrollment, pair: Pair) -> dict[str, Json]:
    reached = new.type == "ACTUAL" and old.type != "ACTUAL"
    detail: dict[str, Json] = {
        "percent": percent(old.count, new.count),
        "replaced_by_actual": reached,
        "stand_in": is_stand_in(old.count) or is_stand_in(new.count),
    }
    if reached and old.count is not None and new.count is not None and not is_stand_in(old.count):
        detail["shortfall"] = old.count - new.count
    if pair.status_changed:
        detail["with_status"] = {"old": pair.before.status, "new": pair.after.status}
    return detail
