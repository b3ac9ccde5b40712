"""Outgoing connections of channels go to public addresses only, unless the host is allowed by name in the configuration.

What is checked is the address that is connected to: a name is resolved once, its addresses are judged, and the connection is
made to one of them. So neither 0x7f000001, nor a name that changes its mind, nor a redirect leads into the house.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Collection, Iterable
from ssl import SSLContext
from typing import Any

import httpcore
import httpx

from sync.alerts.channels.base import ChannelError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(each) for each in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")
)
"""Global to Python 3.11, but answered nearby: protocol assignments (also a cloud's metadata), 6to4 relays, Azure's host."""


class Refused(ChannelError):
    """The address is not a public one."""

    hint = "If it is meant, name the host in allow_hosts of the channel."


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet, also when an IPv4 address hides in it."""
    inner = _hidden(address)
    if inner is not None:
        return is_public(inner)
    return (
        address.is_global
        and not any(address in network for network in _NOT_PUBLIC)
        and not (address.is_multicast or address.is_reserved or getattr(address, "is_site_local", False))
    )


def _hidden(address: Address) -> Address | None:
    """The IPv4 address inside a mapped, 6to4, Teredo or NAT64 one."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if any(address in network for network in _NAT64):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def allowed(host: str, names: Collection[str]) -> bool:
    """Whether the configuration allows this host by name, as it stands in the URL."""
    return _bare(host) in {_bare(name) for name in names}


def _bare(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


def judged(host: str, address: str, names: Collection[str]) -> str:
    """The address, if it may be connected to; raises Refused."""
    if not allowed(host, names) and not is_public(ipaddress.ip_address(address.partition("%")[0])):
        raise Refused(
            f"{host} leads to {address}, which is not a public address", permanent=True, disable=True
        )
    return address


def addresses(host: str, port: int, names: Collection[str]) -> list[str]:
    """The addresses of a host that may be connected to; raises Refused where there is none, OSError where it is unknown."""
    try:
        found = socket.getaddrinfo(_bare(host), port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a label that is empty or too long
        raise OSError(f"{host} is no name of a host") from error
    every = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    fit = [
        each
        for each in every
        if allowed(host, names) or is_public(ipaddress.ip_address(each.partition("%")[0]))
    ]
    return fit or [judged(host, every[0], names)]


def connect(host: str, port: int, names: Collection[str], timeout: float) -> socket.socket:
    """A connection to the first address of the host that answers; raises Refused or OSError."""
    failure: OSError | None = None
    for address in addresses(host, port, names):
        try:
            return socket.create_connection((address, port), timeout)
        except OSError as error:
            failure = error
    raise failure or OSError(f"{host} has no address")


class _Stream(httpcore.NetworkStream):
    """A connection on which reading and writing end with the request's deadline; httpx's own timeouts are per read."""

    def __init__(self, inner: httpcore.NetworkStream, end: float) -> None:
        self._inner = inner
        self._end = end

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._inner.read(max_bytes, _left(self._end))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._inner.write(buffer, _left(self._end))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _left(self._end)), self._end)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the deadline has passed")
    return left


class _Backend(httpcore.NetworkBackend):
    def __init__(self, names: Collection[str], seconds: float) -> None:
        self._inner = httpcore.SyncBackend()
        self._names = names
        self._end = time.monotonic() + seconds

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            fit = addresses(host, port, self._names)
        except OSError as error:
            raise httpcore.ConnectError(f"{host} is unknown") from error
        for address in fit[:-1]:
            try:
                return self._connect(address, port, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._connect(fit[-1], port, local_address, socket_options)

    def _connect(
        self,
        address: str,
        port: int,
        local_address: str | None,
        options: Iterable[httpcore.SOCKET_OPTION] | None,
    ) -> httpcore.NetworkStream:
        inner = self._inner.connect_tcp(address, port, _left(self._end), local_address, options)
        return _Stream(inner, self._end)


def client(names: Collection[str], seconds: float) -> httpx.Client:
    """A client for one request: guarded, over in `seconds` whatever the receiver does, no redirects, no proxies."""
    # The environment may name certificates to trust (SSL_CERT_FILE), but no proxy: the client below asks for none.
    transport = httpx.HTTPTransport(http2=False, trust_env=True)
    # httpcore takes a network backend, but httpx has no way to hand one on; a test holds this to its purpose.
    transport._pool._network_backend = _Backend(names, seconds)
    return httpx.Client(transport=transport, timeout=seconds, follow_redirects=False, trust_env=False)
