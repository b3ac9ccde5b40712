"""Calling the roll of every watch: walking its searches in the registry, with what is known of aliases applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import structlog

from storage import versions
from storage.studies import current_ids
from sync import logs
from sync.cohort.membership import Roster, call_the_roll
from sync.cohort.related import related_search
from sync.config import WatchSettings
from sync.registry.errors import Unreadable
from sync.service import Service
from sync.study.record import Study, read_record

log = structlog.get_logger("cycle")


class Roll:
    """The rosters of one cycle; a search that several watches name is walked once."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._walked: dict[tuple[tuple[str, str], ...], tuple[str, ...]] = {}

    def call(self) -> tuple[Roster, ...]:
        """The roster of each watch, in the order of the configuration."""
        return tuple(self._roster(watch) for watch in self.service.settings.watch)

    def _roster(self, watch: WatchSettings) -> Roster:
        related = [self._related(nct_id) for nct_id in watch.related_to]
        roster = self._under_current_ids(call_the_roll(watch, related, self._search))
        log.debug(logs.COHORT_WALKED, watch=watch.name, studies=len(roster.sources))
        return roster

    def _search(self, parameters: Mapping[str, str]) -> tuple[str, ...]:
        key = tuple(sorted(parameters.items()))
        if key not in self._walked:
            self._walked[key] = self.service.registry.search(parameters).ids
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

    def _under_current_ids(self, roster: Roster) -> Roster:
        """The roster with obsolete ids of the configuration replaced by those that the registry now uses."""
        with self.service.database.read() as session:
            current = current_ids(session)
        sources: dict[str, str] = {}
        for nct_id, source in roster.sources.items():
            # what a search finds is current, whatever was known of it
            sources.setdefault(current.get(nct_id, nct_id) if source == "id" else nct_id, source)
        return replace(roster, sources=sources)
