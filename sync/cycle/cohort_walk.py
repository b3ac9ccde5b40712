"""Resolving every watch to its cohort: each walks its searches by itself, so that one in trouble stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

import structlog
from sqlalchemy.orm import Session

from storage import cohorts, versions
from storage.studies import current_ids
from sync import logs
from sync.cohort.membership import Cohort, definition_hash, shrank
from sync.cohort.related import related_search
from sync.cohort.searches import found_by
from sync.config import WatchSettings
from sync.cycle.answers import Answer, Answers
from sync.cycle.context import Trouble, Troubles
from sync.cycle.second_look import objections, stored_hits
from sync.errors import TrialdeltaError, UnreadableRecord
from sync.registry.client import Found, Release
from sync.registry.errors import (
    BadRequest,
    Blocked,
    Interrupted,
    NotFound,
    RateLimited,
    RegistryError,
    ReleaseFlip,
    Unreadable,
    WalkBroken,
)
from sync.service import Service
from sync.study.record import Study, read_record

log = structlog.get_logger("cycle")

Search = Callable[[], Mapping[str, str]]


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
        cohort = self._looked_at(watch, replace(stored, named=self._walk(watch)))
        if cohort.leaving and not cohort.edited and watch.name not in self.troubles:
            cohort = self._walked_again(watch, cohort)
        log.debug(logs.COHORT_WALKED, watch=watch.name, studies=len(cohort.sources))
        return _keeping_members(cohort) if watch.name in self.troubles else cohort

    def _looked_at(self, watch: WatchSettings, cohort: Cohort) -> Cohort:
        """Without the hits that are known to be of another class than the watch means; the others are read first."""
        with self.service.database.read() as session:
            return replace(cohort, dropped=objections(session, watch, cohort.hits, of_unknown=False))

    def _walked_again(self, watch: WatchSettings, first: Cohort) -> Cohort:
        """Walk again before anybody leaves: a search may come back short, and who is found by either walk stays."""
        self._walked.clear()
        both = self._looked_at(watch, replace(first, named={**self._walk(watch), **first.named}))
        if (error := shrank(both, self.service.settings.gates)) is not None:
            self.troubles.add(Trouble(watch.name, "", error))
        return both

    def _known(self, watch: WatchSettings) -> Cohort:
        """What is known of a watch before it is walked."""
        definition = definition_hash(watch)
        with self.service.database.read() as session:
            stored = cohorts.watch(session, watch.name)
            members = cohorts.members(session, watch.name)
            return Cohort(
                watch=watch.name,
                definition=definition,
                named=dict.fromkeys(watch.ids, "id"),
                members={nct_id: member.source for nct_id, member in members.items()},
                aliases=current_ids(session),
                held=cohorts.held_leavings(session, watch.name),
                edited=stored is not None and stored.definition_hash != definition,
                settled=not self.force and is_settled(session, watch, self.release.stamp),
            )

    def _walk(self, watch: WatchSettings) -> dict[str, str]:
        """What a watch names; a study keeps the first source that named it. A search that fails is its watch's trouble."""
        named, failed = dict.fromkeys(watch.ids, "id"), list[Trouble]()
        if watch.looks_at_all_stored:
            with self.service.database.read() as session:
                named |= {**stored_hits(session, watch), **named}
        for source, search in self._searches(watch):
            before, asked = self.service.registry.requests, found_by(source, watch.searches)
            try:
                found = self._search(search())
                for nct_id in found.ids:
                    named.setdefault(nct_id, source)
                self._note(Answer(watch.name, asked, found.total, len(found.ids), found.nameless), before)
            except (RegistryError, UnreadableRecord) as error:
                self._note(_cut_short(watch.name, asked, error), before)
                self._must_be_its_own(error)
                failed.append(Trouble(watch.name, f"watch {watch.name}: {asked} failed", error))
        is_partial = bool(named) and all(_is_refused(trouble.error) for trouble in failed)
        for trouble in failed:
            self.troubles.add(replace(trouble, is_partial=is_partial))
        return named

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

    def _searches(self, watch: WatchSettings) -> Iterator[tuple[str, Search]]:
        for number, search in enumerate(watch.searches, start=1):
            yield f"search {number}", partial(dict, search)
        for nct_id in watch.related_to:
            yield "related", partial(self._related, nct_id)

    def _search(self, parameters: Mapping[str, str]) -> Found:
        key = tuple(sorted(parameters.items()))
        if key not in self._walked:
            # Pages of ids alone, yet a large search takes many seconds at one request a second, and watches often share
            # one.
            self._walked[key] = self.service.registry.search(parameters)
        return self._walked[key]

    def _related(self, nct_id: str) -> dict[str, str]:
        with self.service.database.read() as session:
            head = versions.heads(session, [nct_id]).get(nct_id)
            stored = versions.payload(session, nct_id, head.number) if head else None
        return related_search(Study(read_record(self._as_asked(nct_id) if stored is None else stored)))

    def _as_asked(self, nct_id: str) -> bytes:
        record = self.service.registry.study(nct_id)
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
        members = cohorts.members(session, watch.name)
        sources = {nct_id: member.source for nct_id, member in members.items()}
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
