"""The command `classify`, as people and programs use it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sync.cli import app
from sync.errors import UsageError
from tests.support.trials import trial

FIELDS = [
    "nct_id",
    "class",
    "is_car_t",
    "antigens",
    "source",
    "area",
    "diseases",
    "modality",
    "generation",
    "evidence",
    "confidence",
    "classifier",
]
RECORDS = [
    trial("CD19 CAR-T in lupus", "CD19 CAR-T", conditions=("Systemic Lupus Erythematosus",)),
    trial("Teclistamab in myeloma", "Teclistamab"),
    trial("A study of ABC", "ABC cell injection"),
]


@pytest.fixture
def records(tmp_path: Path) -> Path:
    path = tmp_path / "records.jsonl"
    path.write_text("\n".join(map(json.dumps, RECORDS)) + "\n\n", "utf-8")
    return path


def classify(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["classify", *map(str, arguments)])


def refusal(*arguments: str | Path) -> str:
    """What is said of arguments or files that are wrong, which exit with 2."""
    error = classify(*arguments).exception
    assert isinstance(error, UsageError), error
    assert error.exit_code == 2
    return str(error)


def test_a_file_is_classified_without_a_database_or_a_configuration(
    records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = classify("--records", records, "--json")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.exit_code, len(found)) == (0, 3), done.output
    assert [list(each) for each in found] == [FIELDS] * 3
    assert [each["class"] for each in found] == ["car_t_product", "not_related", "not_related"]
    assert (found[0]["is_car_t"], found[0]["antigens"], found[0]["source"]) == (True, ["CD19"], "unknown")
    assert found[0]["diseases"] == ["Systemic lupus erythematosus"]
    assert [*found[0]["evidence"][0]] == ["field", "quote", "says"]


def test_a_compressed_file_of_records_within_lines_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps({"release": "2026-01-01", "study": RECORDS[0]}).encode()))
    done = classify("--records", path, "--json")
    assert json.loads(done.stdout)["class"] == "car_t_product"


def test_people_get_the_reasons(records: Path) -> None:
    said = classify("--records", records).stdout
    assert "a CAR is one of its interventions: “CD19 CAR-T”" in said
    assert "3 records, 1 of CAR-T products, 1 for a person to look at" in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{}\n", "line 1: it has no NCT ID"),
        (json.dumps(RECORDS[0]).encode() + b"\n{,}\n", "line 2: it is not JSON"),
        (b"[1]\n", "line 1: it is a list, not an object"),
        (b"\xff\xfe\n", "line 1: it is not UTF-8"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(content)
    assert said in refusal("--records", path, "--json")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "one of the three"),
        (("NCT90000004", "--watch", "w"), "one of the three"),
        (("--records", "/nowhere/records.jsonl"), "/nowhere/records.jsonl cannot be read"),
        (("NCT123",), "'NCT123' is not an NCT ID"),
        (("NCT99999999",), "no watch has the study NCT99999999"),
        (("--watch", "lupos"), "there is no watch 'lupos'"),
    ],
)
def test_what_cannot_be_done_is_refused_with_what_to_do(
    config: Path, arguments: tuple[str, ...], said: str
) -> None:
    assert said in refusal("--config", config, *arguments)


def test_a_file_that_is_not_gzip_is_told(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl.gz"
    path.write_bytes(b"plain")
    assert "cannot be read" in refusal("--records", path)


@pytest.fixture
def config(story_database: Path, tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(
        f'[database]\nurl = "sqlite:///{story_database}"\n[[watch]]\nname = "w"\nids = ["NCT90000004"]\n',
        "utf-8",
    )
    return path


def test_stored_studies_are_classified_by_id_and_by_watch(config: Path) -> None:
    one = classify("NCT90000004", "--json", "--config", config)
    assert json.loads(one.stdout)["nct_id"] == "NCT90000004"
    everything = classify("--watch", "demo", "--json", "--config", config)
    ids = [json.loads(line)["nct_id"] for line in everything.stdout.splitlines()]
    assert "NCT90000004" in ids
    assert ids == sorted(ids)
