"""Every fault of the local registry server during a cycle: nothing concluded, nothing lost, and put right by the next."""

from typing import Any

import pytest

from sync.demo.registry import RunningRegistry
from sync.demo.registry.faults import KINDS
from sync.errors import TrialdeltaError
from tests.acceptance.instance import Instance
from tests.faults.conftest import FIRST, IDS, SECOND, Fresh, Good
from tests.faults.soundness import assert_sound
from tests.support.logged import capture_logs

# Where a fault strikes: on the first answer of that step and all that follow.
STEPS = {"release": ":/version", "cohort": ":/studies", "read": ":@2:/studies", "confirm": ":@2:/version"}

FAILING = {
    "400": "BadRequest",
    "403": "Blocked",
    "404-html": "BadRequest",
    "429": "RateLimited",
    "429:day": "RateLimited",
    "429:negative": "RateLimited",
    "500": "Unavailable",
    "502": "Unavailable",
    "503": "Unavailable",
    "503:date": "Unavailable",
    "504": "Unavailable",
    "busy-string": "Unreadable",
    "chunk-cut": "Unreadable",
    "empty-body": "Unreadable",
    "empty-object": "Unreadable",
    "error-object": "Unreadable",
    "gzip-bad-crc": "Unreadable",
    "gzip-bomb:20": "TooLarge",
    "gzip-cut": "Unreadable",
    "gzip-no-trailer": "Unreadable",
    "gzip-plain": "Unreadable",
    "hang-up": "Unavailable",
    "html-maintenance": "Unreadable",
    "html-maintenance:json": "Unreadable",
    "list": "Unreadable",
    "no-length": "Unreadable",
    "null": "Unreadable",
    "redirect-elsewhere": "Moved",
    "reset": "Unavailable",
    "short-length": "Unreadable",
    "short-page": "WalkBroken",
    "slow:0.02": "Unavailable",
    "stall:2": "Unavailable",
    "studies-null": "Unreadable",
    "token-loop": "WalkBroken",
    "truncate": "Unreadable",
}
"""Faults that no patience helps against, and the error that the cycle ends with."""

IN_PAGING = {
    "huge-total": "WalkBroken",
    "moving-study": "WalkBroken",
    "repeat-page": "WalkBroken",
    "stale-token": "StaleToken",
}
"""The same, where a walk has several pages."""

HARMLESS = ["clamp:3", "full-last-page", "lying-etag", ("clamp:3", "empty-page")]
"""Oddities that a careful walk copes with."""

ELSEWHERE = {
    *(
        "alias",
        "claims",
        "hide",
        "leads",
        "no-such-day",
        "poison",
        "release-flip",
        "stale-replica",
        "unstamped",
    ),
    *("vanish", "wrong-id"),
}
"""Faults of meaning, each with tests of its own."""


def test_every_fault_of_the_server_is_tried() -> None:
    harmless = [name for faults in HARMLESS for name in ([faults] if isinstance(faults, str) else faults)]
    tried = {name.partition(":")[0] for name in [*FAILING, *IN_PAGING, *harmless]}
    assert tried | ELSEWHERE == set(KINDS)


def failed_cycle(instance: Instance, error: str, stage: str) -> None:
    """One cycle, which has to fail, to say so, and to conclude nothing."""
    with capture_logs() as logged, pytest.raises(TrialdeltaError) as raised:
        instance.sync()
    assert type(raised.value).__name__ == error
    assert raised.value.hint
    last, *_ = instance.cycles()
    assert (last.state, last.stage, last.error_kind) == ("failed", stage, error)
    (entry,) = (entry for entry in logged if entry["event"] == "cycle_failed")
    assert (entry["stage"], entry["kind"]) == (stage, error)
    with instance.database() as database:
        assert_sound(database)
    assert instance.watermark() == FIRST
    assert instance.members() == set(IDS)
    assert {instance.study(nct_id).state for nct_id in IDS} == {"present"}
    assert instance.refused() == []


