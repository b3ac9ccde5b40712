"""How long a whole exchange may take. Timeouts of sockets and of httpx are per read: a byte a second outlasts them."""

from __future__ import annotations

import errno
import os
import queue
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

import httpcore

from storage.errors import TrialdeltaError

SLICE_S = 0.5
"""How long anything may wait before it looks whether it was asked to stop."""
GRACE_S = 3.0
"""What an exchange gets to come to its end once the service was asked to stop: a receiver in good health needs less."""

_WATCH_S = 0.1

_is_stopping: ContextVar[Callable[[], bool]] = ContextVar("is_stopping", default=lambda: False)


class Stopped(TrialdeltaError):
    """The service was asked to stop while an exchange was under way: how it would have ended is not known."""

    hint = "It is tried again when the service runs again."
    passing = True


class DeadlinePassed(httpcore.ReadTimeout, TimeoutError):
    """The whole exchange has taken as long as it may."""


@contextmanager
def ended_by(is_stopping: Callable[[], bool]) -> Iterator[None]:
    """Exchanges that begin in here, in this thread, end with Stopped soon after `is_stopping` says so."""
    token = _is_stopping.set(is_stopping)
    try:
        yield
    finally:
        _is_stopping.reset(token)


class Deadline:
    """When the exchange in hand must be over. `stopped` is raised once `is_stopping` has said so for `grace_s` seconds."""

    def __init__(
        self,
        seconds: float = 0.0,
        *,
        clock: Callable[[], float] = time.monotonic,
        is_stopping: Callable[[], bool] | None = None,
        grace_s: float = GRACE_S,
        stopped: type[Exception] = Stopped,
    ) -> None:
        self._clock, self._grace_s, self._stopped = clock, grace_s, stopped
        self._is_stopping = is_stopping or _is_stopping.get()
        self._stops_at: float | None = None
        self.start(seconds)

    def start(self, seconds: float) -> None:
        """An exchange begins, and may take so long."""
        self._end = self._clock() + seconds

    def left(self, at_most: float | None = None) -> float:
        """Seconds that remain, cut to `at_most`. Raises DeadlinePassed where none do, and `stopped`."""
        if self._is_stopped():
            raise self._stopped
        left = self._end - self._clock()
        if left <= 0:
            raise DeadlinePassed("the deadline has passed")
        return left if at_most is None else min(left, at_most)

    @property
    def is_over(self) -> bool:
        """Whether nothing remains."""
        return self._is_stopped() or self._clock() >= self._end

    def _is_stopped(self) -> bool:
        if self._stops_at is None and self._is_stopping():
            self._stops_at = self._clock() + self._grace_s
        return self._stops_at is not None and self._clock() >= self._stops_at


def resolved(host: str, port: int, deadline: Deadline) -> list[str]:
    """The addresses of a host, in the resolver's order. Raises OSError where there is none, and what the deadline raises."""
    found: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()
    # The system's resolver has no timeout of its own to set: where it takes too long, its thread is left to it.
    threading.Thread(target=_look_up, args=(host, port, found), name="resolver", daemon=True).start()
    while True:
        try:
            answer = found.get(timeout=deadline.left(at_most=SLICE_S))
        except queue.Empty:
            continue
        if isinstance(answer, OSError):
            raise answer
        return answer


def _look_up(host: str, port: int, found: queue.SimpleQueue[list[str] | OSError]) -> None:
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        found.put(list(dict.fromkeys(str(entry[4][0]) for entry in entries)))
    except OSError as error:
        found.put(error)
    except UnicodeError:  # a label that is empty or too long
        found.put(OSError(f"{host} is not a name of a host"))


def connected(address: str, port: int, deadline: Deadline) -> socket.socket:
    """A connection to an address. Raises OSError where there is none, and what the deadline raises."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setblocking(False)
        begun = connection.connect_ex((address, port))
        if begun not in (0, errno.EINPROGRESS):  # no route, for one: waiting would seem to succeed
            raise OSError(begun, os.strerror(begun))
        writable = select.poll()
        writable.register(connection, select.POLLOUT)
        while not writable.poll(1000 * deadline.left(at_most=SLICE_S)):
            pass
        if error := connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(error, os.strerror(error))
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def cut_off(connection: socket.socket, deadline: Deadline) -> Iterator[None]:
    """While it lasts, the connection is shut down as soon as the deadline is over, whatever is being done with it.

    For code that waits by itself: smtplib, a TLS handshake. It sees the connection end; what is raised is the deadline's.
    """
    # A copy of the descriptor: TLS takes the socket that it is given apart, and makes another one of it.
    copy, done = socket.socket(fileno=os.dup(connection.fileno())), threading.Event()
    watch = threading.Thread(target=_watch, args=(copy, deadline, done), name="cut off", daemon=True)
    watch.start()
    try:
        yield
    except Exception:
        deadline.left()
        raise
    finally:
        done.set()
        watch.join()
        copy.close()


def _watch(connection: socket.socket, deadline: Deadline, done: threading.Event) -> None:
    while not done.wait(_WATCH_S):
        if deadline.is_over:
            with suppress(OSError):  # the other side was faster
                connection.shutdown(socket.SHUT_RDWR)
            return
