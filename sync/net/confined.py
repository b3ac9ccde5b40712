"""A process of its own for code that makes its own connections: confined to what the door allows, and ended when time is up.

Apprise's services use requests, smtplib, sockets of their own, and follow redirects. Python tells an audit hook of every
connection, socket and process that any of them makes; a hook that raises prevents it. It stays for the whole process, in all
threads: so the process does nothing else, and can be killed.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from sync.net.addresses import Refused, checked
from sync.net.deadline import SLICE_S, Deadline

MOST_MEMORY = 384 * 2**20
"""Bytes of data that the process may have: an answer that swells when it is unpacked ends it, and nothing else."""
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
"""What it gets to see of the environment: neither our secrets nor proxies."""
_NOT_HERE = frozenset(
    {
        *("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn"),
        *("pty.spawn", "socket.bind", "socket.sendto", "syslog.syslog", "syslog.openlog", "ctypes.dlopen"),
    }
)
_OTHER_WAYS = frozenset({"dbus", "gi", "hid", "proton", "win32api", "_dbus_bindings"})
"""Libraries that connect beside Python's sockets, where no hook hears of it."""


def run_confined(module: str, task: Mapping[str, Any], seconds: float) -> dict[str, Any] | None:
    """What `module`, run as a program, answers to a task: both JSON. None where it ended without an answer.

    Raises DeadlinePassed and Stopped, after which nothing of the process is left.
    """
    deadline = Deadline(seconds)
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    with subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-P", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=environment | {"PYTHONPATH": str(Path(__file__).parents[2]), "NETRC": os.devnull},
    ) as process:
        try:
            return _answer(process, json.dumps({**task, "seconds": seconds}).encode(), deadline)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _answer(process: subprocess.Popen[bytes], task: bytes, deadline: Deadline) -> dict[str, Any] | None:
    sent: bytes | None = task
    while True:
        try:
            said, _ = process.communicate(sent, timeout=deadline.left(at_most=SLICE_S))
        except subprocess.TimeoutExpired:
            sent = None
            continue
        try:
            answer = json.loads(said)
        except ValueError:
            return None
        return answer if isinstance(answer, dict) else None


def serve(work: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """In the process itself: read the task, do the work, answer. What the work prints goes nowhere."""
    task = json.loads(sys.stdin.buffer.read())
    signal.alarm(int(task["seconds"]) + 5)  # should whoever waits for the answer be killed
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    json.dump(work(task), answer)
    answer.close()


def confine(names: Collection[str], refused: list[str]) -> None:
    """From now on, for good: TCP to public addresses and to hosts in `names`, no other sockets, no other programs.

    What is not allowed raises PermissionError (an OSError, after which code closes its socket), and is added to `refused`.
    """

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        why = _objection(event, arguments, names)
        if why:
            refused.append(why)
            raise PermissionError(why)

    sys.addaudithook(hear)


def _objection(event: str, arguments: tuple[Any, ...], names: Collection[str]) -> str | None:
    if event == "socket.connect":
        return _of_address(arguments[1], names)
    if event == "socket.__new__":
        family, kind = arguments[1], arguments[2]
        is_tcp = kind & 0xF == socket.SOCK_STREAM or family not in (socket.AF_INET, socket.AF_INET6)
        return None if is_tcp else "it does not connect by TCP"
    if event == "import" and arguments[0].partition(".")[0] in _OTHER_WAYS:
        return f"it needs {arguments[0]}, which connects in ways of its own"
    if event in _NOT_HERE and not (event == "ctypes.dlopen" and arguments[0] is None):
        return f"it is not allowed {event}"
    return None


def _of_address(address: Any, names: Collection[str]) -> str | None:
    if not isinstance(address, tuple):
        return "it leads to a socket of this machine, which is not a host"
    host, port = str(address[0]), address[1]
    try:
        checked(host, host, ())
    except Refused:
        if host not in _known_by_name(names, port):
            return f"it leads to {host}, which is not a public address"
    except (
        ValueError
    ):  # a name: Python looks it up before it connects, and what is connected to is told again
        return f"it leads to {host}, which was not looked up"
    return None


def _known_by_name(names: Collection[str], port: int) -> set[str]:
    found: set[str] = set()
    for name in names:
        with suppress(OSError, UnicodeError):
            entries = socket.getaddrinfo(name.strip("[]"), port, type=socket.SOCK_STREAM)
            found |= {str(entry[4][0]) for entry in entries}
    return found
