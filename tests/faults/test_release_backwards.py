"""A release that goes backwards (09-02, 09-01, 09-02) stores nothing false, tells nothing false, and is told once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import outbox
from sync.alerts.release_order import older_release, served_older
from sync.config import WatchSettings
from sync.demo.registry import RunningRegistry, serve
from sync.health.doctor import examine
from sync.registry.client import Release
from sync.web.views.watcher.view import load
from tests.acceptance.instance import Instance
from tests.acceptance.registry_server import study, told, write_corpus
from tests.faults.soundness import assert_sound

IDS = tuple(f"NCT9000000{number}" for number in range(1, 7))
FIRST, SECOND, THIRD = "2026-09-01", "2026-09-02", "2026-09-03"
SUBJECT = "The registry serves an older release"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    """Six studies: one changes on the second release, one on the third, one is registered on the second."""
    lines = [told(nct_id, {FIRST: study(nct_id)}) for nct_id in IDS[:3]]
    lines += [
        told(IDS[3], {FIRST: study(IDS[3]), SECOND: study(IDS[3], "COMPLETED", posted=SECOND)}),
        told(IDS[4], {FIRST: study(IDS[4]), THIRD: study(IDS[4], "COMPLETED", posted=THIRD)}),
        told(IDS[5], {SECOND: study(IDS[5])}),
    ]
    corpus = write_corpus(tmp_path_factory.mktemp("corpus") / "corpus.jsonl", lines)
    with serve([corpus], release=FIRST) as running:
        yield running


@pytest.fixture
def instance(server: RunningRegistry, tmp_path: Path) -> Instance:
    """One that has read the first and the second release."""
    server.set_faults()
    watch = WatchSettings(name="w", searches=({"titles": "Invented"},))
    instance = Instance(tmp_path, server.api_url, (watch,), registry={"ids_per_request": 2})
    for day in (FIRST, SECOND):
        server.move_to(day)
        assert instance.sync().state == "complete"
    return instance


def notices(instance: Instance) -> list[str]:
    with instance.database() as database, database.read() as session:
        found = outbox.deliveries(session, limit=100)
    return [each.body["subject"] for each in found if each.kind == "notice" and each.body]


def known(instance: Instance) -> tuple[list[str], list[list[bytes]], set[str], str | None]:
    """All that must stay as it is."""
    told_of = [event["id"] for event in instance.events()]
    return (
        told_of,
        [instance.payloads(nct_id) for nct_id in IDS],
        instance.members(),
        instance.watermark(),
    )


def test_back_and_forth_changes_nothing_and_is_told_once(server: RunningRegistry, instance: Instance) -> None:
    before = known(instance)
    for day, state in ((FIRST, "older"), (FIRST, "older"), (SECOND, "unchanged"), (FIRST, "older")):
        server.move_to(day)
        server.clear_log()
        assert instance.sync().state == state
        assert [each["path"] for each in server.log()] == ["/api/v2/version"]
    assert known(instance) == before
    assert notices(instance) == [SUBJECT]
    with instance.database() as database:
        assert_sound(database)


def test_the_next_release_is_read_as_if_nothing_had_been(server: RunningRegistry, instance: Instance) -> None:
    server.move_to(FIRST)
    instance.sync()
    server.move_to(THIRD)
    assert instance.sync().state == "complete"
    assert {(event["nct_id"], event["kind"]) for event in instance.events()} == {
        (IDS[3], "status"),
        (IDS[4], "status"),
        (IDS[5], "entered"),
    }
    assert instance.watermark() == THIRD


def test_a_release_that_was_read_in_part_is_not_gone_back_behind_either(
    server: RunningRegistry, instance: Instance
) -> None:
    """The third release was begun and not ended: some records of it are stored, the watermark is at the second."""
    server.move_to(THIRD)
    server.set_faults("503:?filter.ids:@3")
    with pytest.raises(Exception, match="503"):
        instance.sync()
    server.set_faults()
    assert instance.watermark() == SECOND
    changed = instance.payloads(IDS[4])
    server.move_to(FIRST)
    assert instance.sync().state == "older"
    assert instance.payloads(IDS[4]) == changed
    server.move_to(THIRD)
    assert instance.sync().state == "complete"
    with instance.database() as database:
        assert_sound(database)


def test_a_release_from_the_future_of_which_no_record_came_holds_up_no_other(
    server: RunningRegistry, instance: Instance
) -> None:
    server.set_faults(f"release-flip:{THIRD}", "503:?filter.ids")
    with pytest.raises(Exception, match="503"):
        instance.sync(force=True)
    server.set_faults()
    assert instance.sync().state == "unchanged"


def test_it_is_remembered_shown_and_over_by_itself(server: RunningRegistry, instance: Instance) -> None:
    server.move_to(FIRST)
    instance.sync()
    with instance.service() as service, service.database.read() as session:
        older = served_older(session)
        shown = [trouble.subject for trouble in load(session, service).troubles]
    assert older is not None
    assert (older.release, older.than[:10]) == (FIRST, SECOND)
    assert SUBJECT in shown
    (found,) = [each for each in examine(instance.settings, ask_registry=False) if each.subject == "release"]
    assert found.exit_code == 3
    server.move_to(SECOND)
    instance.sync()
    with instance.service() as service, service.database.read() as session:
        assert SUBJECT not in [trouble.subject for trouble in load(session, service).troubles]


def test_the_command_says_it_and_force_believes_it(server: RunningRegistry, instance: Instance) -> None:
    server.move_to(FIRST)
    done = instance.command("sync")
    assert done.returncode == 3
    assert "older than the last one read" in " ".join(done.stdout.split())
    assert instance.sync(force=True).state in ("complete", "held")
    assert instance.watermark() == FIRST
    assert instance.sync().state == "unchanged"
    server.move_to(SECOND)
    assert instance.sync().state in ("complete", "held")


@pytest.mark.parametrize(
    ("stamp", "is_older"),
    [
        ("2026-09-02T09:00:03", True),
        ("2026-09-01T23:59:59", True),
        ("2026-09-01", True),
        ("2026-09-02", False),
        ("2026-09-02T09:00:05", False),
        ("2026-09-02T09:00:04Z", False),
        ("2026-10-01", False),
    ],
)
def test_stamps_are_in_order_by_the_time_of_day_where_they_are_of_one_form_else_by_their_day(
    stamp: str, is_older: bool, instance: Instance
) -> None:
    assert instance.cycles()[0].stamp == "2026-09-02T09:00:04"
    with instance.database() as database, database.read() as session:
        older = older_release(session, Release(stamp, stamp[:10], "2.0.5"))
    assert (older is not None) == is_older
