"""Which claims of deliveries this process works on, so that one that it lost on the way is known for lost."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class AtWork:
    """Which holders are between a claim and its end, in any thread of this process: the console tests channels in one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: Counter[tuple[str, str]] = Counter()

    @contextmanager
    def on(self, holder: str, channel: str) -> Iterator[None]:
        """Within it claims may be made and attempted. Entered before the claim, or another thread would free it."""
        with self._lock:
            self._numbers[holder, channel] += 1
        try:
            yield
        finally:
            with self._lock:
                self._numbers[holder, channel] -= 1

    def anybody(self, holder: str, channel: str) -> bool:
        """Whether a claim of this holder on this channel may be under way."""
        with self._lock:
            return self._numbers[holder, channel] > 0


AT_WORK = AtWork()
"""Of the process, as its name is: outboxes come and go with the settings."""
