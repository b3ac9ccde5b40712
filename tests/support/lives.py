"""What an invented study said at one version, for the drawing of its life."""

from __future__ import annotations

from typing import Any

from sync.web.views.study.record_values import Dated
from sync.web.views.study.timeline import Said


def said(**told: Any) -> Said:
    """A recruiting study of 40 at three sites, but for what is told of it."""
    known: dict[str, Any] = {
        "status": "RECRUITING",
        "enrollment": 40,
        "enrollment_type": "ESTIMATED",
        "start": Dated(date="2025-11-03", type="ACTUAL"),
        "primary_completion": Dated(date="2027-05-31", type="ESTIMATED"),
        "completion": Dated(date="2028-06", type="ESTIMATED"),
        "sites": 3,
        "countries": 2,
        "unknown_day": None,
    }
    return Said(**known | told)
