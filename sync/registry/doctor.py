"""Which identity passes the registry's edge: each is tried once, with a pause, as `trialdelta doctor` shows it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx

from sync.registry.access import Access
from sync.registry.client import Registry
from sync.registry.errors import RegistryError
from sync.registry.identity import TLS_PROFILES, Identity
from sync.registry.pacing import Patience
from sync.registry.user_agent import bare_user_agent

PAUSE_S = 3.0


@dataclass(frozen=True, slots=True)
class Tried:
    """How one identity fared: `said` is the release, or the error's message."""

    identity: Identity
    passed: bool
    said: str


def identities(access: Access) -> list[Identity]:
    """Those worth a try: the configured one first, then each TLS profile, then the library's bare name."""
    configured = Identity.of(access)
    profiles = [Identity(configured.user_agent, profile) for profile in TLS_PROFILES]
    return list(dict.fromkeys([configured, *profiles, Identity(bare_user_agent(), access.tls_profile)]))


def try_identities(
    access: Access,
    *,
    sleep: Callable[[float], object] = time.sleep,
    transport: Callable[[Identity], httpx.BaseTransport] | None = None,
) -> Iterator[Tried]:
    """Asks for the release once as each identity, nothing tried twice."""
    for number, identity in enumerate(identities(access)):
        if number:
            sleep(PAUSE_S)
        wired = transport(identity) if transport else None
        with Registry(access, identity=identity, patience=Patience(retries=0), transport=wired) as registry:
            yield _try(registry, identity)


def _try(registry: Registry, identity: Identity) -> Tried:
    try:
        return Tried(identity, True, f"release {registry.release().stamp}")
    except RegistryError as error:
        return Tried(identity, False, str(error))
