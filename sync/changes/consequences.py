"""What is not told by itself because another change of the same update explains it."""

from __future__ import annotations

from collections.abc import Sequence

from sync.changes.kinds import status
from sync.changes.model import Change, Kind, Op, Pair, Suppressed

CLEARED = "site.status_cleared"
LAST_KNOWN = "status.last_known"
AGE_GROUPS = "eligibility.age_groups"

SUPPRESSIONS = {
    CLEARED: "A site's own status went blank in an update that changed the overall status (620 of 620 real cases did).",
    AGE_GROUPS: "The age groups (stdAges) follow from the minimum and the maximum age.",
    LAST_KNOWN: "lastKnownStatus comes and goes with the status UNKNOWN.",
}
"""The closed list of reasons for not telling a change, each with why."""


def told_and_suppressed(
    changes: Sequence[Change], pair: Pair
) -> tuple[tuple[Change, ...], tuple[Suppressed, ...]]:
    """The changes to tell, and those that another one explains, each with the reason."""
    ages = any(change.path in _AGES for change in changes)
    reasons = [(change, _explained(change, pair, ages)) for change in changes]
    told = tuple(change for change, reason in reasons if reason is None)
    return told, tuple(
        Suppressed(change.kind, change.path, reason) for change, reason in reasons if reason is not None
    )


_ELIGIBILITY = "protocolSection.eligibilityModule"
_AGES = (f"{_ELIGIBILITY}.minimumAge", f"{_ELIGIBILITY}.maximumAge")


def _explained(change: Change, pair: Pair, ages: bool) -> str | None:
    if ages and change.path.startswith(f"{_ELIGIBILITY}.stdAges"):
        return AGE_GROUPS
    if not pair.status_changed:
        return None
    if change.path == status.LAST_KNOWN_PATH and "UNKNOWN" in (pair.before.status, pair.after.status):
        return LAST_KNOWN
    cleared = change.kind is Kind.SITES and change.op is Op.REMOVED and change.path.endswith("].status")
    return CLEARED if cleared else None
