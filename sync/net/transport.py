"""httpx over connections that keep to a deadline: to addresses that were chosen, and with no more read than may be."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpcore
import httpx
from httpcore._backends.sync import SyncStream  # the only way to hand it a connection of ours

from sync.net.deadline import SLICE_S, Deadline, DeadlinePassed, connected, cut_off, resolved

Choose = Callable[[str, int, Deadline], Sequence[str]]
"""The addresses of a host that may be connected to; raises OSError where it has none."""


class _Stream(httpcore.NetworkStream):
    """A connection on which all that is read and written ends with a deadline, and after `most` bytes that were read."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline, most: int | None) -> None:
        self._inner, self._deadline, self._most = inner, deadline, most
        self._taken = 0

    # The timeouts handed on here are those of a single read or write; the deadline takes their place.
    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        while True:
            left = self._deadline.left(at_most=SLICE_S)
            try:
                return self._counted(self._inner.read(max_bytes, left))
            except httpcore.ReadTimeout:
                continue  # left() says when it is really over

    def _counted(self, piece: bytes) -> bytes:
        self._taken += len(piece)
        if self._most is not None and self._taken > self._most:
            raise httpcore.RemoteProtocolError(f"more than {self._most:,} bytes came")
        return piece

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        if isinstance(self._inner, SyncStream):
            self._send(memoryview(buffer))
        elif (
            buffer
        ):  # TLS within a proxy's TLS has no socket of its own; its timeout is for each piece that it sends
            with cut_off(self._socket, self._deadline):
                self._inner.write(buffer, self._deadline.left())

    def _send(self, rest: memoryview) -> None:
        """Slice by slice, as it is read: a watch over each write, in a thread of its own, took a tenth of a cycle."""
        while rest:
            self._socket.settimeout(self._deadline.left(at_most=SLICE_S))
            try:
                rest = rest[self._socket.send(rest) :]
            except TimeoutError:
                continue  # a receiver that does not read: left() says when it is really over
            except OSError as error:
                raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        with cut_off(self._socket, self._deadline):
            inner = self._inner.start_tls(ssl_context, server_hostname, self._deadline.left(at_most=timeout))
        return _Stream(inner, self._deadline, self._most)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

    @property
    def _socket(self) -> socket.socket:
        found: socket.socket = self._inner.get_extra_info("socket")
        return found


class _Backend(httpcore.NetworkBackend):
    def __init__(self, deadline: Deadline, choose: Choose, most: int | None) -> None:
        self._deadline, self._choose, self._most = deadline, choose, most

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        try:
            connection = first_connected(host, port, self._deadline, self._choose)
        except DeadlinePassed:
            raise
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        return _Stream(SyncStream(connection), self._deadline, self._most)


def first_connected(host: str, port: int, deadline: Deadline, choose: Choose) -> socket.socket:
    """A connection to the first address of the host that answers. Raises OSError, and what the deadline raises."""
    failure: OSError | None = None
    for address in choose(host, port, deadline):
        try:
            return connected(address, port, deadline)
        except DeadlinePassed:
            raise
        except OSError as error:
            failure = error
    raise failure or OSError(f"{host} has no address")


class Transport(httpx.HTTPTransport):
    """httpx's own transport over such connections, one at a time, HTTP/1.1."""

    def __init__(
        self,
        deadline: Deadline,
        context: ssl.SSLContext,
        *,
        proxy: httpx.Proxy | None = None,
        choose: Choose = resolved,
        most: int | None = None,
    ) -> None:
        # HTTP/2 changes the fingerprint by which the registry's edge knows this client.
        super().__init__(verify=context, proxy=proxy, http2=False, limits=httpx.Limits(max_connections=1))
        # httpcore takes a network backend, but httpx has no way to hand one on; a test holds this to its purpose.
        self._pool._network_backend = _Backend(deadline, choose, most)
