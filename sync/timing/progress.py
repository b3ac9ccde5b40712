"""Whether a poll that takes long gets on: a first load of the whole registry takes an hour, and does its work (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

MOVES_WITHIN = timedelta(minutes=10)
"""Between two steps of a cycle: the slowest are a page that comes byte by byte, and counting the whole registry."""
_AHEAD = timedelta(minutes=1)
"""The clocks of two machines may differ by this; a step from further ahead proves nothing."""


def moves(daemon: Mapping[str, Any] | None, now: datetime) -> bool:
    """Whether a poll is under way that made a step of late, by what the daemon's last sign of life says."""
    moved = (daemon or {}).get("moved_at")
    if not moved or not (daemon or {}).get("polling_since"):
        return False
    # The sign of life itself proves nothing: it is given beside a poll that hangs, too.
    return -_AHEAD <= now - datetime.fromisoformat(moved) <= MOVES_WITHIN
