"""Ids that the registry has never had are neither missing nor gone: the operator is told once, and they are waited for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import outbox
from sync.config import WatchSettings
from sync.cycle import gathered
from sync.demo.registry import RunningRegistry, serve
from sync.health.doctor import examine
from sync.web.views.watcher.view import load
from tests.acceptance.instance import Instance
from tests.acceptance.registry_server import study, told, write_corpus
from tests.faults.soundness import assert_sound

IDS = tuple(f"NCT9000000{number}" for number in range(1, 6))
LATE, MISTYPED = "NCT90000099", tuple(f"NCT9100000{number}" for number in range(8))
DAYS = ("2026-09-01", "2026-09-02", "2026-09-03", "2026-09-04")
WATCH = WatchSettings(name="w", ids=(*IDS, LATE, *MISTYPED))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    """A registry with five studies; a sixth is registered on the third release, long overdue by its dates."""
    overdue = study(LATE)
    overdue["protocolSection"]["statusModule"] |= {
        "statusVerifiedDate": "2026-09",
        "completionDateStruct": {"date": "2026-01-01", "type": "ESTIMATED"},
    }
    lines = [told(nct_id, {DAYS[0]: study(nct_id)}) for nct_id in IDS]
    corpus = write_corpus(
        tmp_path_factory.mktemp("corpus") / "corpus.jsonl", [*lines, told(LATE, {DAYS[2]: overdue})]
    )
    with serve([corpus], release=DAYS[0]) as running:
        yield running


@pytest.fixture
def instance(server: RunningRegistry, tmp_path: Path) -> Instance:
    """One that watches nine ids too many."""
    server.move_to(DAYS[0])
    server.set_faults()
    return Instance(tmp_path, server.api_url, (WATCH,))


def notices(instance: Instance) -> list[str]:
    with instance.database() as database, database.read() as session:
        found = outbox.deliveries(session, limit=100)
    return [each.body["lead"] for each in found if each.kind == "notice" and each.body]


def test_no_cycle_fails_nothing_is_missing_and_the_operator_is_told_once(
    server: RunningRegistry, instance: Instance
) -> None:
    for day in DAYS[:2]:
        server.move_to(day)
        report = instance.sync()
        assert (report.state, report.counts["absent"]) == ("complete", 0)
        assert instance.watermark() == day
    assert instance.events() == []
    assert instance.members() == set(IDS)
    (lead,) = notices(instance)
    assert all(nct_id in lead for nct_id in (LATE, *MISTYPED))
    with instance.database() as database:
        assert_sound(database)


def test_one_of_two_ids_is_enough_to_make_a_watch(server: RunningRegistry, instance: Instance) -> None:
    instance.watches = (WatchSettings(name="w", ids=(IDS[0], MISTYPED[0])),)
    assert instance.sync().state == "complete"
    instance.watches = (WatchSettings(name="none", ids=MISTYPED),)
    assert instance.sync(force=True).state == "complete"


def test_they_are_asked_for_by_themselves_only_once(server: RunningRegistry, instance: Instance) -> None:
    instance.sync()
    server.move_to(DAYS[1])
    server.clear_log()
    instance.sync()
    assert not [each for each in server.log() if MISTYPED[0] in each["path"]]


def test_doctor_and_the_watcher_name_them(instance: Instance) -> None:
    instance.sync()
    found = [each for each in examine(instance.settings, ask_registry=False) if each.subject == "watch"]
    assert [MISTYPED[3] in each.sentence and "never had" in each.sentence for each in found] == [True]
    # An id that is awaited is nothing that is broken: a note, and no reason for a script to stop.
    assert [(each.is_note, each.exit_code) for each in found] == [(True, 0)]
    with instance.service() as service, service.database.read() as session:
        shown = load(session, service).troubles
    assert [each for each in shown if "never had 9 ids" in each.subject and LATE in each.sentence]


def test_one_that_is_registered_enters_as_any_other_and_its_first_release_is_a_baseline(
    server: RunningRegistry, instance: Instance
) -> None:
    for day in DAYS:
        server.move_to(day)
        instance.sync()
    assert [(event["nct_id"], event["kind"]) for event in instance.events()] == [(LATE, "entered")]
    assert instance.study(LATE).first_seen_release == DAYS[2]
    assert LATE in instance.members()
    assert len(notices(instance)) == 1
    with instance.database() as database:
        assert_sound(database)


def test_one_that_was_registered_and_is_no_more_is_missing_as_before(
    server: RunningRegistry, instance: Instance
) -> None:
    server.move_to(DAYS[2])
    instance.sync()
    server.set_faults(f"vanish:{LATE}")
    server.move_to(DAYS[3])
    instance.sync()
    assert [(event["nct_id"], event["kind"]) for event in instance.events()] == [(LATE, "missing")]


def test_what_a_search_finds_the_registry_has_had_whatever_it_says_of_the_id_afterwards(
    server: RunningRegistry, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathered, "MOST_STUDIES", 1)
    instance.watches = (WatchSettings(name="w", ids=IDS[:2], searches=({"titles": "Invented"},)),)
    instance.registry = {"ids_per_request": 1}
    server.move_to(DAYS[2])
    report = instance.sync(progress=lambda _counts: server.set_faults(f"vanish:{LATE}"))
    assert (report.counts["absent"], report.counts["unregistered"]) == (1, 0)
    assert [(event["nct_id"], event["kind"]) for event in instance.events()] == [(LATE, "missing")]
