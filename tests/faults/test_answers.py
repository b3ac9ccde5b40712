"""Each answer of the registry is proved whole, or called PARTIAL with what is missing, wherever it is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sync.config import WatchSettings
from sync.cycle.answers import Answer, Answers
from sync.cycle.context import Counts
from sync.demo.registry import RunningRegistry
from tests.acceptance.console import Browser, text_of
from tests.acceptance.instance import Instance
from tests.faults.conftest import FIRST, IDS, WATCH

OTHER = WatchSettings(name="others", ids=IDS[2:4])


@pytest.fixture
def instance(server: RunningRegistry, tmp_path: Path) -> Instance:
    """Two watches, of which one has a search; nothing is read yet."""
    server.set_faults()
    server.move_to(FIRST)
    return Instance(tmp_path, server.api_url, (WATCH, OTHER))


def answers(instance: Instance) -> list[dict[str, Any]]:
    """Those of the newest cycle, as the ledger keeps them."""
    found: list[dict[str, Any]] = instance.cycles()[0].counts["answers"]
    return found


def test_whole_answers_are_counted_in_the_ledger_and_in_the_report(instance: Instance) -> None:
    report = instance.sync().as_json()
    search, records = answers(instance)
    assert (search["watch"], search["expected"], search["seen"]) == ("w", 8, 8)
    assert search["asked"] == "the search for intervention “CAR-T”"
    assert (records["asked"], records["expected"], records["seen"]) == ("records", 8, 8)
    assert records["sentence"] == f"8 of 8 read, 0 refused, {records['requests']} request"
    assert all(each["whole"] for each in (search, records))
    assert report["answers"] == [search, records]
    assert report["requests"] == search["requests"] + records["requests"] + 2  # the release, before and after


def test_a_search_that_falls_short_is_partial_in_the_ledger_the_command_doctor_and_the_page(
    instance: Instance, server: RunningRegistry
) -> None:
    server.set_faults("huge-total:/studies")
    try:
        result = instance.command("sync")
    finally:
        server.set_faults()
    assert result.returncode in (3, 4), result.stderr
    (search, *_) = answers(instance)
    assert not search["whole"]
    assert search["seen"] == 8
    assert search["expected"] > 8
    assert search["sentence"].startswith("PARTIAL: 8 of ")
    assert "the registry counts" in search["problem"]


def test_a_record_that_cannot_be_read_is_refused_by_name_and_the_answer_still_adds_up(
    instance: Instance, server: RunningRegistry
) -> None:
    instance.sync()
    server.move_to("2026-09-02")
    server.set_faults(f"poison:nan={IDS[1]}:?filter.ids")
    result = instance.command("sync")
    server.set_faults()
    assert (result.returncode, "PARTIAL" in result.stdout) == (3, True), result.stdout
    records = answers(instance)[-1]
    assert records["seen"] + records["refused"] + records["alone"] == records["expected"] == 8
    assert records["refused"] == 1
    assert "PARTIAL" in instance.command("doctor", "--offline").stdout
    with instance.service() as service:
        page = text_of(Browser(service).get("/watcher"))
    assert "PARTIAL" in page
    assert records["sentence"] in page


def test_what_the_registry_says_nothing_clear_of_is_missing() -> None:
    found = Answers()
    found.note_records(3, Counts(checked=7), Counts(checked=9), ["NCT90000003"], 4)
    (answer,) = found.values()
    assert not answer.is_whole
    assert answer.sentence == "PARTIAL: 2 of 3 read, 0 refused, 1 asked for one by one, 4 requests"
    assert "NCT90000003" in answer.problem
    assert Answer("w", "the search", None, problem="refused").sentence.startswith("PARTIAL: 0 of an unknown")
