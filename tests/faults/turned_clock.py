"""Runs `trialdelta` under a wall clock that a test turns: `python turned_clock.py FILE run …`.

FILE holds by how many seconds the clock is wrong, and is read each time somebody asks for the time. What waits for a time to
pass goes by the steady clock, as it does on a machine whose clock is put back.
"""

import datetime as module
import sys
from pathlib import Path
from typing import Any

TURNED, *arguments = sys.argv[1:]


class _AsReal(type(module.datetime)):  # type: ignore[misc]
    """Times that C code makes are of the real class: they are times all the same."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, REAL)


REAL = module.datetime


class Turned(REAL, metaclass=_AsReal):
    """A datetime whose now is wrong."""

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        """The time as the wrong clock has it."""
        return REAL.now(tz) + module.timedelta(seconds=float(Path(TURNED).read_text()))


module.datetime = Turned  # type: ignore[misc]

from sync.cli import main  # noqa: E402 - everything that is imported from now on has the wrong clock

sys.argv = ["trialdelta", *arguments]
main()
