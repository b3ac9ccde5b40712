"""What was derived or gathered before, kept in memory for whoever asks again: by key, or while a database is as it was."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from cachetools import LRUCache
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from storage import events, ledger, watch_summary
from storage.watch_summary import Mark

Value = TypeVar("Value")
AT_ONCE, LAG = timedelta(0), timedelta(seconds=10)
"""How old what a page shows may be although the service has written since: not at all; or so long, where it is gathered from
a whole registry. While a release is swept something is written each second, and each page would gather it all anew."""
_FRESH_FOR = timedelta(seconds=60)
"""No longer than this, whatever the database says: time passes, and a snoozed alert wakes."""
_PAGES = 8
"""Of one database, of each kind: some megabytes each."""


class Cache(Generic[Value]):
    """The values that were asked for last, at most `size` of them; safe to share between threads.

    For what depends on nothing but its key: a version never changes, and its hash names it.
    """

    def __init__(self, size: int) -> None:
        self._values: LRUCache[Hashable, Value] = LRUCache(size)
        # the library's cache is not safe by itself: reading a key moves it to the end
        self._lock = Lock()

    def known(self, key: Hashable) -> Value | None:
        """The value of a key, if it is kept."""
        with self._lock:
            return self._values.get(key)

    def keep(self, key: Hashable, value: Value) -> Value:
        """Keep a value; the one that nobody asked for longest makes room."""
        with self._lock:
            self._values[key] = value
        return value

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of a key, made where it is not kept."""
        found = self.known(key)
        # outside of the lock: two threads may both make it, but neither waits for a query of the other's
        return self.keep(key, make()) if found is None else found


@dataclass(frozen=True, slots=True)
class _Gathered(Generic[Value]):
    """A value, with when it was gathered, and how the database stood then."""

    value: Value
    at: datetime
    mark: Mark

    def stands(self, mark: Mark, now: datetime, lag: timedelta) -> bool:
        """Whether it may be shown: as it is, or although the service has written since, but never after a person's act."""
        is_unchanged = mark == self.mark and not mark.is_cycle_at_work
        longest = _FRESH_FOR if is_unchanged else lag
        return mark.acts == self.mark.acts and timedelta(0) <= now - self.at < longest


class WhileUnchanged(Generic[Value]):
    """What was gathered from a database a moment ago, for as long as nothing that it shows has changed.

    In memory of each process by itself: what another one wrote is found by the mark, which the database has.
    """

    def __init__(self, size: int = _PAGES) -> None:
        self._size = size
        # by the database, held weakly: a service that is closed takes what was gathered of it along
        self._of: WeakKeyDictionary[Engine | Connection, Cache[_Gathered[Value]]] = WeakKeyDictionary()

    def get(
        self,
        session: Session,
        key: Hashable,
        now: datetime,
        make: Callable[[], Value],
        *,
        lag: timedelta = AT_ONCE,
    ) -> Value:
        """The thing of this key: as it was gathered, while the database is as it was then; else anew.

        `lag`: it may be that much older than what the service has written; what a person did is seen at once.
        """
        mark = watch_summary.mark(session)
        cache = self._of.setdefault(session.get_bind(), Cache(self._size))
        found = cache.known(key)
        if found is None or not found.stands(mark, now, lag):
            found = cache.keep(key, _Gathered(make(), now, mark))
        return found.value


class PerRelease(Generic[Value]):
    """What was counted from a database, until the next release was read, events were told anew, or a storm was decided."""

    def __init__(self) -> None:
        self._of: WeakKeyDictionary[Engine | Connection, Cache[tuple[object, Value]]] = WeakKeyDictionary()

    def get(self, session: Session, key: Hashable, make: Callable[[], Value]) -> Value:
        """The thing of this key: as it was counted since the last release, else counted now."""
        state = (ledger.watermark(session), events.superseded_at(session))
        cache = self._of.setdefault(session.get_bind(), Cache(_PAGES))
        found = cache.known(key)
        if found is not None and found[0] == state:
            return found[1]
        return cache.keep(key, (state, make()))[1]
