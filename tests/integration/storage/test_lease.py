"""The lease: one holder at a time, and a stale one is refused where it writes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from storage.engine import Database
from storage.errors import LeaseLost
from storage.lease import Lease, acquire, check, release, renew

TTL = timedelta(seconds=60)


def take(database: Database, holder: str, now: datetime, **how: object) -> Lease | None:
    with database.write() as session:
        return acquire(session, "cycle", holder, TTL, now, **how)  # type: ignore[arg-type]


def test_a_lease_has_one_holder_at_a_time(database: Database, now: datetime) -> None:
    assert take(database, "one", now) == Lease("cycle", "one", 1, now + TTL)
    assert take(database, "two", now + TTL / 2) is None


def test_a_lease_is_not_taken_twice_by_its_own_holder(database: Database, now: datetime) -> None:
    take(database, "one", now)
    assert take(database, "one", now) is None


def test_leases_of_other_names_do_not_matter(database: Database, now: datetime) -> None:
    take(database, "one", now)
    with database.write() as session:
        assert acquire(session, "delivery", "two", TTL, now)


def test_an_expired_lease_passes_on_with_a_greater_fence(database: Database, now: datetime) -> None:
    take(database, "one", now)
    taken = take(database, "two", now + TTL)
    assert taken is not None
    assert (taken.holder, taken.fence) == ("two", 2)


def test_a_renewed_lease_does_not_expire(database: Database, now: datetime) -> None:
    lease = take(database, "one", now)
    assert lease is not None
    with database.write() as session:
        renewed = renew(session, lease, TTL, now + TTL / 2)
    assert renewed.expires_at == now + TTL * 1.5
    assert take(database, "two", now + TTL) is None


def test_a_released_lease_is_free_at_once_and_its_fence_still_grows(
    database: Database, now: datetime
) -> None:
    lease = take(database, "one", now)
    assert lease is not None
    with database.write() as session:
        release(session, lease, now)
    taken = take(database, "two", now)
    assert taken is not None
    assert taken.fence == 2


def test_a_stale_holder_may_neither_write_nor_renew(database: Database, now: datetime) -> None:
    stale = take(database, "one", now)
    assert stale is not None
    take(database, "two", now + 2 * TTL)
    with pytest.raises(LeaseLost), database.write() as session:
        check(session, stale)
    with pytest.raises(LeaseLost), database.write() as session:
        renew(session, stale, TTL, now + 2 * TTL)


def test_a_stale_holder_cannot_release_its_successors_lease(database: Database, now: datetime) -> None:
    stale = take(database, "one", now)
    assert stale is not None
    successor = take(database, "two", now + 2 * TTL)
    assert successor is not None
    with database.write() as session:
        release(session, stale, now + 2 * TTL)
        check(session, successor)


def test_a_released_lease_is_no_leave_to_write(database: Database, now: datetime) -> None:
    lease = take(database, "one", now)
    assert lease is not None
    with database.write() as session:
        release(session, lease, now)
    with pytest.raises(LeaseLost), database.write() as session:
        check(session, lease)


def test_the_holder_may_write(database: Database, now: datetime) -> None:
    lease = take(database, "one", now)
    assert lease is not None
    with database.write() as session:
        check(session, lease)


def test_the_lease_of_a_process_known_to_have_ended_is_free_at_once(
    database: Database, now: datetime
) -> None:
    take(database, "killed", now)
    assert take(database, "two", now, has_ended=lambda holder: holder != "killed") is None
    assert take(database, "two", now, has_ended=lambda holder: holder == "killed") is not None


def test_a_clock_that_is_put_back_does_not_lock_everybody_out(database: Database, now: datetime) -> None:
    take(database, "from the future", now + timedelta(days=1))
    assert take(database, "two", now) is not None
