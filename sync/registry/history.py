"""The record history behind the registry's site: undocumented, so its shape is checked before anything is believed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import msgspec

from sync.registry.errors import Unreadable
from sync.registry.pages import RawRecord, read_study
from sync.registry.shapes import shaped

PACE_S = 0.5
"""More than one request in flight gets 429; one every 0.4 s or slower passed."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One version in the list: numbered from 0 (the site shows one more), `submitted` as the registry writes it."""

    version: int
    submitted: str
    status: str | None
    modules: tuple[str, ...]


class _Change(msgspec.Struct):
    version: int
    date: str
    status: str | None = None
    moduleLabels: tuple[str, ...] = ()  # noqa: N815 - the registry's name


class _History(msgspec.Struct):
    changes: list[_Change]


class _Version(msgspec.Struct):
    studyVersion: int  # noqa: N815
    study: msgspec.Raw


_decode_history = msgspec.json.Decoder(_History).decode
_decode_version = msgspec.json.Decoder(_Version).decode
_STRANGE = "the record history has another shape than the known one"


def read_history(body: bytes) -> tuple[HistoryEntry, ...]:
    """The versions of a study, oldest first; raises Unreadable for another shape than the known one."""
    changes = sorted(shaped(_decode_history, body, _STRANGE).changes, key=lambda change: change.version)
    if not changes or [each.version for each in changes] != list(range(len(changes))):
        raise Unreadable(f"{_STRANGE}: its versions are not numbered one by one from 0")
    for each in changes:
        if not _is_day(each.date):
            raise Unreadable(f"{_STRANGE}: version {each.version} has no day but {each.date[:40]!r}")
    return tuple(HistoryEntry(each.version, each.date, each.status, each.moduleLabels) for each in changes)


def read_version(body: bytes, nct_id: str, number: int) -> RawRecord:
    """The record in one version; raises Unreadable where it is another study's or another version's."""
    try:
        version = msgspec.json.decode(body, type=_Version)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Unreadable(
            f"a version of the record history has another shape than the known one: {error}"
        ) from error
    record = read_study(bytes(version.study))
    # Undocumented, so it is held against what was asked for: a wrong version stored would be there for ever.
    if version.studyVersion != number or not record.is_for(nct_id):
        raise Unreadable(
            f"asked for version {number} of {nct_id}, got {version.studyVersion} of {record.nct_id}"
        )
    return record


def _is_day(text: str) -> bool:
    try:
        return str(date.fromisoformat(text)) == text
    except ValueError:
        return False
