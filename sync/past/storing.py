"""Storing the past of a study: its versions before what is known, and an event for each step, told to nobody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import pairwise

from msgspec import structs
from sqlalchemy.orm import Session

from storage import past as stored
from storage.new_versions import NewVersion, Summary
from storage.payloads import sha256_of
from storage.renewing import Rehash, rehash
from storage.times import as_text
from storage.versions import VersionInfo
from sync.changes.event import HISTORICAL, Event
from sync.changes.explain import version_event
from sync.changes.model import PriorState, Snapshot, VersionRef
from sync.changes.ruleset import RuleSet
from sync.errors import TrialdeltaError
from sync.past.chain import PastVersion, bounded, distinct, in_order, said_by
from sync.registry.pages import raw_hash
from sync.rules import Configured, for_study
from sync.study.canonical import CANON
from sync.versions.new_version import new_version
from sync.versions.prior_state import began_as, followed_by
from sync.versions.snapshots import snapshot_of_version


class Unexplained(TrialdeltaError):
    """Two versions of the past differ, and no change was found that says how."""

    hint = "Nothing of this study's past was stored. Report it with both versions."


@dataclass(frozen=True, slots=True)
class PastOfStudy:
    """What is to be stored of a study's past, made before the writing transaction begins.

    `first` is the version that it goes before; `since` the day from which that one stood, where the past tells.
    """

    first: VersionInfo
    form: Rehash
    since: str | None
    versions: list[NewVersion]
    events: list[Event]


def before_first(
    session: Session,
    settings: Configured,
    past: Sequence[PastVersion],
    first: VersionInfo,
    *,
    provenance: str,
    seen_at: datetime,
) -> PastOfStudy:
    """What of these versions, in their order, goes before the first one stored; empty where it is all known."""
    known = snapshot_of_version(session, first.nct_id, first.number)
    wanted, since = distinct(past, said_by(known.record, known.canonical), only_last=provenance == "import")
    days = in_order([*(each.day for each in wanted), since or first.day], first.day)
    wanted = [each.standing_since(day) for each, day in zip(wanted, days[:-1], strict=True)]
    since = days[-1] if since and days[-1] < first.day else None
    numbers = range(first.number - len(wanted), first.number)
    snapshots = [_snapshot(each, number) for each, number in zip(wanted, numbers, strict=True)]
    known = replace(known, since=since or first.since)
    form = known.canonical

    def told_at(after: Snapshot) -> datetime:
        return first.seen_at if after is known else seen_at

    @cache
    def rules(day: str) -> RuleSet:
        return for_study(session, settings, first.nct_id, on=day)

    return PastOfStudy(
        first,
        Rehash(first.nct_id, first.number, form.content_hash, form.derived_hash, CANON),
        since,
        [as_new(each, provenance, seen_at) for each in wanted],
        explained([*snapshots, known], rules, told_at),
    )


def store(session: Session, past: PastOfStudy) -> None:
    """Store it, in one transaction with whatever the caller notes of it."""
    if past.versions:
        # Of a baseline only the bytes were hashed: now that something stands before it, its form says what differs.
        rehash(session, [past.form])
        stored.prepend(session, past.versions)
    if past.since:
        stored.known_since(session, past.first.nct_id, past.first.number, past.since)
    stored.add_historical(session, [event.as_json() for event in past.events])


def explained(
    snapshots: Sequence[Snapshot],
    rules: Callable[[str], RuleSet],
    told_at: Callable[[Snapshot], datetime],
    prior: PriorState | None = None,
) -> list[Event]:
    """The event of each step from one version to the next, by what was known up to it. Raises Unexplained."""
    events: list[Event] = []
    prior = prior or began_as(snapshots[0].study, snapshots[0].day or "")
    for before, after in pairwise(snapshots):
        with bounded():
            event = version_event(
                before, after, rules=rules(after.day or ""), seen_at=as_text(told_at(after)), prior=prior
            )
        if event is None and before.canonical.content_hash == after.canonical.content_hash:
            continue  # no more than the order of what the registry computes, which is told of no version
        if event is None:
            raise Unexplained
        events.append(structs.replace(event, state=HISTORICAL))
        prior = followed_by(prior, events[-1])
    return events


def as_new(
    past: PastVersion, provenance: str, seen_at: datetime, summary: Summary | None = None
) -> NewVersion:
    """A version of the past as the storage takes it; `summary` where it becomes the head of its study."""
    return new_version(
        past.study,
        past.raw,
        raw_hash(past.raw),
        release=past.day,
        stamp="",
        seen_at=seen_at,
        form=past.form,
        summary=summary,
        provenance=provenance,
    )


def _snapshot(past: PastVersion, number: int) -> Snapshot:
    ref = VersionRef(number, past.day, sha256_of(past.raw))
    return Snapshot(past.study.record, past.form, ref)
