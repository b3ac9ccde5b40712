"""The tables of a TOML text, read in a quarter of the time that `tomllib` takes (pure)."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import msgspec

_TABLE = re.compile(r"^(?=\[)", re.MULTILINE)


def tables_of(text: str) -> dict[str, Any]:
    """What `tomllib` says of a text that has nothing but tables, where nothing but a table's name begins with a bracket.

    The 90 KB of terms take `tomllib` 30 ms, which the first study that changes in a process would pay.
    """
    tables: dict[str, Any] = {}
    for part in _TABLE.split(text)[1:]:
        head, lines = part.split("\n", 1)
        name = head.strip("[]")
        table = _read_as_json(lines)
        if table is None:
            table = tomllib.loads(f"[{name}]\n{lines}")[name]
        if head.startswith("[["):
            tables.setdefault(name, []).append(table)
        else:
            tables[name] = table
    return tables


def _read_as_json(lines: str) -> dict[str, Any] | None:
    """A table of which each line is a key with a value that JSON writes alike, as nearly all are; None of another one."""
    try:
        pairs = [line.split(" = ", 1) for line in lines.split("\n") if line]
        members = ",".join([f'"{key}":{value}' for key, value in pairs])
        return msgspec.json.decode(f"{{{members}}}", type=dict[str, Any])
    except ValueError:  # a comment, a text of several lines
        return None
