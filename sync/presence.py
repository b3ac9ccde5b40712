"""Who is there: entering and leaving a watch, absence from the registry and return, a new id for an old one.

Absence is not removal: a study that an answer lacks is asked for by itself, and only the registry's exact word that there is
no such study, on two releases, makes it gone. An error is not absence.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

import structlog
from sqlalchemy.orm import Session

from storage import cohorts
from storage.studies import Presence, name_studies, set_presence, studies
from sync import logs
from sync.changes.event import presence_event
from sync.changes.model import Event, Kind
from sync.cohort.membership import Roster
from sync.context import CycleContext
from sync.errors import TrialdeltaError
from sync.judge import Fresh, Unchanged

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
    """What a readable record means: its verdict, the event where there is one to tell, and the study's former ids."""

    verdict: Unchanged | Fresh
    event: Event | None = None
    aliases: tuple[str, ...] = ()

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
        self._renamed: set[str] = set()
        self._arrived: dict[str, set[str]] = {watch: set() for watch in context.moves}
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

    def note(self, session: Session, findings: Sequence[Finding], unreadable: Sequence[str]) -> None:
        """Who came with a batch, readable or not: under a new id, into a watch, back from absence."""
        for finding in findings:
            for old in finding.aliases:
                self._follow(session, old, finding.nct_id)
        came = [*(finding.nct_id for finding in findings), *unreadable]
        told = {nct_id for watch in self.context.moves for nct_id in self._let_in(session, watch, came)}
        for finding in findings:
            if finding.came_back and finding.nct_id not in told:
                fact = "Back in the registry's answers after an absence"
                self._tell(session, Kind.REENTERED, finding.nct_id, fact)

    def to_look_for(self, absent: Collection[str], *, of: int) -> list[str]:
        """Which of the studies that no answer held are to be asked for by themselves: all but those known to be gone.

        Raises TooManyAbsent where more than `gates.max_absent` of all studies are absent that were there before.
        """
        with self.context.service.database.read() as session:
            known = studies(session, absent)
        state = {nct_id: known[nct_id].state if nct_id in known else "unread" for nct_id in sorted(absent)}
        fresh = [nct_id for nct_id in state if state[nct_id] not in ("missing", "gone")]
        if len(fresh) > max(5, self.context.service.settings.gates.max_absent * of):
            raise TooManyAbsent(f"{len(fresh)} of {of} studies are missing from the answers")
        return [nct_id for nct_id in state if state[nct_id] != "gone"]

    def settle(self, session: Session, lost: Sequence[str]) -> None:
        """At the end of a cycle, the release confirmed: who is absent, who left, and each watch as it is now defined.

        `lost`: those of whom the registry says that there is no such study. They leave a watch only when they are gone.
        """
        release = self.context.release.date
        missing = [nct_id for nct_id in lost if not self._note_absence(session, nct_id)]
        for roster in self.context.rosters:
            move = self.context.moves[roster.watch]
            left = sorted(set(move.left) - self._renamed - set(missing))
            for nct_id in left if roster.watch in self._newsworthy else ():
                if nct_id not in lost:
                    fact = f"Left the watch {roster.watch}: none of its searches finds the study any more"
                    self._tell(session, Kind.LEFT, nct_id, fact, roster.watch)
            cohorts.leave(session, roster.watch, left, release)
            self.context.counts.left += len(left)
            known = cohorts.watch(session, roster.watch)
            established = (known.established_release if known else None) or release
            cohorts.save_watch(session, cohorts.Watch(roster.watch, roster.definition, established))

    def _let_in(self, session: Session, watch: str, came: Sequence[str]) -> list[str]:
        """Let those who came into a watch that they are new to; returns those of whom that is told."""
        entered, arrived = self.context.moves[watch].entered, self._arrived[watch]
        sources = {nct_id: entered[nct_id] for nct_id in came if nct_id in entered and nct_id not in arrived}
        cohorts.enter(session, watch, sources, self.context.release.date)
        arrived.update(sources)
        self.context.counts.entered += len(sources)
        told = list(sources) if watch in self._newsworthy else []
        for nct_id in told:
            again = nct_id in self._former[watch]
            kind, verb = (Kind.REENTERED, "Back in") if again else (Kind.ENTERED, "Entered")
            fact = f"{verb} the watch {watch}, found by {_found_by(sources[nct_id])}"
            self._tell(session, kind, nct_id, fact, watch)
        return told

    def _note_absence(self, session: Session, nct_id: str) -> bool:
        """Write down that the registry knows no such study; whether that makes it gone. A release counts once."""
        release = self.context.release.date
        name_studies(session, [nct_id], release)
        known = studies(session, [nct_id])[nct_id]
        self.context.counts.absent += 1
        log.warning(logs.STUDY_ABSENT, nct_id=nct_id, since=known.absent_since or release)
        if known.absent_since == release:
            return False
        since, releases = known.absent_since or release, known.absent_releases + 1
        gone = releases >= RELEASES_UNTIL_GONE
        set_presence(session, [Presence(nct_id, "gone" if gone else "missing", since, releases)])
        if gone:
            fact = f"Gone: on {releases} releases since {since} the registry has said that there is no such study"
            self._tell(session, Kind.GONE, nct_id, fact)
        else:
            fact = "Missing: the registry says that there is no such study; the next release will show whether it is gone"
            self._tell(session, Kind.MISSING, nct_id, fact)
        return gone

    def _follow(self, session: Session, old: str, new: str) -> None:
        """A record names a former id: where that one is watched, the new id takes its place, in every watch."""
        places = [roster for roster in self.context.rosters if self._has(roster, old)]
        if not places:
            return
        release = self.context.release.date
        name_studies(session, [old], release)
        self._renamed.add(old)
        if studies(session, [old])[old].state == "alias":
            return
        set_presence(session, [Presence(old, "alias", alias_of=new)])
        for roster in places:
            source = roster.sources.get(old) or roster.sources.get(new) or "id"
            cohorts.leave(session, roster.watch, [old], release)
            cohorts.enter(session, roster.watch, {new: source}, release)
            self._arrived[roster.watch].add(new)
        fact = f"The registry now keeps this study under {new}, which is watched instead"
        self._tell(session, Kind.ALIAS, old, fact)

    def _has(self, roster: Roster, nct_id: str) -> bool:
        return nct_id in roster.sources or nct_id in self.context.moves[roster.watch].left

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
