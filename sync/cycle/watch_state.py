"""How each watch stands at the end of a cycle: read to the end of the release, or in trouble, and since when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy.orm import Session

from storage import cohorts
from storage.readings import read_on
from storage.studies import studies, unregistered
from sync.cohort.membership import Cohort
from sync.cycle.context import CycleContext


def save_state(context: CycleContext, session: Session, cohort: Cohort, lost: Collection[str]) -> None:
    """How a watch stands: read to the end of this release, or in trouble, and since when."""
    known = cohorts.watch(session, cohort.watch)
    if known is None or cohort.settled:
        return
    release, trouble = context.release, context.troubles.get(cohort.watch)
    established = known.established_release or release.date
    if trouble is not None:
        since = known.trouble_since or release.date
        stood = replace(known, trouble=trouble.advice, trouble_since=since)
        if trouble.is_partial:  # what its other parts bring from now on is news
            stood = replace(
                stood,
                definition_hash=cohort.definition,
                established_release=established,
                settled_stamp=_older(context, known.settled_stamp),
            )
        cohorts.save_watch(session, stood)
        return
    # A watch that is not read to its end keeps its older stamp, and is walked again on this very release.
    is_read = _is_read(context, session, cohort, lost)
    stamp = release.stamp if is_read else _older(context, known.settled_stamp)
    cohorts.save_watch(session, cohorts.Watch(cohort.watch, cohort.definition, established, stamp))


def _older(context: CycleContext, settled: str | None) -> str | None:
    """The stamp that a watch was settled on; none where that was this release, under an earlier definition."""
    return None if settled == context.release.stamp else settled


def _is_read(context: CycleContext, session: Session, cohort: Cohort, lost: Collection[str]) -> bool:
    """Whether it is known of every study of a watch what it is on this release, or that it is not there."""
    open_ones = cohort.asked_ids - read_on(session, cohort.asked_ids, context.release.stamp) - set(lost)
    elsewhere = {
        nct_id for nct_id, known in studies(session, open_ones).items() if known.state in ("gone", "alias")
    }.union(unregistered(session, open_ones))
    return open_ones <= elsewhere and cohort.asked_ids.isdisjoint(context.unresolved)
