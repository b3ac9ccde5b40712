"""A version and its study as rows, and the statements that write many of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.sql.dml import UpdateBase

from storage.bulk import insert_in, upsert_in
from storage.payloads import Packed
from storage.tables import Study, Version

if TYPE_CHECKING:
    from storage.versions import NewVersion


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


def study_row(new: NewVersion, number: int, first_seen_release: str) -> dict[str, Any]:
    """The row of a study whose head a version becomes."""
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
        "summary_form": new.summary.form,
        "first_seen_release": first_seen_release,
    }


def insert_versions(dialect: str) -> UpdateBase:
    """Adds rows of versions."""
    return insert_in(dialect, Version)


def upsert_studies(dialect: str) -> UpdateBase:
    """Makes rows of studies, or brings them up to date."""
    return upsert_in(dialect, Study, "nct_id", _OF_STUDIES)


_OF_STUDIES = (
    *("head", "raw_hash", "content_hash", "derived_hash", "canon", "checked_stamp", "checked_at"),
    *("state", "absent_since", "absent_releases", "alias_of", "title", "status", "sponsor", "phases"),
    *("enrollment", "last_update_posted", "status_module", "facts", "heard_on", "overdue_on", "unknown_on"),
    *("summary_form", "first_seen_release"),
)
