"""How far long work is, with its rate and the time left: a line that renews itself on a terminal, else one now and then."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sync.cli.common import working
from sync.words import pace_words

LINE_EVERY_S = 10.0
"""Without a terminal, as in a service's log: so that a long copy can be watched and fills nothing."""
SHOWN_EVERY_S = 0.1


@dataclass
class Pace:
    """Says how far work is; each part of it (`stage`) may count anew, and has a rate of its own."""

    things: str
    say: Callable[[str], None]
    steady: Callable[[], float]
    every_s: float
    _part: str = ""
    _began: float = 0.0
    _before: int = 0
    _next: float = field(default=0.0)

    def __call__(self, part: str, stage: str, done: int, total: int) -> None:
        """Hear how far it is; said when it is time to."""
        now = self.steady()
        if part != self._part:
            self._part, self._began, self._before = part, now, done
        if now >= self._next:
            self._next = now + self.every_s
            self.say(
                f"{stage}: {pace_words(done, total, done - self._before, now - self._began, self.things)}"
            )


@contextmanager
def pacing(things: str, on: str, steady: Callable[[], float]) -> Iterator[Pace]:
    """A sign on standard error of how far the work in the block is."""
    if not sys.stderr.isatty():
        yield Pace(things, _write_line, steady, LINE_EVERY_S)
        return
    with working(on) as say:
        yield Pace(things, say, steady, SHOWN_EVERY_S)


def _write_line(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
