"""Processes that are forked off for tests have nothing of the one that they come from."""

from __future__ import annotations

import subprocess
import sys

import pytest

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


@pytest.mark.parametrize(
    "program",
    [
        "print('done')",
        "import sys; print('said'); sys.exit(3)",
        "import sys; sys.exit('a sentence')",
        "import sys; sys.exit(-1)",
        "raise SystemExit",
        "raise ValueError('wrong')",
        "import atexit; atexit.register(print, 'at the end'); 1 / 0",
        "import threading, time; threading.Thread(target=lambda: (time.sleep(0.1), print('the thread too'))).start()",
        "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
        "raise KeyboardInterrupt",
        "import os, sys; print('lost'); os.close(1)",
    ],
)
def test_a_forked_process_ends_as_one_of_its_own_would(program: str) -> None:
    words = [sys.executable, "-c", program]
    forked_off = forked.run(words)
    own = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert (forked_off.returncode, forked_off.stdout) == (own.returncode, own.stdout)
    assert forked_off.stderr.splitlines()[-1:] == own.stderr.splitlines()[-1:]
