"""What runs confined connects by TCP to where it may, and does nothing else."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sync.alerts.channels import open_channel
from sync.errors import ConfigError
from sync.net.confined import KEPT, run_confined
from sync.net.deadline import DeadlinePassed, Stopped, ended_by

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

ROOT = Path(__file__).parents[2]
REFUSED = {
    "UDP": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "UDP over IPv6": "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
    "raw": "socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)",
    "a socket of this machine": "socket.socket(socket.AF_UNIX).connect('/run/x.sock')",
    "the system's log": "import syslog; syslog.syslog('x')",
    "the system's log, by its socket": "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).connect('/dev/log')",
    "a datagram": "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'x', '/dev/log')",
    "loopback": "socket.create_connection(('127.0.0.1', 9))",
    "loopback by name": "socket.create_connection(('localhost', 9))",
    "loopback of IPv6": "socket.socket(socket.AF_INET6).connect(('::1', 9))",
    "a mapped address": "socket.socket(socket.AF_INET6).connect(('::ffff:127.0.0.1', 9))",
    "loopback without waiting": "s = socket.socket(); s.setblocking(False); s.connect_ex(('127.0.0.1', 9))",
    "the metadata of a cloud": "socket.create_connection(('169.254.169.254', 80))",
    "listening": "socket.socket().bind(('127.0.0.1', 0))",
    "another program": "import subprocess; subprocess.run(['/bin/true'])",
    "a shell": "import os; os.system('true')",
    "a copy of itself": "import os; os.fork() or os._exit(0)",
    "a library of C": "import ctypes; ctypes.CDLL('libc.so.6')",
    "the desktop's bus": "import dbus",
    "in another thread": "in_a_thread('socket.create_connection((\"10.0.0.1\", 9))')",
}
SCRIPT = """
import json, socket, sys, threading
from sync.net.confined import confine
refused = []
def attempt(code):
    try:
        exec(code)
    except OSError as error:
        return
def in_a_thread(code):
    thread = threading.Thread(target=attempt, args=[code])
    thread.start()
    thread.join()
confine((), refused)
attempt(sys.argv[1])
print(json.dumps(refused))
"""


def python(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("way", REFUSED)
def test_every_other_way_out_is_refused(way: str) -> None:
    assert len(json.loads(python(SCRIPT, REFUSED[way]))) == 1


def test_a_public_address_is_not_refused() -> None:
    attempt = "s = socket.socket(); s.settimeout(0.01); s.connect(('8.8.8.8', 9))"
    assert json.loads(python(SCRIPT, attempt)) == []


@pytest.mark.parametrize("url", ["syslog://", "rsyslog://logs.example.org"])
def test_a_service_that_is_not_reached_by_tcp_is_refused_in_the_configuration(url: str) -> None:
    with pytest.raises(ConfigError, match=r"channels\.it\.url.*not reached over a TCP connection"):
        open_channel("it", {"kind": "apprise", "url": url})


WORKER = "sync.alerts.channels.apprise.worker"


def task(port: int) -> dict[str, Any]:
    """To notify a service on loopback."""
    about = {"title": "t", "body": "b", "type": "info"}
    return {"url": f"json://127.0.0.1:{port}/x", "allow_hosts": ["127.0.0.1"], **about}


def test_time_ends_it_and_nothing_of_it_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(DeadlinePassed):
            run_confined(WORKER, task(port), 3.0)
        with ended_by(lambda: True), pytest.raises(Stopped):
            run_confined(WORKER, task(port), 60.0)
    assert not _children_running(WORKER)


def test_it_sees_neither_our_secrets_nor_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIALDELTA_DATABASE__URL", "postgresql://me:canary@db/x")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    seen: dict[str, str] = {}

    class Process(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, env: dict[str, str], **options: Any) -> None:
            seen.update(env)
            super().__init__(*arguments, env=env, **options)

    monkeypatch.setattr(subprocess, "Popen", Process)
    assert run_confined(WORKER, task(9), 60.0) == {"taken": False, "refused": []}
    assert set(seen) <= {*KEPT, "PYTHONPATH", "NETRC"}
    assert "PATH" in seen


def test_what_ends_without_an_answer_is_no_answer() -> None:
    assert run_confined("this", {}, 60.0) is None  # which prints, and knows no task


def _children_running(module: str) -> list[str]:
    listed = subprocess.run(
        ["ps", "--ppid", str(os.getpid()), "-o", "args="], capture_output=True, text=True, check=False
    )
    return [line for line in listed.stdout.splitlines() if module in line]
