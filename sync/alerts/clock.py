"""What a wrong clock left behind is put right, and told: nothing waits for a future that a wrong clock made up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session

from storage.misdated import bring_back
from sync import logs
from sync.alerts.routing import quiet_until
from sync.alerts.settings import AlertSettings, RouteSettings

log = structlog.get_logger("alerts")


def mend_times(
    session: Session, routes: Sequence[RouteSettings], settings: AlertSettings, now: datetime
) -> dict[str, int]:
    """Bring back what is stored as due in a future that cannot be; logged, and how much it was by kind."""
    quiet = {route.name: quiet_until(route, settings, now) for route in routes}
    found = bring_back(session, now, quiet)
    if found:
        log.warning(
            logs.TIMES_BROUGHT_BACK, **{kind.replace(" ", "_"): number for kind, number in found.items()}
        )
    return found


def notice_of(step: timedelta, found: dict[str, int], now: datetime) -> tuple[str, str, dict[str, Any]]:
    """Subject, lead and facts of the notice that the clock was moved, or had been ahead before."""
    subject = "The machine's clock is or was wrong"
    direction = "ahead" if step > timedelta(0) else "back"
    moved = f"it was put {direction} by {abs(step)}" if step else ""
    stored = ", ".join(f"{number} {kind}" for kind, number in found.items())
    past = (
        f"it had dated in the future what is due or was seen ({stored}), which was brought back"
        if stored
        else ""
    )
    happened = "; ".join(part for part in (moved, past) if part)
    lead = (
        f"{subject}: {happened}. Polls and deliveries go on. Look whether the machine keeps its time (NTP)."
    )
    return (
        subject,
        lead,
        {"the clock shows": now.isoformat(timespec="seconds"), "moved by": str(step)} | found,
    )
