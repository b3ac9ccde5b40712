"""What a request asks for, read from what is routed: no address is put together and taken apart again to find out.

A framework that builds a URL from the Host header and reads its path finds there what the sender wrote into the header:
`Host: trials.example.org/static/?` made every path look like an open one. So the path is the routed one, and a host is
nothing but a name or an address with perhaps a port.
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv6Address

from starlette.types import Scope

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(
    rf"(?P<name>{_LABEL}(?:\.{_LABEL})*\.?|\[(?P<v6>[0-9a-f:.]+)\])(?::(?P<port>[1-9][0-9]{{0,4}}))?",
    re.ASCII,
)
_LONGEST_NAME = 253
_LAST_PORT = 65_535


class NotAHost(ValueError):
    """The request names no host, more than one, or something that is not one."""


def named_host(scope: Scope) -> tuple[str, str]:
    """The host that the request names, without and with its port, in small letters. Raises NotAHost."""
    named = [value for name, value in scope["headers"] if name == b"host"]
    # Of two Host headers a proxy may go by the one and we by the other.
    if len(named) != 1:
        raise NotAHost(f"{len(named)} Host headers")
    text = named[0].decode("latin-1").lower()
    found = _HOST.fullmatch(text)
    if found is None or len(found["name"]) > _LONGEST_NAME or int(found["port"] or 1) > _LAST_PORT:
        raise NotAHost("not a name[:port]")
    if found["v6"] is None:
        return found["name"], text
    try:
        IPv6Address(found["v6"])
    except AddressValueError as error:
        raise NotAHost("not an IPv6 address") from error
    return found["v6"], text


def path_of(scope: Scope) -> str:
    """The path that is routed, its escapes read."""
    path: str = scope["path"]
    return path


def path_and_query(scope: Scope) -> str:
    """The path and the query, as they stand behind the host in an address."""
    query = scope["query_string"].decode("latin-1")
    return f"{path_of(scope)}?{query}" if query else path_of(scope)


def origin_of(scope: Scope) -> str:
    """Scheme and host of the console as the browser sees it. Raises NotAHost."""
    return f"{scope['scheme']}://{named_host(scope)[1]}"
