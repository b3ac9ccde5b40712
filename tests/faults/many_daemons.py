"""Daemons on one PostgreSQL through a cohort's releases, one killed or frozen every few releases, beside one left alone.

`python tests/faults/many_daemons.py CORPUS RELEASES` runs all the releases by hand and prints what came of it.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy import select  # noqa: E402

from storage import tables  # noqa: E402
from storage.engine import Database, open_database  # noqa: E402
from storage.tables import table_of  # noqa: E402
from storage.verify import verify  # noqa: E402
from sync.demo.registry.process import serve  # noqa: E402
from tests.support.fleet import (  # noqa: E402
    Fleet,
    receiving,
    release_read,
    undelivered,
    wait_for,
    write_config,
)

EVERY = 3
"""Releases between two faults."""


@dataclass
class Outcome:
    """What a run came to: the events in the database, how often deliveries came, faults, and what `verify` found."""

    events: list[str]
    sent: int
    doubled: int
    killed: int
    frozen: int
    problems: list[str]
    seconds: float


def run(
    url: str,
    folder: Path,
    corpora: Sequence[Path],
    releases: Sequence[str],
    *,
    daemons: int,
    ids: Sequence[str] = (),
    searches: str = "[]",
    every: int = EVERY,
) -> Outcome:
    """Live through the releases with so many daemons; with more than one, one of them is killed or frozen now and then."""
    began, faults = time.monotonic(), {"killed": 0, "frozen": 0}
    with (
        serve(corpora, release=releases[0]) as registry,
        receiving() as receiver,
        closing(open_database(url)) as database,
    ):
        database.ensure_schema()
        fleet = Fleet(write_config(folder, registry.api_url, url, receiver.url, ids, searches), daemons)
        try:
            for number, release in enumerate(releases):
                registry.move_to(release)
                if daemons > 1 and number % every == every - 1:
                    _hurt(fleet, database, number // every, faults)
                wait_for(lambda wanted=release: release_read(database) == wanted)  # type: ignore[misc]
                wait_for(
                    lambda: not undelivered(database), seconds=120, instead=lambda: undelivered(database)
                )
        finally:
            fleet.stop()
        event = table_of(tables.Event).c
        with database.read() as session:
            events = sorted(session.scalars(select(event.id)))
            problems = [str(each) for each in verify(session)]
    doubled = sum(times - 1 for times in receiver.ids.values())
    return Outcome(
        events, len(receiver.ids), doubled, **faults, problems=problems, seconds=time.monotonic() - began
    )


def _hurt(fleet: Fleet, database: Database, turn: int, faults: dict[str, int]) -> None:
    """Kill the daemon that reads, or freeze it for longer than its lease, so that another one takes over."""
    time.sleep(0.4 + 0.37 * (turn % 4))  # anywhere between the look at the release and the last delivery
    at_work = fleet.at_work(database)
    if turn % 3 < 2:
        fleet.kill(at_work)
        faults["killed"] += 1
        return
    fleet.freeze(at_work)
    time.sleep(5.5)
    fleet.thaw(at_work)
    faults["frozen"] += 1


def main(corpus: Path, releases: Path) -> None:
    """Compare three daemons with one, over all the releases."""
    from tests.support.postgresql import Server

    days = releases.read_text().split()
    searches = '[{intr = "CAR-T"}]'
    with tempfile.TemporaryDirectory(prefix="trialdelta-") as place:
        (Path(place) / "data").mkdir()
        server = Server(Path(place) / "data")
        try:
            found = {}
            for number in (1, 3):
                folder = Path(place) / str(number)
                folder.mkdir()
                with server.database() as url:
                    found[number] = run(url, folder, [corpus], days, daemons=number, searches=searches)
                shown = {name: value for name, value in vars(found[number]).items() if name != "events"}
                facts = {"daemons": number, "releases": len(days), "events": len(found[number].events)}
                sys.stdout.write(f"{json.dumps(facts | shown)}\n")
                sys.stdout.flush()
            sys.stdout.write(f"same events: {found[1].events == found[3].events}\n")
        finally:
            server.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
