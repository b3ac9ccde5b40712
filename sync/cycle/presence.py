"""Who is there: entering a watch, leaving it, and being back.

What the registry's index says of many at once is doubted. A few leave a watch when two walks of its searches lack them and
they were read by their ids; where many would, they stay, and a person decides.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import structlog
from sqlalchemy.orm import Session

from storage import cohorts, not_taken, storms, walks
from storage.readings import read_on
from storage.studies import status_module, studies, unregistered
from sync import logs
from sync.changes.model import Kind
from sync.cohort.membership import Cohort, is_exodus
from sync.cohort.searches import EVERYTHING, could_first_be_lost, could_first_be_seen, found_by, is_related
from sync.config import WatchSettings
from sync.cycle.aliases import Aliases
from sync.cycle.classify import Recorded
from sync.cycle.context import CycleContext
from sync.cycle.dropped import note_not_taken
from sync.cycle.end_of_release import NO_MORE_NEAR, NOT_FOUND, hold_exodus, left_fact
from sync.cycle.second_look import STORED, SecondLook, grounds, look_of, objections, turned
from sync.versions.neighbours import novelty_in
from sync.versions.related import OUR_VIEW, Turn

log = structlog.get_logger("cycle")


class Presences:
    """Keeps track of who is in which watch during one cycle."""

    def __init__(self, context: CycleContext, aliases: Aliases) -> None:
        self.context, self.aliases = context, aliases
        self._arrived: dict[str, set[str]] = {cohort.watch: set() for cohort in context.cohorts}
        self._since: dict[str, str] = {}
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
        for nct_id in read:
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
        for cohort in self.context.sound():
            self._note_returned(session, cohort)
            self._let_out(session, cohort, gone)
        # Everybody of whom a storm was held back is found again: there is nothing left to decide.
        for each in storms.end_overtaken(session, self.context.service.now()):
            log.info(logs.STORM_OVERTAKEN, event_id=each)
        for cohort in self.context.cohorts:
            self._note_dropped(session, cohort)
            self._save(session, cohort, lost)

    def _let_in(self, session: Session, cohort: Cohort, came: Sequence[str]) -> list[str]:
        """Let those who came into a watch that they are new to; returns those of whom that is told."""
        watch, sources = cohort.watch, self._newcomers(session, cohort, came)
        entered = list(sources) if watch in self._newsworthy else []
        former = cohorts.once_inside(session, watch, entered) if cohort.everything else self._former[watch]
        cohorts.enter(session, watch, sources, self.context.release.date)
        self.context.counts.entered += len(sources)
        for place, nct_id in enumerate(entered):
            turn = self._turned(session, cohort, nct_id, sources[nct_id])
            if turn and turn.cause == "classifier" and self._was_looked_at(session, cohort, nct_id):
                continue  # nothing of the study changed: the step of its class tells of it
            again = nct_id in former
            kind, verb = (Kind.REENTERED, "Back in") if again else (Kind.ENTERED, "Entered")
            fact = f"{verb} the watch {watch}, found by {self._found_by(watch, sources[nct_id])}"
            look = self._look(session, cohort)
            near = grounds(session, look, nct_id, sources[nct_id]) if look else ""
            fact += f" ({near})" if near else ""
            # Those of this batch that are told after it are in the watch already, and come after it in every count.
            # Of the whole registry nothing is a novelty worth the while: each new study would be held against all of it.
            is_compared = not again and not cohort.everything
            new = novelty_in(session, watch, nct_id, after=entered[place + 1 :]) if is_compared else ""
            fact += f": {new}" if new else ""
            fact += self._when(session, watch, nct_id, sources[nct_id], turn)
            self.context.record_presence(session, kind, nct_id, fact, watch)
        return entered

    def _newcomers(self, session: Session, cohort: Cohort, came: Sequence[str]) -> dict[str, str]:
        """Those who came that are new to a watch, each with its source."""
        if cohort.everything:
            # Asked for each page: the ids of a whole registry are not held in memory.
            inside = came if cohort.settled else cohorts.inside(session, cohort.watch, came)
            return dict.fromkeys(sorted(set(came).difference(inside)), EVERYTHING)
        arrived = self._arrived[cohort.watch]
        known = self._definition(cohort.watch)
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
        look = self._look(session, cohort)
        found = objections(session, look, hits, of_unknown=True) if look else {}
        for nct_id in found.keys() - cohort.dropped.keys():
            self.context.counts.dropped += 1
            log.info(logs.STUDY_DROPPED, watch=cohort.watch, nct_id=nct_id, reason=found[nct_id])
        return found

    def _look_again(self, session: Session, gone: Collection[str]) -> None:
        """All has been read: what is another thing since the walk is dropped, or is in after all."""
        for place, cohort in enumerate(self.context.cohorts):
            look = self._look(session, cohort)
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
            turn = self._turned(session, cohort, nct_id, cohort.hits[nct_id])
            return turn.why if turn else OUR_VIEW

        note_not_taken(self.context, session, cohort, self._since.get(cohort.watch, ""), why)

    def _look(self, session: Session, cohort: Cohort) -> SecondLook | None:
        known = self._definition(cohort.watch)
        return look_of(session, known, cohort) if known else None

    def _turned(self, session: Session, cohort: Cohort, nct_id: str, source: str) -> Turn | None:
        """What had the second look of a watch mean a study, or mean it no more."""
        look = self._look(session, cohort)
        since = self._since.get(cohort.watch, self.context.release.date)
        return turned(session, look, nct_id, source, since) if look else None

    def _was_looked_at(self, session: Session, cohort: Cohort, nct_id: str) -> bool:
        """Whether a study that enters was dropped before: a class has its steps, else it is kept who was not taken."""
        known = self._definition(cohort.watch)
        return bool(known and known.asks_for_a_class) or not_taken.has(session, cohort.watch, nct_id)

    def _definition(self, watch: str) -> WatchSettings | None:
        return next((each for each in self.context.service.settings.watch if each.name == watch), None)

    def _note_returned(self, session: Session, cohort: Cohort) -> None:
        """Who is found again while a storm held the news of his leaving never left; who was told to have left is back."""
        back = [nct_id for nct_id in cohort.held if nct_id in cohort.sources]
        cohorts.stay(session, cohort.watch, back)
        for nct_id in back:
            if cohort.held[nct_id] == "released":
                fact = f"Back in the watch {cohort.watch}, found by {self._found_by(cohort.watch, cohort.sources[nct_id])}"
                self.context.record_presence(session, Kind.REENTERED, nct_id, fact, cohort.watch)

    def _found_by(self, watch: str, source: str) -> str:
        known = self._definition(watch)
        return found_by(source, known.searches if known else ())

    def _when(self, session: Session, watch: str, nct_id: str, source: str, turn: Turn | None) -> str:
        """When a study that a search found could first have been seen; by itself, where that was before it was."""
        if source in ("id", EVERYTHING):
            return ""
        return could_first_be_seen(
            status_module(session, nct_id),
            self.context.release.date,
            since=self._since.get(watch, ""),
            # Where nothing of the records made it near, the search found it of late.
            turned=turn.why if turn and turn.cause != "classifier" else "",
        )

    def _when_lost(self, session: Session, watch: str, nct_id: str) -> str:
        """When it could first have been seen that a study is in a watch no more."""
        status = status_module(session, nct_id)
        return could_first_be_lost(status, self.context.release.date, since=self._since.get(watch, ""))

    def _let_out(self, session: Session, cohort: Cohort, gone: Collection[str]) -> None:
        """Close the memberships of those who left; that is news unless the watch's definition changed, not the registry."""
        # Nothing but the registry's word on a study takes it out of the whole registry: no search can lack it.
        leaving = {*gone, *walks.gone(session, cohort.watch)} if cohort.everything else set(cohort.left)
        if not cohort.everything and cohort.watch in self._newsworthy:
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
            turn = self._turned(session, cohort, nct_id, cohort.hits[nct_id])
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
        return fact + ("" if is_by_person else self._when_lost(session, cohort.watch, nct_id))

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
            nct_id: left_fact(cohort.watch) + self._when_lost(session, cohort.watch, nct_id)
            for nct_id in sorted(confirmed)
        }
        return confirmed - self._held_or_told(session, cohort, facts, lead=NOT_FOUND)

    def _save(self, session: Session, cohort: Cohort, lost: Collection[str]) -> None:
        """How a watch stands: read to the end of this release, or in trouble, and since when."""
        known = cohorts.watch(session, cohort.watch)
        if known is None or cohort.settled:
            return
        release, trouble = self.context.release, self.context.troubles.get(cohort.watch)
        established = known.established_release or release.date
        if trouble is not None:
            since = known.trouble_since or release.date
            stood = replace(known, trouble=trouble.advice, trouble_since=since)
            if trouble.is_partial:  # what its other parts bring from now on is news
                stood = replace(
                    stood,
                    definition_hash=cohort.definition,
                    established_release=established,
                    settled_stamp=self._older(known.settled_stamp),
                )
            cohorts.save_watch(session, stood)
            return
        # A watch that is not read to its end keeps its older stamp, and is walked again on this very release.
        is_read = self._is_read(session, cohort, lost)
        stamp = release.stamp if is_read else self._older(known.settled_stamp)
        cohorts.save_watch(session, cohorts.Watch(cohort.watch, cohort.definition, established, stamp))

    def _older(self, settled: str | None) -> str | None:
        """The stamp that a watch was settled on; none where that was this release, under an earlier definition."""
        return None if settled == self.context.release.stamp else settled

    def _is_read(self, session: Session, cohort: Cohort, lost: Collection[str]) -> bool:
        """Whether it is known of every study of a watch what it is on this release, or that it is not there."""
        open_ones = (
            cohort.asked_ids - read_on(session, cohort.asked_ids, self.context.release.stamp) - set(lost)
        )
        elsewhere = {
            nct_id
            for nct_id, known in studies(session, open_ones).items()
            if known.state in ("gone", "alias")
        }.union(unregistered(session, open_ones))
        return open_ones <= elsewhere and cohort.asked_ids.isdisjoint(self.context.unresolved)
