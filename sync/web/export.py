"""A table as a file: CSV for spreadsheets, JSON for programs, Parquet for both columns and types (pure)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from storage.errors import TrialdeltaError

Form = Literal["csv", "json", "parquet"]
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
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet calculate a cell; in full width too."""

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


def export(rows: Table, columns: Sequence[str], form: Form, stem: str) -> File:
    """The rows as a file; `columns` are its columns where there is no row. Raises NoParquet."""
    return File(_WRITERS[form](rows, columns), MEDIA_TYPES[form], f"{stem}.{form}")


def as_csv(rows: Table, columns: Sequence[str]) -> bytes:
    """With a byte order mark, by which spreadsheets know UTF-8; lists are joined with semicolons."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    return text.getvalue().encode("utf-8-sig", "replace")


def as_json(rows: Table, _columns: Sequence[str] = ()) -> bytes:
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
    sound = [{column: _sound(row[column]) for column in columns} for row in rows]
    pyarrow.parquet.write_table(pa.Table.from_pylist(sound, schema=schema), out)
    return out.getvalue()


def _sound(value: Any) -> Any:
    """What Parquet has no room for, and no record should have: half a character is replaced, a huge number left out."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list | tuple):
        return [_sound(each) for each in value]
    return None if isinstance(value, int) and not -(2**63) <= value < 2**63 else value


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe; numbers stay numbers."""
    if isinstance(value, list | tuple):
        value = "; ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


_WRITERS: dict[Form, Callable[[Table, Sequence[str]], bytes]] = {
    "csv": as_csv,
    "json": as_json,
    "parquet": as_parquet,
}
