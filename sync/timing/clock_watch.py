"""Does the wall clock agree with the time that passes? It is put right, put wrong and put back while the service runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sync.timing.clock import utc_now

STEP = timedelta(seconds=5)
"""Less is the clock being slewed, or the machine being slow: nothing is planned so finely that it would matter."""
_AT_ONCE_S = 1.0


def steady_seconds() -> float:
    """Seconds that only ever grow, and go on growing while the machine sleeps where the system can tell (Linux)."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class ClockWatch:
    """Compares the wall clock with the steady one, look by look."""

    def __init__(
        self, wall: Callable[[], datetime] = utc_now, steady: Callable[[], float] = steady_seconds
    ) -> None:
        self.wall, self.steady = wall, steady
        self._before = self._read()

    def step(self) -> timedelta:
        """How far the wall clock was put ahead (or back: negative) since the last look; zero where the two agree."""
        before, self._before = self._before, self._read()
        moved = self._before[0] - before[0]
        step = moved - timedelta(seconds=self._before[1] - before[1])
        return step if abs(step) > STEP else timedelta(0)

    def _read(self) -> tuple[datetime, float]:
        """Both clocks at one moment: a process that is stopped between two readings must not look like a step."""
        while True:
            began, at = self.steady(), self.wall()
            if self.steady() - began < _AT_ONCE_S:
                return at, began
