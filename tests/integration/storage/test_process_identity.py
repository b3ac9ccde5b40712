"""Who holds a lease, and whether that process is still there."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from storage.process_identity import ProcessElsewhere, ProcessEnded, has_ended, send_signal, this_process

ROOT = Path(__file__).resolve().parents[3]


def test_a_running_process_has_not_ended() -> None:
    assert not has_ended(this_process())


def test_a_process_that_is_there_no_more_has_ended() -> None:
    program = "from storage.process_identity import this_process; print(this_process())"
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert has_ended(ended.stdout.strip())


def test_another_process_with_the_same_id_is_not_the_holder() -> None:
    host, place, pid, start = this_process().split("/")
    assert has_ended(f"{host}/{place}/{pid}/{int(start) - 1}")


def test_of_a_process_elsewhere_nothing_is_known() -> None:
    _, _, pid, start = this_process().split("/")
    assert not has_ended(f"elsewhere/another-boot/{pid}/{int(start) - 1}")
    assert not has_ended("named by hand")


def test_a_signal_reaches_its_process_and_no_other() -> None:
    program = "from storage.process_identity import this_process as p; import time; print(p(), flush=True); time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        holder = other.stdout.readline().strip()
        host, place, pid, start = holder.split("/")
        for ended in (f"{host}/{place}/{pid}/{int(start) - 1}", f"{host}/{place}/{2**22 + 1}/1"):
            with pytest.raises(ProcessEnded):
                send_signal(ended, signal.SIGKILL)
        for elsewhere in (f"{host}/another-boot/{pid}/{start}", f"{host}//{pid}/{start}", "named by hand"):
            with pytest.raises(ProcessElsewhere):
                send_signal(elsewhere, signal.SIGKILL)
        assert other.poll() is None
        assert send_signal(holder, signal.SIGTERM) == other.pid
        assert other.wait(timeout=60) == -signal.SIGTERM
