"""Consoles to test with, over the demo's story."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from sync.service import Service
from tests.acceptance.console import Browser

OpenConsole = Callable[..., Browser]


@pytest.fixture
def open_console(story_service: Callable[..., Service]) -> OpenConsole:
    """Makes a browser at the console of the story; `host` and `address` are the browser's, the rest as in [web]."""

    def make(*, host: str = "localhost", address: str = "127.0.0.1", **web: Any) -> Browser:
        return Browser(story_service(**web), host=host, address=address)

    return make


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.at = datetime(2026, 10, 3, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time."""
        return self.at


@pytest.fixture
def clock() -> Clock:
    """The morning after the story's last release."""
    return Clock()


@pytest.fixture
def browser(story_service: Callable[..., Service], clock: Clock) -> Browser:
    """A browser on this machine, the morning after the story's last release."""
    return Browser(story_service(now=clock))
