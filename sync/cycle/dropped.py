"""What each watch's second look does not take: kept with the reason and since when, so that it can be seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy.orm import Session

from storage import cohorts, not_taken
from storage.not_taken import NotTaken
from storage.studies import status_module
from sync.cohort.membership import Cohort
from sync.cohort.searches import could_first_be_seen
from sync.cycle.context import CycleContext

Why = Callable[[str], str]
"""Why a member is dropped, by its id: what had the watch mean it no more."""


def note_not_taken(context: CycleContext, session: Session, cohort: Cohort, since: str, why: Why) -> None:
    """Keep what the second look dropped on this release; what is taken, or found no more, is kept no more.

    `since`: the release that was last read to its end for the watch.
    """
    known = not_taken.of_watch(session, cohort.watch)
    # A watch in trouble was not walked to its end: what it did not find may be there all the same.
    over = known.keys() - cohort.dropped.keys()
    if cohort.watch in context.troubles:
        over &= cohort.sources.keys()
    not_taken.forget(session, cohort.watch, over)
    places = max(0, not_taken.MOST - len(known) + len(over))
    # who would leave in a crowd stays in the watch until a person has decided
    staying = cohorts.inside(session, cohort.watch, cohort.dropped.keys() & cohort.members.keys())
    new = sorted(cohort.dropped.keys() - known.keys() - staying)[:places]
    found = [_first_time(context, session, cohort, nct_id, since, why) for nct_id in new]
    found += [
        _as_now(cohort, each)
        for nct_id, each in sorted(known.items())
        if nct_id in cohort.dropped and each.reason != cohort.dropped[nct_id]
    ]
    not_taken.keep(session, found)


def _first_time(
    context: CycleContext, session: Session, cohort: Cohort, nct_id: str, since: str, why: Why
) -> NotTaken:
    release, status = context.release.date, status_module(session, nct_id)
    note = could_first_be_seen(status, release, since=since, turned="").removeprefix("; ")
    if nct_id in cohort.members:
        note = f"in the watch until {release}. {why(nct_id)}"
    posted = status.get("studyFirstPostDateStruct")
    first = posted.get("date") if isinstance(posted, dict) else None
    return NotTaken(
        cohort.watch,
        nct_id,
        cohort.hits[nct_id],
        cohort.dropped[nct_id],
        release,
        first if isinstance(first, str) else None,
        note,
    )


def _as_now(cohort: Cohort, known: NotTaken) -> NotTaken:
    """The same study, of which the second look says another thing than before."""
    nct_id = known.nct_id
    return replace(known, source=cohort.hits[nct_id], reason=cohort.dropped[nct_id])
