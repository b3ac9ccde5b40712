"""A cycle over the whole registry, for the watch that has everything: its pages, then whom no page can tell of.

A sweep by update date finds what sponsors changed. The registry sets UNKNOWN without a date: who is due is asked for by id.
Who is absent, and what else the registry changed by itself, only a walk through all pages tells, every week as a rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Protocol

from storage import cohorts, walks
from storage.id_set import IdSet
from storage.lease import Lease
from storage.readings import read_on
from storage.studies import current_ids
from storage.walks import Walk
from sync.cohort.membership import FEW, Cohort, TooManyAbsent
from sync.cohort.searches import EVERYTHING
from sync.config import WatchSettings
from sync.cycle.aliases import Aliases
from sync.cycle.answers import Answer, Answers
from sync.cycle.cohort_walk import read_before, whole_registry
from sync.cycle.context import Counts, CycleContext, Trouble, Troubles
from sync.cycle.page_walk import PageWalk
from sync.cycle.prepare import preparing
from sync.cycle.presence import Presences
from sync.cycle.recorder import Recorder
from sync.cycle.report import Met, Report
from sync.cycle.stamps import Stamps
from sync.registry.client import Release
from sync.service import Service
from sync.versions.figures import keep_figures
from sync.words import counted

MOST_ABSENT = 500
"""So many studies that no page held are asked for by their ids; where more are absent, it is the pages that are doubted."""


class Pass(Protocol):
    """The cycle that a walk is part of: its lease, its counts, and the steps that it has in common with any other."""

    service: Service
    lease: Lease
    watches: Sequence[WatchSettings]
    counts: Counts
    answers: Answers
    force: bool

    def enter(self, stage: str) -> None: ...
    def go_on(self) -> None: ...
    def confirm(self) -> None: ...
    def walked(self, walk: Walk) -> None: ...
    def conclude(self, context: CycleContext, wanted: Sequence[str], stamps: Stamps) -> Report: ...


def take_in_everything(cycle: Pass, release: Release, cycle_id: int) -> Report:
    """The whole pass, step by step."""
    service, watch = cycle.service, cycle.watches[0]
    others = [read_before(service, each) for each in service.watched if each.name != watch.name]

    cycle.enter("walk")
    context = CycleContext(
        service, cycle.lease, release, cycle_id, [_open(cycle, watch, {}), *others], Troubles(), cycle.counts
    )
    asked_before = service.registry.requests
    with preparing(service.settings.performance.processes, service.settings.log) as prepare:
        recorder = Recorder(context, Presences(context, Aliases(context)), cycle.go_on, prepare)
        walk = PageWalk(context, watch, recorder, cycle.confirm, cycle.walked)
        done = walk.run(afresh=cycle.force)
    cycle.answers.note(_answer(watch, done, service.registry.requests - asked_before))

    wanted = to_ask_for(context, watch, walk, done)
    context = replace(context, cohorts=[_open(cycle, watch, dict.fromkeys(wanted, EVERYTHING)), *others])
    on_pages = walk.studies() if wanted or others else IdSet()
    # What a page held and could not be read is asked for by its id once more: it is one study all the same.
    cycle.counts.studies = done.seen + sum(nct_id not in on_pages for nct_id in wanted)
    report = cycle.conclude(context, wanted, Stamps(release, cycle.confirm, proven=done.pages > 0))
    _count(cycle, watch, release)
    named = {nct_id for other in others for nct_id in other.named if nct_id in on_pages}
    return replace(report, met=_with_pages(report.met, frozenset(named), done))


def _with_pages(met: Met, named: frozenset[str], done: Walk) -> Met:
    """With the studies of named watches that the pages held; where an earlier cycle read pages, none was read now."""
    read = met.read if done.resumed_seen else met.read | named
    return replace(met, asked=met.asked | named, read=read)


def _count(cycle: Pass, watch: WatchSettings, release: Release) -> None:
    """Keep what pages say of the whole registry: to count it for each of them would take seconds."""
    service = cycle.service
    with service.database.read() as session:
        known = cohorts.watch(session, watch.name)
    keep_figures(
        service.database,
        watch.name,
        release.date,
        service.rules[watch.name].limits,
        known.established_release if known else None,
        service.now(),
    )


def _answer(watch: WatchSettings, done: Walk, requests: int) -> Answer:
    """What came of the pages; on a walk that was resumed, the requests are those of this cycle."""
    asked = "all pages" if done.kind == "whole" else f"updated since {done.since}"
    problem = "" if done.proved else "the pages held fewer studies than the registry counts"
    return Answer(watch.name, asked, done.total, done.seen, done.refused, 0, requests, problem)


def to_ask_for(context: CycleContext, watch: WatchSettings, walk: PageWalk, done: Walk) -> list[str]:
    """Who is asked for by id: whom a sweep cannot find, and after a whole walk that proved itself who was on no page."""
    release, database = context.release, context.service.database
    with database.read() as session:
        wanted = set(walks.to_ask_for(session, watch.name, release.stamp, release.date))
        if done.kind != "whole" or not done.proved:
            return sorted(wanted)
        seen, limit = walk.studies(), _believed_absent(context, watch)
        missing = (nct_id for nct_id in cohorts.each_inside(session, watch.name) if nct_id not in seen)
        absent = list(islice(missing, limit + 1))
        if len(absent) > limit:
            _doubt(context, watch, limit)
            return sorted(wanted)
        return sorted(wanted.union(absent) - read_on(session, absent, release.stamp))


def _open(cycle: Pass, watch: WatchSettings, named: dict[str, str]) -> Cohort:
    """The whole registry as a cohort of which this much is asked for by id."""
    with cycle.service.database.read() as session:
        members = dict.fromkeys(sorted(cohorts.inside(session, watch.name, named)), EVERYTHING)
        aliases = current_ids(session) if named else {}
        return replace(
            whole_registry(session, watch), named=named, members=members, aliases=aliases, settled=False
        )


def _believed_absent(context: CycleContext, watch: WatchSettings) -> int:
    (cohort,) = [each for each in context.cohorts if each.watch == watch.name]
    return max(FEW, min(MOST_ABSENT, int(context.gates.max_absent * cohort.size)))


def _doubt(context: CycleContext, watch: WatchSettings, limit: int) -> None:
    error = TooManyAbsent(
        f"more than {counted(limit, 'study')} of the whole registry are on none of its pages"
    )
    context.troubles.add(Trouble(watch.name, f"watch {watch.name}", error, is_partial=True))
