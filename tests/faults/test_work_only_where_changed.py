"""What costs something is done only where something changed: no form of a baseline, one note for a quiet batch."""

from __future__ import annotations

import gc
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from storage import classes, versions
from sync.config import WatchSettings
from sync.cycle import classify, gathered, prepare, recorder
from sync.cycle.cycle import run_cycle
from sync.demo.registry import RunningRegistry, serve
from sync.errors import Stopped
from sync.study.canonical import BYTES, CANON
from tests.acceptance.instance import Instance
from tests.acceptance.registry_server import study, told, write_corpus
from tests.faults.conftest import IDS, THIRD, Fresh
from tests.faults.soundness import assert_sound

NCT_ID = "NCT00000017"
DAYS = ("2026-09-01", "2026-09-02", "2026-09-03", "2026-09-04")


def test_a_day_without_changes_writes_no_row_of_a_study_and_seals_none(
    fresh: Fresh, server: RunningRegistry
) -> None:
    instance = fresh()
    instance.sync()
    server.move_to(THIRD)
    with instance.service() as service:
        written: list[str] = []
        event.listen(
            service.database.engine,
            "before_cursor_execute",
            lambda _connection, _cursor, statement, *_rest: written.append(statement),
        )
        report = run_cycle(service)
    assert (report.state, report.counts["unchanged"]) == ("complete", 8)
    changing = [each for each in written if each.startswith(("INSERT", "UPDATE", "DELETE"))]
    assert any(each.startswith("INSERT INTO reading") for each in changing)
    assert not [each for each in changing if " study " in each or " version " in each]
    assert instance.study(IDS[0]).checked_stamp == report.stamp


def test_a_cycle_that_goes_on_reads_nothing_that_was_unchanged_a_second_time(
    fresh: Fresh, server: RunningRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathered, "MOST_STUDIES", 3)
    instance = fresh(registry={"ids_per_request": 3})
    instance.sync()
    server.move_to(THIRD)
    stop = threading.Event()
    with instance.service() as service, pytest.raises(Stopped):
        run_cycle(service, stop=stop, progress=lambda _counts: stop.set())
    report = instance.sync()
    assert (report.state, report.counts["checked"]) == ("complete", 5)
    assert {instance.study(each).checked_stamp for each in IDS} == {report.stamp}


