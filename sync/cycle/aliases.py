"""Ids that lead to another study: a registration that the registry merged into another one, or made anew.

A record may say that it once had another id (`nctIdAliases`), and may say so wrongly. So another study takes an id's place
only while the id itself does not answer: it leads on to that study, or is unknown and one record alone claims it. That is
looked at anew on each release, and undone when the id answers again or the record takes its claim back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import ClassVar

from sqlalchemy.orm import Session

from storage import cohorts
from storage.studies import Presence, name_studies, set_presence, studies
from sync.changes.model import Kind
from sync.cohort.membership import Cohort
from sync.cycle.context import CycleContext, Trouble
from sync.errors import TrialdeltaError
from sync.registry.pages import RawRecord


class TooManyAliases(TrialdeltaError):
    """More of the watched ids lead to one record than is believed."""

    hint: ClassVar[str] = (
        "Look the studies up on the registry's site. If they really are one study now, raise gates.max_aliases."
    )
    passing: ClassVar[bool] = True
    exit_code: ClassVar[int] = 3


class Aliases:
    """Which of the ids that a cycle asks for lead to another study on its release."""

    def __init__(self, context: CycleContext) -> None:
        self.context = context
        self.asked_ids = frozenset().union(*(cohort.asked_ids for cohort in context.cohorts))
        self.heirs: dict[str, str] = {}
        """What was found on this release: ids, each with the study that takes its place."""
        self.aside: dict[str, RawRecord] = {}
        """Records that bear or claim an id which is asked for beside their own: they wait until it is known who answers."""
        self._led: dict[str, str] = {}
        self._known = {old: heir for cohort in context.cohorts for old, heir in cohort.heirs.items()}
        self._undone: set[str] = set()

    # while records are read

    def set_aside(self, records: Iterable[RawRecord]) -> list[RawRecord]:
        """The records that claim no id but their own; the others are kept until `decide`."""
        taken = []
        for record in records:
            if record.aliases and record.problem is None and record.nct_id and self._claimed_by(record):
                self.aside[record.nct_id] = record
            else:
                taken.append(record)
        return taken

    def lead(self, old: str, record: RawRecord) -> None:
        """The registry answers for an id with the record of another study."""
        if record.nct_id:
            self.aside[record.nct_id] = record
            self._led[old] = record.nct_id

    def decide(self, unknown: list[str]) -> list[str]:
        """Which of the ids that the registry does not know live on under another one; returns those that do not."""
        # The registry's own redirect needs no second witness; a claim in a record does, since its sponsor may have typed
        # it.
        self.heirs.update(self._led)
        for old in unknown:
            claimants = self.claimants(old)
            # Two records that claim one id contradict each other, and nothing says which of them is right.
            if len(claimants) == 1:
                self.heirs[old] = claimants[0]
        for old in unknown:
            # whom an id led to may itself have been merged into a third study
            if old not in self.heirs and (further := self.heirs.get(self._known.get(old, ""))):
                self.heirs[old] = further
        lost = [old for old in unknown if old not in self.heirs]
        self._refuse_too_many()
        return lost

    def settled(self) -> list[RawRecord]:
        """The records set aside that are watched, under their own id or in the place of another."""
        watched = self.asked_ids.union(self.heirs.values())
        return [record for nct_id, record in self.aside.items() if nct_id in watched]

    def claimants(self, old: str) -> list[str]:
        """The records of this release that say that they once had an id."""
        return [nct_id for nct_id, record in self.aside.items() if old in self._claimed_by(record)]

    def _claimed_by(self, record: RawRecord) -> set[str]:
        return set(self.asked_ids.intersection(record.aliases)) - {record.nct_id or ""}

    def _refuse_too_many(self) -> None:
        """One record cannot take the place of many: such an index is at fault, and nothing is concluded from it."""
        led: defaultdict[str, list[str]] = defaultdict(list)
        for old, heir in self.heirs.items():
            led[heir].append(old)
        limit = self.context.gates.max_aliases
        for heir, former in led.items():
            new = [old for old in former if self._known.get(old) != heir]
            for old in new if len(former) > limit else ():
                # Those that led here before stay: they were believed when they were few, and undoing them would be news
                # of its own.
                del self.heirs[old]
                error = TooManyAliases(
                    f"{len(former)} watched ids lead to {heir}, of which {limit} are believed"
                )
                self.context.unresolved[old] = Trouble(old, f"the id {old} leads to another study", error)

    # when it is written down

    def concerning(self, ids: Iterable[str]) -> list[str]:
        """Those of the studies that led to another one until now, or take the place of one: hardly any."""
        concerned = self._known.keys() | set(self.heirs.values())
        return [nct_id for nct_id in ids if nct_id in concerned] if concerned else []

    def follow(self, session: Session, heir: str) -> set[str]:
        """Once that is decided, a study takes the place of each id that leads to it; the watches that it comes into."""
        return {
            watch
            for old, found in self.heirs.items()
            if found == heir
            for watch in self._follow(session, old, heir)
        }

    def answered(self, session: Session, nct_id: str) -> None:
        """An id answers by itself: where another study was watched in its place, that is undone."""
        heir = self._known.get(nct_id)
        if heir is None or nct_id in self._undone:
            return
        self._undone.add(nct_id)
        for cohort in self._watching(nct_id):
            self._end_stand_in(session, cohort, heir)
            source = {nct_id: cohort.named[nct_id]}
            cohorts.enter(session, cohort.watch, source, self.context.release.date)
        fact = f"It answers under its own id again, and is watched under it: {heir} stood in its place"
        self.context.record_presence(session, Kind.REENTERED, nct_id, fact)

    def end(self, session: Session, lost: Iterable[str]) -> None:
        """Ids that answer no more and that no record claims any longer have no heir either."""
        for nct_id in lost:
            if nct_id in self._known:
                self._undone.add(nct_id)
                for cohort in self._watching(nct_id):
                    self._end_stand_in(session, cohort, self._known[nct_id])

    def _follow(self, session: Session, old: str, heir: str) -> list[str]:
        release = self.context.release.date
        name_studies(session, [old], release)
        known = studies(session, [old])[old]
        if (known.state, known.alias_of) == ("alias", heir):
            return []
        places = [cohort for cohort in self.context.cohorts if cohort.has(old)]
        set_presence(session, [Presence(old, "alias", alias_of=heir)])
        self._undone.add(old)
        for cohort in places:
            if old in cohort.heirs:
                self._end_stand_in(session, cohort, cohort.heirs[old])
            source = cohort.named.get(old) or cohort.named.get(heir) or cohort.members.get(old) or "id"
            cohorts.leave(session, cohort.watch, [old], release)
            cohorts.enter(session, cohort.watch, {heir: source}, release)
        fact = f"The registry now keeps this study under {heir}, which is watched instead"
        self.context.record_presence(session, Kind.ALIAS, old, fact)
        return [cohort.watch for cohort in places]

    def _watching(self, old: str) -> list[Cohort]:
        return [cohort for cohort in self.context.cohorts if old in cohort.heirs]

    def _end_stand_in(self, session: Session, cohort: Cohort, heir: str) -> None:
        """A study that was in a watch for the sake of ids that lead to it no more leaves it; that is not news of its own."""
        others = {old for old, found in cohort.heirs.items() if found == heir} - self._undone
        if heir not in cohort.named and not others:
            cohorts.leave(session, cohort.watch, [heir], self.context.release.date)
