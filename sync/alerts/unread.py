"""Tells the operator what cannot be read of the release in hand: once when it begins, once when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from storage import ledger
from storage.readings import read_on
from storage.unread import Record, Unread, unread
from sync.alerts.notices import Notice, notify
from sync.alerts.settings import AlertSettings, RouteSettings
from sync.timing.schedule import ScheduleSettings, success_due
from sync.words import counted

BEAT = "unread"
"""The beat that remembers what the operator was told: records by name, and the release that stays partial."""
NAMED = 20


def report_unread(
    session: Session,
    *,
    routes: Sequence[RouteSettings],
    settings: AlertSettings,
    schedule: ScheduleSettings,
    now: datetime,
) -> None:
    """Notices of records that newly cannot be read, of a release that stays partial, and of what reads again."""
    lacks, last = unread(session), _last_noticed(session)
    records = {record.name: record for record in lacks.records} if lacks else {}
    before: dict[str, int] = last["records"]
    new = [record for name, record in records.items() if name not in before]
    over = [name for name in before if name not in records]
    partial = lacks.release if lacks and now > success_due(schedule, lacks.since) else None
    has_own_notice = records or (lacks and lacks.said)  # each watch in trouble has a notice of its own
    notices = [
        *([_refused(new)] if new else []),
        *([_partial(partial)] if partial and last["partial"] is None and not has_own_notice else []),
        *([_over(session, over, before, lacks)] if over else []),
        *([_read(last["partial"])] if last["partial"] and not lacks else []),
    ]
    for notice in notices:
        notify(session, notice, routes=routes, settings=settings, now=now)
    # By the entry that it was told with: the next poll makes another one of the same record.
    standing = {name: before.get(name, record.entry) for name, record in records.items()}
    still = last["partial"] if lacks else None
    noticed = {"records": standing, "partial": still or (None if has_own_notice else partial)}
    if noticed != last:
        ledger.beat(session, BEAT, now, noticed)


def _last_noticed(session: Session) -> dict[str, Any]:
    known = ledger.last_beat(session, BEAT)
    detail = known.detail if known else {}
    return {"records": detail.get("records", {}), "partial": detail.get("partial")}


def _refused(new: Sequence[Record]) -> Notice:
    subject = f"{counted(len(new), 'watched record')} cannot be read"
    lead = (
        f"{subject}: {_listed([record.name for record in new])}. Nothing is concluded of it; what is known stays. "
        "It is asked for again at each poll, and you hear when it reads again."
    )
    facts = {record.name: record.reason for record in new[:NAMED]}
    facts["what to do"] = "trialdelta quarantine shows the bytes and the reason"
    return Notice(f"unread:{new[-1].entry}:{len(new)}", subject, lead, facts)


def _over(session: Session, over: Sequence[str], before: dict[str, int], lacks: Unread | None) -> Notice:
    """They read again, or are watched no more: both are an end of it."""
    mark = ledger.watermark(session)
    stamp = None if lacks else mark and mark.stamp
    again = sorted(read_on(session, over, stamp)) if stamp else list(over)
    others = sorted(set(over) - set(again))
    parts = [
        *([f"{_listed(again)} can be read again"] if again else []),
        *([f"{_listed(others)} is not asked for any more"] if others else []),
    ]
    subject = "What could not be read is over"
    entries = sorted(before[name] for name in over)
    key = f"read:{entries[-1]}:{len(entries)}"
    return Notice(key, subject, f"{subject}: {'; '.join(parts)}.", severity="info")


def _partial(release: str) -> Notice:
    subject = f"Release {release} stays PARTIAL: read in part only"
    lead = f"{subject}: poll after poll something of it is missing, and it does not count as read until nothing is."
    facts = {"what to do": "trialdelta doctor, and the last cycles on the watcher's page"}
    return Notice(f"partial:{release}", subject, lead, facts)


def _read(release: str) -> Notice:
    subject = f"Release {release} is not PARTIAL any more"
    lead = f"{subject}: the last cycle read all that is watched."
    return Notice(f"whole:{release}", subject, lead, severity="info")


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
