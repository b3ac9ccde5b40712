"""Who we are to the registry's edge: the User-Agent, and the TLS profile that must fit it."""

from __future__ import annotations

import functools
import ssl
from dataclasses import dataclass

import httpx

from sync import __version__
from sync.registry.access import Access

LIBRARY_TOKEN = "python-httpx/"  # noqa: S105 - nothing secret
"""The edge compares the User-Agent with the TLS fingerprint: from httpx only its own token passes."""

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


def bare_user_agent() -> str:
    """The library's own name and nothing else."""
    return f"{LIBRARY_TOKEN}{httpx.__version__}"


def user_agent(contact: str) -> str:
    """The User-Agent that passes: the library's own token first, then who we are and where to complain."""
    return f"{bare_user_agent()} (trialdelta/{__version__}; +{contact})"


def check_user_agent(value: str) -> str | None:
    """The objection to a configured User-Agent, or None where there is none."""
    if not value.startswith(LIBRARY_TOKEN):
        return (
            f"must begin with {LIBRARY_TOKEN!r}: the registry's edge compares the User-Agent with the TLS fingerprint "
            f"of the library and answers 403 to every other name (for instance {user_agent('ops@example.org')!r})"
        )
    if not value.isascii() or not value.isprintable():
        return "must be printable ASCII: it is sent as a header"
    return None


@functools.cache  # reading the certificates takes longer than many a request
def tls_context(profile: str) -> ssl.SSLContext:
    """The TLS settings of a profile. Users who met 403 in 2025 reported that one of the other two passed."""
    if profile == "default":
        return httpx.create_ssl_context()
    context = ssl.create_default_context()
    if profile == "post-handshake-auth":
        context.post_handshake_auth = True  # makes httpx's fingerprint equal to urllib's
    elif profile == "tls12":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    else:
        raise ValueError(f"no TLS profile is named {profile!r}; there are {', '.join(TLS_PROFILES)}")
    return context
