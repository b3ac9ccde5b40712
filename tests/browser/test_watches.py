"""Stories of a new service and of its watches, in a browser: first steps, follow, edit, a channel's test; and axe."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from storage import kept_watches
from sync.demo.registry import RunningRegistry, serve
from sync.service import Service
from sync.web.server import Console
from tests.acceptance.instance import Instance
from tests.acceptance.registry_server import study, told, write_corpus

Tab = Callable[..., Page]
NCT, OTHER = "NCT90000001", "NCT90000002"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[RunningRegistry]:
    """A registry of two studies."""
    studies = [told(each, {"2026-09-01": study(each)}) for each in (NCT, OTHER)]
    with serve([write_corpus(tmp_path / "c.jsonl", studies)], release="2026-09-01") as running:
        yield running


@pytest.fixture
def new(registry: RunningRegistry, tmp_path: Path) -> Iterator[tuple[Service, str]]:
    """A service that watches nothing yet, and where its console is."""
    with Instance(tmp_path, registry.api_url, ()).service() as service:
        channels = {"heard": {"kind": "file", "path": str(tmp_path / "heard.jsonl")}}
        web = service.settings.web.model_copy(update={"port": 0})
        settings = service.settings.model_copy(update={"channels": channels, "web": web})
        made = Service(settings, service.database, service.registry, service.rules, service.now)
        console = Console(made)
        console.start()
        yield made, console.url
        console.stop()


def names(service: Service) -> list[str]:
    with service.database.read() as session:
        return [each.name for each in kept_watches.kept_watches(session)]


def serious(page: Page) -> list[str]:
    page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true; })")
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    bad = (
        each for each in found if each["impact"] in ("serious", "critical") or each["id"] == "heading-order"
    )
    return [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in bad]


def test_somebody_new_is_led_to_the_first_watch(new: tuple[Service, str], tab: Tab) -> None:
    service, url = new
    page = tab(1280)
    page.goto(url)
    expect(page.get_by_role("heading", name="First steps")).to_be_visible()
    page.get_by_label("A mail address, or a page").fill("ops@example.org")
    page.locator("form[action='/setup/contact'] button").click()
    expect(page.locator("main")).to_contain_text("Now: ops@example.org")
    page.get_by_label("Studies (NCT IDs)").fill(NCT)
    page.get_by_label("Other words").fill("CAR-T")
    page.get_by_label("Name of the watch").fill("mine")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".preview")).to_contain_text("It would bring 2 studies.")
    assert names(service) == []
    page.get_by_role("button", name="Follow").click()
    expect(page.get_by_role("status").filter(has_text="Added the watch mine")).to_be_visible()
    page.get_by_role("button", name="Send a test to heard").click()
    expect(page.locator("#tested")).to_contain_text(re.compile(r"heard took the test in \d"))
    assert names(service) == ["mine"]


def test_a_watch_is_edited_paused_and_removed_without_a_script(new: tuple[Service, str], tab: Tab) -> None:
    service, url = new
    page = tab(1280, java_script_enabled=False)
    page.goto(f"{url}/watches")
    page.get_by_label("Studies (NCT IDs)").fill(NCT)
    page.get_by_label("Name of the watch").fill("mine")
    page.get_by_role("button", name="Follow").click()
    page.get_by_role("link", name="Edit mine").click()
    page.get_by_label("Searches, one a line").fill("term=CAR-T")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".preview")).to_contain_text("search 1")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".deed")).to_contain_text("Edited the watch mine, no search → term=CAR-T.")
    page.get_by_role("button", name="Pause mine").click()
    expect(page.locator("main")).to_contain_text("it is not asked for")
    page.get_by_role("button", name="Resume mine").click()
    page.locator("summary", has_text="Remove").click()
    page.get_by_role("button", name="Remove it mine").click()
    expect(page.locator(".deed")).to_contain_text("Removed the watch mine")
    assert names(service) == []


def test_the_second_of_two_who_edit_is_told_and_keeps_what_was_typed(
    new: tuple[Service, str], tab: Tab
) -> None:
    _, url = new
    ana, ben = tab(1280), tab(1280)
    ana.goto(f"{url}/watches")
    ana.get_by_label("Studies (NCT IDs)").fill(NCT)
    ana.get_by_label("Name of the watch").fill("mine")
    ana.get_by_role("button", name="Follow").click()
    expect(ana.locator(".deed")).to_be_visible()
    for page in (ana, ben):
        page.goto(f"{url}/watches/mine")
    ben.get_by_label("Studies (NCT IDs)").fill(f"{NCT} {OTHER}")
    ben.get_by_role("button", name="Save").click()
    expect(ben.locator(".deed")).to_be_visible()
    ana.get_by_label("Searches, one a line").fill("cond=lupus")
    ana.get_by_role("button", name="Save").click()
    expect(ana.get_by_role("alert")).to_contain_text("was edited meanwhile by")
    expect(ana.get_by_label("Searches, one a line")).to_have_value("cond=lupus")
    assert serious(ana) == []


def test_a_channel_is_tested_and_disabled_on_the_watchers_page(new: tuple[Service, str], tab: Tab) -> None:
    _, url = new
    page = tab(1280)
    page.goto(f"{url}/watcher")
    page.get_by_role("button", name="Send a test to heard").click()
    expect(page.locator("#tested")).to_contain_text("heard took the test in")
    page.get_by_role("button", name="Do not use it heard").click()
    expect(page.locator(".deed")).to_contain_text("Not used any more: heard.")
    page.locator("#channels").get_by_role("button", name="Use it again heard").click()
    expect(page.locator(".deed")).to_contain_text("Enabled heard")


@pytest.mark.slow
@pytest.mark.parametrize("width, scheme", [(1440, "light"), (1440, "dark"), (360, "light")])
def test_axe_finds_nothing_on_the_pages_of_watches(
    new: tuple[Service, str], tab: Tab, width: int, scheme: str
) -> None:
    _, url = new
    page = tab(width, color_scheme=scheme)
    page.goto(f"{url}/watches")
    page.get_by_label("Studies (NCT IDs)").fill(f"{NCT} NCT90000009")
    page.get_by_label("Name of the watch").fill("mine")
    page.get_by_role("button", name="Preview").click()
    page.wait_for_selector(".preview")
    found = {"preview": serious(page)}
    page.get_by_role("button", name="Follow").click()
    page.wait_for_selector(".deed")
    for path in ("/setup", "/watches", "/watches/mine", "/watcher"):
        page.goto(url + path)
        found[path] = serious(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert not any(found.values()), found
