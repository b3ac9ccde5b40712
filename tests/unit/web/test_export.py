"""A table as a file: the same rows in each form, and no cell that a spreadsheet would calculate."""

from __future__ import annotations

import csv
import io
import json
import sys
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sync.web.export import NoParquet, Separator, as_csv, as_json, as_parquet, export

COLUMNS = ("nct_id", "title", "phases", "enrollment", "has_results", "start")
ROW: dict[str, Any] = {
    "nct_id": "NCT90000001", "title": "Zellen für Łódź 細胞", "phases": ["PHASE1", "PHASE2"], "enrollment": 24,
    "has_results": False, "start": "2025-11",
}  # fmt: skip
EMPTY: dict[str, Any] = {**dict.fromkeys(COLUMNS), "nct_id": "NCT90000002", "phases": []}


CALCULATED = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NASTY = (
    "a; b, c",
    'said "so"; then',
    "two\r\nlines",
    "x;=1+1",
    'x; "=HYPERLINK(1)"',
    "x\t@SUM(1)",
    "x\n-2+3",
    "x,+1",
    ";;=1",
    "=1;=2",
)


def cells(body: bytes, separator: str = ",") -> list[list[str]]:
    """What a reader of CSV sees."""
    text = io.StringIO(body.decode("utf-8-sig"), newline="")
    return list(csv.reader(text, delimiter="\t" if separator == "tab" else separator))


def test_csv_has_a_mark_by_which_spreadsheets_know_its_letters() -> None:
    body = as_csv([ROW, EMPTY], COLUMNS)
    assert body.startswith(b"\xef\xbb\xbf")
    assert cells(body) == [
        list(COLUMNS),
        ["NCT90000001", "Zellen für Łódź 細胞", "PHASE1; PHASE2", "24", "no", "2025-11"],
        ["NCT90000002", "", "", "", "", ""],
    ]


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_cell_that_would_be_calculated_gets_an_apostrophe(begin: str) -> None:
    text = f'{begin}HYPERLINK("x",1)'
    assert cells(as_csv([{"a": text, "b": [text, "y"]}], ("a", "b")))[1] == [f"'{text}", f"'{text}; y"]


def test_numbers_stay_numbers_and_quotes_do_not_end_a_cell() -> None:
    assert cells(as_csv([{"a": -5, "b": 'a",=1+1,"b'}], ("a", "b")))[1] == ["-5", 'a",=1+1,"b']


def test_every_text_is_in_quotes_and_no_number_is() -> None:
    body = as_csv([{"a": "x; y", "b": 3, "c": None}], ("a", "b", "c")).decode("utf-8-sig")
    assert body == '"a","b","c"\r\n"x; y",3,""\r\n'


@pytest.mark.parametrize("separator", [",", ";", "tab"])
@given(texts=st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])), min_size=1, max_size=4))
@example(texts=list(NASTY))
def test_no_text_breaks_out_of_its_cell(separator: Separator, texts: list[str]) -> None:
    columns = [str(place) for place in range(len(texts))]
    row = cells(as_csv([dict(zip(columns, texts, strict=True))], columns, separator), separator)[1]
    assert [each.replace("'", "") for each in row] == [each.replace("'", "") for each in texts]
    assert not any(each.startswith(CALCULATED) for each in row)


@pytest.mark.parametrize("written", [",", ";", "tab"])
@pytest.mark.parametrize("read", [",", ";", "tab"])
@given(texts=st.lists(st.text(alphabet='=+-@;,\t\r\n "x1'), min_size=1, max_size=4))
@example(texts=list(NASTY))
def test_a_spreadsheet_of_another_country_finds_no_formula_either(
    written: Separator, read: Separator, texts: list[str]
) -> None:
    columns = [str(place) for place in range(len(texts))]
    rows = cells(as_csv([dict(zip(columns, texts, strict=True))], columns, written), read)
    found = [each for row in rows for each in row]
    assert [each for each in found if each.lstrip(' "').startswith(("=", "+", "-", "@"))] == []


@given(st.lists(st.text(alphabet='ab;," ', min_size=1), max_size=4))
def test_what_a_list_holds_can_be_told_apart_again(items: list[str]) -> None:
    wanted = [item.strip() or "a" for item in items]
    cell = cells(as_csv([{"a": wanted}], ("a",)))[1][0]
    read = next(csv.reader([cell], delimiter=";", skipinitialspace=True), [])
    assert [each.strip() for each in read] == wanted


def test_json_is_one_array_of_objects() -> None:
    assert json.loads(as_json([ROW, EMPTY])) == [ROW, EMPTY]
    assert json.loads(as_json([])) == []


def test_parquet_has_real_types_and_the_registrys_dates_as_text() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(io.BytesIO(as_parquet([ROW, EMPTY], COLUMNS)))
    assert table.to_pylist() == [ROW, EMPTY]
    types = {field.name: str(field.type) for field in table.schema}
    assert types == {
        "nct_id": "string", "title": "string", "phases": "list<element: string>", "enrollment": "int64",
        "has_results": "bool", "start": "string",
    }  # fmt: skip


def test_a_table_without_rows_still_has_its_columns() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    assert cells(as_csv([], COLUMNS)) == [list(COLUMNS)]
    assert parquet.read_table(io.BytesIO(as_parquet([], COLUMNS))).column_names == list(COLUMNS)


def test_what_no_record_should_have_does_not_stop_an_export() -> None:
    odd = [{"title": "half \ud800", "enrollment": 10**30, "phases": ["\udfff"]}]
    columns = tuple(odd[0])
    assert b"half ?" in as_csv(odd, columns)
    assert b"half ?" in as_json(odd)
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(io.BytesIO(as_parquet(odd, columns)))
    assert table.to_pylist() == [{"title": "half ?", "enrollment": None, "phases": ["?"]}]


def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(NoParquet) as error:
        export([ROW], COLUMNS, "parquet", "stem")
    assert "extra `parquet`" in error.value.hint
    assert export([ROW], COLUMNS, "csv", "stem").name == "stem.csv"
