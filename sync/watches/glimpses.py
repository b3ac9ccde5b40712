"""Glimpses at the registry for one preview: how many studies a search finds, the first of them, and which they are."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cachetools import TTLCache

from sync.health.pause import politely
from sync.registry.pages import RawRecord
from sync.registry.query import PAGE_SIZE
from sync.service import Service

FIRST = 5
"""Studies of each part that are named."""
MOST_PAGES = 30
"""Pages that are walked to count what several large searches find: half a minute at a request a second."""
_WITHIN_S = 45.0
"""For the whole of it: so long somebody waits for a page."""
_EACH_S = 20.0
_FIELDS = "NCTId|NCTIdAlias|BriefTitle|OverallStatus"
_KEPT_S = 600.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What a search finds; `ids`: all of it, None where it is more than one answer holds, or was not asked for."""

    total: int
    first: tuple[RawRecord, ...]
    ids: frozenset[str] | None


class Glimpses:
    """What is asked within the time of one preview; the same question is not asked again for a while."""

    def __init__(self, service: Service, *, with_ids: bool) -> None:
        """`with_ids`: have an answer hold as many as it may, so that what several searches find is counted once."""
        self.service = service
        self.unknown: set[str] = set()
        """Studies to be related to that the registry does not have."""
        self._first = PAGE_SIZE if with_ids else FIRST
        self._ends = time.monotonic() + _WITHIN_S

    def search(self, params: Mapping[str, str]) -> Seen:
        """What a search finds."""
        return self.glimpse(params, studies=self._first, keep=FIRST)

    def glimpse(
        self, params: Mapping[str, str], *, studies: int, fields: str = _FIELDS, keep: int | None = None
    ) -> Seen:
        """The first studies of a search, with these fields or whole; `keep`: how many of them are wanted themselves."""
        base_url = self.service.settings.registry.base_url
        key = (base_url, tuple(sorted(params.items())), studies, fields, keep)
        with _LOCK:
            known = _SEEN.get(key)
        if known is None:
            known = self._asked(params, studies, fields, keep)
            with _LOCK:
                _SEEN[key] = known
        return known

    def _asked(self, params: Mapping[str, str], studies: int, fields: str, keep: int | None) -> Seen:
        left = min(max(self._ends - time.monotonic(), 1.0), _EACH_S)
        # Around each request: what is remembered proves nothing of whether the registry blocks us now.
        with politely(self.service):
            found = self.service.registry.glimpse(params, studies=studies, within_s=left, fields=fields)
        ids = frozenset(record.nct_id for record in found.first if record.nct_id)
        return Seen(found.total, found.first[:keep], ids if len(ids) == found.total else None)

    def walked(self, params: Mapping[str, str]) -> frozenset[str]:
        """All that a search finds, page by page."""
        with politely(self.service):
            return frozenset(self.service.registry.search(params).ids)


# In memory alone, and for minutes: whoever follows what was just looked at need not have the registry asked twice.
_SEEN: TTLCache[Any, Seen] = TTLCache(maxsize=64, ttl=_KEPT_S)
_LOCK = threading.Lock()


def pages_of(studies: int) -> int:
    """How many answers a walk through so many studies takes."""
    return -(-studies // PAGE_SIZE)
