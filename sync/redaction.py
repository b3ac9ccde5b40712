"""Addresses as they may be shown: without the passwords and keys that can stand in them."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

HIDDEN = "**********"
_PASSWORD = re.compile(r"(?<=://)([^/@:]*):.*@", re.DOTALL)
"""Greedy: a password may hold what should have been escaped in it. Rather too much is hidden than the end of one shown."""
_SECRET_NAME = re.compile(r"pass|secret|token|key|credential", re.IGNORECASE)


_LOGIN = re.compile(r"(?<=://)[^/]*@")


def without_login(url: str) -> str:
    """The address without name and password: in front of a web server's host either may be a token."""
    return shown(_LOGIN.sub(f"{HIDDEN}@", url))


def shown(url: str) -> str:
    """The address with what is secret in it blanked: the password before the host, and parameters named like one."""
    place, mark, query = _PASSWORD.sub(rf"\1:{HIDDEN}@", url).partition("?")
    return place + mark + "&".join(map(_parameter, query.split("&")))


def _parameter(pair: str) -> str:
    name, mark, _ = pair.partition("=")
    return f"{name}{mark}{HIDDEN}" if mark and _SECRET_NAME.search(unquote_plus(name)) else pair
