"""A record as the storage takes a version of it: with what listings show, and what it is found by."""

from __future__ import annotations

from datetime import datetime

from storage.new_versions import NewVersion, Summary
from storage.payloads import Packed
from storage.profiles import StoredProfile
from sync.study.canonical import BYTES, CANON, Canonical
from sync.study.record import Study, at
from sync.study.searched import searched
from sync.study.summary import facts
from sync.versions.due import SUMMARY_FORM, due


def new_version(
    study: Study,
    raw: bytes,
    raw_hash: str,
    *,
    release: str,
    stamp: str,
    seen_at: datetime,
    form: Canonical | None = None,
    summary: Summary | None = None,
    provenance: str = "api",
    cycle_id: int | None = None,
    packed: Packed | None = None,
) -> NewVersion:
    """A content to be stored; without its canonical `form` its hashes are that of its bytes.

    `summary`: of what becomes the head of its study; `packed`: on top of the version before it, where that is at hand.
    """
    return NewVersion(
        nct_id=study.nct_id or "",
        payload=raw,
        release=release,
        stamp=stamp,
        seen_at=seen_at,
        raw_hash=raw_hash,
        content_hash=form.content_hash if form else raw_hash,
        derived_hash=form.derived_hash if form else raw_hash,
        canon=CANON if form else BYTES,
        submitted=str(study.submitted) if study.submitted else None,
        posted=str(study.posted) if study.posted else None,
        provenance=provenance,
        cycle_id=cycle_id,
        state="withheld" if study.withheld else "present",
        summary=summary or Summary(),
        packed=packed,
    )


def summary_of(study: Study, profile: StoredProfile | None = None, *, is_indexed: bool = False) -> Summary:
    """What listings show of a record, and what it is found and compared by; `is_indexed`: what it is found by is kept."""
    enrollment = study.enrollment
    return Summary(
        study.title,
        study.status,
        study.sponsor,
        study.phases,
        {"count": enrollment.count, "type": enrollment.type},
        at(study.record, "protocolSection", "statusModule"),
        facts(study),
        None if is_indexed else searched(study),
        profile,
        due(study),
        SUMMARY_FORM,
    )
