"""An outbox with invented events, receivers that can be made to fail, and a clock that is turned by hand."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from storage import events as stored
from storage import outbox
from storage.engine import Database, open_database
from storage.outbox import Delivery
from storage.studies import name_studies
from sync.alerts.channels import ChannelError, Outgoing
from sync.alerts.inbox import NewEvent, dispatch
from sync.alerts.outbox import Outbox
from sync.alerts.settings import AlertSettings, RouteSettings
from sync.changes.event import Event
from tests.support.deliveries import deliver_all

START = datetime(2026, 9, 2, 13, 0, tzinfo=UTC)


def an_event(number: int, nct_id: str = "NCT90000001", **other: Any) -> Event:
    """An invented event of a study."""
    told = {
        "id": f"evt_{number:026}",
        "nct_id": nct_id,
        "title": "Invented CAR-T study",
        "release": "2026-09-02",
        "seen_at": "2026-09-02T13:00:00Z",
        "submitted": None,
        "posted": None,
        "origin": "sponsor",
        "kind": "status",
        "severity": "high",
        "headline": f"Status Recruiting → Suspended ({number})",
        "reasons": [{"rule": "status.stopped", "fact": "stopped", "severity": "high"}],
        "from": {"version": 1, "release": "2026-09-01", "sha256": "ab"},
        "to": {"version": 2, "release": "2026-09-02", "sha256": "cd"},
        "changes": [
            {
                "kind": "status",
                "path": "protocolSection.statusModule.overallStatus",
                "op": "changed",
                "old": "RECRUITING",
                "new": "SUSPENDED",
                "detail": {},
            }
        ],
        "suppressed": [],
        "context": {},
        "rules": "ef",
        "links": {},
    }
    return Event.from_json(told | other)


@dataclass
class Receiver:
    """A channel in memory: keeps what it got, and fails as it is told."""

    name: str
    kind: str = "memory"
    slow: bool = False
    got: list[Outgoing] = field(default_factory=list)
    tried: list[datetime] = field(default_factory=list)
    fails: Callable[[Outgoing], Exception | BaseException | None] = lambda _outgoing: None
    fails_after: Callable[[Outgoing], BaseException | None] = lambda _outgoing: None
    now: Callable[[], datetime] = lambda: START

    def send(self, outgoing: Outgoing) -> str:
        self.tried.append(self.now())
        if error := self.fails(outgoing):
            raise error
        self.got.append(outgoing)
        if lost := self.fails_after(outgoing):
            raise lost
        return "taken"


class Office:
    """One database, its routes and its receivers."""

    def __init__(
        self, url: str, routes: Iterable[RouteSettings], settings: AlertSettings | None = None
    ) -> None:
        self.url = url
        self.time = START
        self.routes = tuple(routes)
        self.settings = settings or AlertSettings()
        names = {name for route in self.routes for name in (*route.channels, *route.escalate_to)}
        self.receivers = {name: Receiver(name, now=self.now) for name in sorted(names)}
        self.database: Database = open_database(url)
        self.database.ensure_schema()
        self.outbox = self.another()

    def now(self) -> datetime:
        return self.time

    def another(self) -> Outbox:
        """Another process that works on the same database."""
        tables: Mapping[str, dict[str, Any]] = {name: {"kind": "memory"} for name in self.receivers}
        return Outbox(
            self.database,
            self.routes,
            self.settings,
            tables,
            self.now,
            open=lambda name, _table: self.receivers[name],
            chance=lambda: 0.0,
        )

    def announce(self, *events: Event, ended: bool = True) -> None:
        """Events of one cycle, and its end."""
        with self.database.write() as session:
            name_studies(session, {event.nct_id for event in events}, "2026-09-01")
            new = stored.add_events(session, [event.as_json() for event in events])
            new_events = [NewEvent(event, ["w"]) for event in events if event.id in new]
            dispatch(session, new_events, self.routes, self.settings, self.time)
        if ended:
            with self.database.write() as session:
                outbox.end_waiting(session)

    def pass_time(self, *, hours: float, step: timedelta = timedelta(minutes=1)) -> None:
        """Let the clock run, delivering at each step."""
        end = self.time + timedelta(hours=hours)
        while self.time < end:
            deliver_all(self.outbox)
            self.time += step

    def deliveries(self, **which: Any) -> list[Delivery]:
        with self.database.read() as session:
            return outbox.deliveries(session, **which)

    def states(self, channel: str, kind: str = "alert") -> list[str]:
        return [each.state for each in self.deliveries(channel=channel) if each.kind == kind]


def sqlite(folder: Path) -> str:
    """The address of a database in a folder."""
    return f"sqlite:///{folder / 'trialdelta.db'}"


def down(_outgoing: Outgoing) -> ChannelError:
    """A receiver that answers 500."""
    return ChannelError("500 Internal Server Error")
