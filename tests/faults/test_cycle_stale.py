"""A copy of the registry that is behind, and releases that cannot be: nothing is concluded from them."""

from collections.abc import Sequence

import pytest

from sync.cycle.cycle import RESTARTS
from sync.demo.registry import RunningRegistry
from sync.registry.errors import StaleReplica, Unreadable
from tests.acceptance.instance import Instance
from tests.faults.conftest import FIRST, IDS, SECOND, THIRD, Fresh, Good
from tests.faults.soundness import assert_sound


def refused(instance: Instance, good: Good, server: RunningRegistry, faults: Sequence[str]) -> None:
    """A cycle that is not believed, and then one on a whole registry, after which all is well."""
    server.set_faults(*faults)
    with pytest.raises(StaleReplica) as raised:
        instance.sync()
    assert raised.value.passing
    assert instance.watermark() == FIRST
    tried = [cycle.error_kind for cycle in instance.cycles()[:RESTARTS]]
    assert set(tried) <= {"StaleReplica", "ReleaseFlip"}, (
        "in the middle of a walk it may seem that the registry moved"
    )
    assert instance.refused() == []
    assert instance.members() == set(IDS)
    with instance.database() as database:
        assert_sound(database)
    server.set_faults()
    assert instance.sync().state == "complete"
    assert Good.of(instance).payloads == good.payloads
    assert sorted(Good.of(instance).events) == sorted(good.events)


def test_records_of_the_day_before_under_the_new_release_are_not_believed(
    server: RunningRegistry, fresh: Fresh, good: Good
) -> None:
    refused(fresh(), good, server, ["stale-replica"])


@pytest.mark.parametrize("number", range(1, 4))
def test_one_chunk_of_the_day_before_is_enough(
    number: int, server: RunningRegistry, fresh: Fresh, good: Good
) -> None:
    instance = fresh(registry={"ids_per_request": 3})
    refused(instance, good, server, [f"stale-replica:?filter.ids:@{number}"])


def test_a_single_watched_study_of_the_day_before_is_not_believed_either(
    server: RunningRegistry, fresh: Fresh, good: Good
) -> None:
    refused(fresh(registry={"ids_per_request": 1}), good, server, ["stale-replica:?filter.ids"])


def test_a_copy_that_is_behind_for_a_moment_is_not_noticed(
    server: RunningRegistry, fresh: Fresh, good: Good
) -> None:
    instance = fresh()
    server.set_faults("stale-replica:?filter.ids:x1")
    assert instance.sync().state == "complete"
    assert sorted(Good.of(instance).events) == sorted(good.events)


def test_a_copy_that_is_behind_while_a_study_is_looked_for_proves_nothing_about_it(
    server: RunningRegistry, fresh: Fresh, good: Good
) -> None:
    instance = fresh()
    server.set_faults(f"hide:{IDS[1]}", f"stale-replica:/studies/{IDS[1]}")
    report = instance.sync()
    assert (report.state, report.counts["quarantined"]) == ("partial", 1)
    assert instance.watermark() == FIRST
    server.set_faults()
    assert instance.sync().state == "complete"
    assert sorted(Good.of(instance).events) == sorted(good.events)


def test_a_copy_that_is_ahead_of_the_release_named_is_not_believed_either(
    server: RunningRegistry, fresh: Fresh
) -> None:
    instance = fresh()
    server.set_faults(f"stale-replica:{THIRD}")
    with pytest.raises(StaleReplica):
        instance.sync()
    assert instance.watermark() == FIRST


def test_records_without_a_stamp_prove_nothing_and_are_read(
    server: RunningRegistry, fresh: Fresh, good: Good
) -> None:
    instance = fresh()
    server.set_faults("unstamped")
    assert instance.sync().state == "complete"
    assert sorted((e["nct_id"], e["headline"]) for e in instance.events()) == [
        (IDS[1], "Status Recruiting → Completed: finished"),
        (IDS[5], "Status Recruiting → Completed: finished"),
    ]
    assert instance.watermark() == SECOND


def test_a_release_of_no_day_is_the_registrys_fault_and_said_before_anything_is_walked(
    server: RunningRegistry, fresh: Fresh
) -> None:
    instance = fresh()
    server.set_faults("no-such-day")
    with pytest.raises(Unreadable, match="2026-99-99") as raised:
        instance.sync()
    assert raised.value.exit_code == 4
    assert {request["path"] for request in server.log()} == {"/api/v2/version"}
    assert instance.cycles()[0].stage == "release"
