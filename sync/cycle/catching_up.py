"""The end of the catch-up after a restore: what a cycle finds from then on cannot have been told before it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from storage import lease as leases
from storage import restored
from storage.lease import Lease
from storage.readings import read_on
from sync.alerts.after_restore import report_what_is_held
from sync.service import Service


def end_catch_up(session: Session, service: Service, stamp: str, members: Collection[str] = ()) -> None:
    """A release has been read, `members` on it as far as they could be; once after a restore this ends the catch-up.

    A study that could not be read is caught up with when it can.
    """
    known = restored.last_restore(session)
    if known is None or (known.until is not None and not known.pending):
        return
    read = read_on(session, {*members, *known.pending}, stamp)
    if known.until is not None:
        # Caught up, but for studies that could not be read then: each is struck off when it is read.
        restored.read_since(session, read)
        return
    restored.caught_up(session, service.now(), set(members) - read)
    settings = service.settings
    report_what_is_held(session, known, settings.route, settings.alerts, service.now())


def nothing_to_catch_up_with(service: Service, lease: Lease, stamp: str) -> None:
    """The release that is current now was read before the backup was made."""
    with service.database.read() as session:
        known = restored.last_restore(session)
    if known is not None and known.until is None:
        with service.database.write() as session:
            leases.check(session, lease)
            end_catch_up(session, service, stamp)
