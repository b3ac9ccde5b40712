"""Who leaves a watch, and what is told of it: a few are let go, a crowd is held until a person decides."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set

import structlog
from sqlalchemy.orm import Session

from storage import cohorts, walks
from storage.readings import read_on
from sync import logs
from sync.changes.model import Kind
from sync.cohort.membership import Cohort, is_exodus
from sync.cycle.context import CycleContext
from sync.cycle.end_of_release import NO_MORE_NEAR, NOT_FOUND, hold_exodus, left_fact
from sync.cycle.watch_looks import WatchLooks
from sync.versions.related import Turn

log = structlog.get_logger("cycle")


class Leaving:
    """Lets those out of the watches of one cycle who left them."""

    def __init__(self, context: CycleContext, looks: WatchLooks, newsworthy: Set[str]) -> None:
        """`newsworthy`: the watches whose comings and goings are news."""
        self.context, self.looks, self.newsworthy = context, looks, newsworthy

    def let_out(self, session: Session, cohort: Cohort, gone: Collection[str]) -> None:
        """Close the memberships of those who left; that is news unless the watch's definition changed, not the registry."""
        # Nothing but the registry's word on a study takes it out of the whole registry: no search can lack it.
        leaving = {*gone, *walks.gone(session, cohort.watch)} if cohort.everything else set(cohort.left)
        if not cohort.everything and cohort.watch in self.newsworthy:
            # A person has decided on these; asking again whether so many may leave would hold them for ever.
            decided = {nct_id for nct_id, state in cohort.held.items() if state != "held"}
            dropped = self._marked_as_dropped(session, cohort)
            leaving &= decided.union(gone, dropped, self._marked_as_leaving(session, cohort))
        cohorts.leave(session, cohort.watch, leaving, self.context.release.date)
        self.context.counts.left += len(leaving)

    def _marked_as_dropped(self, session: Session, cohort: Cohort) -> set[str]:
        """Tell of the members that are another thing now; not where only our view of them changed.

        Where the study that a watch is related to is another thing, and many would go by it, that is held, and they stay.
        """
        left = [nct_id for nct_id in cohort.left if nct_id in cohort.dropped and nct_id not in cohort.held]
        shared: dict[str, str] = {}
        for nct_id in left:
            turn = self.looks.turned(session, cohort, nct_id, cohort.hits[nct_id])
            log.info(logs.STUDY_DROPPED, watch=cohort.watch, nct_id=nct_id, reason=cohort.dropped[nct_id])
            if turn is None or turn.cause != "classifier":
                fact = self._dropped_fact(session, cohort, nct_id, turn)
                if turn and turn.is_shared:
                    shared[nct_id] = fact
                else:
                    self.context.record_presence(session, Kind.LEFT, nct_id, fact, cohort.watch)
        return set(left) - self._held_or_told(session, cohort, shared, lead=NO_MORE_NEAR)

    def _dropped_fact(self, session: Session, cohort: Cohort, nct_id: str, turn: Turn | None) -> str:
        fact = f"Left the watch {cohort.watch}: {cohort.dropped[nct_id]}"
        fact += f". {turn.why}" if turn else ""
        is_by_person = turn is not None and turn.cause == "person"
        return fact + ("" if is_by_person else self.looks.when_lost(session, cohort.watch, nct_id))

    def _held_or_told(
        self, session: Session, cohort: Cohort, facts: Mapping[str, str], lead: str
    ) -> set[str]:
        """Tell of those who leave for one reason, or hold it where they are many: then they stay, and are returned."""
        # Those held already are counted neither as leaving nor as members, or a few more each day would never make a
        # crowd.
        is_many = is_exodus(len(facts), len(cohort.members) - len(cohort.held), self.context.gates)
        if is_many and hold_exodus(self.context, session, cohort, facts, lead):
            return set(facts)
        for nct_id, fact in facts.items():
            self.context.record_presence(session, Kind.LEFT, nct_id, fact, cohort.watch)
        return set()

    def _marked_as_leaving(self, session: Session, cohort: Cohort) -> set[str]:
        """Tell of those who leave of late; none where so many would that it is held, and they stay."""
        # read on this release: the registry has the study, and only the watch's searches lack it
        confirmed = read_on(session, cohort.leaving, self.context.release.stamp)
        facts = {
            nct_id: left_fact(cohort.watch) + self.looks.when_lost(session, cohort.watch, nct_id)
            for nct_id in sorted(confirmed)
        }
        return confirmed - self._held_or_told(session, cohort, facts, lead=NOT_FOUND)
