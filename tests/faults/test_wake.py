"""What is due goes out at once: called within the process, or over PostgreSQL by another; a lost call only delays."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from storage import outbox
from storage.engine import Database, open_database
from sync import logs
from sync.alerts.notices import Notice, notify
from sync.alerts.settings import RouteSettings
from sync.config import BackupSettings, DatabaseSettings, Settings
from sync.daemon import background
from sync.daemon.background import Background
from sync.daemon.listener import Listener
from sync.daemon.scheduler import Scheduler
from sync.demo.show import settings as demo_settings
from sync.service import Service, open_service
from sync.timing.clock_watch import ClockWatch
from tests.support.logged import capture_logs
from tests.support.postgresql import Server

HOUR = timedelta(hours=1)
LISTENS = "datname = current_database() AND query = 'LISTEN trialdelta_due'"


@dataclass
class Sender:
    """A process that sends: the daemon's background, without polls."""

    service: Service
    heard: Path
    background: Background
    scheduler: Scheduler

    def has_sent(self, number: int) -> bool:
        return self.heard.exists() and len(self.heard.read_text().splitlines()) >= number


@contextmanager
def sending(url: str, folder: Path, *, look_every: timedelta = HOUR) -> Iterator[Sender]:
    """Sends what it is called for; looks by itself so rarely that only a call can be the reason, unless told otherwise."""
    heard, stopping = folder / "heard.jsonl", threading.Event()
    changed = {
        "database": DatabaseSettings(url=SecretStr(url)),
        "channels": {"heard": {"kind": "file", "path": str(heard)}},
        "route": (RouteSettings(name="now", channels=("heard",)),),
        "backup": BackupSettings(schedule="off"),
    }
    settings = Settings.model_construct(**{**dict(demo_settings("http://127.0.0.1:9", folder)), **changed})
    with pytest.MonkeyPatch.context() as patch, open_service(settings) as service:
        patch.setattr(background, "DELIVER_EVERY", look_every)
        work = Background(service, stopping)
        scheduler = Scheduler(10, ClockWatch(), lambda _step: None)
        work.plan(scheduler)
        scheduler.start()
        work.listener.start()
        try:
            yield Sender(service, heard, work, scheduler)
        finally:
            stopping.set()
            scheduler.shutdown(wait=True)


def wait_for(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 15
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.02)


def write(database: Database, sender: Sender, key: str) -> None:
    """Have a notice told."""
    now, settings = sender.service.now(), sender.service.settings
    with database.write() as session:
        notice = Notice(key, f"Subject {key}", "A lead.", {})
        notify(session, notice, routes=settings.route, settings=settings.alerts, now=now)
        assert outbox.due_since(session, now)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with ExitStack() as stack:
        if request.param == "sqlite":
            yield f"sqlite:///{tmp_path / 'trialdelta.db'}"
        else:
            yield stack.enter_context(
                request.getfixturevalue("postgresql").database(request.getfixturevalue("with_tables"))
            )


@pytest.fixture
def shared(postgresql: Server, with_tables: str) -> Iterator[str]:
    """The URL of a PostgreSQL that several processes share."""
    with postgresql.database(with_tables) as url:
        yield url


def listening(database: Database) -> int:
    """How many connections listen, as the server knows them."""
    query = f"SELECT count(*) FROM pg_stat_activity WHERE {LISTENS}"
    with database.read() as session:
        return int(session.scalar(text(query)) or 0)


def test_what_this_process_makes_due_is_sent_without_waiting_for_the_next_look(
    url: str, tmp_path: Path
) -> None:
    with sending(url, tmp_path) as sender:
        for number in (1, 2):
            write(sender.service.database, sender, str(number))
            wait_for(lambda wanted=number: sender.has_sent(wanted))  # type: ignore[misc]


def test_what_another_process_makes_due_is_sent_without_waiting_on_postgresql(
    shared: str, tmp_path: Path
) -> None:
    with sending(shared, tmp_path) as sender, closing(open_database(shared)) as other:
        wait_for(lambda: listening(other) == 1)
        write(other, sender, "1")
        wait_for(lambda: sender.has_sent(1))


def test_a_listener_whose_connection_is_cut_listens_again_and_what_was_called_meanwhile_is_sent(
    shared: str, tmp_path: Path
) -> None:
    with sending(shared, tmp_path) as sender, closing(open_database(shared)) as other:
        wait_for(lambda: listening(other) == 1)
        with capture_logs() as told:
            end_listeners(other)
            write(other, sender, "1")
            sender.background.listener._reconnect_s = 0.0
            wait_for(lambda: sender.has_sent(1))
            write(other, sender, "2")
            wait_for(lambda: sender.has_sent(2))
        assert [each["event"] for each in told].count(logs.LISTENER_LOST) == 1


def end_listeners(database: Database) -> None:
    ending = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {LISTENS}"
    with database.rebuild() as connection:
        connection.exec_driver_sql(ending)


def test_a_call_that_nobody_hears_is_only_a_delay_until_the_next_look(
    shared: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Listener, "start", lambda _self: None)
    with (
        sending(shared, tmp_path, look_every=timedelta(seconds=1)) as sender,
        closing(open_database(shared)) as other,
    ):
        write(other, sender, "1")
        wait_for(lambda: sender.has_sent(1))


def test_a_call_while_a_channel_is_being_sent_to_is_not_lost(url: str, tmp_path: Path) -> None:
    with sending(url, tmp_path) as sender:
        deliver, under_way, go_on = sender.background.outbox.deliver, threading.Event(), threading.Event()

        def slowly(name: str) -> None:
            deliver(name)
            under_way.set()
            assert go_on.wait(15)

        sender.background.outbox.deliver = slowly  # type: ignore[method-assign, assignment]
        write(sender.service.database, sender, "1")
        assert under_way.wait(15)
        write(sender.service.database, sender, "2")
        go_on.set()
        wait_for(lambda: sender.has_sent(2))
