"""Comparing any two versions by hand: files, stored versions, or many pairs in one file."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from sqlalchemy.orm import Session

from storage import versions
from storage.errors import UnknownVersion
from sync.changes.event import Event
from sync.changes.explain import explain
from sync.changes.model import Snapshot, VersionRef
from sync.changes.ruleset import RuleSet
from sync.errors import UnreadableRecord, UsageError
from sync.study.canonical import canonicalise
from sync.study.dates import PartialDate
from sync.study.record import Record, at, is_nct_id, read_object, read_record


def snapshot_of_record(record: Record, raw: bytes) -> Snapshot:
    """A snapshot of a record that is not stored; its release is the one that the registry stamped on it."""
    release = at(record, "derivedSection", "miscInfoModule", "versionHolder")
    digest = hashlib.sha256(raw).hexdigest()
    return Snapshot(
        record, canonicalise(record), VersionRef(None, release if isinstance(release, str) else None, digest)
    )


def snapshot_of_file(path: Path) -> Snapshot:
    """The record in a JSON file, as the registry answers for one study."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    try:
        return snapshot_of_record(read_object(raw), raw)
    except UnreadableRecord as error:
        raise UsageError(f"{path} holds no record: {error}") from error


def snapshot_of_version(session: Session, nct_id: str, number: int) -> Snapshot:
    """A stored version."""
    info = next((info for info in versions.versions(session, nct_id) if info.number == number), None)
    if info is None:
        raise UnknownVersion(f"{nct_id} has no version {number}")
    raw = versions.payload(session, nct_id, number)
    record = read_record(raw)
    return Snapshot(record, canonicalise(record), VersionRef(number, info.release, info.sha256))


def version_named(session: Session, nct_id: str, which: str | None) -> int:
    """The number of the version that `which` names: a number, a day (YYYY-MM-DD), or None for the newest."""
    known = versions.versions(session, nct_id)
    if not known:
        raise UnknownVersion(f"no version of {nct_id} is stored")
    if which is None:
        return known[-1].number
    if which.isdecimal():
        if not any(info.number == int(which) for info in known):
            raise UnknownVersion(f"{nct_id} has the versions 1 to {known[-1].number}, not {which}")
        return int(which)
    day = PartialDate.parse(which)
    if day is None or day.precision != "day":
        raise UsageError(f"{which!r} is neither a version number nor a day such as 2026-09-02")
    number = versions.version_as_of(session, nct_id, which)
    if number is None:
        raise UnknownVersion(f"{nct_id} is known from {known[0].release} on, not yet on {which}")
    return number


def snapshot_named(name: str, session: Callable[[], Session]) -> Snapshot:
    """What an argument of `diff` names: NCT@VERSION, NCT@DAY, NCT (its newest version), or a file."""
    nct_id, _, which = name.partition("@")
    if not is_nct_id(nct_id):
        return snapshot_of_file(Path(name))
    return snapshot_of_version(session(), nct_id, version_named(session(), nct_id, which or None))


def explain_pairs(path: Path, rules: RuleSet, seen_at: str) -> Iterator[Event | None]:
    """The event of each pair in a file of lines {"before": …, "after": …}; gzip where its name ends in .gz."""
    with _lines(path) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                before, after = (_side(read_object(line), side) for side in ("before", "after"))
            except UnreadableRecord as error:
                raise UsageError(f"{path}, line {number}: {error}") from error
            yield explain(before, after, rules=rules, seen_at=seen_at)


def _side(pair: dict[str, Any], name: str) -> Snapshot:
    record = pair.get(name)
    if not isinstance(record, dict):
        raise UnreadableRecord(f"{name!r} is no record")
    return snapshot_of_record(record, json.dumps(record, separators=(",", ":")).encode())


@contextmanager
def _lines(path: Path) -> Iterator[IO[bytes]]:
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
            yield lines  # type: ignore[misc]  # gzip's file is one to read bytes from
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
