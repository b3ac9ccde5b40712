"""Who we are to the registry's edge: the User-Agent, and the TLS profile that must fit it."""

from __future__ import annotations

import functools
import ssl
from dataclasses import dataclass

import httpx

from sync.registry.access import Access
from sync.registry.user_agent import user_agent

TLS_PROFILES = ("default", "post-handshake-auth", "tls12")


@dataclass(frozen=True, slots=True)
class Identity:
    """What the edge judges us by."""

    user_agent: str
    tls_profile: str = "default"

    @classmethod
    def of(cls, access: Access) -> Identity:
        """The configured one: our own User-Agent where none is named."""
        return cls(access.user_agent or user_agent(access.contact), access.tls_profile)


@functools.cache  # reading the certificates takes longer than many a request
def tls_context(profile: str) -> ssl.SSLContext:
    """The TLS settings of a profile. Users who met 403 in 2025 reported that one of the other two passed."""
    if profile == "default":
        # The library's own fingerprint, which the edge expects of the library's own User-Agent.
        return httpx.create_ssl_context()
    context = ssl.create_default_context()
    if profile == "post-handshake-auth":
        context.post_handshake_auth = True  # makes httpx's fingerprint equal to urllib's
    elif profile == "tls12":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    else:
        raise ValueError(f"no TLS profile is named {profile!r}; there are {', '.join(TLS_PROFILES)}")
    return context


def trusting_nobody() -> ssl.SSLContext:
    """For an address without TLS, where reading the certificates (17 ms) is in vain: a handshake with it fails."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
