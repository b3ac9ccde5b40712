"""A word in between: whoever has a record read or compared is asked again and again whether the work may go on.

Texts are bounded where they are taken in, and every loop over them takes steps in proportion to their length. This is for
what remains: the core has no clock and no signals, so that its long loops ask whoever called them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_may_go_on: ContextVar[Callable[[], None]] = ContextVar("asked", default=lambda: None)


def go_on() -> None:
    """Ask whether the work may go on; raises what the caller of the work raises where it may not."""
    _may_go_on.get()()


@contextmanager
def interruptible(ask: Callable[[], None]) -> Iterator[None]:
    """Within it, `go_on` calls `ask`, in this thread alone."""
    # A context variable and no argument: the loops that ask stand deep in the pure core, under functions that know of no
    # caller.
    before = _may_go_on.set(ask)
    try:
        yield
    finally:
        _may_go_on.reset(before)
