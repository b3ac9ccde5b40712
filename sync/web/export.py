"""A table as a file: CSV for spreadsheets, JSON for programs, Parquet for both columns and types (pure)."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from storage.errors import TrialdeltaError

Form = Literal["csv", "json", "parquet"]
Separator = Literal[",", ";", "tab"]
MEDIA_TYPES: dict[Form, str] = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
}
TYPES = {
    "phases": "texts", "conditions": "texts", "interventions": "texts", "countries": "texts", "silence": "texts",
    "enrollment": "number", "sites": "number", "events_in_12_weeks": "number", "open_alerts": "number",
    "has_results": "flag",
}  # fmt: skip
"""What the columns of a cohort hold; all others hold text."""
_SIGNS = "[=+@＝＋－＠-]"
"""What makes a spreadsheet calculate a cell; in full width too."""
_SPACE = "[\t\r\n]"

Table = Sequence[Mapping[str, Any]]


class NoParquet(TrialdeltaError):
    """Parquet needs a library that is not installed."""

    hint = "Install trialdelta with its extra `parquet`, or take CSV or JSON."


@dataclass(frozen=True, slots=True)
class File:
    """What is downloaded."""

    body: bytes
    media_type: str
    name: str


def export(rows: Table, columns: Sequence[str], form: Form, stem: str, *, separator: Separator = ",") -> File:
    """The rows as a file; `columns` are its columns where there is no row. Raises NoParquet."""
    if form == "csv":
        body = as_csv(rows, columns, separator)
    else:
        body = as_json(rows) if form == "json" else as_parquet(rows, columns)
    return File(body, MEDIA_TYPES[form], f"{stem}.{form}")


def as_csv(rows: Table, columns: Sequence[str], separator: Separator = ",") -> bytes:
    """With a byte order mark, by which spreadsheets know UTF-8, every text in quotes; a list is a line of CSV with `;`.

    Spreadsheets go by the separator of their country, whatever the file has: one that reads it with another one must not
    find a formula where it begins a cell.
    """
    between = "\t" if separator == "tab" else separator
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=between, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(columns)
    writer.writerows([cell(row[column], between) for column in columns] for row in rows)
    return text.getvalue().encode("utf-8-sig", "replace")


def as_json(rows: Table) -> bytes:
    """One array of objects."""
    return json.dumps([dict(row) for row in rows], ensure_ascii=False, indent=1).encode("utf-8", "replace")


def as_parquet(rows: Table, columns: Sequence[str]) -> bytes:
    """With real types: numbers, lists of texts, and the registry's dates as the text that they are."""
    try:
        import pyarrow as pa  # some 100 MB, wanted by few
        import pyarrow.parquet
    except ImportError as error:
        raise NoParquet from error
    types = {"texts": pa.list_(pa.string()), "number": pa.int64(), "flag": pa.bool_()}
    schema = pa.schema([(column, types.get(TYPES.get(column, ""), pa.string())) for column in columns])
    out = io.BytesIO()
    kept = [{column: sound(row[column]) for column in columns} for row in rows]
    pyarrow.parquet.write_table(pa.Table.from_pylist(kept, schema=schema), out)
    return out.getvalue()


def sound(value: Any) -> Any:
    """What Parquet has no room for, and no record should have: half a character is replaced, a huge number left out."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list | tuple):
        return [sound(each) for each in value]
    return None if isinstance(value, int) and not -(2**63) <= value < 2**63 else value


def cell(value: Any, separator: str) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe; numbers stay numbers."""
    if isinstance(value, list | tuple):
        value = "; ".join(map(_item, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _harmless(value, separator) if isinstance(value, str) else value


def _item(text: str) -> str:
    """One of a list, told apart from its neighbours whatever it holds."""
    return '"' + text.replace('"', '""') + '"' if ";" in text or text.startswith('"') else text


def _harmless(text: str, separator: str) -> str:
    """An apostrophe before each sign that begins the cell, or would with another separator; `;"=` begins one as well."""
    others = "".join({",", ";", "\t"} - {separator})
    guarded = re.sub(rf'([\r\n{others}][\s"]*)(?={_SIGNS})', r"\1'", text)
    return re.sub(rf'^(?=[\s"]*{_SIGNS}|{_SPACE})', "'", guarded)
