"""Profiles of stored studies: made with each version, and filled in where an older program kept none or others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy.orm import Session

from storage import profiles
from storage.engine import Database
from storage.profiles import StoredProfile
from sync import logs
from sync.cohort.classifying import classify
from sync.cohort.neighbours import traits
from sync.cohort.profile import Profile, form, profile
from sync.errors import UnreadableRecord
from sync.study.record import Study, read_record
from sync.versions.backfill_facts import BATCH, readable_heads
from sync.versions.classes import decided
from sync.versions.classified import what_it_said

UNSTATED = "-"
"""What a record does not say, where studies are counted by it."""

log = structlog.get_logger("filling")


def stored_profile(study: Study, answer: Mapping[str, Any] | None = None) -> StoredProfile:
    """What a study is compared and counted by, as it is kept.

    `answer`: what it is, a person's decision included; without one the classifier is asked.
    """
    return kept(profile(study, answer or classify(study.record).as_json()))


def kept(study: Profile) -> StoredProfile:
    """A profile as it is kept."""
    return StoredProfile(
        form=form(),
        trial_class=study.class_,
        area=study.area,
        phase="/".join(study.phases) or UNSTATED,
        sponsor_class=study.sponsor_class or UNSTATED,
        body=study.as_json(),
        traits=frozenset(traits(study)),
    )


def fill_profiles(database: Database, go_on: Callable[[], None] = lambda: None) -> int:
    """Make the profiles of all studies that have none of today's form; of how many. `go_on` raises where it is to stop.

    Safe beside a cycle: each batch is read and written in one writing transaction, so that no newer record is written over.
    """
    filled, last, today = 0, "", form()
    while True:
        go_on()
        with database.read() as session:
            ids = profiles.missing(session, today, last, BATCH)
        if not ids:
            return filled
        with database.write() as session:
            filled += profiles.keep(session, _of_heads(session, ids))
        # Onwards by id: one that cannot be read would come back for ever.
        last = ids[-1]


def renew_profile(session: Session, nct_id: str) -> None:
    """Make a study's profile anew: a person decided what it is."""
    profiles.keep(session, _of_heads(session, [nct_id]))


def _of_heads(session: Session, ids: Sequence[str]) -> dict[str, StoredProfile]:
    found = {}
    for nct_id, payload in readable_heads(session, ids).items():
        try:
            record = what_it_said(session, nct_id, read_record(payload))
            found[nct_id] = stored_profile(
                Study(record), classify(record).as_json() | decided(session, nct_id)
            )
        except UnreadableRecord as error:
            log.warning(logs.FACTS_MISSING, nct_id=nct_id, reason=str(error))
    return found
