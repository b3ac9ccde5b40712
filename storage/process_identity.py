"""Names a process as the holder of a lease, and tells when such a process is known to have ended.

A killed command can so be taken over from at once; where nothing is known, the lease has to expire.
"""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path


class ProcessEnded(Exception):
    """There is no such process any more."""


class ProcessElsewhere(Exception):
    """The process runs where its id means nothing here: another machine, another container, or an earlier boot."""


def this_process() -> str:
    """HOST/PLACE/PID/START: no other process ever has the same, in whatever container."""
    return f"{socket.gethostname()}/{_place()}/{os.getpid()}/{_start(os.getpid())}"


def has_ended(holder: str) -> bool:
    """Whether the process is known to have ended: it ran in this very place and is there no more."""
    match holder.split("/"):
        case [_, place, pid, start] if place and place == _place() and pid.isdigit():
            # Process ids are used again: the same number with another start is another process.
            return _start(int(pid)) != start
    return False


def send_signal(holder: str, number: signal.Signals) -> int:
    """Send the process a signal; its id. Never to another one that has its number by now.

    Raises ProcessEnded, ProcessElsewhere, or PermissionError where this user may not.
    """
    match holder.split("/"):
        case [_, place, digits, start] if place and place == _place() and digits.isdigit():
            pid = int(digits)
        case [host, _, pid_there, _]:
            raise ProcessElsewhere(
                f"it is process {pid_there} on {host}, in another container or boot than this"
            )
        case _:
            raise ProcessElsewhere("it does not say where it runs")
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        raise ProcessEnded from None
    try:
        # Looked at once the handle is held: from here on it stands for this process and no other.
        if _start(pid) != start:
            raise ProcessEnded
        signal.pidfd_send_signal(handle, number)
    except ProcessLookupError:
        raise ProcessEnded from None
    finally:
        os.close(handle)
    return pid


def _place() -> str:
    """Where a process id means one process: this boot, this namespace; "" where that cannot be told."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        namespace = Path("/proc/self/ns/pid").readlink().name
    except OSError:
        return ""
    return f"{boot}-{namespace}"


def _start(pid: int) -> str:
    """When a process started, in ticks since boot; "" when there is none."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    # the command's name, in brackets, may hold anything; a zombie has ended as far as its work goes
    state, *rest = status.rpartition(")")[2].split()
    return "" if state == "Z" else rest[18]
