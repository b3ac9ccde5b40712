"""The days by which silent studies are asked for, as they are kept beside each study."""

from __future__ import annotations

from datetime import date

from storage.new_versions import Due
from sync.changes.silence import awaited
from sync.study.record import Study

SUMMARY_FORM = 1
"""Of the summary that is kept beside a study; the summaries of a lower form are made anew from the heads."""


def due(study: Study) -> Due:
    """The days of a study."""
    days = awaited(study)
    return Due(_text(days.heard), _text(days.overdue), _text(days.unknown))


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None
