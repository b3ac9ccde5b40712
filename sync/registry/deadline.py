"""A deadline for a whole request. httpx's timeouts are per read: a byte every second would keep it listening for hours."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterable
from typing import Any

import httpcore
import httpx

from sync.registry.errors import Interrupted

_SLICE_S = 0.5
"""How long a read may wait before it looks whether it was asked to stop."""


class Deadline:
    """When the request in hand must be over."""

    def __init__(self, clock: Callable[[], float], stop: threading.Event) -> None:
        self._clock = clock
        self._stop = stop
        self._end = 0.0

    def start(self, seconds: float) -> None:
        """A new request begins, and may take so long."""
        self._end = self._clock() + seconds

    def left(self, at_most: float | None = None) -> float:
        """Seconds that remain, cut to `at_most`; raises httpcore's timeout where none do, and Interrupted after a stop."""
        if self._stop.is_set():
            raise Interrupted
        left = self._end - self._clock()
        if left <= 0:
            raise httpcore.ReadTimeout("the deadline has passed")
        return left if at_most is None else min(left, at_most)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    # The timeouts handed on here are those of a single read or write; the deadline takes their place.
    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        while True:
            left = self._deadline.left(at_most=_SLICE_S)
            try:
                return self._inner.read(max_bytes, left)
            except httpcore.ReadTimeout:
                continue  # left() says when it is really over

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._inner.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._deadline.left(at_most=timeout))
        return _Stream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, deadline: Deadline) -> None:
        self._inner = httpcore.SyncBackend()
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(at_most=timeout)
        inner = self._inner.connect_tcp(host, port, left, local_address, socket_options)
        return _Stream(inner, self._deadline)


class DeadlineTransport(httpx.HTTPTransport):
    """httpx's own transport over connections that keep to a deadline, one at a time, HTTP/1.1."""

    def __init__(self, deadline: Deadline, context: ssl.SSLContext, proxy: httpx.Proxy | None = None) -> None:
        super().__init__(verify=context, proxy=proxy, http2=False, limits=httpx.Limits(max_connections=1))
        # httpcore takes a network backend, but httpx has no way to hand one on; a test holds this to its purpose.
        self._pool._network_backend = _Backend(deadline)
