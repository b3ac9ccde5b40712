"""Which URLs a channel may have: what its settings ask, without the means of posting."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from sync.net import addresses
from sync.settings_base import InvalidValue


def check_url(url: str, allow_hosts: Collection[str]) -> None:
    """Raises InvalidValue unless it is https, or http to a host that is allowed by name."""
    parts = urlsplit(url)
    plain = parts.scheme == "http" and addresses.allowed(parts.hostname or "", allow_hosts)
    if not parts.hostname or not (parts.scheme == "https" or plain):
        raise InvalidValue("url must be an https:// address (http:// only to a host in allow_hosts)")
