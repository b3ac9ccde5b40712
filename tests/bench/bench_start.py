"""What ten commands cost when they have next to nothing to do, which is what their start costs.

`python tests/bench/bench_start.py` prints CPU seconds (user and system, median of 5, each a process of its own) on the
demo's database, and each as a multiple of `trialdelta --version`, for machines are of different speed.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.acceptance.starting import started

RUNS = 5
STUDY = "NCT90000001"
COMMANDS = (
    *("--version", "--help", "config check", "sync", "events", "events --json", "alerts"),
    *(f"show {STUDY}", f"diff {STUDY}@1 {STUDY}@2", "doctor --offline"),
)


def main() -> None:
    """Measure and print."""
    rows: dict[str, float] = {}
    # the demo tells its story on standard output
    with (
        redirect_stdout(StringIO()),
        tempfile.TemporaryDirectory() as folder,
        started(Path(folder)) as instance,
    ):
        for command in COMMANDS:
            instance.run(*command.split())  # the first run writes the bytecode
            rows[command] = statistics.median(instance.cpu_seconds(*command.split()) for _ in range(RUNS))
    least = rows["--version"]
    for command, seconds in rows.items():
        print(f"{command:<40} {seconds:6.2f} s CPU  {seconds / least:5.1f} x --version")


if __name__ == "__main__":
    main()
