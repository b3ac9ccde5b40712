"""What is exported of studies: their versions, events and timelines, study by study, up to a day."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Literal

from sqlalchemy.orm import Session

from storage import events, versions
from storage.times import exactly
from storage.versions import VersionInfo
from sync.changes.model import Kind
from sync.output import json_text
from sync.study.record import Study, read_record

What = Literal["versions", "events", "timeline"]
Row = Mapping[str, Any]
"""A row of a table, by its columns: texts, numbers, None."""

RECORD = "record"
"""The column that holds a version's record, as bytes of JSON."""
COLUMNS: dict[What, dict[str, type]] = {
    "versions": {
        **dict.fromkeys(("nct_id",), str),
        "version": int,
        **dict.fromkeys(
            (
                "day",
                "release",
                "since",
                "seen_at",
                "submitted",
                "posted",
                "provenance",
                "sha256",
                "content_hash",
            ),
            str,
        ),
        "size": int,
        RECORD: bytes,
    },
    "events": {
        **dict.fromkeys(
            (
                "id",
                "nct_id",
                "title",
                "release",
                "seen_at",
                "submitted",
                "posted",
                "origin",
                "kind",
                "severity",
            ),
            str,
        ),
        **dict.fromkeys(("headline", "state", "rules_that_fired"), str),
        **dict.fromkeys(("from_version", "to_version", "changes"), int),
    },
    "timeline": {
        "nct_id": str,
        "version": int,
        **dict.fromkeys(("day", "provenance", "status", "why_stopped"), str),
        "enrollment": int,
        **dict.fromkeys(("enrollment_type", "start", "primary_completion", "completion"), str),
        "sites": int,
        "countries": str,
    },
}
"""What each table is made of."""


def exported(session: Session, what: What, ids: Collection[str], until: str | None) -> Iterator[Row]:
    """The rows of studies, one study after the other, each from its oldest on; what is later than a day is left out."""
    of_study: dict[What, Callable[[Session, str, str | None], Iterator[Row]]] = {
        "versions": _versions,
        "events": _events,
        "timeline": _timeline,
    }
    for nct_id in ids:
        yield from of_study[what](session, nct_id, until)


def whole_events(session: Session, ids: Collection[str], until: str | None) -> Iterator[Row]:
    """The events themselves, in the format that they have everywhere, oldest first."""
    for nct_id in ids:
        yield from reversed(events.events(session, nct_id=nct_id, until=until, historical=True))


def of_no_study(session: Session, until: str | None) -> Iterator[Row]:
    """The events that are of many studies, storms, in the same format, oldest first."""
    found = events.events(session, kinds=[Kind.STORM], until=until, historical=True)
    yield from (event for event in reversed(found) if not event.get("nct_id"))


def _versions(session: Session, nct_id: str, until: str | None) -> Iterator[Row]:
    for info, payload in _payloads(session, nct_id, until):
        kept = ("release", "since", "submitted", "posted", "provenance", "sha256", "content_hash", "size")
        yield {
            "nct_id": nct_id,
            "version": info.number,
            "day": info.day,
            "seen_at": exactly(info.seen_at),
            **{name: getattr(info, name) for name in kept},
            RECORD: payload,
        }


def _events(session: Session, nct_id: str, until: str | None) -> Iterator[Row]:
    yield from map(event_row, whole_events(session, [nct_id], until))


def event_row(event: Row) -> Row:
    """An event in one row."""
    before, after = event.get("from") or {}, event.get("to") or {}
    return {
        **{name: event.get(name) for name in COLUMNS["events"]},
        "rules_that_fired": "; ".join(reason["rule"] for reason in event["reasons"]),
        "from_version": before.get("version"),
        "to_version": after.get("version"),
        "changes": len(event["changes"]),
    }


def _timeline(session: Session, nct_id: str, until: str | None) -> Iterator[Row]:
    for info, payload in _payloads(session, nct_id, until):
        study = Study(read_record(payload))
        dates = {name: getattr(study, name) for name in ("start", "primary_completion", "completion")}
        enrollment = asdict(study.enrollment)
        yield {
            "nct_id": nct_id,
            "version": info.number,
            "day": info.day,
            "provenance": info.provenance,
            "status": study.status,
            "why_stopped": study.why_stopped,
            "enrollment": enrollment["count"],
            "enrollment_type": enrollment["type"],
            **{name: str(found.date) if found else None for name, found in dates.items()},
            "sites": len(study.locations),
            "countries": "; ".join(sorted(study.countries)),
        }


def _payloads(session: Session, nct_id: str, until: str | None) -> Iterator[tuple[VersionInfo, bytes]]:
    """One pass over the versions of a study, each unpacked on top of the one before."""
    infos = versions.versions(session, nct_id)
    for info, (_, payload) in zip(infos, versions.payloads(session, nct_id), strict=True):
        if until is None or info.day <= until:
            yield info, payload


def json_line(row: Row) -> bytes:
    """A row as a line of JSON; a record in it keeps its bytes, but for line breaks, which say nothing between values."""
    record: bytes | None = row.get(RECORD)
    rest = json_text({name: value for name, value in row.items() if name != RECORD})
    line = rest.encode("utf-8", "replace")
    if record is None:
        return line + b"\n"
    one_line: bytes = record.replace(b"\n", b" ").replace(b"\r", b" ")
    return line[:-1] + b', "study": ' + one_line + b"}\n"
