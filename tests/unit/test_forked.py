"""Processes that are forked off for tests have nothing of the one that they come from."""

from __future__ import annotations

import sys

from tests.support import forked

OPENED_AND_COLLECTED = """
import gc, os
opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(40)]
gc.collect()
for each in opened:
    os.fstat(each)
"""


def test_what_is_collected_in_a_forked_process_closes_no_file_that_was_opened_since() -> None:
    done = forked.run([sys.executable, "-c", OPENED_AND_COLLECTED])
    assert (done.returncode, done.stderr) == (0, "")
