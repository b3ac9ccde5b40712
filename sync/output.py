"""Standard output and standard error as commands have them: full or closed ends with a sentence, never with a traceback."""

from __future__ import annotations

import errno
import io
import json
import os
import sys
from contextlib import suppress
from typing import IO, Any

from sync.errors import TrialdeltaError


class OutputFailed(TrialdeltaError):
    """Standard output cannot be written."""

    hint = "Look at where it goes: whether it is open and has free space. Part of it may have been written."


class _Raw(io.FileIO):
    """What is below all that is printed: text and bytes, ours and that of libraries (the help, tables, Parquet).

    A reader that is gone (`head`, `less`) is no error: the command goes on to its end, and to the exit code of what it did.
    """

    def __init__(self, descriptor: int, *, must_arrive: bool) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._must_arrive = must_arrive
        self.was_lost = False

    def write(self, data: Any) -> int:
        """Write some of it; how many bytes. Raises OutputFailed."""
        self.was_lost = False
        try:
            return super().write(data)
        except BrokenPipeError:
            self.was_lost = True
        except OSError as error:
            self.was_lost = True
            # What standard error does not take can be told nowhere; the work goes on, and the exit code says how it ended.
            if self._must_arrive:
                raise OutputFailed(f"standard output cannot be written: {_reason(error)}") from error
        return memoryview(data).nbytes


def _reason(error: OSError) -> str:
    return "it is closed" if error.errno == errno.EBADF else error.strerror or str(error)


def prepare_output() -> None:
    """Have whatever this process prints fail in words. For a process that is ours: tests keep the streams they put there."""
    _hold_closed_descriptors()
    if sys.stdout is sys.__stdout__:
        sys.stdout = stream(1, must_arrive=True, like=sys.stdout)
    if sys.stderr is sys.__stderr__:
        sys.stderr = stream(2, must_arrive=False, like=sys.stderr)


def _hold_closed_descriptors() -> None:
    """Keep the numbers 0, 1 and 2 from what is opened next: the database would be standard output, and be printed into."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDONLY)  # takes the lowest number that is free; to write there fails


def stream(descriptor: int, *, must_arrive: bool, like: IO[str] | None = None) -> io.TextIOWrapper:
    """A stream for text over a descriptor, with the encoding of another; what fails is told only where it must arrive."""
    old = like if isinstance(like, io.TextIOWrapper) else None
    return io.TextIOWrapper(
        io.BufferedWriter(_Raw(descriptor, must_arrive=must_arrive)),
        encoding=old.encoding if old else "utf-8",
        errors=old.errors if old else "backslashreplace",
        # `python -u` asks for no delay; a line at a time is as good for lines.
        line_buffering=not must_arrive or (old is not None and (old.line_buffering or old.write_through)),
    )


def json_text(value: Any) -> str:
    """A value as JSON on one line, which a terminal may show: what is not printable is escaped, and means the same."""
    text = json.dumps(value, ensure_ascii=False)
    # JSON leaves the controls from 80 to 9F as they are (9B begins a sequence as ESC [ does), and the signs that turn
    # the direction of writing, by which a line shows something other than it says.
    return text if text.isprintable() else "".join(map(_escaped, text))


def _escaped(letter: str) -> str:
    if letter == "\x7f":  # ASCII, which JSON leaves as it is
        return "\\u007f"
    return letter if letter.isprintable() else json.dumps(letter)[1:-1]


def was_lost(stream: IO[str]) -> bool:
    """Whether what was written last went nowhere: nobody reads there any more, or it cannot be written."""
    return bool(getattr(getattr(getattr(stream, "buffer", None), "raw", None), "was_lost", False))


def let_go_of_output() -> None:
    """Write what is left nowhere: at its end Python would try once more, complain, and exit with 120."""
    with suppress(AttributeError, io.UnsupportedOperation):  # a stream without a descriptor, in a test
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
