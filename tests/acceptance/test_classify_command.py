"""The command `classify`, as people and programs use it."""

from __future__ import annotations

import gzip
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import structlog
from typer.testing import CliRunner, Result

from storage.errors import UnknownEntry
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
WITHHELD = "NCT90000012"
RECORDS = [
    trial("CD19 CAR-T in lupus", "CD19 CAR-T", conditions=("Systemic Lupus Erythematosus",)),
    trial("Teclistamab in myeloma", "Teclistamab"),
    trial("A study of ABC", "ABC cell injection"),
]


@pytest.fixture(autouse=True)
def _logging_ends_with_the_test() -> Iterator[None]:
    yield
    structlog.reset_defaults()  # a command set logging up for a standard error that is gone


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


def test_what_is_no_record_is_named_with_its_line_and_the_others_are_classified(tmp_path: Path) -> None:
    one, two, three = (json.dumps(each).encode() for each in RECORDS)
    two = two.replace(b"NCT01234567", b"NCT01234568")
    path = tmp_path / "bad.jsonl"
    too_large = one[:-1] + b', "x": "' + b"x" * 30_000_000 + b'"}'
    bad = [b"{,}", b"[1]", two.replace(b"Tecl", b"\xff\xfe"), b"{}", b'"x"', one[:-1] + b', "a": 1, "a": 2}']
    path.write_bytes(b"\n".join([one, *bad, b"", two, one, too_large, three]) + b"\n")
    done = classify("--records", path, "--json")
    assert done.exit_code == 3
    assert [json.loads(line)["class"] for line in done.stdout.splitlines()] == [
        "car_t_product",
        "not_related",
        "not_related",
    ]
    said = [
        line.removeprefix("Refused: bad.jsonl:").removeprefix("Repeated: bad.jsonl:")
        for line in done.stderr.splitlines()
    ]
    assert [line.partition(":")[0] for line in said[:-1]] == ["2", "3#1", "4", "5", "6", "7", "10", "11"]
    for line, reason in zip(
        said,
        (
            "JSON is malformed",
            "a number, not an object",
            "it is not UTF-8",
            "no protocolSection",
            "Expected `object`",
            "the key 'a' twice",
            "the record of bad.jsonl:1 again",
            "more than a record may have",
            "11 records: 3 classified, 1 repeated, 7 refused.",
        ),
        strict=True,
    ):
        assert reason in line


