"""Resolving every watch to its cohort: each walks its searches by itself, so that one in trouble stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import structlog
from sqlalchemy.orm import Session

from storage import cohorts
from storage.studies import current_ids, studies
from sync import logs
from sync.cohort.membership import Cohort, definition_hash, shrank
from sync.cohort.profile import Profile
from sync.cohort.related import RelatedTo
from sync.cohort.searches import found_by, is_related, source_of
from sync.config import WatchSettings
from sync.cycle.answers import Answer, Answers
from sync.cycle.context import Trouble, Troubles
from sync.cycle.second_look import look_of, objections, stored_hits
from sync.errors import TrialdeltaError, UnreadableRecord
from sync.registry.client import Found, Release
from sync.registry.errors import (
    BadRequest,
    Blocked,
    Interrupted,
    NotFound,
    NothingRelated,
    RateLimited,
    RegistryError,
    ReleaseFlip,
    Unreadable,
    WalkBroken,
)
from sync.service import Service
from sync.study.record import read_record
from sync.versions.related import as_related_to, stored_neighbours, stored_related_to

log = structlog.get_logger("cycle")


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk found: `named` by what named it first, `related` what others are compared with."""

    named: dict[str, str]
    related: dict[str, Profile] = field(default_factory=dict)

    def add(self, ids: Iterable[str], source: str) -> None:
        """Studies that something names; who is named already keeps the first source."""
        for nct_id in ids:
            self.named.setdefault(nct_id, source)


