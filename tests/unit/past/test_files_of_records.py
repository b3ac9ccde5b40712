"""What is read of files that people keep: nothing is passed over in silence, and damage takes no more than it hit."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from sync.past.dump_files import dump_files, records_in
from sync.past.dumps import records

RECORD = {"protocolSection": {"identificationModule": {"nctId": "NCT90000001", "briefTitle": 'A ], "b" {'}}}
LINE = json.dumps(RECORD).encode()


def read(path: Path) -> list[tuple[str, str | None]]:
    """Where each record stands, and what is wrong with it."""
    with dump_files([path]) as files:
        return [(found.place, found.problem) for found in records_in(files)]


def of(tmp_path: Path, content: bytes, name: str = "x.json") -> list[tuple[str, str | None]]:
    (tmp_path / name).write_bytes(content)
    return [(found.place.removeprefix(name), found.problem) for found in records(tmp_path / name)]


def zipped(**contents: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name.replace("_", "."), content)
    return packed.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one file of records, and one within it that has another."""
    (tmp_path / "dumps" / "closed").mkdir(parents=True)
    (tmp_path / "dumps" / "closed" / "b.json").write_bytes(LINE)
    (tmp_path / "dumps" / "a.json").write_bytes(LINE)
    return tmp_path / "dumps"


def test_a_folder_within_that_cannot_be_read_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def scan(place: Any) -> Any:
        if str(place).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(place))
        return scandir(place)

    monkeypatch.setattr(os, "scandir", scan)
    assert read(folder) == [
        ("a.json", None),
        ("closed", "the folder cannot be read: Permission denied"),
    ]


def test_a_file_of_a_folder_that_cannot_be_read_is_named_and_the_others_are_read(folder: Path) -> None:
    (folder / "loop.json").symlink_to(folder / "loop.json")
    (folder / "gone.zip").symlink_to(folder / "nowhere.zip")
    os.mkfifo(folder / "pipe.zip")
    assert read(folder) == [
        ("a.json", None),
        ("closed/b.json", None),
        ("gone.zip", "it is a link to nothing"),
        ("loop.json", "it cannot be read: Too many levels of symbolic links"),
        ("pipe.zip", "it is a device: write the records into a file, and name that"),
    ]


def test_a_folder_that_is_linked_to_is_read_and_none_is_read_twice(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "C.JSON").write_bytes(LINE)
    (folder / "link").symlink_to(tmp_path / "other")
    (folder / "self").symlink_to(folder)
    assert [place for place, _ in read(folder)] == ["a.json", "closed/b.json", "link/C.JSON"]


def test_a_zip_within_a_zip_is_refused_by_name(folder: Path) -> None:
    within = zipped(x_json=LINE)
    problem = "it is a zip within a zip: unpack it, and give that one"
    (folder / "alone.zip").write_bytes(zipped(inner_zip=within))
    assert read(folder / "alone.zip") == [("alone.zip:inner.zip", problem)]
    (folder / "both.zip").write_bytes(zipped(inner_zip=within, x_json=LINE, named_json=within))
    assert read(folder) == [
        ("a.json", None),
        ("alone.zip:inner.zip", problem),
        ("both.zip:inner.zip", problem),
        ("both.zip:x.json", None),
        ("both.zip:named.json", problem),
        ("closed/b.json", None),
    ]


CUT = "it is cut: the file ends within it"
TWO = [("#1", None), ("#2", None)]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"[%s, %s, %s" % (LINE, LINE, LINE[:-9]), [*TWO, ("#3", CUT)]),
        (b"[%s,\n%s, " % (LINE, LINE), [*TWO, ("", "it is cut: its list of records has no end")]),
        (b"[%s, %s" % (LINE, LINE), [*TWO, ("", "it is cut: its list of records has no end")]),
        (
            b"[%s, %s,]" % (LINE, LINE),
            [*TWO, ("#3", "there is no record where one should be: a comma too many")],
        ),
        (b'{"totalCount": 3, "studies": [%s, %s, %s' % (LINE, LINE, LINE[:40]), [*TWO, ("#3", CUT)]),
    ],
)
def test_of_a_damaged_list_what_is_whole_is_read_and_the_rest_is_named(
    tmp_path: Path, content: bytes, found: list[tuple[str, str | None]]
) -> None:
    assert of(tmp_path, content) == found
    assert of(tmp_path, content, "x.jsonl")[-1][1] == found[-1][1]


