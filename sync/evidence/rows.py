"""Whether the rows that a bundle's seals are of say what its members do; without the database that they are from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from storage.sealed import SEALED, Sealed, sha256_of_row
from storage.tables import table_of
from storage.types import JsonText
from sync.evidence.collecting import AUDIT, VERSIONS

Row = dict[str, Any]
_CHANGE = ("kind", "path", "op", "old", "new", "detail")
_AS_TEXT = 3
"""So many values of a change, its number before them, are texts; the others are JSON."""


def rows_told(
    members: Mapping[str, bytes], event: Mapping[str, Any], seals: Mapping[str, Any]
) -> Iterator[str]:
    """What is wrong between seals, rows and members: of the event, both versions and the entries of the audit log."""
    rows: dict[tuple[str, str], Row] = {}
    for link in seals["links"]:
        text = link["sealed"] or ""
        if sha256_of_row(text) == link["digest"]:
            rows[link["what"], link["subject"]] = _row(SEALED[link["what"]], json.loads(text))
        else:
            yield f"The row of seal {link['seq']} is not what was sealed."
    for what, subject, told in _told(members, event):
        row, name = rows.pop((what, subject), None), SEALED[what].name(subject, None)
        if row is None:
            yield f"There is no seal of {name}."
        elif any(row[column] != value for column, value in told.items() if column in row):
            yield f"It tells {name} otherwise than it was sealed."
    yield from (
        f"It has the seal of {SEALED[what].name(subject, None)}, and does not tell it."
        for what, subject in rows
    )


def _row(sealed: Sealed, values: list[Any]) -> Row:
    """A sealed row by the names of its columns, JSON read."""
    names = ("what", *sealed.key, *sealed.columns, *(["beside"] if sealed.beside else []))
    row = dict(zip(names, values, strict=True))
    columns = table_of(sealed.model).c
    for name in sealed.columns:
        if isinstance(columns[name].type, JsonText):
            row[name] = _value(row[name])
    if sealed.beside:
        row["beside"] = [
            [*change[: _AS_TEXT + 1], *map(_value, change[_AS_TEXT + 1 :])] for change in row["beside"]
        ]
    return row


def _value(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _told(members: Mapping[str, bytes], event: Mapping[str, Any]) -> Iterator[tuple[str, str, Row]]:
    """What the members say of each row that must be sealed, by the names of its columns."""
    changes = [[at, *(change[name] for name in _CHANGE)] for at, change in enumerate(event["changes"])]
    yield "event", event["id"], {"body": {**event, "changes": []}, "beside": changes}
    for info in json.loads(members[VERSIONS]).values():
        # A time is sealed to the microsecond, and told as it is told everywhere.
        told = {name: value for name, value in info.items() if name != "seen_at"}
        yield "version", f"{info['nct_id']}@{info['number']}", told
    for act in json.loads(members[AUDIT]):
        yield "audit", str(act["seq"]), {"hash": act["hash"]}