class CohortWalk:
    """The cohorts of one cycle; a search that several watches name is walked once."""

    def __init__(
        self,
        service: Service,
        release: Release,
        confirm: Callable[[], None],
        answers: Answers,
        *,
        force: bool,
    ) -> None:
        """`confirm` asks whether the release still stands; with `force`, what was read before is walked again too.

        `answers` gathers what came of each search.
        """
        self.service, self.release, self.confirm, self.force = service, release, confirm, force
        self.troubles = Troubles()
        self._answers = answers
        self._walked: dict[tuple[tuple[str, str], ...], Found] = {}

    def resolve(self) -> tuple[Cohort, ...]:
        """The cohort of each watch that is not paused, in the configuration's order. Raises where all are in trouble."""
        cohorts = tuple(self._resolve(watch) for watch in self.service.watched)
        self.troubles.raise_if_all(cohort.watch for cohort in cohorts)
        return cohorts

    def _resolve(self, watch: WatchSettings) -> Cohort:
        if watch.everything:
            with self.service.database.read() as session:
                return whole_registry(session, watch)
        stored = self._known(watch)
        # Read to its end on this release: another cycle on it is for the watches that are not, and need not walk this one
        # again.
        if stored.settled:
            return _keeping_members(stored)
        walked = self._walk(watch, stored)
        cohort = self._looked_at(watch, replace(stored, named=walked.named, related=walked.related))
        if cohort.leaving and not cohort.edited and watch.name not in self.troubles:
            cohort = self._walked_again(watch, cohort)
        log.debug(logs.COHORT_WALKED, watch=watch.name, studies=len(cohort.sources))
        return _keeping_members(cohort) if watch.name in self.troubles else cohort

    def _looked_at(self, watch: WatchSettings, cohort: Cohort) -> Cohort:
        """Without the hits that are known to be of another class than the watch means; the others are read first."""
        with self.service.database.read() as session:
            look = look_of(session, watch, cohort)
            return replace(cohort, dropped=objections(session, look, cohort.hits, of_unknown=False))

    def _walked_again(self, watch: WatchSettings, first: Cohort) -> Cohort:
        """Walk again before anybody leaves: a search may come back short, and who is found by either walk stays."""
        self._walked.clear()
        again = self._walk(watch, first)
        both = self._looked_at(watch, replace(first, named={**again.named, **first.named}))
        if (error := shrank(both, self.service.settings.gates)) is not None:
            self.troubles.add(Trouble(watch.name, "", error))
        return both

    def _known(self, watch: WatchSettings) -> Cohort:
        """What is known of a watch before it is walked."""
        definition = definition_hash(watch)
        with self.service.database.read() as session:
            stored = cohorts.watch(session, watch.name)
            return Cohort(
                watch=watch.name,
                definition=definition,
                named=dict.fromkeys(watch.ids, "id"),
                members=cohorts.sources(session, watch.name),
                aliases=current_ids(session),
                held=cohorts.held_leavings(session, watch.name),
                edited=stored is not None and stored.definition_hash != definition,
                settled=not self.force and is_settled(session, watch, self.release.stamp),
            )

    def _walk(self, watch: WatchSettings, stored: Cohort) -> Walked:
        """What a watch names. A search that fails is its watch's trouble."""
        walked, failed = Walked(dict.fromkeys(watch.ids, "id")), list[Trouble]()
        if watch.looks_at_all_stored:
            with self.service.database.read() as session:
                for nct_id, source in stored_hits(session, watch).items():
                    walked.add([nct_id], source)
        for number, search in enumerate(watch.searches, start=1):
            source = f"search {number}"
            asked = found_by(source, watch.searches)
            failed += self._attempt(watch, asked, partial(self._take, watch, walked, source, asked, search))
        for nct_id in watch.related_to:
            asked = f"what is related to {nct_id}"
            failed += self._attempt(watch, asked, partial(self._take_related, watch, walked, stored, nct_id))
        self._add_stored(walked, stored)
        is_partial = bool(walked.named) and all(_is_refused(trouble.error) for trouble in failed)
        for trouble in failed:
            self.troubles.add(replace(trouble, is_partial=is_partial))
        return walked

    def _attempt(self, watch: WatchSettings, asked: str, take: Callable[[], None]) -> list[Trouble]:
        """Take what one part of a watch names; its trouble where that fails by itself."""
        before = self.service.registry.requests
        try:
            take()
        except (RegistryError, UnreadableRecord) as error:
            self._note(_cut_short(watch.name, asked, error), before)
            self._must_be_its_own(error)
            return [Trouble(watch.name, f"watch {watch.name}: {asked} failed", error)]
        return []

    def _take(
        self, watch: WatchSettings, walked: Walked, source: str, asked: str, search: Mapping[str, str]
    ) -> None:
        before = self.service.registry.requests
        found = self._search(search)
        walked.add(found.ids, source)
        self._note(Answer(watch.name, asked, found.total, len(found.ids), found.nameless), before)

    def _take_related(self, watch: WatchSettings, walked: Walked, stored: Cohort, nct_id: str) -> None:
        """The study itself, and the candidates for being related to it."""
        known, source = self._related_to(nct_id, stored.aliases.get(nct_id, nct_id)), source_of(nct_id)
        walked.add([nct_id], source)
        walked.related[known.profile.nct_id] = known.profile
        for number, search in enumerate(known.searches, 1):
            self._take(watch, walked, source, f"search {number} for what is related to {nct_id}", search)

    def _add_stored(self, walked: Walked, stored: Cohort) -> None:
        """Those that are known to be near, or were: their score decides, not whether the search's words fit."""
        if not walked.related:
            return
        heirs = set(stored.heirs.values())
        with self.service.database.read() as session:
            near = stored_neighbours(session, walked.related)
            members = {each: source for each, source in stored.members.items() if is_related(source)}
            known = studies(session, {*near, *members})
        for nct_id, source in {**near, **members}.items():
            # who is gone leaves, and a stand-in stays or goes with the id that leads to it
            if known[nct_id].state not in ("gone", "alias") and nct_id not in heirs:
                walked.add([nct_id], source)

    def _note(self, answer: Answer, requests_before: int) -> None:
        self._answers.note(replace(answer, requests=self.service.registry.requests - requests_before))

    def _must_be_its_own(self, error: RegistryError | UnreadableRecord) -> None:
        """Raises where a failure is not a matter of one search: the registry refuses us, is down, or moved on."""
        # A refusal is meant for all of us: going on to the next watch would only be refused once more.
        if isinstance(error, (Blocked, RateLimited, Interrupted, ReleaseFlip)):
            raise error
        # An outage looks like one search's failure at first. Asking for the release tells them apart: it raises when the
        # registry is down.
        if error.passing:
            self.confirm()

    def _search(self, parameters: Mapping[str, str]) -> Found:
        key = tuple(sorted(parameters.items()))
        if key not in self._walked:
            # Pages of ids alone, yet a large search takes many seconds at one request a second, and watches often share
            # one.
            self._walked[key] = self.service.registry.search(parameters)
        return self._walked[key]

    def _related_to(self, nct_id: str, current: str) -> RelatedTo:
        """A study that a watch is related to, as it is stored; else as the registry has it, under whichever id."""
        with self.service.database.read() as session:
            if (stored := stored_related_to(session, current)) is not None:
                return stored
        record = read_record(self._as_asked(nct_id))
        with self.service.database.read() as session:
            return as_related_to(session, record)

    def _as_asked(self, nct_id: str) -> bytes:
        try:
            record = self.service.registry.study(nct_id)
        except NotFound as error:
            raise NothingRelated(str(error)) from error
        if record.problem is not None:
            raise Unreadable(
                f"the study that a watch is related to, {nct_id}, cannot be read: {record.problem}"
            )
        return record.raw


