"""How fast the registry is asked: a pause between requests, waits that double, and its own wish where it states one."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from sync.registry.errors import RegistryError


@dataclass(frozen=True, slots=True)
class Patience:
    """How often, and for how long, a question is asked again when what went wrong passes by itself."""

    retries: int = 4
    first_wait_s: float = 1.0
    longest_wait_s: float = 30.0
    total_s: float = 300.0
    """No further attempt begins after so many seconds; a longer wish of the registry's is left to the next cycle."""

    def wait(
        self, error: RegistryError, attempt: int, spent_s: float, jitter: Callable[[], float] = random.random
    ) -> float | None:
        """Seconds before the next attempt, never less than the registry wishes; None when there should be none.

        `attempt` counts from 0, `spent_s` are the seconds since the first one began.
        """
        doubled: float = min(self.first_wait_s * 2.0**attempt, self.longest_wait_s)
        # Between half and all of the doubled wait: several instances that fail together do not come back together.
        wait = max(doubled * (0.5 + jitter() / 2), error.retry_after or 0.0)
        hopeless = not error.passing or attempt >= self.retries or spent_s + wait > self.total_s
        return None if hopeless else wait


class Pace:
    """Keeps a pause between the starts of two requests, by a clock that never jumps."""

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float], object]) -> None:
        self._clock = clock
        self._sleep = sleep
        self._last: float | None = None

    def wait(self, interval_s: float) -> None:
        """Returns when the last request started `interval_s` ago or longer."""
        if self._last is not None and (left := self._last + interval_s - self._clock()) > 0:
            self._sleep(left)
        # Between the starts of two requests: after a slow answer the next one need not wait again.
        self._last = self._clock()
