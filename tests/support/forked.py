"""Processes of the program without the seconds of a core that its beginning costs: forked off one that has it behind it.

`run` and `Popen` take what those of `subprocess` take, for a command of this Python: `-m MODULE`, `-c PROGRAM` or a
script. A child has its own environment, folder, streams, process id and end, and nothing of the test's process. What
is under test there must not be how the program starts, what it imports, what is put in place before it does, or what
the interpreter takes apart after its end.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import inspect
import json
import os
import runpy
import select
import selectors
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_NUMBER = struct.Struct("i")
_LARGEST = 150_000
"""Bytes of a request: the arguments and the environment of a process."""
_OPEN_FILES = 1024


class Popen(subprocess.Popen[Any]):
    """A process forked off the one that has all imports; everything else is as its class says."""

    _told: int
    """Where its process id comes from, and then how it ended."""

    def _execute_child(self, *given: Any) -> None:
        how = inspect.signature(subprocess.Popen._execute_child).bind(self, *given).arguments  # type: ignore[attr-defined]
        unheard_of = [name for name in ("preexec_fn", "pass_fds", "shell", "start_new_session") if how[name]]
        assert not unheard_of, f"a process that is forked off knows no {', '.join(unheard_of)}"
        asked = {
            "words": how["args"],
            "environment": dict(how["env"] or os.environ),
            "folder": how["cwd"] or os.getcwd(),
        }
        standard = zip(("p2cread", "c2pwrite", "errwrite"), range(3), strict=True)
        streams = [how[name] if how[name] != -1 else number for name, number in standard]
        self._told, telling = os.pipe()
        try:
            request = json.dumps(asked, default=str).encode()
            socket.send_fds(_forker(), [request], [*streams, telling])
        finally:
            os.close(telling)
            self._close_pipe_fds(  # type: ignore[attr-defined]
                *(how[name] for name in ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite"))
            )
        self.pid = self._number()
        self._child_created = True

    def _number(self) -> int:
        came = os.read(self._told, _NUMBER.size)
        assert came, "the process that forks is gone"
        return int(_NUMBER.unpack(came)[0])

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        if not select.select([self._told], [], [], 0 if wait_flags else None)[0]:
            return 0, 0
        status = self._number()
        os.close(self._told)
        return self.pid, status

    def _internal_poll(self, *_: Any, **__: Any) -> int | None:
        if self.returncode is None and self._waitpid_lock.acquire(False):  # type: ignore[attr-defined]
            try:
                pid, status = (0, 0) if self.returncode is not None else self._try_wait(os.WNOHANG)
                if pid:
                    self._handle_exitstatus(status)  # type: ignore[attr-defined]
            finally:
                self._waitpid_lock.release()  # type: ignore[attr-defined]
        return self.returncode


def run(
    words: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    input: str | None = None,
    timeout: float = 60,
    text: bool = True,
) -> subprocess.CompletedProcess[Any]:
    """A command to its end, with all that it wrote."""
    feed = subprocess.DEVNULL if input is None else subprocess.PIPE
    piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with Popen(list(words), env=env, cwd=cwd, stdin=feed, text=text, **piped) as process:
        try:
            out, err = process.communicate(input, timeout=timeout)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(words, process.returncode, out, err)


@cache
def _forker() -> socket.socket:
    """The way to the process that forks, started when the first test asks for one; it ends when this one is gone."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, "-m", __name__, str(theirs.fileno())]
        process = subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()])

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def _import_everything() -> None:
    from sync.cli.commands import COMMANDS

    served = ("sync.demo.registry.server", "sync.demo.registry.generated.corpus")
    for name in (
        "sync.cli",
        "sync.daemon.daemon",
        *served,
        *(f"sync.cli.{each.module}" for each in COMMANDS),
    ):
        import_module(name)


def _make_what_is_made_once() -> None:
    """What a process makes when it first needs it, for seconds: patterns, units, templates, routes, and its tables."""
    from fastapi.routing import iter_route_contexts

    from storage import schema
    from sync.changes.kinds.stop_rules import stop_rules
    from sync.cohort.classifying import classify
    from sync.demo.story import story
    from sync.study.criteria import units
    from sync.study.published import statements
    from sync.web import app, manual, render
    from tests.support import made_tables

    schema.migrate = made_tables.give_tables
    tables = made_tables._made_by_migrations
    for made in (tables, stop_rules, units._registry, statements._ways, manual.articles):
        made()
    for told in story():
        classify(told["versions"][0]["study"])
    templates = render._environment()
    for name in templates.list_templates():
        templates.get_template(name)
    list(iter_route_contexts(app._routes()))


class _Forker:
    """Forks a child for each request that comes, and tells how each of them ended."""

    def __init__(self, requests: socket.socket) -> None:
        self.requests = requests
        self.waiting = selectors.DefaultSelector()
        self.waiting.register(requests, selectors.EVENT_READ)

    def serve(self) -> Callable[[], object] | None:
        """In a child what it is to do; None in this process, when nobody asks any more."""
        while True:
            for key, _ in self.waiting.select():
                if key.data is not None:
                    self._tell_the_end(key.fd, *key.data)
                    continue
                request, streams, *_ = socket.recv_fds(self.requests, _LARGEST, 4)
                if not request:
                    return None
                if not self._fork(*streams):
                    self._let_go()
                    return _begin(streams, **json.loads(request))

    def _fork(self, *streams: int) -> int:
        if pid := os.fork():
            *standard, telling = streams
            for each in standard:
                os.close(each)
            os.write(telling, _NUMBER.pack(pid))
            self.waiting.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, telling))
        return pid

    def _let_go(self) -> None:
        """In a child: whatever were collected later would close its number anew, and with it what has the number by then."""
        self.waiting.close()
        self.requests.detach()

    def _tell_the_end(self, handle: int, pid: int, telling: int) -> None:
        self.waiting.unregister(handle)
        _, status = os.waitpid(pid, 0)
        with contextlib.suppress(BrokenPipeError):  # whoever started it does not care
            os.write(telling, _NUMBER.pack(status))
        os.close(handle)
        os.close(telling)


def _begin(
    streams: list[int], words: list[str], environment: dict[str, str], folder: str
) -> Callable[[], object]:
    """Become the process that was asked for; what it is to run."""
    for number, stream in enumerate(streams[:3]):
        os.dup2(stream, number)
    os.closerange(3, _OPEN_FILES)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    python, kind, *rest = words
    assert python == sys.executable
    sys.argv = ["-c", *rest[1:]] if kind == "-c" else [kind, *rest]
    if kind == "-m":
        sys.argv = rest
        return lambda: runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    if kind == "-c":
        return lambda: exec(rest[0], {"__name__": "__main__"})
    return lambda: runpy.run_path(kind, run_name="__main__")


def _to_the_end(work: Callable[[], object]) -> None:
    """Do it and end as Python does, but for taking apart what was imported: that copies all of it, for 0.3 s of a core."""
    code = 1
    try:
        work()
        code = 0
    except SystemExit as end:
        code = _code_of(end)
    except Exception:  # noqa: BLE001 - whatever it is, its traceback is told
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        sys.exit(code)  # what could not be written is told as Python tells it
    os._exit(code & 0xFF)


def _code_of(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    print(end.code, file=sys.stderr)  # noqa: T201 - as Python does
    return 1


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _import_everything()
    _make_what_is_made_once()
    gc.collect()
    gc.freeze()  # so that a collection in a child copies no page of what they all share
    work = _Forker(socket.socket(fileno=int(sys.argv[1]))).serve()
    if work is not None:
        _to_the_end(work)
