"""Exports as they are written: lines of JSON, CSV or Parquet, a row at a time, to a file or to standard output."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal

from sync.errors import UsageError
from sync.versions.exported import RECORD, Row, json_line
from sync.web.export import NoParquet, cell, sound

Form = Literal["jsonl", "csv", "parquet"]
ROWS_AT_ONCE = 1_000
"""Of Parquet: a group of rows is written at a time."""


@contextmanager
def written(path: Path | None, *, force: bool) -> Iterator[IO[bytes]]:
    """Where an export goes: a file, which is there when all of it is, or standard output. Raises UsageError."""
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target = _target(path, force=force)
    partial = target.with_name(f".{target.name}.partial")
    try:
        with partial.open("wb") as file:
            yield file
        partial.replace(target)
    except OSError as error:
        raise UsageError(f"the file {path} cannot be written: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)


def _target(path: Path, *, force: bool) -> Path:
    """The file that is written: what a link leads to. Nothing but a file is ever replaced. Raises UsageError."""
    try:
        target = path.resolve()
        is_there, is_file = target.exists(), target.is_file()
    except (OSError, RuntimeError) as error:  # a link that leads to itself, a folder that may not be read
        raise UsageError(f"the file {path} cannot be written: {error}") from error
    if target.is_dir():
        raise UsageError(f"the file {path} is a folder: name a file in it")
    if is_there and not is_file:
        raise UsageError(f"the file {path} is a device or a pipe: name another one")
    if is_there and not force:
        raise UsageError(f"there is a file {path} already: name another one, or overwrite it with --force")
    return target


def write(rows: Iterable[Row], columns: Mapping[str, type], form: Form, out: IO[bytes]) -> int:
    """Write the rows; how many there were. Raises NoParquet."""
    counted = _Counted(rows)
    if form == "jsonl":
        out.writelines(map(json_line, counted))
    elif form == "csv":
        _write_csv(counted, [name for name in columns if name != RECORD], out)
    else:
        _write_parquet(counted, columns, out)
    return counted.number


class _Counted:
    """Counts what is taken."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows, self.number = rows, 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.number += 1
            yield row


def _write_csv(rows: Iterable[Row], columns: list[str], out: IO[bytes]) -> None:
    text = io.TextIOWrapper(out, "utf-8-sig", "replace", newline="", write_through=True)
    try:
        writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([cell(row[column], ",") for column in columns])
    finally:
        text.detach()


def _write_parquet(rows: Iterable[Row], columns: Mapping[str, type], out: IO[bytes]) -> None:
    try:
        import pyarrow as pa  # some 100 MB, wanted by few
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise NoParquet from error
    types = {str: pa.string(), int: pa.int64(), bytes: pa.binary()}
    schema = pa.schema([(name, types[kind]) for name, kind in columns.items()])
    rest = iter(rows)
    with parquet.ParquetWriter(out, schema) as writer:
        while batch := list(islice(rest, ROWS_AT_ONCE)):
            found: list[dict[str, Any]] = [{name: sound(row[name]) for name in columns} for row in batch]
            writer.write_table(pa.Table.from_pylist(found, schema=schema))
