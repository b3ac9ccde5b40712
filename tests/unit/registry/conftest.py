"""Fixtures of the client's tests."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from sync.registry.client import Registry
from sync.registry.settings import RegistrySettings
from tests.unit.registry.invented import BASE, Clock, Make, OnTheWire, RawServer, serve


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_registry(clock: Clock) -> Iterator[Make]:
    """Makes a client without pauses in real time; keywords are settings of the configuration, or of the client itself."""
    made: list[Registry] = []

    def make(transport: httpx.BaseTransport | None = None, **options: Any) -> Registry:
        own = {name: options.pop(name) for name in ("patience", "max_bytes", "identity") if name in options}
        settings = RegistrySettings(**{"base_url": BASE, "min_interval_s": 0, **options})
        wired = OnTheWire(transport) if transport else None
        made.append(Registry(settings, transport=wired, clock=clock, sleep=clock.sleep, **own))
        return made[-1]

    yield make
    for registry in made:
        registry.close()


@pytest.fixture
def raw_server() -> Iterator[RawServer]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = RawServer(f"http://127.0.0.1:{listener.getsockname()[1]}/api/v2", lambda _: None)
    thread = threading.Thread(target=serve, args=(server, listener), daemon=True)
    thread.start()
    yield server
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


@pytest.fixture
def unreachable() -> str:
    """An address on which nobody listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/api/v2"
