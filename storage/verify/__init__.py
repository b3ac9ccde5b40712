"""Does what is stored hold together: versions, events, deliveries, the ledger, the audit log, and the seals over them?

`Meaning` is what only the service knows: what a record says, and how an event's id is derived of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from storage import audit
from storage.bulk import stream
from storage.dictionaries import Dictionaries, dictionary_problems
from storage.errors import VersionCorrupt
from storage.payloads import FULL_EVERY, Packed, checked, unpack_link
from storage.problems import Problem
from storage.tables import Study, Version, table_of
from storage.verify.deliveries import delivery_problems
from storage.verify.events import IdOf, event_problems, no_id, unannounced
from storage.verify.references import file_problems, reference_problems
from storage.verify.runs import work_problems
from storage.verify.seals import seal_problems

STUDY = table_of(Study).c
VERSION = table_of(Version).c
_COLUMNS = ("nct_id", "number", "base", "payload", "sha256", "size", "content_hash", "derived_hash", "canon")

VersionRow = Row[*tuple[Any, ...]]
"""A stored version, by the names of its columns."""
Check = Callable[[VersionRow, bytes], Iterable[Problem]]
"""What is wrong with a version whose payload was read."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What records and events mean: a look at each version's payload, and the id that an event must have."""

    check: Check
    id_of: IdOf


_NO_MEANING = Meaning(lambda _row, _payload: (), no_id)


def verify(
    session: Session,
    *,
    meaning: Meaning | None = None,
    progress: Callable[[str], None] = lambda _stage: None,
) -> Iterator[Problem]:
    """The problems found; none when all is well. Reads the whole database, a few hundred rows at a time.

    Without a `meaning` payloads are bytes, and no event is missed. `progress` hears what is being read.
    """
    check, id_of = (meaning or _NO_MEANING).check, (meaning or _NO_MEANING).id_of
    # The cheap ones first: what is wrong with the file or a reference often explains what comes after.
    stages: dict[str, Callable[[], Iterator[Problem]]] = {
        "the file": lambda: file_problems(session),
        "references between tables": lambda: reference_problems(session),
        "the heads of the studies": lambda: _head_problems(session),
        "the dictionaries": lambda: dictionary_problems(session),
        "the versions": lambda: _all_version_problems(session, check, progress),
        "the events": lambda: event_problems(session, id_of),
        "what was told": lambda: unannounced(session) if meaning else iter(()),
        "the deliveries": lambda: delivery_problems(session),
        "the ledger and the storms": lambda: work_problems(session),
        "the audit log": lambda: audit.problems(session),
        "the seals": lambda: seal_problems(session),
    }
    for stage, problems in stages.items():
        progress(stage)
        yield from _as_far_as_it_reads(stage, problems())


def _as_far_as_it_reads(stage: str, problems: Iterator[Problem]) -> Iterator[Problem]:
    """A value that is not of its column's kind ends a check, not the command: the other checks still speak."""
    try:
        yield from problems
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        text = f"Checking {stage} ended early: a value cannot be read ({type(error).__name__}: {error})"
        yield Problem(stage, "", text)


def _head_problems(session: Session) -> Iterator[Problem]:
    last = (
        select(VERSION.nct_id, func.max(VERSION.number).label("number")).group_by(VERSION.nct_id).subquery()
    )
    statement = (
        select(STUDY.nct_id, STUDY.head, last.c.number)
        .join_from(table_of(Study), last, last.c.nct_id == STUDY.nct_id, isouter=True)
        .where(STUDY.head.is_distinct_from(last.c.number))
        .order_by(STUDY.nct_id)
    )
    for nct_id, head, number in session.execute(statement):
        text = f"{nct_id}: its head is version {head}, its last version is {number}"
        yield Problem("study", nct_id, text)
    names = ("content_hash", "derived_hash", "canon")
    of_head = (VERSION.nct_id == STUDY.nct_id) & (VERSION.number == STUDY.head)
    differing = [STUDY[name].is_distinct_from(VERSION[name]) for name in names]
    for name, differs in zip(names, differing, strict=True):
        found = select(STUDY.nct_id, STUDY.head).join_from(table_of(Study), table_of(Version), of_head)
        for nct_id, head in session.execute(found.where(differs).order_by(STUDY.nct_id)):
            text = f"{nct_id}: its {name.replace('_', ' ')} is not that of its head, version {head}"
            yield Problem("study", nct_id, text)


def _all_version_problems(
    session: Session, check: Check, progress: Callable[[str], None]
) -> Iterator[Problem]:
    total, done = session.scalar(select(func.count()).select_from(table_of(Version))) or 0, 0
    statement = select(*(VERSION[name] for name in _COLUMNS)).order_by(VERSION.nct_id, VERSION.number)
    # A full version and what is packed against it at a time: no more has to be in memory than one chain.
    rows = stream(session, statement, FULL_EVERY)
    dictionaries = Dictionaries(session)
    for nct_id, versions in groupby(rows, key=lambda row: row.nct_id):
        for number, problem in _version_problems(nct_id, versions, check, dictionaries):
            done += number
            if problem:
                yield problem
        progress(f"the versions: {done:,} of {total:,}")


def _version_problems(
    nct_id: str, versions: Iterator[VersionRow], check: Check, dictionaries: Dictionaries
) -> Iterator[tuple[int, Problem | None]]:
    """The problems of a study's versions; each version counts one."""
    payload: bytes | None = None
    following: int | None = None
    for row in versions:
        # Those of the past count down from 0: the oldest is where they begin.
        following = min(row.number, 1) if following is None else following
        yield 1, _gap(nct_id, following, row.number)
        # What does not decode is not a dictionary for the next one, which is then told to be lost as well.
        previous, payload = payload, None
        packed = Packed(row.number, row.base, row.payload, row.sha256)
        subject = f"{nct_id}@{row.number}"
        try:
            payload = unpack_link(packed, previous, dictionaries)
            checked(packed, payload)
            yield from ((0, problem) for problem in check(row, payload))
        except VersionCorrupt as error:
            yield 0, Problem("version", subject, f"{nct_id}: {error}")
        if payload is not None and len(payload) != row.size:
            text = f"{nct_id}: Version {row.number} is {len(payload):,} bytes, not {row.size:,} as is noted"
            yield 0, Problem("version", subject, text)
        following = row.number + 1


def _gap(nct_id: str, following: int, number: int) -> Problem | None:
    if number == following:
        return None
    missing = (
        f"version {following} is" if number == following + 1 else f"versions {following} to {number - 1} are"
    )
    return Problem("version", f"{nct_id}@{following}", f"{nct_id}: {missing} missing")
