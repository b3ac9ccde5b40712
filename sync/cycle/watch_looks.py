"""What the second look of each watch says in one cycle, and when what it tells of could first have been seen."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from storage import not_taken
from storage.studies import status_module
from sync.cohort.membership import Cohort
from sync.cohort.searches import EVERYTHING, could_first_be_lost, could_first_be_seen, found_by
from sync.config import WatchSettings
from sync.cycle.context import CycleContext
from sync.cycle.second_look import SecondLook, look_of, turned
from sync.versions.related import Turn


class WatchLooks:
    """The second looks of the watches of one cycle."""

    def __init__(self, context: CycleContext, since: Mapping[str, str]) -> None:
        """`since`: of each watch whose comings and goings are news, the release from which they are."""
        self.context, self.since = context, since

    def look(self, session: Session, cohort: Cohort) -> SecondLook | None:
        """The second look of a watch, where it has one."""
        known = self.definition(cohort.watch)
        return look_of(session, known, cohort) if known else None

    def turned(self, session: Session, cohort: Cohort, nct_id: str, source: str) -> Turn | None:
        """What had the second look of a watch mean a study, or mean it no more."""
        look = self.look(session, cohort)
        since = self.since.get(cohort.watch, self.context.release.date)
        return turned(session, look, nct_id, source, since) if look else None

    def was_looked_at(self, session: Session, cohort: Cohort, nct_id: str) -> bool:
        """Whether a study that enters was dropped before: a class has its steps, else it is kept who was not taken."""
        known = self.definition(cohort.watch)
        return bool(known and known.asks_for_a_class) or not_taken.has(session, cohort.watch, nct_id)

    def definition(self, watch: str) -> WatchSettings | None:
        """A watch as it is configured; None of one that is no more."""
        return next((each for each in self.context.service.settings.watch if each.name == watch), None)

    def found_by(self, watch: str, source: str) -> str:
        """What of a watch found a study, in words."""
        known = self.definition(watch)
        return found_by(source, known.searches if known else ())

    def when(self, session: Session, watch: str, nct_id: str, source: str, turn: Turn | None) -> str:
        """When a study that a search found could first have been seen; by itself, where that was before it was."""
        if source in ("id", EVERYTHING):
            return ""
        return could_first_be_seen(
            status_module(session, nct_id),
            self.context.release.date,
            since=self.since.get(watch, ""),
            # Where nothing of the records made it near, the search found it of late.
            turned=turn.why if turn and turn.cause != "classifier" else "",
        )

    def when_lost(self, session: Session, watch: str, nct_id: str) -> str:
        """When it could first have been seen that a study is in a watch no more."""
        status = status_module(session, nct_id)
        return could_first_be_lost(status, self.context.release.date, since=self.since.get(watch, ""))
