"""Names a process as the holder of a lease, and tells when such a process is known to have ended.

A killed command can so be taken over from at once; where nothing is known, the lease has to expire.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path


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
