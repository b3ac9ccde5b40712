"""The watches as they stand: the file's and the kept ones, paused or not, with what each asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from storage import cohorts, kept_watches, not_taken
from storage.kept_watches import KeptId, KeptWatch
from sync import kept
from sync.config import Settings, WatchSettings
from sync.watches.typed import as_typed

Where = Literal["file", "database"]


@dataclass(frozen=True, slots=True)
class IdBeside:
    """A study that somebody put into a watch beside its own ids; `is_named`: the watch itself has come to name it too."""

    nct_id: str
    at: datetime
    by: str
    is_named: bool


@dataclass(frozen=True, slots=True)
class WatchLine:
    """A watch: where it is kept, what it asks for, how it stands. `problem` says why it is not in force."""

    name: str
    where: Where
    ids: tuple[str, ...]
    searches: tuple[dict[str, str], ...]
    related_to: tuple[str, ...]
    studies: int
    established: str | None
    trouble: str | None
    paused_at: datetime | None = None
    paused_by: str | None = None
    revision: int | None = None
    changed_at: datetime | None = None
    changed_by: str | None = None
    problem: str = ""
    everything: bool = False
    classes: tuple[str, ...] = ()
    antigens: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    conditions: str = ""
    """The three in words."""
    doubts: tuple[str, ...] = ()
    """What of it is likely not meant so: antigens that no term knows."""
    beside: tuple[IdBeside, ...] = ()
    not_taken: int = 0
    """Studies that its searches find and its second look does not take."""

    def as_json(self) -> dict[str, Any]:
        """The line as one object."""
        times = {"paused_at": self.paused_at, "changed_at": self.changed_at}
        beside = [asdict(each) | {"at": each.at.isoformat()} for each in self.beside]
        return (
            asdict(self)
            | {key: time.isoformat() if time else None for key, time in times.items()}
            | {"beside": beside}
        )

    @property
    def typed_searches(self) -> list[str]:
        """The searches as they are typed."""
        return [as_typed(search) for search in self.searches]


HIDDEN = (
    "the configuration file has a watch of this name, which is in force instead; remove or rename one of them"
)
UNREADABLE = "its definition cannot be read: remove it and add it again"
ORPHANED = (
    "the configuration file has no watch of this name any more; its ids are taken out with "
    "`trialdelta watch remove NCT… --watch NAME`"
)


class _Lines:
    """What the lines of watches are made of; without a session, where there is no database yet, of the file alone."""

    def __init__(self, session: Session | None, members: Mapping[str, int]) -> None:
        self._session = session
        self._paused = kept_watches.paused_watches(session) if session else {}
        self._members: Counter[str] = Counter(members)
        self._beside: dict[str, list[KeptId]] = {}
        for each in kept_watches.kept_ids(session) if session else ():
            self._beside.setdefault(each.watch, []).append(each)

    def of_file(self, watch: WatchSettings) -> WatchLine:
        return replace(self._stands(watch.name, "file", watch.ids), **_asks(watch))

    def kept(self, each: KeptWatch, problem: str) -> WatchLine:
        watch = kept.read(each)
        ids = watch.ids if watch else ()
        line = self._not_in_force(each.name, problem) if problem else self._stands(each.name, "database", ids)
        line = replace(line, revision=each.revision, changed_at=each.changed_at, changed_by=each.changed_by)
        return replace(line, **_asks(watch)) if watch else line

    def orphaned(self, name: str) -> WatchLine:
        return replace(self._not_in_force(name, ORPHANED), beside=self._ids_beside(name, ()))

    def _not_in_force(self, name: str, problem: str) -> WatchLine:
        return WatchLine(name, "database", (), (), (), 0, None, None, problem=problem)

    def _stands(self, name: str, where: Where, ids: Sequence[str]) -> WatchLine:
        stands = cohorts.watch(self._session, name) if self._session else None
        pause = self._paused.get(name)
        return WatchLine(
            name,
            where,
            (),
            (),
            (),
            self._members[name],
            stands.established_release if stands else None,
            stands.trouble if stands else None,
            paused_at=pause.at if pause else None,
            paused_by=pause.by if pause else None,
            beside=self._ids_beside(name, ids),
            not_taken=not_taken.count(self._session, name) if self._session else 0,
        )

    def _ids_beside(self, name: str, ids: Sequence[str]) -> tuple[IdBeside, ...]:
        return tuple(
            IdBeside(each.nct_id, each.at, each.by, each.nct_id in ids) for each in self._beside.get(name, ())
        )


def watch_lines(
    session: Session, of_file: Settings, members: Mapping[str, int] | None = None
) -> list[WatchLine]:
    """The file's watches in its order, then the kept ones by name, those that are not in force among them.

    `members`: how many studies each has, where that is known already.
    """
    lines = _Lines(session, cohorts.sizes(session) if members is None else members)
    hidden = {each.name for each in kept.hidden_by_file(of_file, session)}
    lost = set(kept.unreadable(session))
    found = [lines.of_file(each) for each in of_file.watch]
    for each in kept_watches.kept_watches(session):
        problem = (HIDDEN if each.name in hidden else "") or (UNREADABLE if each.name in lost else "")
        found.append(lines.kept(each, problem))
    return found + [lines.orphaned(name) for name in sorted(kept.orphaned_ids(of_file, session))]


def lines_of_file(of_file: Settings) -> list[WatchLine]:
    """The file's watches alone, where there is no database yet."""
    return [_Lines(None, {}).of_file(each) for each in of_file.watch]


def _asks(watch: WatchSettings) -> dict[str, Any]:
    """What a watch asks for, as its line has it."""
    return {
        "ids": watch.ids,
        "searches": watch.searches,
        "related_to": watch.related_to,
        "everything": watch.everything,
        "classes": tuple(watch.classes),
        "antigens": watch.antigens,
        "areas": tuple(watch.areas),
        "conditions": watch.conditions_in_words,
        "doubts": tuple(watch.doubts()),
    }
