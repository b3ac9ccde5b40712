"""Versions, events and timelines written out, and taken back in; the evidence for one event."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner, Result

from storage import events, past
from sync.cli import app
from sync.past.dumps import records
from sync.past.importing import ImportRun
from tests.acceptance.instance import Instance, watch
from tests.acceptance.registry_server import study
from tests.support.stories import NOWHERE

ONE, TWO = "NCT90000001", "NCT90000002"


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Instance]:
    """One that knows two studies out of a file, the first one in two versions."""
    made = Instance(tmp_path, NOWHERE, (watch(ONE),))
    hostile = study(TWO, posted="2024-01-01")
    hostile["protocolSection"]["statusModule"]["whyStopped"] = "=cmd()"
    found = [study(ONE, posted="2024-06-01"), study(ONE, "COMPLETED", posted="2025-06-01"), hostile]
    take(made, found)
    monkeypatch.setenv("TRIALDELTA_CONFIG", str(made.configuration()))
    yield made
    structlog.reset_defaults()


def take(instance: Instance, found: list[dict[str, Any]]) -> None:
    path = instance.folder / "dump.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in found))
    with instance.service() as service:
        assert {each.state for each in ImportRun(service, "ana", "dump").run(records(path))} == {"stored"}


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def lines(*words: str) -> list[dict[str, Any]]:
    done = run(*words)
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_versions_go_out_with_their_records_and_come_back_as_they_were(instance: Instance) -> None:
    found = lines("export", "versions")
    assert [(each["nct_id"], each["version"], each["day"]) for each in found] == [
        (ONE, 1, "2024-06-01"),
        (ONE, 2, "2025-06-01"),
        (TWO, 1, "2024-01-01"),
    ]
    out = instance.folder / "out.jsonl"
    assert run("export", "versions", "--out", str(out)).exit_code == 0
    (instance.folder / "other").mkdir()
    other = instance.beside(instance.folder / "other")
    with other.service() as service:
        taken = list(ImportRun(service, "ana", "out").run(records(out)))
    assert [(each.state, each.day) for each in taken] == [
        ("stored", "2024-06-01"),
        ("stored", "2025-06-01"),
        ("stored", "2024-01-01"),
    ]
    assert other.payloads(ONE) == instance.payloads(ONE), "byte for byte"


def test_events_and_timelines_are_of_one_study_or_a_watch_as_of_a_day(instance: Instance) -> None:
    (event,) = lines("export", "events", ONE)
    assert (event["state"], event["kind"], len(event["changes"])) == ("historical", "status", 3)
    assert lines("export", "events", ONE, "--as-of", "2025-05-31") == []
    life = lines("export", "timeline", "--as-of", "2025-05-31")
    assert [(each["nct_id"], each["status"]) for each in life] == [(ONE, "RECRUITING"), (TWO, "RECRUITING")]
    assert lines("export", "timeline", "--watch", "w") == []


def test_storms_are_among_all_events_and_not_among_those_of_a_study(instance: Instance) -> None:
    (event,) = lines("export", "events")
    storm = {**event, "id": "evt_storm", "kind": "storm", "nct_id": None, "changes": []}
    with instance.database() as database, database.write() as session:
        past.add_historical(session, [storm])
    assert [each["id"] for each in lines("export", "events")] == [event["id"], "evt_storm"]
    assert len(run("export", "events", "--format", "csv").stdout.splitlines()) == 3
    assert [each["id"] for each in lines("export", "events", ONE)] == [event["id"]]


def test_no_cell_of_csv_is_a_formula(instance: Instance) -> None:
    done = run("export", "timeline", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout.removeprefix("\ufeff"))))
    assert [row["why_stopped"] for row in rows] == ["", "", "'=cmd()"]
    assert [row["status"] for row in rows] == ["RECRUITING", "COMPLETED", "RECRUITING"]


def test_parquet_has_types_and_the_records(instance: Instance) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    out = instance.folder / "versions.parquet"
    assert run("export", "versions", "--out", str(out)).exit_code == 0
    table = parquet.read_table(out).to_pylist()
    assert [row["version"] for row in table] == [1, 2, 1]
    assert [row["record"] for row in table[:2]] == instance.payloads(ONE)


def test_a_file_that_is_there_is_overwritten_only_when_that_is_said(instance: Instance) -> None:
    out = instance.folder / "out.csv"
    out.write_text("mine")
    refused = run("export", "events", "--out", str(out))
    assert "there is a file" in str(refused.exception)
    assert out.read_text() == "mine"
    assert run("export", "events", "--out", str(out), "--force").exit_code == 0
    assert "headline" in out.read_text("utf-8-sig").splitlines()[0]
    assert not list(instance.folder.glob(".*partial"))


def test_a_file_is_not_called_what_it_is_not_and_nothing_is_said_to_be_nothing(instance: Instance) -> None:
    packed = run("export", "events", "--out", str(instance.folder / "events.csv.gz"))
    assert "ends as no format does that is written here" in str(packed.exception)
    assert (
        run("export", "events", "--out", str(instance.folder / "events.gz"), "--format", "csv").exit_code == 0
    )
    assert "No row: nothing of events" in run("export", "events", ONE, "--as-of", "2025-05-31").stderr


def test_the_evidence_for_an_event_is_verified_without_the_database(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    with instance.database() as database, database.read() as session:
        (event,) = events.events(session, historical=True)
    out = instance.folder / "evidence.zip"
    assert run("evidence", event["id"], "--out", str(out)).exit_code == 0
    instance.file.unlink()
    monkeypatch.setenv("TRIALDELTA_CONFIG", "/nowhere.toml")
    done = run("verify", str(out))
    assert (done.exit_code, event["id"] in done.stdout) == (0, True)
    altered = bytearray(out.read_bytes())
    altered[len(altered) // 2] ^= 1
    out.write_bytes(altered)
    refused = run("verify", str(out))
    assert getattr(refused.exception, "exit_code", 0) == 1
    assert "altered" in str(refused.exception) or "cannot be read" in str(refused.exception)
