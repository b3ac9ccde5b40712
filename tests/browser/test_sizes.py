"""How long a heavy event is to read: its page at a desk, its mail, measured in a real browser on an invented study."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page

from storage.events import events
from sync.alerts.channels.email.mime import html
from sync.alerts.delivery_message import note_of
from sync.alerts.message import compose
from sync.changes.event import Event
from sync.config import Settings, WatchSettings, WebSettings
from sync.cycle.cycle import run_cycle
from sync.demo.registry import serve
from sync.demo.show import settings
from sync.service import Service, open_service
from sync.web.server import Console
from tests.acceptance.registry_server import told, write_corpus
from tests.support import heavy_update
from tests.support.heavy_update import AFTER, BEFORE, NCT_ID

pytestmark = pytest.mark.slow

Tab = Callable[..., Page]
MORNING = datetime(2026, 9, 2, 18, tzinfo=UTC)
PAGE, MAIL, MAIL_BYTES = 3_000, 1_350, 60_000
"""Pixels of the page at 1,440 wide, of the mail at 720 (one screen and a half), and its letters."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that has read the study before and after its heavy update."""
    place = tmp_path_factory.mktemp("heavy")
    versions = {BEFORE: heavy_update.before(), AFTER: heavy_update.after()}
    corpus = write_corpus(place / "corpus.jsonl", [told(NCT_ID, versions)])
    watch = WatchSettings(name="heavy", ids=(NCT_ID,))
    with serve([corpus], release=BEFORE) as registry:
        settled = dict(settings(registry.api_url, place)) | {"watch": (watch,), "web": WebSettings(port=0)}
        with open_service(Settings.model_construct(**settled), lambda: MORNING) as made:
            for release in (BEFORE, AFTER):
                registry.move_to(release)
                run_cycle(made)
            yield made


@pytest.fixture(scope="module")
def event(service: Service) -> Event:
    """What the update made."""
    with service.database.read() as session:
        (found,) = (each for each in events(session, nct_id=NCT_ID) if len(each["changes"]) > 1)
    return Event.from_json(found)


@pytest.fixture(scope="module")
def mail(service: Service, event: Event) -> str:
    """Its mail, with the link into the console."""
    with service.database.read() as session:
        note = note_of(session, event)
    return html(compose(event, replace(note, console_url="https://trials.example.org")), "dlv_1", MORNING)


def test_the_update_is_as_heavy_as_the_heaviest_real_ones(event: Event) -> None:
    kinds = [str(change.kind) for change in event.changes]
    assert len(kinds) == 39
    assert kinds.count("outcomes") == 25
    assert event.severity == "medium"


def test_its_page_is_under_three_thousand_pixels_at_a_desk(service: Service, event: Event, tab: Tab) -> None:
    console = Console(service)
    console.start()
    try:
        page = tab(1440, 900)
        page.goto(f"{console.url}/events/{event.id}")
        assert page.evaluate("document.documentElement.scrollHeight") < PAGE
        assert page.get_by_role("heading", level=2).first.inner_text() == "Why medium"
        seen = page.locator("main").inner_text()
    finally:
        console.stop()
    assert_every_changed_part_is_there(seen)


def test_its_mail_is_a_screen_and_a_half_and_under_sixty_kilobytes(mail: str, tab: Tab) -> None:
    assert len(mail.encode()) < MAIL_BYTES
    page = tab(720, 900)
    page.set_content(mail)
    assert page.evaluate("document.documentElement.scrollHeight") <= MAIL
    assert_every_changed_part_is_there(page.locator("body").inner_text())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_neither_sticks_out_at_the_side(mail: str, tab: Tab, scheme: str) -> None:
    page = tab(360, 740, color_scheme=scheme)
    page.set_content(mail)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def assert_every_changed_part_is_there(text: str) -> None:
    """What is folded is what stayed, and names of what changed alike; never what changed."""
    read = re.sub(r"[−+\s]+", " ", text)
    for words in (
        *("Not yet recruiting", "Recruiting", "2026-09-14", "2026-09-29", "59", "58", "I-LuD", "I-LUd"),
        *("allocation/randomization", "irrespective of steroid use", "required steroids", "Trial Desk 17"),
        *("1-555-0100", "desk17@trials.example.org", "https://trials.example.org/Study/Details?id=27073"),
        *("2 more with the same change: time frame 59 → 58 months", "21 more with the same change", "Italy"),
    ):
        assert words in read, words