def whole_registry(session: Session, watch: WatchSettings) -> Cohort:
    """The cohort that has every study, where nothing is to be read for it: its studies are counted, never listed."""
    known = cohorts.watch(session, watch.name)
    return Cohort(
        watch.name,
        definition_hash(watch),
        named={},
        edited=known is not None and known.definition_hash != definition_hash(watch),
        settled=True,
        everything=True,
        size=cohorts.size(session, watch.name),
        established=known is not None and known.established_release is not None,
    )


def read_before(service: Service, watch: WatchSettings) -> Cohort:
    """The cohort of a watch that another cycle reads: nothing is asked for it, nobody enters or leaves it."""
    with service.database.read() as session:
        if watch.everything:
            return whole_registry(session, watch)
        sources = cohorts.sources(session, watch.name)
        return Cohort(watch.name, definition_hash(watch), named=sources, members=sources, settled=True)


def is_settled(session: Session, watch: WatchSettings, stamp: str) -> bool:
    """Whether the release of this stamp was read to its end for a watch as the configuration has it now."""
    stored = cohorts.watch(session, watch.name)
    return stored is not None and (stored.definition_hash, stored.settled_stamp) == (
        definition_hash(watch),
        stamp,
    )


def is_edited(session: Session, watch: WatchSettings) -> bool:
    """Whether a watch is configured otherwise than when it was last read, or is new."""
    stored = cohorts.watch(session, watch.name)
    is_read = stored is not None and (stored.established_release is not None or stored.trouble is not None)
    return stored is None or not is_read or stored.definition_hash != definition_hash(watch)


def _cut_short(watch: str, asked: str, error: RegistryError | UnreadableRecord) -> Answer:
    expected, seen = (error.expected, error.seen) if isinstance(error, WalkBroken) else (None, 0)
    return Answer(watch, asked, expected, seen, problem=str(error))


def _is_refused(error: TrialdeltaError) -> bool:
    """Whether the registry works, and only this question means nothing to it."""
    return isinstance(error, (BadRequest, NotFound)) and not error.passing


def _keeping_members(cohort: Cohort) -> Cohort:
    """A cohort that nobody leaves: it is in trouble, or was read to its end before."""
    heirs = set(cohort.heirs.values())
    # A stand-in for a merged id is a member too, but stays or goes with the id that leads to it.
    stay = {nct_id: source for nct_id, source in cohort.members.items() if nct_id not in heirs}
    return replace(cohort, named={**stay, **cohort.named})
