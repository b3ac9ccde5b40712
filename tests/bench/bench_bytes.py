"""What a version takes on disk: in our database, as raw JSON, and in git, packed as hard as one usually does.

`python tests/bench/bench_bytes.py` prints a table: of the registry's histories where they are at hand (../shared/registry),
and of generated studies with twenty versions each. First versions and later ones are told apart: a first one has all of a
study's text, a later one what was edited. Our figures are those of the stored rows, git's of its packs after
`git repack -adf --depth=50 --window=50`. It fails where we take more than git, or a small edit more than 500 bytes.
"""

from __future__ import annotations

import gzip
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy import func, select  # noqa: E402

from storage.engine import open_database  # noqa: E402
from storage.new_versions import NewVersion, add_versions  # noqa: E402
from storage.tables import Dictionary, Version, table_of  # noqa: E402
from sync.demo.registry.generated.calendar import FIRST, RELEASES  # noqa: E402
from sync.demo.registry.generated.corpus import GeneratedCorpus  # noqa: E402

SHARED = ROOT / ".." / "shared" / "registry"
NOW = datetime(2026, 9, 2, 13, 5, tzinfo=UTC)
VERSION = table_of(Version).c
LENGTH, CHAINS, SEED = 20, 100, 7
SMALL = 2_000
"""Bytes: an edit of less text than this is a small one. Results that are posted bring tens of thousands."""
MOST_OF_SMALL = 500

History = list[bytes]


def real_histories() -> Iterator[History]:
    """The successive versions of the registry's records."""
    with gzip.open(SHARED / "histories.jsonl.gz") as lines:
        for line in lines:
            yield [compact(each["study"]) for each in json.loads(line)["versions"]]


def real_studies() -> list[bytes]:
    """Other records of the registry: what stands in a database beside a history."""
    with gzip.open(SHARED / "studies.jsonl.gz") as lines:
        return [compact(json.loads(line)) for line in lines]


def compact(record: object) -> bytes:
    """A record as the registry sends it."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()


def generated_histories(corpus: GeneratedCorpus) -> Iterator[History]:
    """Studies that are edited often, from the epoch on, twenty versions each."""
    for number in range(FIRST, FIRST + corpus.calendar.studies):
        edits = corpus.calendar.edits(number, RELEASES - 1)[: LENGTH - 1]
        if len(edits) == LENGTH - 1:
            yield [corpus.record(number, release) for release in (0, *edits)]


def ours(histories: list[History], beside: list[bytes]) -> tuple[list[int], list[int], int]:
    """Bytes of each first version and of each later one, as they are stored, and those of the dictionaries.

    `beside`: records of other studies that are stored before, as they are in a database that does its work.
    """
    with tempfile.TemporaryDirectory() as name:
        database = open_database(f"sqlite:///{name}/bytes.db")
        database.ensure_schema()
        with database.write() as session:
            add_versions(session, [content(f"NCT9{at:07}", record) for at, record in enumerate(beside)])
        for at, history in enumerate(histories):
            with database.write() as session:
                add_versions(session, [content(f"NCT{at:08}", record) for record in history])
        with database.read() as session:
            measured = select(VERSION.number, func.length(VERSION.payload)).where(VERSION.nct_id < "NCT9")
            sizes = [(number, size) for number, size in session.execute(measured)]
            dictionaries = session.scalar(select(func.sum(func.length(table_of(Dictionary).c.payload)))) or 0
        database.close()
    return (
        [size for number, size in sizes if number == 1],
        [size for number, size in sizes if number > 1],
        dictionaries,
    )


def content(nct_id: str, record: bytes) -> NewVersion:
    """One content to store."""
    digest = sha256(record).hexdigest()
    return NewVersion(nct_id, record, "2026-09-02", "2026-09-02T09:00:05", NOW, digest, digest, digest, 1)


def in_git(histories: list[History]) -> tuple[float, float]:
    """Bytes of a first version and of a later one: a file a study, a commit for each round of versions."""
    first = packed([history[:1] for history in histories])
    later = sum(map(len, histories)) - len(histories)
    return first / len(histories), (packed(histories) - first) / later


def packed(histories: list[History]) -> int:
    """Bytes of git's packs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def git(*words: str) -> None:
            subprocess.run(
                ["git", "-C", name, "-c", "user.name=b", "-c", "user.email=b@b.example", *words],
                check=True,
                capture_output=True,
            )

        git("init", "-q")
        for turn in range(max(map(len, histories))):
            for at, history in enumerate(histories):
                if turn < len(history):
                    (folder / f"{at}.json").write_bytes(history[turn])
            git("add", "-A")
            git("commit", "-qm", str(turn))
        git("repack", "-adfq", "--depth=50", "--window=50")
        return sum(each.stat().st_size for each in folder.glob(".git/objects/pack/*.pack"))


def report(name: str, histories: list[History], beside: list[bytes]) -> bool:
    """Prints the table of some histories; whether we take less than git, and little for a small edit."""
    firsts, laters, dictionaries = ours(histories, beside)
    git_first, git_later = in_git(histories)
    raw_first = statistics.mean(len(history[0]) for history in histories)
    raw_later = statistics.mean(len(record) for history in histories for record in history[1:])
    versions, studies = len(firsts) + len(laters), len(histories)
    say(f"\n{name}: {studies:,} studies, {versions:,} versions")
    say(f"  {'bytes a version':<22}{'first':>10}{'later':>10}{'all':>10}")
    rows = {
        "raw JSON": (raw_first, raw_later),
        "git": (git_first, git_later),
        "ours": (statistics.mean(firsts), statistics.mean(laters)),
    }
    totals = {way: (first * studies + later * len(laters)) / versions for way, (first, later) in rows.items()}
    for way, (first, later) in rows.items():
        say(f"  {way:<22}{first:10,.0f}{later:10,.0f}{totals[way]:10,.0f}")
    small = [size for size in laters if size < SMALL]
    mean = statistics.mean(small)
    say(
        f"  later ones: median {statistics.median(laters):,.0f}; {len(small)} of {len(laters)} are small, mean {mean:,.0f}"
    )
    say(
        f"  dictionaries: {dictionaries:,} bytes once, trained on {len(beside):,} other studies"
        if dictionaries
        else ""
    )
    return totals["ours"] < totals["git"] and mean <= MOST_OF_SMALL


def say(line: str) -> None:
    """Write a line of the report."""
    sys.stdout.write(line + "\n")


def main() -> int:
    """Prints the tables; 1 where we take more than we may."""
    corpus = GeneratedCorpus(20 * CHAINS + 2_000, SEED)
    others = [corpus.record(number, 0) for number in range(FIRST + 20 * CHAINS, FIRST + 20 * CHAINS + 600)]
    chains = list(islice(generated_histories(corpus), CHAINS))
    met = report("Generated", chains, others)
    if SHARED.exists():
        met = report("The registry's histories", list(real_histories()), real_studies()) and met
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
