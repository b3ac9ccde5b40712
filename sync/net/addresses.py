"""Outgoing connections go to public addresses only, unless the host is allowed by name in the configuration.

What is checked is the address that is connected to: a name is resolved once, its addresses are checked, and the
connection is made to one of them. So neither 0x7f000001, nor a name that changes its mind, nor a redirect leads inside.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

from storage.errors import TrialdeltaError
from sync.net.deadline import Deadline, resolved

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(each) for each in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")
)
"""Global to Python 3.11, but answered nearby: protocol assignments (also a cloud's metadata), 6to4 relays, Azure's host."""


class Refused(TrialdeltaError):
    """The address is not a public one."""

    hint = "If it is meant, name the host in allow_hosts of the channel, or in alerts.heartbeat_allow_hosts."


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


def checked(host: str, address: str, names: Collection[str]) -> str:
    """The address, if it may be connected to; raises Refused."""
    if not allowed(host, names) and not is_public(ipaddress.ip_address(address.partition("%")[0])):
        raise Refused(f"{host} leads to {address}, which is not a public address")
    return address


def addresses(host: str, port: int, names: Collection[str], deadline: Deadline) -> list[str]:
    """The addresses of a host that may be connected to.

    Raises Refused where there is none that may, OSError where the host is unknown, and what the deadline raises.
    """
    every = resolved(_bare(host), port, deadline)
    fit = [
        each
        for each in every
        if allowed(host, names) or is_public(ipaddress.ip_address(each.partition("%")[0]))
    ]
    return fit or [checked(host, every[0], names)]
