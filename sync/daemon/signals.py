"""What the daemon is asked by signals. SIGHUP means two things: that its terminal was closed, or a wish to reload.

They are told apart by whether the terminal that it was started from is still there. Without one (systemd, Docker, setsid)
every SIGHUP is a wish to reload.
"""

from __future__ import annotations

import os
import signal
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Literal

import structlog

from sync import logs

LOOK_EVERY_S = 1.0
"""Who waits for a signal looks up so often: threads may find a reason to stop, and only signals wake it."""

STREAMS = (0, 1, 2)


log = structlog.get_logger("daemon")


class Signals:
    """Catches them from when it is made, which must be in the main thread."""

    def __init__(self) -> None:
        self._outlives_terminal = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN  # as nohup wants it
        self._terminal = Terminal()
        self._caught: SimpleQueue[int] = SimpleQueue()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._note)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        # It may interrupt anything, with any lock held: nothing but this queue may be touched here.
        self._caught.put(number)

    def wait(self) -> Literal["stop", "reload"] | None:
        """What is asked for; None where nothing is for a while."""
        try:
            caught = signal.Signals(self._caught.get(timeout=LOOK_EVERY_S))
        except Empty:
            return None
        is_closed = caught == signal.SIGHUP and self._terminal.was_closed()
        if is_closed and self._outlives_terminal:
            return None
        if caught == signal.SIGHUP and not is_closed:
            return "reload"
        log.info(logs.DAEMON_STOPPING, signal=caught.name)
        return "stop"


class Terminal:
    """The controlling terminal of this process, if it was started from one."""

    def __init__(self) -> None:
        self._was_there = _is_there()
        self._streams = [stream for stream in STREAMS if os.isatty(stream)]

    def was_closed(self) -> bool:
        """Whether it was closed since the last question: then what led to it leads nowhere from now on."""
        closed = self._was_there and not _is_there()
        if closed:
            self._was_there = False
            self._lead_nowhere()
        return closed

    def _lead_nowhere(self) -> None:
        # Whatever writes to a terminal that is gone fails, down to the interpreter's last flush.
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in self._streams:
            os.dup2(nowhere, stream)
        os.close(nowhere)


def _is_there() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:  # no controlling terminal, or none any more
        return False
    return True
