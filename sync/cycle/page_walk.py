"""The walk through the whole registry, page by page: all of it, or what was updated since the last release that was read.

Each page is one transaction, with the place where the walk goes on: a walk that is killed anywhere reads on from there. A
walk proves something only when its pages held as many studies as the registry counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import structlog

from storage import versions, walks
from storage.id_set import IdSet, numbers
from storage.walks import Walk
from sync import logs
from sync.config import EverythingSettings, WatchSettings
from sync.cycle.context import CycleContext, Trouble
from sync.cycle.freed import give_back
from sync.cycle.recorder import Recorder
from sync.cycle.stamps import Stamps
from sync.registry.batch import Batch, settled
from sync.registry.client import Release
from sync.registry.errors import StaleToken, WalkBroken
from sync.registry.pages import PageBody, RawRecord, raw_hash, read_page
from sync.words import counted

ATTEMPTS = 3
"""Walks on one release whose pages do not add up, or whose token is refused; then the next release is waited for."""
_MOST_EMPTY_PAGES = 10
_LOGGED_PAGES = 20
"""After so many pages the log says how far the walk is: every half a minute."""

log = structlog.get_logger("cycle")


def planned(
    known: Walk | None, watch: str, release: Release, settings: EverythingSettings, now: datetime
) -> Walk:
    """The walk that a release asks for (pure): the one under way on it, a whole one where that is due, or a sweep."""
    if known is not None and known.stamp == release.stamp and not _is_to_be_repeated(known):
        return replace(known, resumed_at=now, updated_at=now, resumed_seen=known.seen)
    fresh = Walk(watch, "api", "whole", release.stamp, release.date, now, now, now)
    if known is None:
        return fresh
    is_again = known.stamp == release.stamp
    begun = replace(
        fresh,
        attempt=known.attempt + 1 if is_again else 1,
        whole_release=known.whole_release,
        covered_release=known.covered_release,
    )
    if known.whole_release is None or known.covered_release is None:
        return begun
    if _days(known.whole_release, release.date) >= settings.reconcile_days:
        return begun
    since = date.fromisoformat(known.covered_release) - timedelta(days=settings.overlap_days)
    return replace(begun, kind="sweep", since=since.isoformat())


def _is_to_be_repeated(walk: Walk) -> bool:
    return walk.ended_at is not None and not walk.proved and walk.attempt < ATTEMPTS


def _days(earlier: str, later: str) -> int:
    return (date.fromisoformat(later) - date.fromisoformat(earlier)).days


@dataclass(slots=True)
class PageWalk:
    """One walk of a cycle. `taken` hears of the walk after each of its pages."""

    context: CycleContext
    watch: WatchSettings
    recorder: Recorder
    confirm: Callable[[], None]
    taken: Callable[[Walk], None]

    def run(self, *, afresh: bool = False) -> Walk:
        """Read what is left of the walk that the release asks for; `afresh`: all of it, and all of the registry."""
        walk = self._begun(afresh)
        if walk.ended_at is not None:
            self._note_shortfall(walk)
            return walk
        for _attempt in range(1, ATTEMPTS):
            try:
                return self._read(walk)
            except (StaleToken, WalkBroken) as error:
                log.warning(logs.WALK_BEGUN_ANEW, watch=self.watch.name, reason=str(error), pages=walk.pages)
                walk = self._begin(replace(walk, cursor=None, pages=0, seen=0, refused=0, total=None))
        return self._read(walk)

    def studies(self) -> IdSet:
        """The studies that the pages of the walk held so far."""
        seen = IdSet()
        with self.context.service.database.read() as session:
            for page in walks.pages(session, self.watch.name):
                seen.add_numbers(page)
        return seen

    def _begun(self, afresh: bool) -> Walk:
        settings, now = self.context.service.settings.everything, self.context.service.now()
        with self.context.service.database.read() as session:
            known = walks.walk(session, self.watch.name)
        walk = planned(known, self.watch.name, self.context.release, settings, now)
        if afresh:
            whole = Walk(self.watch.name, "api", "whole", walk.stamp, walk.release, now, now, now)
            walk = replace(whole, whole_release=walk.whole_release, covered_release=walk.covered_release)
        if walk.pages:
            log.info(
                logs.WALK_RESUMED, watch=self.watch.name, kind=walk.kind, pages=walk.pages, seen=walk.seen
            )
            return walk
        return walk if walk.ended_at is not None else self._begin(walk)

    def _begin(self, walk: Walk) -> Walk:
        with self.context.write() as session:
            walks.begin(session, walk)
        return walk

    def _read(self, walk: Walk) -> Walk:
        stamps = Stamps(self.context.release, self.confirm, proven=walk.pages > 0)
        seen, tokens, empty = self.studies(), {walk.cursor}, 0
        if walk.pages == 0 or walk.cursor is not None:
            for page in self.context.service.registry.everything(walk.since, walk.cursor):
                before, records = len(seen), stamps.checked(read_page(page.body).records)
                # Split into its records it is not needed any more: 26 MB, as much as they are; nor are they, once they
                # are written down, while the next ones come.
                page = replace(page, body=b"")
                walk = self._take(page, records, walk, seen)
                del records
                give_back()
                empty = 0 if len(seen) > before else empty + 1
                # A token may lead back to where it came from: no end would ever come of it.
                if page.token and (page.token in tokens or empty > _MOST_EMPTY_PAGES):
                    raise WalkBroken(f"the page tokens lead nowhere, after {counted(len(seen), 'study')}")
                tokens.add(page.token)
        return self._ended(walk)

    def _take(self, page: PageBody, records: Sequence[RawRecord], walk: Walk, seen: IdSet) -> Walk:
        """Write down what a page's records mean, and that the walk has come so far, in one transaction."""
        fresh = self._without_repeats(records, seen)
        new = [record.nct_id for record in fresh if record.nct_id and record.nct_id not in seen]
        now = self.context.service.now()
        further = replace(
            walk,
            cursor=page.token,
            pages=walk.pages + 1,
            seen=walk.seen + len(set(new)),
            refused=walk.refused + sum(record.nct_id is None for record in fresh),
            total=page.total if walk.pages == 0 else walk.total,
            updated_at=now,
        )
        self.recorder.take((), fresh, lambda session: walks.add_page(session, further, numbers(new)))
        for nct_id in new:
            seen.add(nct_id)
        if further.pages % _LOGGED_PAGES == 0:
            rate, left = further.a_second, further.seconds_left
            log.info(
                logs.WALK_GOES_ON,
                watch=self.watch.name,
                kind=walk.kind,
                studies=further.seen,
                total=further.total,
                a_second=round(rate) if rate else None,
                seconds_left=round(left) if left else None,
            )
        self.taken(further)
        return further

    def _without_repeats(self, records: Sequence[RawRecord], seen: IdSet) -> list[RawRecord]:
        """The records, without those that came before as they are now; two contents of one study are refused."""
        again = [record for record in records if record.nct_id and record.nct_id in seen]
        repeated = set(map(id, again))
        times = Counter(record.nct_id for record in records)
        first = {_content_of(each, times): each for each in records if id(each) not in repeated}
        # An index that shifts under a walk shows a study on two pages.
        heads = self._heads(again) if again else {}
        differing = [
            replace(
                record, problem=f"the registry sent {record.nct_id} twice in one walk, with different content"
            )
            for record in again
            if heads.get(record.nct_id or "") != raw_hash(record.raw)
        ]
        return [*settled(Batch((), list(first.values())), lambda _nct_id: None).records, *differing]

    def _heads(self, records: Sequence[RawRecord]) -> dict[str, str]:
        with self.context.service.database.read() as session:
            heads = versions.heads(session, [record.nct_id for record in records if record.nct_id])
        return {nct_id: head.raw_hash for nct_id, head in heads.items()}

    def _ended(self, walk: Walk) -> Walk:
        """Close the walk. What it proves is written down with it; where it is short, the watch is in trouble."""
        proved = walk.total is not None and walk.seen + walk.refused >= walk.total
        # Before the walk counts: pages of two releases would prove nothing of either.
        self.confirm()
        ended = replace(walk, cursor=None, proved=proved, ended_at=self.context.service.now())
        if proved:
            whole = walk.release if walk.kind == "whole" else walk.whole_release
            ended = replace(ended, covered_release=walk.release, whole_release=whole)
        with self.context.write() as session:
            walks.save(session, ended)
        log.info(
            logs.WALK_ENDED,
            watch=self.watch.name,
            kind=walk.kind,
            proved=proved,
            studies=walk.seen,
            total=walk.total,
            pages=walk.pages,
        )
        self._note_shortfall(ended)
        return ended

    def _note_shortfall(self, walk: Walk) -> None:
        """Where the pages held fewer studies than the registry counts, nothing is concluded of who is absent."""
        if walk.proved:
            return
        error = WalkBroken(
            f"the registry counts {counted(walk.total or 0, 'study')}, its {counted(walk.pages, 'page')} held "
            f"{walk.seen + walk.refused:,}"
        )
        self.context.troubles.add(
            Trouble(self.watch.name, f"watch {self.watch.name}", error, is_partial=True)
        )


def _content_of(record: RawRecord, times: Mapping[str | None, int]) -> tuple[str, str] | bytes:
    """What tells a record from the others of its page."""
    if record.nct_id is None:
        return record.raw
    # Of a study that is there once the id is enough: to hash each record again would be a third of an unchanged page's cost.
    return record.nct_id, raw_hash(record.raw) if times[record.nct_id] > 1 else ""
