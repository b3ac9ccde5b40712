"""What the seals cost a cycle, and how long `verify` takes: milliseconds a version, memory at the most.

`python tests/bench/bench_verify.py` prints a table. Records are invented.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from storage import seals  # noqa: E402
from storage.engine import Database, open_database  # noqa: E402
from storage.new_versions import NewVersion, add_versions  # noqa: E402
from tests.bench.bench_storage import content, invented_history  # noqa: E402
from tests.bench.large import fill  # noqa: E402

EACH = 100
"""Versions that a batch of a cycle writes."""


def batches() -> list[list[NewVersion]]:
    """Versions as a cycle writes them: the third one of each study, in batches."""
    histories = invented_history(3)
    return [
        [content(f"NCT{number:08}", record) for number in range(first, first + EACH)]
        for record in histories
        for first in range(0, 1_000, EACH)
    ]


def writing(database: Database) -> float:
    """Seconds a version to write the batches, a transaction each."""
    work = batches()
    began = time.process_time()
    for batch in work:
        with database.write() as session:
            add_versions(session, batch)
    return (time.process_time() - began) / sum(map(len, work))


MEASURED = """
import sys, time
from storage.engine import open_database
from sync.verification import verify
began = time.process_time()
proof = verify(open_database(sys.argv[1]))
memory = int(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0]) / 1_024
print(f"{proof.state}, {proof.totals}: {time.process_time() - began:.1f} s, {memory:.0f} MB at the most")
"""
"""Run by itself: what made the database needs more memory than what checks it."""


def main() -> None:
    """Print the figures; seconds are the processor's."""
    with tempfile.TemporaryDirectory() as folder:
        sealed, plain, large = (
            open_database(f"sqlite:///{folder}/{name}.db") for name in ("sealed", "plain", "large")
        )
        for database in (sealed, plain, large):
            database.ensure_schema()
        with patch.object(seals, "seal"), patch.object(seals, "revising", lambda *_: nullcontext()):
            without = writing(plain)
        print(
            f"a version written: {writing(sealed) * 1_000:.3f} ms, without its seals {without * 1_000:.3f} ms"
        )
        fill(large)
        url = large.engine.url.render_as_string()
        subprocess.run([sys.executable, "-c", MEASURED, url], check=True, cwd=ROOT)


if __name__ == "__main__":
    main()