def test_a_version_that_says_what_an_earlier_one_did_is_classified_again(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    versions = [{"release": f"2026-0{month}-01", "study": RECORDS[month % 2]} for month in (1, 2, 3)]
    path.write_text(json.dumps({"versions": versions}), "utf-8")
    done = classify("--records", path, "--json")
    assert (done.exit_code, len(done.stdout.splitlines())) == (0, 3), done.stderr


def test_what_is_repeated_is_classified_once_in_lines_and_in_a_history(tmp_path: Path) -> None:
    lines, history = tmp_path / "three.jsonl", tmp_path / "history.json"
    lines.write_text((json.dumps(RECORDS[0]) + "\n") * 3, "utf-8")
    versions = [{"release": f"2026-0{month}-01", "study": RECORDS[0]} for month in (1, 2, 3)]
    history.write_text(json.dumps({"versions": versions}), "utf-8")
    for path, sign in ((lines, ":"), (history, "#")):
        done = classify("--records", path, "--json")
        assert (done.exit_code, len(done.stdout.splitlines())) == (0, 1)
        first = f"{path.name}{sign}1"
        assert done.stderr.splitlines() == [
            f"Repeated: {path.name}{sign}2: it is the record of {first} again",
            f"Repeated: {path.name}{sign}3: it is the record of {first} again",
            "3 records: 1 classified, 2 repeated, 0 refused.",
        ]


def test_what_import_reads_is_classified_too(tmp_path: Path, records: Path) -> None:
    folder = tmp_path / "dumps"
    (folder / "more").mkdir(parents=True)
    (folder / "list.json").write_text(json.dumps(RECORDS[:2], indent=2), "utf-8")
    (folder / "._list.json").write_bytes(b"what macOS puts beside a file")
    with zipfile.ZipFile(folder / "more" / "one.zip", "w") as archive:
        archive.writestr("one.json", json.dumps(RECORDS[2]))
    for each in (folder, folder / "list.json", folder / "more" / "one.zip"):
        assert classify("--records", each).exit_code == 0
    assert len(classify("--records", folder, "--json").stdout.splitlines()) == 3


@pytest.mark.parametrize("packed", [bytes, gzip.compress])
def test_records_are_read_from_standard_input(records: Path, packed: Callable[[bytes], bytes]) -> None:
    done = CliRunner().invoke(app, ["classify", "--records", "-", "--json"], packed(records.read_bytes()))
    assert (done.exit_code, len(done.stdout.splitlines())) == (0, 3), done.stderr


def test_those_of_a_file_that_ask_for_a_look_are_listed_alone(records: Path) -> None:
    done = classify("--records", records, "--uncertain", "--json")
    assert (done.exit_code, [json.loads(line)["confidence"] for line in done.stdout.splitlines()]) == (
        0,
        ["uncertain"],
    )


@pytest.mark.parametrize(
    "nothing",
    [b"", b" \n\n", b"[]", b'{"studies": []}', gzip.compress(b"")],
    ids=["nothing", "blanks", "list", "page", "gzip of nothing"],
)
@pytest.mark.parametrize("command", [("classify", "--records"), ("import",)])
def test_a_file_without_a_record_is_told_by_both_commands_alike(
    tmp_path: Path, own: Path, nothing: bytes, command: tuple[str, ...]
) -> None:
    (tmp_path / "none.json").write_bytes(nothing)
    error = (
        CliRunner()
        .invoke(app, [*command, str(tmp_path / "none.json"), "--config", str(own), "--json"])
        .exception
    )
    assert isinstance(error, UsageError), error
    assert (str(error), error.exit_code) == ("there is no record in none.json", 2)


def test_a_file_without_a_record_is_named_among_others(records: Path) -> None:
    (records.parent / "a.json").write_bytes(b"[]")
    (records.parent / "z.json").write_bytes(b"")
    done = classify("--records", records.parent, "--json")
    assert (done.exit_code, len(done.stdout.splitlines())) == (3, 3)
    assert [line.partition(": there is no record")[0] for line in done.stderr.splitlines()[:2]] == [
        "Refused: a.json",
        "Refused: z.json",
    ]


@pytest.mark.parametrize(
    ("section", "name", "wrong"),
    [
        ("armsInterventionsModule", "interventions", {"name": "CD19 CAR-T"}),
        ("identificationModule", "briefTitle", ["CD19 CAR-T"]),
    ],
)
def test_a_record_of_another_shape_is_refused_as_import_does(
    tmp_path: Path, section: str, name: str, wrong: object
) -> None:
    record = trial("CD19 CAR-T in lupus", "CD19 CAR-T")
    record["protocolSection"][section][name] = wrong
    (tmp_path / "odd.json").write_text(json.dumps(record), "utf-8")
    done = classify("--records", tmp_path / "odd.json", "--json")
    assert (done.exit_code, done.stdout) == (3, "")
    assert f"it has another shape than a study: protocolSection.{section}.{name} is" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "or --uncertain for all that is stored"),
        (("NCT90000004", "--watch", "w"), "give NCT IDs, or --watch NAME, or --records FILE"),
        (("--records", "/nowhere/records.jsonl"), "there is no file /nowhere/records.jsonl"),
        (("NCT123",), "'NCT123' is not an NCT ID"),
        (("NCT90000004,NCT90000005",), "put blanks between several"),
        (("NCT99999999",), "the study NCT99999999 is not stored"),
        (("--watch", "lupos"), "there is no watch 'lupos'"),
    ],
)
def test_what_cannot_be_done_is_refused_with_what_to_do(
    config: Path, arguments: tuple[str, ...], said: str
) -> None:
    assert said in refusal("--config", config, *arguments)


def test_a_compressed_file_that_is_cut_gives_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl.gz"
    path.write_bytes(gzip.compress(b"\n".join(json.dumps(each).encode() for each in RECORDS))[:-9])
    done = classify("--records", path)
    assert done.exit_code == 3
    assert "records.jsonl.gz: it cannot be read to its end" in done.stderr


