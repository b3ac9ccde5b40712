"""Who is there: entering a watch, leaving it, and being back.

What the registry's index says of many at once is doubted. A few leave a watch when two walks of its searches lack them and
they were read by their ids; where many would, they stay, and a person decides.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import structlog
from sqlalchemy.orm import Session

from storage import cohorts, storms
from sync import logs
from sync.changes.model import Kind
from sync.cohort.membership import Cohort
from sync.cohort.searches import EVERYTHING, is_related
from sync.cycle.aliases import Aliases
from sync.cycle.classify import Recorded
from sync.cycle.context import CycleContext
from sync.cycle.dropped import note_not_taken
from sync.cycle.leaving import Leaving
from sync.cycle.second_look import STORED, grounds, objections
from sync.cycle.watch_looks import WatchLooks
from sync.cycle.watch_state import save_state
from sync.versions.neighbours import novelty_in
from sync.versions.related import OUR_VIEW

log = structlog.get_logger("cycle")


class Presences:
    """Keeps track of who is in which watch during one cycle."""

    def __init__(self, context: CycleContext, aliases: Aliases) -> None:
        self.context, self.aliases = context, aliases
        self._arrived: dict[str, set[str]] = {cohort.watch: set() for cohort in context.cohorts}
        self._since: dict[str, str] = {}
        self.looks = WatchLooks(context, self._since)
        with context.write() as session:
            self._newsworthy = self._open_watches(session)
            # Read before anybody is let in: from then on the newcomers of this cycle would look like former members.
            self._former = {
                cohort.watch: cohorts.former_members(session, cohort.watch)
                for cohort in context.cohorts
                if not cohort.everything
            }

    def _open_watches(self, session: Session) -> set[str]:
        """Make sure that every watch has its row; the names of those whose comings and goings are news.

        They are none while a watch is being established, nor when its definition was edited: then the watch
        changed, not the registry.
        """
        newsworthy = set()
        for cohort in self.context.cohorts:
            known = cohorts.watch(session, cohort.watch)
            if known is None:
                cohorts.save_watch(session, cohorts.Watch(cohort.watch, cohort.definition))
            elif known.established_release and not cohort.edited:
                newsworthy.add(cohort.watch)
                self._since[cohort.watch] = (known.settled_stamp or known.established_release)[:10]
        return newsworthy

    def note(
        self,
        session: Session,
        read: Sequence[str],
        recorded: Sequence[Recorded],
        unreadable: Sequence[str],
    ) -> None:
        """Who came with a batch, readable or not: in the place of another id, into a watch, back from absence.

        `recorded`: what those of the `read` mean of whom more is known than that their bytes are as they were.
        """
        for nct_id in self.aliases.concerning(read):
            self.aliases.answered(session, nct_id)
            for watch in self.aliases.follow(session, nct_id):
                self._arrived[watch].add(nct_id)
        came = [*read, *unreadable]
        # The unreadable enter as well: the registry has them, and a watch would lack them for as long as their record is
        # broken.
        announced = {
            nct_id for cohort in self.context.cohorts for nct_id in self._let_in(session, cohort, came)
        }
        for entry in recorded:
            if entry.came_back and entry.nct_id not in announced:
                fact = "Back in the registry's answers after an absence"
                self.context.record_presence(session, Kind.REENTERED, entry.nct_id, fact)

    def settle(self, session: Session, lost: Collection[str], gone: Collection[str]) -> None:
        """At the end of a cycle, the release confirmed: who left each watch, and how each watch stands now.

        `lost` are those of whom the registry says that there is no such study, `gone` those that it said it of before.
        """
        self._look_again(session, gone)
        leaving = Leaving(self.context, self.looks, self._newsworthy)
        for cohort in self.context.sound():
            self._note_returned(session, cohort)
            leaving.let_out(session, cohort, gone)
        # Everybody of whom a storm was held back is found again: there is nothing left to decide.
        for each in storms.end_overtaken(session, self.context.service.now()):
            log.info(logs.STORM_OVERTAKEN, event_id=each)
        for cohort in self.context.cohorts:
            self._note_dropped(session, cohort)
            save_state(self.context, session, cohort, lost)

    def _let_in(self, session: Session, cohort: Cohort, came: Sequence[str]) -> list[str]:
        """Let those who came into a watch that they are new to; returns those of whom that is told."""
        watch, sources = cohort.watch, self._newcomers(session, cohort, came)
        if not sources:
            return []
        entered = list(sources) if watch in self._newsworthy else []
        former = cohorts.once_inside(session, watch, entered) if cohort.everything else self._former[watch]
        cohorts.enter(session, watch, sources, self.context.release.date)
        self.context.counts.entered += len(sources)
        for place, nct_id in enumerate(entered):
            turn = self.looks.turned(session, cohort, nct_id, sources[nct_id])
            if turn and turn.cause == "classifier" and self.looks.was_looked_at(session, cohort, nct_id):
                continue  # nothing of the study changed: the step of its class tells of it
            again = nct_id in former
            kind, verb = (Kind.REENTERED, "Back in") if again else (Kind.ENTERED, "Entered")
            fact = f"{verb} the watch {watch}, found by {self.looks.found_by(watch, sources[nct_id])}"
            look = self.looks.look(session, cohort)
            near = grounds(session, look, nct_id, sources[nct_id]) if look else ""
            fact += f" ({near})" if near else ""
            # Those of this batch that are told after it are in the watch already, and come after it in every count.
            # Of the whole registry nothing is a novelty worth the while: each new study would be held against all of it.
            is_compared = not again and not cohort.everything
            new = novelty_in(session, watch, nct_id, after=entered[place + 1 :]) if is_compared else ""
            fact += f": {new}" if new else ""
            fact += self.looks.when(session, watch, nct_id, sources[nct_id], turn)
            self.context.record_presence(session, kind, nct_id, fact, watch)
        return entered

    def _newcomers(self, session: Session, cohort: Cohort, came: Sequence[str]) -> dict[str, str]:
        """Those who came that are new to a watch, each with its source."""
        if cohort.everything:
            # Asked for each page: the ids of a whole registry are not held in memory.
            inside = came if cohort.settled else cohorts.inside(session, cohort.watch, came)
            return dict.fromkeys(sorted(set(came).difference(inside)), EVERYTHING)
        arrived = self._arrived[cohort.watch]
        known = self.looks.definition(cohort.watch)
        # Without a search it looks at all that is stored: also at what this very cycle stored for another watch.
        named = dict.fromkeys(came, STORED) if known and known.looks_at_all_stored else {}
        named |= {each: cohort.hits[each] for each in came if each in cohort.hits}
        strange = {each: source for each, source in named.items() if each not in cohort.members}
        objected = self._objections(session, cohort, strange)
        new = {each: strange[each] for each in strange if each not in objected and each not in arrived}
        arrived.update(new)
        return new

    def _objections(self, session: Session, cohort: Cohort, hits: Mapping[str, str]) -> dict[str, str]:
        """Which hits the second look drops, and why: their records are stored by now, where they can be read."""
        look = self.looks.look(session, cohort)
        found = objections(session, look, hits, of_unknown=True) if look else {}
        for nct_id in found.keys() - cohort.dropped.keys():
            self.context.counts.dropped += 1
            log.info(logs.STUDY_DROPPED, watch=cohort.watch, nct_id=nct_id, reason=found[nct_id])
        return found

    def _look_again(self, session: Session, gone: Collection[str]) -> None:
        """All has been read: what is another thing since the walk is dropped, or is in after all."""
        for place, cohort in enumerate(self.context.cohorts):
            look = self.looks.look(session, cohort)
            if look is None or not look.drops or cohort.settled:
                continue
            # Nothing but its nearness names it: a study that is gone is near to nobody.
            named = {
                nct_id: source
                for nct_id, source in cohort.named.items()
                if nct_id not in gone or not is_related(source) or look.belongs(nct_id, source)
            }
            cohort = replace(cohort, named=named)
            inside = {nct_id: source for nct_id, source in cohort.hits.items() if nct_id in cohort.members}
            others = {nct_id: source for nct_id, source in cohort.hits.items() if nct_id not in inside}
            # A member whose record cannot be read now stays: nothing says that it is another thing than it was.
            dropped = objections(session, look, inside, of_unknown=False)
            dropped |= objections(session, look, others, of_unknown=True)
            self.context.cohorts[place] = replace(cohort, dropped=dropped)

    def _note_dropped(self, session: Session, cohort: Cohort) -> None:
        """Keep what the second look does not take; of a member, what had the watch mean it no more."""
        if cohort.everything or cohort.settled:
            return

        def why(nct_id: str) -> str:
            if cohort.edited:
                return "The definition of the watch changed, or what it means to us; the registry did not"
            turn = self.looks.turned(session, cohort, nct_id, cohort.hits[nct_id])
            return turn.why if turn else OUR_VIEW

        note_not_taken(self.context, session, cohort, self._since.get(cohort.watch, ""), why)

    def _note_returned(self, session: Session, cohort: Cohort) -> None:
        """Who is found again while a storm held the news of his leaving never left; who was told to have left is back."""
        back = [nct_id for nct_id in cohort.held if nct_id in cohort.sources]
        cohorts.stay(session, cohort.watch, back)
        for nct_id in back:
            if cohort.held[nct_id] == "released":
                by = self.looks.found_by(cohort.watch, cohort.sources[nct_id])
                fact = f"Back in the watch {cohort.watch}, found by {by}"
                self.context.record_presence(session, Kind.REENTERED, nct_id, fact, cohort.watch)
