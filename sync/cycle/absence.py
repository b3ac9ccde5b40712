"""Who is absent: a study that no answer held is asked for by itself, and only the registry's exact word counts.

Absence is not removal: only "no such study", twice on one release and on two releases, makes a study gone. An error is not
absence. Where many are absent at once, or most of a watch, it is the answers that are not believed. An id of the
configuration that the registry never had is not missing: it is waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import structlog
from sqlalchemy.orm import Session

from storage.studies import Presence, name_studies, never_read, set_presence, studies, unregistered
from sync import logs
from sync.changes.model import Kind
from sync.cohort.membership import too_many_absent
from sync.cycle.aliases import Aliases
from sync.cycle.context import CycleContext, Trouble
from sync.cycle.recorder import Recorder
from sync.cycle.stamps import Stamps
from sync.cycle.unregistered import note_unregistered
from sync.registry.errors import BadRequest, Moved, NotFound

log = structlog.get_logger("cycle")

# What a removal looks like is documented nowhere; an index that lags can lack a study for a day, hardly on two releases.
RELEASES_UNTIL_GONE = 2


class Absence:
    """Looks for the studies of one cycle that no answer held."""

    def __init__(
        self,
        context: CycleContext,
        recorder: Recorder,
        aliases: Aliases,
        stamps: Stamps,
        go_on: Callable[[], None],
    ) -> None:
        self.context, self.recorder, self.aliases, self.stamps = context, recorder, aliases, stamps
        self.go_on = go_on
        self.never_had: set[str] = set()

    def look_for(self, wanted: Collection[str]) -> list[str]:
        """Those of the ids wanted of whom the registry says, asked twice, that there is no such study, and is believed."""
        # A record set aside claims one of these ids: whether it is an answer to it is for the aliases to say.
        unanswered = set(wanted) - self.recorder.answered - self.aliases.aside.keys()
        gone = self._known_gone(unanswered)
        self.never_had = self._never_had(unanswered)
        discounted = gone | self.never_had
        doubted = self._doubted(
            unanswered, discounted.union(*(cohort.heirs for cohort in self.context.cohorts))
        )
        unknown = sorted(unanswered - gone - doubted - self._awaited(unanswered))
        # One copy of the index may be behind the others, and a second request may reach another one.
        for _look in range(2):
            unknown = [nct_id for nct_id in unknown if not self._is_settled(nct_id)]
        lost = self.aliases.decide(unknown)
        if records := self.aliases.settled():
            self.recorder.take(sorted(wanted), records)
        # Counted once more: who has an heir by now is not missing after all, and a watch may be believed again.
        doubted = self._doubted(
            lost, discounted.union(*(cohort.heirs.keys() - lost for cohort in self.context.cohorts))
        )
        return [nct_id for nct_id in lost if nct_id not in doubted]

    def note(self, session: Session, lost: Collection[str]) -> list[str]:
        """Write down who is missing, or was never there; returns those who are gone by that."""
        self.aliases.end(session, lost)
        note_unregistered(self.context, session, [nct_id for nct_id in lost if nct_id in self.never_had])
        return [nct_id for nct_id in lost if nct_id not in self.never_had and self._note(session, nct_id)]

    def _known_gone(self, ids: Collection[str]) -> set[str]:
        with self.context.service.database.read() as session:
            return {nct_id for nct_id, known in studies(session, ids).items() if known.state == "gone"}

    def _never_had(self, ids: Collection[str]) -> set[str]:
        """The ids that nothing but the configuration names, and of which no record was ever seen."""
        by_id = {nct_id for cohort in self.context.cohorts for nct_id in cohort.named}
        found = {
            nct_id
            for cohort in self.context.cohorts
            for nct_id, source in cohort.named.items()
            if source != "id"
        }
        with self.context.service.database.read() as session:
            return never_read(session, (by_id - found).intersection(ids))

    def _awaited(self, ids: Collection[str]) -> set[str]:
        """Those of them that were told before: an answer that holds them is waited for, unless a record claims them."""
        with self.context.service.database.read() as session:
            awaited = set(unregistered(session, self.never_had.intersection(ids)))
        return {nct_id for nct_id in awaited if not self.aliases.claimants(nct_id)}

    def _doubted(self, missing: Collection[str], discounted: Collection[str]) -> set[str]:
        """The studies of the watches that are missing so much that it is not believed."""
        doubted: set[str] = set()
        for cohort in self.context.cohorts:
            error = too_many_absent(cohort, missing, discounted, self.context.gates)
            if error is not None:
                self.context.trouble(cohort, error)
                doubted |= cohort.asked_ids
        return doubted

    def _is_settled(self, nct_id: str) -> bool:
        """Ask for a study by itself and take what comes; False where the registry knows no such study."""
        self.go_on()
        try:
            record = self.context.service.registry.study(nct_id)
        except NotFound:
            return False
        except (BadRequest, Moved) as error:
            log.warning(logs.STUDY_UNRESOLVED, nct_id=nct_id, problem=str(error))
            self.context.unresolved[nct_id] = Trouble(nct_id, f"{nct_id} was asked for by itself", error)
            return True
        (checked,) = self.stamps.checked([record])
        if checked.problem is None and record.nct_id != nct_id:
            self.aliases.lead(nct_id, checked)
        elif taken := self.aliases.set_aside([checked]):
            self.recorder.take([nct_id], taken)
        return True

    def _note(self, session: Session, nct_id: str) -> bool:
        """Write down that the registry knows no such study; whether that makes it gone. A release counts once."""
        release = self.context.release.date
        name_studies(session, [nct_id], release)
        known = studies(session, [nct_id])[nct_id]
        self.context.counts.absent += 1
        log.warning(logs.STUDY_ABSENT, nct_id=nct_id, since=known.absent_since or release)
        # The cycle may have been killed after this was committed, or the release is partial and is read again.
        if known.absent_since == release:
            return False
        since, releases = known.absent_since or release, known.absent_releases + 1
        gone = releases >= RELEASES_UNTIL_GONE
        set_presence(session, [Presence(nct_id, "gone" if gone else "missing", since, releases)])
        kind, fact = self._fact(nct_id, since, releases, gone)
        self.context.record_presence(session, kind, nct_id, fact)
        return gone

    def _fact(self, nct_id: str, since: str, releases: int, gone: bool) -> tuple[Kind, str]:
        claimants = sorted(self.aliases.claimants(nct_id))
        claim = (
            f"; {' and '.join(claimants)} both claim its id, so none is watched in its place"
            if claimants
            else ""
        )
        if gone:
            said = f"Gone: on {releases} releases since {since} the registry has said that there is no such study"
            return Kind.GONE, said + claim
        said = "Missing: the registry says that there is no such study; the next release will show whether it is gone"
        return Kind.MISSING, said + claim