@pytest.fixture
def config(story_database: Path, tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(
        f'[database]\nurl = "sqlite:///{story_database}"\n[[watch]]\nname = "w"\nids = ["NCT90000004"]\n',
        "utf-8",
    )
    return path


def test_a_study_whose_record_is_withheld_stays_what_it_was(config: Path, tmp_path: Path) -> None:
    (found,) = [
        json.loads(line) for line in classify(WITHHELD, "--json", "--config", config).stdout.splitlines()
    ]
    assert (found["nct_id"], found["class"], found["confidence"]) == (WITHHELD, "car_t_product", "certain")


def test_a_stub_that_is_all_there_is_asks_for_a_look(tmp_path: Path) -> None:
    stub = trial("[Withheld]")
    stub["protocolSection"]["statusModule"] = {"overallStatus": "WITHHELD"}
    path = tmp_path / "stub.json"
    path.write_text(json.dumps(stub), "utf-8")
    found = json.loads(classify("--records", path, "--json").stdout)
    assert (found["class"], found["confidence"]) == ("not_related", "uncertain")
    assert "the registry withholds its record" in found["evidence"][0]["says"]


def test_stored_studies_are_classified_by_id_and_by_watch(config: Path) -> None:
    one = classify("https://clinicaltrials.gov/study/NCT90000004", "--json", "--config", config)
    assert json.loads(one.stdout)["nct_id"] == "NCT90000004"
    everything = classify("--watch", "demo", "--json", "--config", config)
    ids = [json.loads(line)["nct_id"] for line in everything.stdout.splitlines()]
    assert "NCT90000004" in ids
    assert ids == sorted(ids)


@pytest.fixture
def own(story_database: Path, tmp_path: Path) -> Path:
    """The configuration of a database that may be written to."""
    shutil.copy(story_database, tmp_path / "own.db")
    path = tmp_path / "own.toml"
    path.write_text(f'[database]\nurl = "sqlite:///{tmp_path / "own.db"}"\n', "utf-8")
    return path


def answer(*arguments: str | Path) -> dict[str, Any]:
    done = classify(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return cast("dict[str, Any]", json.loads(done.stdout))


def test_a_decision_stays_until_it_is_taken_back(own: Path) -> None:
    before = answer("NCT90000004", "--config", own)
    who = ("--by", "ana", "--reason", "the protocol says so", "--config", own)
    decided = answer("NCT90000004", "--set", "class=follow_up", "antigens=cd-19, BCMA", *who)
    assert (decided["class"], decided["antigens"], decided["is_car_t"]) == (
        "follow_up",
        ["CD19", "BCMA"],
        False,
    )
    assert (decided["confidence"], decided["source"]) == ("decided", before["source"])
    assert decided["decided"]["by"] == "ana"
    assert decided["decided"]["reason"] == "the protocol says so"
    assert answer("NCT90000004", "--config", own) == decided
    assert "ana" in classify("NCT90000004", "--config", own).stdout
    assert answer("NCT90000004", "--unset", *who) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--set", "class=car-t"), "there is no class 'car-t'; the classes are: car_t_product, car_other"),
        (("--set", "source=assumed"), "there is no source 'assumed'"),
        (("--set", "area=heart"), "there is no area 'heart'"),
        (("--set", "colour=red"), "there is no answer 'colour'"),
        (("--set", "class"), "write class=car_t_product"),
        (("--set", "antigens=<b>"), "not the name of an antigen"),
        (("--set", "antigens="), "antigens= is empty: give it a value; no antigens are antigens=none"),
        (("--set", "class=car_other", "--set", "class=follow_up"), "class is given twice"),
        (("--set", "class=follow_up", "--reason", " "), "a decision needs its reason"),
        (("--set", "class=follow_up", "--unset"), "give one of the two"),
        (("--reason", "x"), "--reason goes with --set or --unset"),
    ],
)
def test_a_decision_that_says_nothing_is_refused(own: Path, arguments: tuple[str, ...], said: str) -> None:
    reason = () if "--reason" in arguments else ("--reason", "paper")
    assert said in refusal("NCT90000004", *arguments, *reason, "--config", own)


def test_nothing_is_taken_back_that_was_not_decided(own: Path) -> None:
    done = classify("NCT90000004", "--unset", "--reason", "x", "--config", own)
    assert isinstance(done.exception, UnknownEntry)
