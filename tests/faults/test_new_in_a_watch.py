"""What is new in a watch is read at once, on the release that is known, and nothing else is asked for again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.ledger import watermark
from sync.config import WatchSettings
from sync.cycle.cycle import run_cycle
from sync.demo.registry import RunningRegistry, serve
from tests.acceptance.console import Browser, text_of
from tests.acceptance.instance import Instance
from tests.acceptance.registry_server import study, told, write_corpus
from tests.faults.soundness import assert_sound

IDS = tuple(f"NCT9000000{number}" for number in range(1, 7))
DAY, NEXT = "2026-09-01", "2026-09-02"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    """Six studies, that never change."""
    lines = [told(nct_id, {DAY: study(nct_id)}) for nct_id in IDS]
    corpus = write_corpus(tmp_path_factory.mktemp("corpus") / "corpus.jsonl", lines)
    with serve([corpus], release=DAY) as running:
        yield running


@pytest.fixture
def instance(server: RunningRegistry, tmp_path: Path) -> Instance:
    """One that has read two studies on the release that the registry still serves."""
    server.move_to(DAY)
    server.set_faults()
    instance = Instance(tmp_path, server.api_url, (watch(*IDS[:2]), watch(IDS[2], name="other")))
    assert instance.sync().state == "complete"
    server.clear_log()
    return instance


def watch(*ids: str, name: str = "w") -> WatchSettings:
    return WatchSettings(name=name, ids=ids)


def asked_for(server: RunningRegistry) -> list[str]:
    return [each["params"]["filter.ids"] for each in server.log() if "filter.ids" in each["params"]]


def test_an_id_is_read_by_the_next_poll_and_nothing_else_is(
    server: RunningRegistry, instance: Instance
) -> None:
    instance.watches = (watch(*IDS[:2], IDS[4]), watch(IDS[2], name="other"))
    moved = instance.cycles()[0]
    report = instance.sync()
    assert (report.state, report.counts["baselines"]) == ("complete", 1)
    assert asked_for(server) == [IDS[4]]
    assert instance.members() == {*IDS[:2], IDS[4]}
    assert instance.events() == []
    assert instance.sync().state == "unchanged"
    assert instance.watermark() == moved.release
    with instance.database() as database:
        assert_sound(database)


@pytest.mark.parametrize("what", ["search", "watch"])
def test_so_is_a_search_and_a_whole_watch(what: str, server: RunningRegistry, instance: Instance) -> None:
    search = {"titles": "Invented"}
    new = {
        "search": (WatchSettings(name="w", ids=IDS[:2], searches=(search,)), watch(IDS[2], name="other")),
        "watch": (*instance.watches, WatchSettings(name="new", searches=(search,))),
    }[what]
    instance.watches = new
    report = instance.sync()
    assert (report.state, report.counts["baselines"]) == ("complete", 3)
    assert instance.members("w" if what == "search" else "new") == {*IDS}
    assert instance.events() == []
    assert instance.sync().state == "unchanged"


def test_what_cannot_be_read_of_it_is_asked_for_by_each_poll_until_it_can(
    server: RunningRegistry, instance: Instance
) -> None:
    instance.watches = (watch(*IDS[:2], IDS[4]), watch(IDS[2], name="other"))
    server.set_faults(f"poison:depth1000={IDS[4]}")
    for _poll in range(2):
        assert instance.sync().state == "partial"
    server.set_faults()
    assert instance.sync().state == "complete"
    assert instance.members() == {*IDS[:2], IDS[4]}
    assert instance.sync().state == "unchanged"


def test_a_release_that_has_stood_for_long_is_no_newer_for_it(
    server: RunningRegistry, instance: Instance
) -> None:
    with instance.database() as database, database.read() as session:
        before = watermark(session)
    instance.watches = (watch(*IDS[:2], IDS[4]), watch(IDS[2], name="other"))
    instance.sync()
    with instance.database() as database, database.read() as session:
        assert watermark(session) == before


def test_the_cohort_says_how_much_of_it_is_read_and_when_the_rest_is(
    server: RunningRegistry, instance: Instance
) -> None:
    instance.watches = (watch(*IDS[:2], IDS[4], "NCT91000000"), watch(IDS[2], name="other"))
    with instance.service() as service:
        browser = Browser(service)
        before = text_of(browser.get("/cohorts/w"))
        assert f"2 of 4 read. {IDS[4]}, NCT91000000 are not read yet." in before
        assert "read by the next poll, without waiting for a release" in before
        assert "of 1 read" not in text_of(browser.get("/cohorts/other"))
        study_page = text_of(browser.get(f"/studies/{IDS[4]}"))
        assert "The next poll does that, without waiting for a release" in study_page
        run_cycle(service)
        after = text_of(browser.get("/cohorts/w"))
        assert "3 of 4 read. The registry has never had NCT91000000" in after
        assert "next poll, without" not in after
        assert "it has never had this id" in text_of(browser.get("/studies/NCT91000000"))