def put_right(instance: Instance, good: Good) -> None:
    """The next good cycle, after which everything is as if nothing had happened."""
    assert instance.sync().state == "complete"
    assert Good.of(instance) == good
    assert instance.watermark() == SECOND
    with instance.database() as database:
        assert_sound(database)


def options_for(fault: str) -> dict[str, Any]:
    """Limits that a test reaches in no time."""
    if fault.startswith("gzip-bomb"):
        return {"max_bytes": 1_000_000}
    return {"registry": {"timeout_s": 0.5}} if fault.startswith(("slow", "stall")) else {}


@pytest.mark.parametrize("fault, error", FAILING.items(), ids=list(FAILING))
def test_a_fault_while_records_are_read_fails_the_cycle_and_nothing_else(
    fault: str, error: str, server: RunningRegistry, fresh: Fresh, good: Good
) -> None:
    instance = fresh(**options_for(fault))
    server.set_faults(fault + STEPS["read"])
    failed_cycle(instance, error, "read")
    assert Good.of(instance).events == []
    server.set_faults()
    put_right(instance, good)


@pytest.mark.parametrize("stage", ["release", "cohort", "confirm"])
@pytest.mark.parametrize(
    "fault, error", [("503", "Unavailable"), ("html-maintenance", "Unreadable"), ("403", "Blocked")]
)
def test_a_fault_in_any_other_step_fails_the_cycle_and_nothing_else(
    fault: str, error: str, stage: str, server: RunningRegistry, fresh: Fresh, good: Good
) -> None:
    instance = fresh()
    server.set_faults(fault + STEPS[stage])
    failed_cycle(instance, error, stage)
    server.set_faults()
    put_right(instance, good)


@pytest.mark.parametrize("fault, error", IN_PAGING.items(), ids=list(IN_PAGING))
def test_pages_that_do_not_add_up_fail_the_cycle_and_nothing_else(
    fault: str, error: str, server: RunningRegistry, fresh: Fresh, good: Good
) -> None:
    instance = fresh()
    server.set_faults("clamp:3", fault)
    failed_cycle(instance, error, "cohort")
    server.set_faults()
    put_right(instance, good)


@pytest.mark.parametrize("faults", HARMLESS, ids=str)
def test_what_is_merely_odd_changes_nothing(
    faults: str | tuple[str, ...], server: RunningRegistry, fresh: Fresh, good: Good
) -> None:
    instance = fresh()
    server.set_faults(*([faults] if isinstance(faults, str) else faults))
    put_right(instance, good)


@pytest.mark.parametrize("fault", ["503", "reset", "gzip-cut", "html-maintenance"])
@pytest.mark.parametrize("number", range(1, 5))
def test_one_bad_answer_is_asked_for_again_and_never_noticed(
    fault: str, number: int, server: RunningRegistry, fresh: Fresh, good: Good
) -> None:
    instance = fresh()
    server.set_faults(f"{fault}:x1:@{number}")
    put_right(instance, good)


@pytest.mark.parametrize("seed", range(5))
def test_a_registry_that_fails_one_answer_in_three_is_read_in_the_end(
    seed: int, server: RunningRegistry, fresh: Fresh, good: Good
) -> None:
    instance = fresh()
    server.set_faults(
        *(f"{fault}:@{seed + 1}:0.08" for fault in ("503", "reset", "gzip-cut", "html-maintenance"))
    )
    for _ in range(30):
        try:
            state = instance.sync().state
        except TrialdeltaError:
            state = "failed"
        with instance.database() as database:
            assert_sound(database)
        if state == "complete":
            break
    assert Good.of(instance) == good


def test_a_blocked_registry_is_asked_once(server: RunningRegistry, fresh: Fresh) -> None:
    instance = fresh()
    server.set_faults("403")
    failed_cycle(instance, "Blocked", "release")
    assert len(server.log()) == 1


def test_a_redirect_to_another_host_is_not_followed(server: RunningRegistry, fresh: Fresh) -> None:
    instance = fresh()
    server.set_faults("redirect-elsewhere:@2:/studies")
    failed_cycle(instance, "Moved", "read")
    assert all(request["host"].startswith("127.0.0.1") for request in server.log())
