"""Who is there: entering and leaving a watch, absence from the registry and return, a new id for an old one.

Absence is not removal: a study that an answer lacks is asked for by itself, and only the registry's exact word that there is
no such study, on two releases, makes it gone. An error is not absence.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import structlog
from sqlalchemy.orm import Session

from storage import cohorts
from storage.studies import Presence, name_studies, set_presence, studies
from sync import logs
from sync.changes.event import presence_event
from sync.changes.model import Event, Kind
from sync.context import CycleContext
from sync.errors import TrialdeltaError
from sync.judge import Fresh, Unchanged
from sync.registry.errors import NotFound
from sync.registry.pages import RawRecord

log = structlog.get_logger("cycle")

RELEASES_UNTIL_GONE = 2


class TooManyAbsent(TrialdeltaError):
    """So many studies are missing from the answers that the answers are not believed."""

    hint: ClassVar[str] = (
        "See whether the registry works; the next cycle asks again. gates.max_absent sets the share."
    )
    passing: ClassVar[bool] = True
    exit_code: ClassVar[int] = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """What a readable record means: its verdict, the version the study now has, and the event where there is one to tell."""

    verdict: Unchanged | Fresh
    version: int
    event: Event | None = None

    @property
    def nct_id(self) -> str:
        """The study's id."""
        return self.verdict.nct_id

    @property
    def came_back(self) -> bool:
        """Whether the study was missing or gone until now."""
        return self.verdict.head is not None and self.verdict.head.state in ("missing", "gone")


class Presences:
    """Keeps track of who is there during one cycle."""

    def __init__(self, context: CycleContext) -> None:
        self.context = context
        with context.write() as session:
            self._newsworthy = self._open_watches(session)
            self._former = {watch: cohorts.former_members(session, watch) for watch in context.moves}

    def _open_watches(self, session: Session) -> set[str]:
        """Make sure that every watch has its row; the names of those whose comings and goings are news.

        They are none while a watch is being established, nor when its definition was edited: then it was we who moved.
        """
        newsworthy = set()
        for roster in self.context.rosters:
            known = cohorts.watch(session, roster.watch)
            if known is None:
                cohorts.save_watch(session, cohorts.Watch(roster.watch, roster.definition))
            elif known.established_release and known.definition_hash == roster.definition:
                newsworthy.add(roster.watch)
        return newsworthy

    def note(self, session: Session, findings: Sequence[Finding], asked: Collection[str]) -> list[str]:
        """Who came with a batch: back from absence, under a new id, into a watch. Returns the obsolete ids asked for."""
        back = [finding for finding in findings if finding.came_back]
        for finding in back:
            self._tell(
                session, Kind.REENTERED, finding.nct_id, "Back in the registry's answers after an absence"
            )
        renamed = list(_renamed(findings, asked))
        for old, new in renamed:
            self._follow(session, old, new)
        for watch, move in self.context.moves.items():
            came = [finding.nct_id for finding in findings if finding.nct_id in move.entered]
            self._let_in(session, watch, {nct_id: move.entered[nct_id] for nct_id in came})
        return [old for old, _ in renamed]

    def settle(self, session: Session) -> None:
        """At the end of a cycle: those who left are out, and each watch stands as it is now defined."""
        release = self.context.release.date
        for roster in self.context.rosters:
            left = self.context.moves[roster.watch].left
            for nct_id in left if roster.watch in self._newsworthy else ():
                fact = f"Left the watch {roster.watch}: none of its searches finds the study any more"
                self._tell(session, Kind.LEFT, nct_id, fact, roster.watch)
            cohorts.leave(session, roster.watch, left, release)
            self.context.counts.left += len(left)
            known = cohorts.watch(session, roster.watch)
            established = (known.established_release if known else None) or release
            cohorts.save_watch(session, cohorts.Watch(roster.watch, roster.definition, established))

    def look_for(
        self,
        absent: Sequence[str],
        asked: int,
        ask: Callable[[str], RawRecord],
        take: Callable[[str, RawRecord], None],
    ) -> None:
        """Ask for each absent study by itself; `take` what comes, note as absent what the registry says it does not know."""
        limit = max(5, self.context.service.settings.gates.max_absent * asked)
        if len(absent) > limit:
            raise TooManyAbsent(f"{len(absent)} of {asked} studies are missing from the answers")
        for nct_id in absent:
            try:
                record = ask(nct_id)
            except NotFound:
                with self.context.write() as session:
                    self._note_absence(session, nct_id)
            else:
                take(nct_id, record)

    def _let_in(self, session: Session, watch: str, sources: Mapping[str, str]) -> None:
        cohorts.enter(session, watch, sources, self.context.release.date)
        self.context.counts.entered += len(sources)
        for nct_id, source in sources.items() if watch in self._newsworthy else ():
            again = nct_id in self._former[watch]
            kind, verb = (Kind.REENTERED, "Back in") if again else (Kind.ENTERED, "Entered")
            self._tell(
                session, kind, nct_id, f"{verb} the watch {watch}, found by {_found_by(source)}", watch
            )

    def _note_absence(self, session: Session, nct_id: str) -> None:
        release = self.context.release.date
        name_studies(session, [nct_id], release)
        known = studies(session, [nct_id])[nct_id]
        self.context.counts.absent += 1
        log.warning(logs.STUDY_ABSENT, nct_id=nct_id, since=known.absent_since or release)
        if known.state == "gone" or known.absent_since == release:
            return  # said before: a gone study stays gone, and a release counts once
        since, releases = known.absent_since or release, known.absent_releases + 1
        gone = releases >= RELEASES_UNTIL_GONE
        set_presence(session, [Presence(nct_id, "gone" if gone else "missing", since, releases)])
        if gone:
            fact = f"Gone: on {releases} releases since {since} the registry has said that there is no such study"
            self._tell(session, Kind.GONE, nct_id, fact)
        else:
            fact = "Missing: the registry says that there is no such study; the next release will show whether it is gone"
            self._tell(session, Kind.MISSING, nct_id, fact)

    def _follow(self, session: Session, old: str, new: str) -> None:
        """An obsolete id leads to another one: the new id takes the old one's place in every watch."""
        release = self.context.release.date
        name_studies(session, [old], release)
        if studies(session, [old])[old].state == "alias":
            return
        set_presence(session, [Presence(old, "alias", alias_of=new)])
        for roster in self.context.rosters:
            if old in roster.sources:
                cohorts.leave(session, roster.watch, [old], release)
                cohorts.enter(session, roster.watch, {new: roster.sources[old]}, release)
        self._tell(
            session,
            Kind.ALIAS,
            old,
            f"The registry now keeps this study under {new}, which is watched instead",
        )

    def _tell(self, session: Session, kind: Kind, nct_id: str, fact: str, watch: str | None = None) -> None:
        known = studies(session, [nct_id])[nct_id]
        event = presence_event(
            kind,
            nct_id,
            known.title or "",
            self.context.release.date,
            fact=fact,
            rules=self.context.rules_for(nct_id),
            seen_at=self.context.seen_at(),
            watch=watch,
        )
        self.context.tell(session, [event] if event else [], watch)


def _found_by(source: str) -> str:
    return "its id in the configuration" if source == "id" else source


def _renamed(findings: Sequence[Finding], asked: Collection[str]) -> Iterator[tuple[str, str]]:
    """Which of the ids asked were answered under another one, by what the records themselves say of their old ids."""
    for finding in findings:
        if finding.nct_id not in asked and isinstance(finding.verdict, Fresh):
            yield from ((old, finding.nct_id) for old in finding.verdict.study.aliases if old in asked)
