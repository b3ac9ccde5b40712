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
from storage.times import as_text
from sync.changes.event import Event
from sync.changes.explain import version_event
from sync.changes.model import Snapshot, VersionRef
from sync.changes.ruleset import RuleSet
from sync.errors import UnreadableRecord, UsageError
from sync.rules import Configured, for_study, shared
from sync.study.canonical import canonicalise
from sync.study.record import Record, at, is_nct_id, read_object, read_record
from sync.versions.history import version_named
from sync.versions.prior_state import prior_state_of


def snapshot_of_record(record: Record, raw: bytes) -> Snapshot:
    """A snapshot of a record that is not stored; its release is the one that the registry stamped on it."""
    release = at(record, "derivedSection", "miscInfoModule", "versionHolder")
    sha256 = hashlib.sha256(raw).hexdigest()
    return Snapshot(
        record, canonicalise(record), VersionRef(None, release if isinstance(release, str) else None, sha256)
    )


def snapshot_of_file(path: Path) -> Snapshot:
    """The record in a JSON file, as the registry answers for one study."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UsageError(f"the file {path} cannot be read: {error.strerror}") from error
    try:
        return snapshot_of_record(read_object(raw), raw)
    except UnreadableRecord as error:
        raise UsageError(f"the file {path} holds no record: {error}") from error


def snapshot_of_version(session: Session, nct_id: str, number: int) -> Snapshot:
    """A stored version."""
    info = next((info for info in versions.versions(session, nct_id) if info.number == number), None)
    if info is None:
        raise UnknownVersion(f"{nct_id} has no version {number}")
    raw = versions.payload(session, nct_id, number)
    record = read_record(raw)
    return Snapshot(record, canonicalise(record), VersionRef(number, info.release, info.sha256), info.since)


Compared = tuple[Snapshot, Snapshot, Event | None]
"""Two versions, and what is told of them."""


def explain_versions(
    session: Session, settings: Configured, nct_id: str, before: int, after: int
) -> Compared:
    """Two stored versions by the rules in force: of two that follow each other, the very event that a cycle stored."""
    old, new = (snapshot_of_version(session, nct_id, number) for number in (before, after))
    newer = next(info for info in versions.versions(session, nct_id) if info.number == after)
    # As of that release: rules of a watch that the study has left since are those that weighed it then.
    rules = for_study(session, settings, nct_id, on=newer.day)
    prior = prior_state_of(session, nct_id, before)
    return old, new, version_event(old, new, rules=rules, seen_at=as_text(newer.seen_at), prior=prior)


def explain_named(
    names: tuple[str, str], settings: Configured, session: Callable[[], Session], seen_at: str
) -> Compared:
    """What two arguments of `diff` name: NCT@VERSION, NCT@DAY, NCT (its newest version), or a file."""
    match [_version_named(name, session) for name in names]:
        case [(before_id, before), (after_id, after)] if before_id == after_id:
            return explain_versions(session(), settings, before_id, before, after)
        case stored:
            old, new = (
                snapshot_of_version(session(), *version) if version else snapshot_of_file(Path(name))
                for name, version in zip(names, stored, strict=True)
            )
            # A file belongs to no watch; beside a stored version it is weighed as that study is.
            known = next((version[0] for version in reversed(stored) if version), None)
            rules = for_study(session(), settings, known) if known else shared(settings)
            return old, new, version_event(old, new, rules=rules, seen_at=seen_at)


def _version_named(name: str, session: Callable[[], Session]) -> tuple[str, int] | None:
    nct_id, _, which = name.partition("@")
    return (nct_id, version_named(session(), nct_id, which or None)) if is_nct_id(nct_id) else None


def explain_pairs(path: Path, rules: RuleSet, seen_at: str) -> Iterator[Event | None]:
    """The event of each pair in a file of lines {"before": …, "after": …}; gzip where its name ends in .gz."""
    with _lines(path) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                before, after = (_side(read_object(line), side) for side in ("before", "after"))
            except UnreadableRecord as error:
                raise UsageError(f"the file {path}, line {number}: {error}") from error
            yield version_event(before, after, rules=rules, seen_at=seen_at)


def _side(pair: dict[str, Any], name: str) -> Snapshot:
    record = pair.get(name)
    if not isinstance(record, dict):
        raise UnreadableRecord(f"{name!r} is not a record")
    # The bytes of a pair are lost inside its line: hashed as they would be written again.
    return snapshot_of_record(record, json.dumps(record, separators=(",", ":")).encode())


@contextmanager
def _lines(path: Path) -> Iterator[IO[bytes]]:
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
            yield lines  # type: ignore[misc]  # gzip's file is one to read bytes from
    except OSError as error:
        raise UsageError(f"the file {path} cannot be read: {error}") from error
