"""Contents that are stored as the next versions of their studies, with the studies' rows.

In one transaction with what else they bring: what the studies are found by and compared by, and the seals.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase

from storage import seals
from storage.bulk import chunks, insert_in, upsert_in
from storage.dictionaries import SAMPLES, Dictionaries, train
from storage.fulltext.document import Texts
from storage.fulltext.index import index
from storage.many_rows import write_rows
from storage.payloads import (
    Packed,
    Trained,
    for_full,
    pack,
)
from storage.profiles import StoredProfile
from storage.profiles import keep as keep_profiles
from storage.sort_keys import country_count, enrolled
from storage.tables import Study, Version, table_of
from storage.versions import readable_heads

STUDY = table_of(Study).c
AT_ONCE = ""
"""Before every day."""


@dataclass(frozen=True, slots=True)
class Due:
    """The days, as YYYY-MM-DD, by which silent studies are asked for; None where nothing of the kind is awaited."""

    heard_on: str | None = None
    overdue_on: str | None = None
    unknown_on: str | None = None

    @property
    def look_on(self) -> str | None:
        """When its silence is to be looked at first: at once, or never where nothing is awaited."""
        return None if self == Due() else AT_ONCE


@dataclass(frozen=True, slots=True)
class Summary:
    """The few facts of a record that listings show."""

    title: str | None = None
    status: str | None = None
    sponsor: str | None = None
    phases: tuple[str, ...] = ()
    enrollment: Any = None
    status_module: Any = None
    """The record's own, of which silence is told."""
    facts: Any = None
    """What else a listing shows of the record."""
    texts: Texts | None = None
    """What the study is found by."""
    profile: StoredProfile | None = None
    """What the study is compared by."""
    due: Due = Due()
    form: int | None = None
    """Which form of a summary this is."""


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A content to be stored. `release` is YYYY-MM-DD, `stamp` its stamp; hashes are hexadecimal.

    `raw_hash` is that of the record's bytes with the release's date blanked, `posted` is lastUpdatePostDate.
    """

    nct_id: str
    payload: bytes
    release: str
    stamp: str
    seen_at: datetime
    raw_hash: str
    content_hash: str
    derived_hash: str
    canon: int
    submitted: str | None = None
    posted: str | None = None
    provenance: str = "api"
    cycle_id: int | None = None
    state: str = "present"
    summary: Summary = field(default_factory=Summary)
    packed: Packed | None = None
    """On top of the version before it, where that was at hand."""


def add_versions(session: Session, new: Sequence[NewVersion]) -> dict[str, int]:
    """Store contents as the next versions of their studies, in the order given; the last number of each.

    The study's row is made or brought up to date with it.
    """
    if not new:
        return {}
    named = _named(session, (version.nct_id for version in new))
    known = {nct_id: (head, release) for nct_id, (head, release) in named.items() if head is not None}
    numbers = {nct_id: head for nct_id, (head, _) in known.items()}
    previous = readable_heads(
        session, [each.nct_id for each in new if each.packed is None and each.nct_id in known]
    )
    full = for_full(_trained(session, new, numbers))
    rows = []
    for version in new:
        number, packed = numbers.get(version.nct_id, 0) + 1, version.packed
        if packed is None or packed.number != number:
            # Two contents of one study in one call (a backfill) follow on each other, so both dictionaries are at hand.
            packed = pack(version.payload, number, previous.get(version.nct_id), full)
        rows.append(version_row(version, packed))
        numbers[version.nct_id], previous[version.nct_id] = number, version.payload
    last = {version.nct_id: version for version in new}
    # A watch may have named it long before the registry had it: it is seen when the first record of it is.
    first_seen = {version.nct_id: version.release for version in reversed(new)}
    first_seen |= {nct_id: release for nct_id, (_, release) in known.items()}
    studies = [
        _study_row(version, numbers[nct_id], first_seen[nct_id]) for nct_id, version in sorted(last.items())
    ]
    keys, there = [(row["nct_id"],) for row in studies], {(nct_id,) for nct_id in named}
    with seals.revising(session, Study, keys, written=studies, there=there):
        write_rows(session, _studies, studies)
    write_rows(session, _versions, rows)
    seals.seal_as_written(session, Version, rows)
    texts = {each.nct_id: each.summary.texts for each in new if each.summary.texts is not None}
    index(session, texts, may_have=named)
    profiles = {each.nct_id: each.summary.profile for each in new if each.summary.profile}
    keep_profiles(session, profiles, may_have=known)
    return numbers


def _named(session: Session, ids: Iterable[str]) -> dict[str, tuple[int | None, str]]:
    """Head and first release of those of the studies that there are; no head before a version is stored."""
    return {
        nct_id: (head, first_seen)
        for chunk in chunks(ids)
        for nct_id, head, first_seen in session.execute(_NAMED, {"ids": chunk})
    }


# Made once: to put it together for each batch took as long as to ask for its rows.
_NAMED = select(STUDY.nct_id, STUDY.head, STUDY.first_seen_release).where(
    STUDY.nct_id.in_(bindparam("ids", expanding=True))
)


def _trained(session: Session, new: Sequence[NewVersion], numbers: dict[str, int]) -> Trained | None:
    """The dictionary to pack full versions with: trained as soon as there are studies enough to train it on."""
    dictionaries = Dictionaries(session)
    if not new or dictionaries.is_any() or all(version.nct_id in numbers for version in new):
        return dictionaries.newest() if new else None
    known = select(STUDY.nct_id).where(STUDY.head.is_not(None)).limit(SAMPLES)
    ids = session.scalars(known).all()
    if len(ids) >= SAMPLES:
        train(session, list(readable_heads(session, ids).values()), new[0].seen_at)
    return dictionaries.newest()


def version_row(new: NewVersion, packed: Packed) -> dict[str, Any]:
    """The row of a version."""
    return {
        "nct_id": new.nct_id,
        "number": packed.number,
        "release": new.release,
        "seen_at": new.seen_at,
        "payload": packed.blob,
        "base": packed.base,
        "size": len(new.payload),
        "sha256": packed.sha256,
        "content_hash": new.content_hash,
        "derived_hash": new.derived_hash,
        "canon": new.canon,
        "submitted": new.submitted,
        "posted": new.posted,
        "provenance": new.provenance,
        "cycle_id": new.cycle_id,
    }


def _study_row(new: NewVersion, number: int, first_seen_release: str) -> dict[str, Any]:
    return {
        "nct_id": new.nct_id,
        "head": number,
        "raw_hash": new.raw_hash,
        "content_hash": new.content_hash,
        "derived_hash": new.derived_hash,
        "canon": new.canon,
        "checked_stamp": new.stamp,
        "checked_at": new.seen_at,
        "state": new.state,
        "absent_since": None,
        "absent_releases": 0,
        "alias_of": None,
        "title": new.summary.title,
        "status": new.summary.status,
        "sponsor": new.summary.sponsor,
        "phases": list(new.summary.phases),
        "enrollment": new.summary.enrollment,
        "last_update_posted": new.posted,
        "status_module": new.summary.status_module,
        "facts": new.summary.facts,
        "heard_on": new.summary.due.heard_on,
        "overdue_on": new.summary.due.overdue_on,
        "unknown_on": new.summary.due.unknown_on,
        "look_on": new.summary.due.look_on,
        "looked_under": None,
        "enrolled": enrolled(new.summary.enrollment),
        "country_count": country_count(new.summary.facts),
        "summary_form": new.summary.form,
        "first_seen_release": first_seen_release,
    }


def _versions(dialect: str) -> UpdateBase:
    return insert_in(dialect, Version)


def _studies(dialect: str) -> UpdateBase:
    return upsert_in(dialect, Study, "nct_id", _OF_STUDIES)


_OF_STUDIES = (
    *("head", "raw_hash", "content_hash", "derived_hash", "canon", "checked_stamp", "checked_at"),
    *("state", "absent_since", "absent_releases", "alias_of", "title", "status", "sponsor", "phases"),
    *("enrollment", "last_update_posted", "status_module", "facts", "heard_on", "overdue_on", "unknown_on"),
    *("look_on", "looked_under", "enrolled", "country_count", "summary_form", "first_seen_release"),
)
