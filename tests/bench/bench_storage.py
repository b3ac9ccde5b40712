"""What the storage costs: rows a second and bytes a version, each against the plain way in the same run.

`python tests/bench/bench_storage.py` prints a table. Records are invented; where the registry's are at hand
(../shared/registry) the bytes a version are measured on their histories too.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sqlmodel import Session  # noqa: E402

from storage.engine import Database, Mode, open_database  # noqa: E402
from storage.new_versions import NewVersion, add_versions  # noqa: E402
from storage.payloads import pack  # noqa: E402
from storage.renewing import Touch, touch  # noqa: E402
from storage.tables import Study, Version  # noqa: E402
from storage.versions import head_payloads, heads, payload  # noqa: E402

HISTORIES = ROOT / ".." / "shared" / "registry" / "histories.jsonl.gz"
STUDIES = 1_000
NOW = datetime(2026, 9, 2, 13, 5, tzinfo=UTC)
CHANCE = random.Random(1)


def invented_history(versions: int) -> list[bytes]:
    """A record of about 20 KB and its edits: one or two values and a date each."""
    words = [f"{CHANCE.choice('abcdefgh')}{CHANCE.randrange(5_000)}" for _ in range(3_000)]
    history = []
    for number in range(versions):
        words[CHANCE.randrange(len(words))] = f"edit{number}"
        record = {
            "date": f"2026-{number % 12 + 1:02}-01",
            "items": [" ".join(words[i : i + 30]) for i in range(0, 3_000, 30)],
        }
        history.append(json.dumps(record).encode())
    return history


def real_histories() -> Iterator[list[bytes]]:
    """The successive versions of the registry's records."""
    with gzip.open(HISTORIES, "rt") as lines:
        for line in lines:
            yield [
                json.dumps(version["study"], separators=(",", ":")).encode()
                for version in json.loads(line)["versions"]
            ]


def bytes_a_version(histories: list[list[bytes]]) -> dict[str, float]:
    """Mean size of a version under each way of storing it."""
    sizes = {"raw": 0, "zlib": 0, "zstd": 0, "zstd, previous version as dictionary": 0}
    for history in histories:
        for number, (before, record) in enumerate(zip([None, *history], history, strict=False), start=1):
            sizes["raw"] += len(record)
            sizes["zlib"] += len(zlib.compress(record))
            sizes["zstd"] += len(pack(record, 1, None).blob)
            sizes["zstd, previous version as dictionary"] += len(pack(record, number, before).blob)
    return {way: size / sum(map(len, histories)) for way, size in sizes.items()}


RECORD = invented_history(1)[0]


def contents(text: str) -> list[NewVersion]:
    """A content for each study: the record with something at its end."""
    return [content(f"NCT{number:08}", RECORD + f"{text} {number}".encode()) for number in range(STUDIES)]


def content(nct_id: str, record: bytes) -> NewVersion:
    """One content to store."""
    digest = sha256(record).hexdigest()
    return NewVersion(nct_id, record, "2026-09-02", "2026-09-02T09:00:05", NOW, digest, digest, digest, 1)


def as_row(new: NewVersion) -> Version:
    """The same content for the object-relational way, packed as plainly."""
    digest = sha256(new.payload).hexdigest()
    return Version(
        nct_id=new.nct_id, number=1, release=new.release, seen_at=new.seen_at, payload=zlib.compress(new.payload),
        size=len(new.payload), sha256=digest, content_hash=digest, derived_hash=digest, canon=1, provenance="api",
    )  # fmt: skip


def orm_add_all(database: Database, new: list[NewVersion]) -> None:
    """The plain way: objects, one commit."""
    with Session(database.engine.execution_options(mode=Mode.WRITE)) as session:
        session.add_all(Study(nct_id=v.nct_id, first_seen_release=v.release) for v in new)
        session.flush()
        session.add_all(map(as_row, new))
        session.commit()


def orm_commit_per_row(database: Database, contents: list[NewVersion]) -> None:
    """The plainest way: objects, a commit for each."""
    for new in contents:
        with Session(database.engine.execution_options(mode=Mode.WRITE)) as session:
            session.add(Study(nct_id=new.nct_id, first_seen_release=new.release))
            session.flush()
            session.add(as_row(new))
            session.commit()


def bulk(database: Database, new: list[NewVersion]) -> None:
    """Our way."""
    with database.write() as session:
        add_versions(session, new)


def on_new_database(work: Callable[[Database, list[NewVersion]], None]) -> float:
    """Seconds that it takes to store a content for each study in an empty SQLite database."""
    new = contents("")
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/bench.db")
        database.ensure_schema()
        seconds = timed(lambda: work(database, new))
        database.close()
    return seconds


def timed(work: Callable[[], object]) -> float:
    """Seconds that the work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def a_cycles_steps() -> dict[str, float]:
    """Seconds for what a cycle asks of the storage, for STUDIES studies."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/bench.db")
        database.ensure_schema()
        last = contents("last")
        ids = [new.nct_id for new in last]
        for number in range(19):
            with database.write() as session:
                add_versions(session, contents(f"version {number}"))
        touches = [Touch(nct_id, "ab" * 32, "2026-09-03T09:00:05", NOW) for nct_id in ids]
        with database.write() as session:
            steps = {
                "twentieth version of each": timed(lambda: add_versions(session, last)),
                "heads": timed(lambda: heads(session, ids)),
                "touch": timed(lambda: touch(session, touches)),
                "payloads of the heads, at the end of their chains": timed(
                    lambda: head_payloads(session, ids)
                ),
                "the same, one by one": timed(lambda: [payload(session, nct_id, 20) for nct_id in ids]),
            }
        database.close()
    return steps


def say(line: str) -> None:
    """Write a line of the report."""
    sys.stdout.write(line + "\n")


def report_bytes(name: str, histories: list[list[bytes]]) -> None:
    """Print the bytes a version."""
    sizes = bytes_a_version(histories)
    say(f"\nBytes a version, {name} ({sum(map(len, histories)):,} versions)")
    for way, size in sizes.items():
        say(f"  {way:40} {size:10,.0f}   {size / sizes['zlib']:6.2f} x zlib's")


def main() -> None:
    """Measure, and print."""
    report_bytes("invented, 40 versions a study", [invented_history(40) for _ in range(10)])
    if HISTORIES.exists():
        report_bytes("the registry's histories", list(real_histories()))
    ways = {"bulk (ours)": bulk, "SQLModel add_all": orm_add_all, "a commit per row": orm_commit_per_row}
    seconds = {way: on_new_database(work) for way, work in ways.items()}
    say(f"\n{STUDIES:,} first versions stored")
    for way, taken in seconds.items():
        say(f"  {way:40} {STUDIES / taken:8,.0f} a second   {taken / seconds['bulk (ours)']:5.1f} x our time")
    say(f"\nA cycle's steps, {STUDIES:,} studies")
    for step, taken in a_cycles_steps().items():
        say(f"  {step:50} {taken * 1000:8,.0f} ms")


if __name__ == "__main__":
    main()
