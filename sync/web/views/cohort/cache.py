"""What was gathered a moment ago, for as long as nothing that it shows has changed."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from storage import watch_summary

T = TypeVar("T")
_FOR_S = 60
"""No longer than this, whatever the database says: time passes, and a snoozed alert wakes."""
_MOST = 8


class Memory(Generic[T]):
    """Remembers one kind of thing, for each database apart."""

    def __init__(self) -> None:
        self._of: WeakKeyDictionary[Engine | Connection, dict[Hashable, tuple[object, datetime, T]]] = (
            WeakKeyDictionary()
        )

    def get(self, session: Session, key: Hashable, now: datetime, make: Callable[[], T]) -> T:
        """The thing of this key: as it is remembered, if the database is as it was then, else made anew."""
        state = watch_summary.state(session)
        if state is None:
            return make()
        known = self._of.setdefault(session.get_bind(), {})
        found = known.get(key)
        if found and found[0] == state and 0 <= (now - found[1]).total_seconds() < _FOR_S:
            return found[2]
        made = make()
        if len(known) >= _MOST:
            known.clear()
        known[key] = (state, now, made)
        return made
