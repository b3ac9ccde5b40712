"""A real Chromium, or a message that there is none."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from sync.service import Service
from sync.web.server import Console

# How long a page may take to show what it should. The tests ask what is shown, not how fast: on a machine that is busy
# with the other tests an answer once took longer than the five seconds that Playwright waits by itself.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser of a module's tests; while it is open, no event loop can run in this thread but its own."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=sandbox)
        yield browser
        browser.close()


@contextmanager
def consoles(services: Callable[..., Service]) -> Iterator[Callable[..., Console]]:
    """Starts consoles on free ports; `web` as in the table of the configuration."""
    running: list[Console] = []

    def start(**web: Any) -> Console:
        made = Console(services(port=0, **web))
        made.start()
        running.append(made)
        return made

    yield start
    for each in running:
        each.stop()


@contextmanager
def tabs(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Opens tabs, each with cookies of its own; an error in a script, or anything that the policy stops, fails the test."""
    opened: list[Page] = []
    wrong: list[str] = []

    def is_wrong(line: ConsoleMessage) -> bool:
        # the browser's own word for an answer that a page expects and tells of: somebody was faster, there is no such thing
        told = re.search(r"status of (404|409|422) ", line.text)
        part = re.search("/(static|api)/", line.location["url"]) and "(Conflict)" not in line.text
        return line.type == "error" and (not told or bool(part))

    def open_one(width: int = 1280, height: int = 900, **options: Any) -> Page:
        page = chromium.new_context(viewport={"width": width, "height": height}, **options).new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text) if is_wrong(line) else None)
        opened.append(page)
        return page

    yield open_one
    for page in opened:
        page.context.close()
    assert wrong == []


@pytest.fixture
def console(story_service: Callable[..., Service]) -> Iterator[Callable[..., Console]]:
    """Starts consoles over the demo's story as it is for this test alone."""
    with consoles(story_service) as start:
        yield start


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Opens tabs of this test."""
    with tabs(chromium) as open_one:
        yield open_one