def test_the_collector_passes_over_the_program_while_a_cycle_runs_and_never_after_it(
    fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen: list[int] = []
    classified = recorder.classify
    monkeypatch.setattr(
        recorder, "classify", lambda *each: (frozen.append(gc.get_freeze_count()), classified(*each))[1]
    )
    instance = fresh()
    before = gc.get_freeze_count()
    instance.sync()
    assert min(frozen) > before == gc.get_freeze_count()


def derived(number: int) -> dict[str, Any]:
    """The study, its terms as the registry computes them with a vocabulary of this number."""
    record = study(NCT_ID)
    terms = [{"id": f"D{number}", "term": f"Term {number}"}]
    return {**record, "derivedSection": {"conditionBrowseModule": {"meshes": terms}}}


def test_a_form_is_made_only_where_bytes_differ_and_of_no_more_than_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    releases = dict(zip(DAYS, (derived(1), derived(1), derived(2), derived(3)), strict=True))
    made: list[str] = []
    canonicalise = classify.canonicalise
    monkeypatch.setattr(classify, "canonicalise", lambda record: (made.append(day), canonicalise(record))[1])
    with serve(
        [write_corpus(tmp_path / "corpus.jsonl", [told(NCT_ID, releases)])], release=DAYS[0]
    ) as server:
        instance = Instance(tmp_path, server.api_url, (WatchSettings(name="w", ids=(NCT_ID,)),))
        for day in DAYS:
            server.move_to(day)
            instance.sync()
    # the baseline's own content is made when its terms differ for the first time, and known from then on
    assert made == [DAYS[2]]
    with instance.database() as database, database.read() as session:
        assert [each.canon for each in versions.versions(session, NCT_ID)] == [CANON] * 3
        contents = {each.content_hash for each in versions.versions(session, NCT_ID)}
        assert len(contents) == 1
    with instance.database() as database:
        assert_sound(database)


def test_a_baseline_keeps_the_hash_of_its_bytes(tmp_path: Path) -> None:
    with serve(
        [write_corpus(tmp_path / "corpus.jsonl", [told(NCT_ID, {DAYS[0]: study(NCT_ID)})])], release=DAYS[0]
    ) as server:
        instance = Instance(tmp_path, server.api_url, (WatchSettings(name="w", ids=(NCT_ID,)),))
        instance.sync()
    with instance.database() as database, database.read() as session:
        (baseline,) = versions.versions(session, NCT_ID)
        head = versions.heads(session, [NCT_ID])[NCT_ID]
    assert (baseline.canon, baseline.content_hash, baseline.derived_hash) == (
        BYTES,
        head.raw_hash,
        head.raw_hash,
    )


def sponsor(day: str) -> dict[str, Any]:
    """Who is responsible from a day on."""
    return {"responsibleParty": {"type": "SPONSOR", "investigatorFullName": f"Invented, {day}"}}


def statements_of_a_day(tmp_path: Path, ids: list[str], days: tuple[str, ...]) -> int:
    """How often the database is asked or told something on the last of the days, on each of which all studies change."""
    studies = [
        told(
            nct_id, {day: study(nct_id, posted=day, sponsorCollaboratorsModule=sponsor(day)) for day in days}
        )
        for nct_id in ids
    ]
    asked: list[str] = []
    with serve([write_corpus(tmp_path / "corpus.jsonl", studies)], release=days[0]) as server:
        instance = Instance(tmp_path, server.api_url, (WatchSettings(name="w", ids=tuple(ids)),))
        for day in days[:-1]:
            server.move_to(day)
            instance.sync()
        server.move_to(days[-1])
        with instance.service() as service:
            event.listen(
                service.database.engine,
                "before_cursor_execute",
                lambda _connection, _cursor, statement, *_rest: asked.append(statement),
            )
            assert run_cycle(service).counts["changed"] == len(ids)
    return len(asked)


@pytest.mark.parametrize("days", [DAYS[:2], DAYS[:3]], ids=["once changed", "changed before"])
def test_the_database_is_asked_no_more_often_for_many_changed_studies_than_for_few(
    tmp_path: Path, days: tuple[str, ...]
) -> None:
    few, many = tmp_path / "few", tmp_path / "many"
    few.mkdir()
    many.mkdir()
    assert statements_of_a_day(many, list(IDS), days) == statements_of_a_day(few, list(IDS[:2]), days)


def test_a_study_is_classified_anew_only_where_what_is_read_of_it_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    title = {"nctId": NCT_ID, "briefTitle": "CAR-NK cells in lymphoma"}
    second = study(NCT_ID, posted=DAYS[1], sponsorCollaboratorsModule=sponsor(DAYS[1]))
    third = study(NCT_ID, posted=DAYS[2], identificationModule=title)
    asked: list[Any] = []
    classify_trial = prepare.classify_trial
    monkeypatch.setattr(
        prepare, "classify_trial", lambda record: (asked.append(record), classify_trial(record))[1]
    )
    releases = dict(zip(DAYS, (study(NCT_ID), second, third), strict=False))
    corpus = write_corpus(tmp_path / "corpus.jsonl", [told(NCT_ID, releases)])
    with serve([corpus], release=DAYS[0]) as server:
        instance = Instance(tmp_path, server.api_url, (WatchSettings(name="w", ids=(NCT_ID,)),))
        classified = []
        for day in releases:
            server.move_to(day)
            instance.sync()
            with instance.database() as database, database.read() as session:
                known = classes.class_of(session, NCT_ID)
            assert known is not None
            classified.append((known.version, known.study_class, len(asked)))
    assert classified == [(1, "car_t_product", 1), (2, "car_t_product", 1), (3, "car_other", 2)]
