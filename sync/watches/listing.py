"""The watches as they stand: the file's and the kept ones, paused or not, with what each asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from storage import cohorts, kept_watches
from storage.kept_watches import KeptWatch, PausedWatch
from sync import kept
from sync.config import Settings, WatchSettings
from sync.watches.typed import as_typed

Where = Literal["file", "database"]


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

    def as_json(self) -> dict[str, Any]:
        """The line as one object."""
        times = {"paused_at": self.paused_at, "changed_at": self.changed_at}
        return asdict(self) | {key: time.isoformat() if time else None for key, time in times.items()}

    @property
    def typed_searches(self) -> list[str]:
        """The searches as they are typed."""
        return [as_typed(search) for search in self.searches]


HIDDEN = (
    "the configuration file has a watch of this name, which is in force instead; remove or rename one of them"
)
UNREADABLE = "its definition cannot be read: remove it and add it again"


def watch_lines(session: Session, of_file: Settings) -> list[WatchLine]:
    """The file's watches in its order, then the kept ones by name, those that are not in force among them."""
    paused, members = kept_watches.paused_watches(session), _members(session)
    stands = {watch.name: cohorts.watch(session, watch.name) for watch in of_file.watch}
    hidden = {each.name for each in kept.hidden_by_file(of_file, session)}
    lost = set(kept.unreadable(session))
    lines = [_line(each, "file", members, stands[each.name], paused.get(each.name)) for each in of_file.watch]
    for each in kept_watches.kept_watches(session):
        problem = (HIDDEN if each.name in hidden else "") or (UNREADABLE if each.name in lost else "")
        stands_so = None if problem else cohorts.watch(session, each.name)
        pause = None if problem else paused.get(each.name)
        lines.append(_kept_line(each, problem, 0 if problem else members[each.name], stands_so, pause))
    return lines


def lines_of_file(of_file: Settings) -> list[WatchLine]:
    """The file's watches alone, where there is no database yet."""
    return [_line(each, "file", {}, None, None) for each in of_file.watch]


def _members(session: Session) -> Counter[str]:
    return Counter(cohorts.sizes(session))


def _line(
    watch: WatchSettings,
    where: Where,
    members: Mapping[str, int],
    stands: cohorts.Watch | None,
    pause: PausedWatch | None,
) -> WatchLine:
    return WatchLine(
        watch.name,
        where,
        watch.ids,
        watch.searches,
        watch.related_to,
        members.get(watch.name, 0),
        stands.established_release if stands else None,
        stands.trouble if stands else None,
        paused_at=pause.at if pause else None,
        paused_by=pause.by if pause else None,
        everything=watch.everything,
    )


def _kept_line(
    each: KeptWatch, problem: str, studies: int, stands: cohorts.Watch | None, pause: PausedWatch | None
) -> WatchLine:
    definition = {} if problem == UNREADABLE else each.definition
    return WatchLine(
        each.name,
        "database",
        tuple(definition.get("ids", ())),
        tuple(definition.get("searches", ())),
        tuple(definition.get("related_to", ())),
        studies,
        stands.established_release if stands else None,
        stands.trouble if stands else None,
        paused_at=pause.at if pause else None,
        paused_by=pause.by if pause else None,
        revision=each.revision,
        changed_at=each.changed_at,
        changed_by=each.changed_by,
        problem=problem,
    )
