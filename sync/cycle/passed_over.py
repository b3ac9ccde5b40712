"""Releases of which there is nothing to read: read to the end already, or older than what was read."""

from __future__ import annotations

from collections.abc import Sequence

from storage import lease as leases
from storage import ledger
from storage.lease import Lease
from sync.alerts.release_order import OlderRelease, forget_older, note_older, older_release, served_older
from sync.config import WatchSettings
from sync.cycle.catching_up import nothing_to_catch_up_with
from sync.cycle.cohort_walk import is_settled
from sync.cycle.report import Report
from sync.registry.client import Release
from sync.service import Service


def passed_over(
    service: Service, lease: Lease, release: Release, watches: Sequence[WatchSettings], *, alone: bool
) -> Report | None:
    """The report where there is nothing to read of a release; None where there is.

    `alone`: whether no other cycle reads other watches on the same release.
    """
    with service.database.read() as session:
        mark, served = ledger.watermark(session), served_older(session)
        is_known = mark is not None and mark.stamp == release.stamp
        older = None if is_known else older_release(session, release)
        is_settled_for_all = all(is_settled(session, watch, release.stamp) for watch in watches)
        # The watermark waits for the other watches, where these are not all.
        is_read = is_settled_for_all and (is_known or not alone)
    if older or served:
        _note_order(service, lease, older)
    if older:
        return Report("older", release.date, release.stamp)
    if not is_read:
        return None
    _note_passed(service, lease)
    nothing_to_catch_up_with(service, lease, release.stamp)
    return Report("unchanged", release.date, release.stamp)


def _note_passed(service: Service, lease: Lease) -> None:
    """Where the last cycle failed and there is nothing to read now: without a cycle of its own this leaves a note."""
    with service.database.read() as session:
        failed = any(each.state == "failed" for each in ledger.cycles(session, limit=1))
    if failed:
        with service.database.write() as session:
            leases.check(session, lease)
            ledger.beat(session, ledger.PASSED, service.now())


def _note_order(service: Service, lease: Lease, older: OlderRelease | None) -> None:
    settings, now = service.settings, service.now()
    with service.database.write() as session:
        leases.check(session, lease)
        if older is None:
            forget_older(session, now)
        else:
            note_older(session, older, routes=settings.route, settings=settings.alerts, now=now)
