"""How the registry is to be asked, as the configuration says: its address, our manners, the way through a proxy."""

from __future__ import annotations

from typing import Protocol
from urllib.request import getproxies, proxy_bypass

import httpx

from sync.errors import ConfigError


class Secret(Protocol):
    """A value that does not print itself."""

    def get_secret_value(self) -> str: ...


class Access(Protocol):
    """How the registry is to be asked: `RegistrySettings` of the configuration is one."""

    @property
    def base_url(self) -> str: ...
    @property
    def min_interval_s(self) -> float: ...
    @property
    def timeout_s(self) -> float: ...
    @property
    def user_agent(self) -> str | None: ...
    @property
    def contact(self) -> str: ...
    @property
    def tls_profile(self) -> str: ...
    @property
    def proxy(self) -> Secret | None: ...
    @property
    def ids_per_request(self) -> int: ...
    @property
    def retries(self) -> int: ...


def http_address(base_url: str) -> str:
    """The address without a slash at its end; raises ConfigError where it is not an http address."""
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise ConfigError(f"registry.base_url is not an address: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise ConfigError("registry.base_url must be an http:// or https:// address")
    return base_url.rstrip("/")


def proxy_of(access: Access) -> httpx.Proxy | None:
    """The proxy to go through: the one configured, else the environment's (HTTPS_PROXY, NO_PROXY)."""
    url = httpx.URL(access.base_url)
    # Asked for here, since the client itself is told to trust nothing in the environment.
    around = None if proxy_bypass(url.host) else getproxies().get(url.scheme)
    address = access.proxy.get_secret_value() if access.proxy else around
    try:
        return httpx.Proxy(address) if address else None
    except (ValueError, httpx.InvalidURL):
        # `from None`: the cause would print the address, and with it its password.
        raise ConfigError(
            "registry.proxy is not a proxy address, such as http://proxy.example:3128"
        ) from None
