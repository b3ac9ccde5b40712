"""The User-Agent that the registry's edge lets pass. Does without httpx, which reading a configuration does not need."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

from sync import __version__

LIBRARY_TOKEN = "python-httpx/"  # noqa: S105 - nothing secret
"""The edge compares the User-Agent with the TLS fingerprint: from httpx only its own token passes."""


@cache
def bare_user_agent() -> str:
    """The library's own name and nothing else."""
    return f"{LIBRARY_TOKEN}{version('httpx')}"


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
