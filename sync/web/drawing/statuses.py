"""The overall statuses that have a colour of their own (pure)."""

from __future__ import annotations

STATUS_CLASSES = {
    "RECRUITING": "recruiting",
    "NOT_YET_RECRUITING": "not-yet",
    "ENROLLING_BY_INVITATION": "enrolling",
    "ACTIVE_NOT_RECRUITING": "active",
    "COMPLETED": "completed",
    "SUSPENDED": "suspended",
    "TERMINATED": "terminated",
    "WITHDRAWN": "withdrawn",
    "UNKNOWN": "unknown",
}
"""Each has a token `--st-…`; whatever else comes has that of `other`."""


def status_class(status: str | None) -> str:
    """The class whose colour a status has."""
    return f"st-{STATUS_CLASSES.get(status or '', 'other')}"