def test_of_a_history_that_is_cut_the_versions_before_are_read_as_those_of_its_study(tmp_path: Path) -> None:
    version = b'{"release": "2024-01-01", "study": %s}' % LINE
    (tmp_path / "h.json").write_bytes(
        b'{"nctId": "NCT90000001", "versions": [%s, %s' % (version, version[:-5])
    )
    first, cut = records(tmp_path / "h.json")
    assert (first.raw, first.day, first.of, cut.problem) == (LINE, "2024-01-01", "NCT90000001", CUT)


def test_one_bad_record_within_a_list_and_what_follows_the_list_are_named(tmp_path: Path) -> None:
    bad = LINE[:-1] + b",}"
    (tmp_path / "x.json").write_bytes(b"[%s, %s, %s] and more" % (LINE, bad, LINE))
    around, *found = records(tmp_path / "x.json")
    assert "what stands around its records cannot be read" in (around.problem or "")
    assert [each.raw for each in found] == [LINE, bad, LINE]


@pytest.mark.parametrize("bad", [LINE[:-2], LINE.replace(b'"nctId"', b'"nct"Id"')])
def test_a_record_of_a_list_whose_end_cannot_be_told_takes_none_of_the_other_lines(
    tmp_path: Path, bad: bytes
) -> None:
    (tmp_path / "x.json").write_bytes(b"[\n%s,\n%s,\n%s\n]\n" % (LINE, bad, LINE))
    assert [(each.raw, each.problem) for each in records(tmp_path / "x.json")] == [
        (LINE, None),
        (bad, None),
        (LINE, None),
    ]


def test_of_a_packed_list_that_is_cut_what_was_packed_whole_is_read(tmp_path: Path) -> None:
    many = b"[%s]" % b", ".join(
        LINE.replace(b"90000001", b"%08d" % (at * 7919 % 99_999_989)) for at in range(900)
    )
    packed = gzip.compress(many)
    *found, (place, problem) = of(tmp_path, packed[: len(packed) // 2], "x.json.gz")
    assert len(found) > 100
    assert {problem for _, problem in found} == {None}
    assert (place, problem) == (
        "",
        "it cannot be read to its end: Compressed file ended before the end-of-stream marker was reached",
    )


def test_lines_that_begin_with_what_is_no_record_are_lines_also_without_a_name(tmp_path: Path) -> None:
    content = b"hello\nworld\n" + LINE + b"\n"
    piped, called = of(tmp_path, content, "records"), of(tmp_path, content, "x.jsonl")
    assert piped == called
    assert [bool(problem) for _, problem in piped] == [True, True, False]


@pytest.mark.parametrize("content", [b"[%s,\n%s\n]", b'{"studies": [\n%s\n,%s]}'])
def test_a_document_whose_second_line_is_a_record_is_one_document(tmp_path: Path, content: bytes) -> None:
    assert of(tmp_path, content % (LINE, LINE)) == TWO


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (zipped(x_json=LINE)[:-50], "it is a damaged zip: its end is missing, fetch it again"),
        (gzip.compress(zipped(x_json=LINE)), "it is a zip that is packed once more with gzip"),
        (gzip.compress(gzip.compress(LINE)), "it is packed twice with gzip: unpack it once"),
        (LINE.decode().encode("utf-32"), "it is written in UTF-32: save it as UTF-8"),
        (LINE.decode().encode("utf-32-be"), "it is written in UTF-32: save it as UTF-8"),
        (LINE.decode().encode("utf-16"), "it is written in UTF-16: save it as UTF-8"),
        (LINE.decode().encode("utf-16-le"), "it is written in UTF-16: save it as UTF-8"),
    ],
    # Packed bytes hold the time: for a name they would be another in each process of the tests.
    ids=["cut zip", "zip in gzip", "gzip twice", "UTF-32", "UTF-32 BE", "UTF-16", "UTF-16 LE"],
)
def test_what_is_wrong_with_the_packing_or_the_writing_is_said(
    tmp_path: Path, content: bytes, said: str
) -> None:
    for name in ("x.json", "x.jsonl"):
        ((_, problem),) = of(tmp_path, content, name)
        assert (problem or "").startswith(said)
