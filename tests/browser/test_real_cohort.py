"""The walk on real records: a search's studies on their last releases, and the study that the registry set to UNKNOWN."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from sync.config import Settings, WatchSettings, WebSettings
from sync.cycle.cycle import run_cycle
from sync.demo.registry import serve
from sync.demo.show import settings
from sync.service import open_service
from sync.web.server import Console

pytestmark = [pytest.mark.corpus, pytest.mark.slow]

Tab = Callable[..., Page]
HEADLINE = "NCT06056921"
MORNING = datetime(2026, 9, 3, 8, tzinfo=UTC)
RELEASES = 25
"""Of the cohort, the last ones."""


@contextmanager
def console(place: Path, file: Path, watch: WatchSettings, releases: Sequence[str]) -> Iterator[str]:
    """A console after some releases of a corpus, each read by a cycle."""
    (place / "releases.txt").write_text("\n".join(releases), "utf-8")
    with serve([file], releases=[place / "releases.txt"], release=releases[0]) as registry:
        told = dict(settings(registry.api_url, place)) | {"watch": (watch,), "web": WebSettings(port=0)}
        with open_service(Settings.model_construct(**told), lambda: MORNING) as service:
            for release in releases:
                registry.move_to(release)
                run_cycle(service)
            made = Console(service)
            made.start()
            yield made.url
            made.stop()


@pytest.fixture(scope="module")
def url(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The cohort on its last releases."""
    releases = (corpus / "cohort-autoimmune.releases.txt").read_text("utf-8").split()[-RELEASES:]
    watch = WatchSettings(name="cart-autoimmune", searches=({"intr": "CAR-T"},))
    file = corpus / "cohort-autoimmune.jsonl.gz"
    with console(tmp_path_factory.mktemp("cohort"), file, watch, releases) as found:
        yield found


@pytest.fixture(scope="module")
def headline_url(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The study that was set to UNKNOWN, with its whole record."""
    watch, releases = WatchSettings(name="headline", ids=(HEADLINE,)), ("2026-09-01", "2026-09-02")
    with console(tmp_path_factory.mktemp("one"), corpus / f"{HEADLINE}.json", watch, releases) as found:
        yield found


def test_the_study_that_the_registry_set_to_unknown_needs_somebody(headline_url: str, tab: Tab) -> None:
    page = tab()
    page.goto(headline_url)
    expect(page.locator("[data-alert]")).to_have_count(1)
    expect(page.locator(".origin.registry")).to_be_visible()
    page.locator("[data-open]").click()
    told = page.get_by_role("heading", level=1)
    expect(told).to_contain_text("Status Recruiting → Unknown: set by the registry, not by the sponsor")
    expect(page.get_by_role("heading", name="What it does not mean")).to_be_visible()
    page.get_by_role("link", name=HEADLINE).first.click()
    expect(page.locator("#facts .status")).to_have_text("Unknown")
    expect(page.locator("#criteria")).to_contain_text(re.compile(r"Inclusion\s*\d+"))
    assert page.locator("#criteria li").count() >= 17  # 7 and 10 at the top
    page.get_by_label("As of").fill("2026-09-01")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#facts .status")).to_have_text("Recruiting")
    page.get_by_role("link", name="Compare with now").click()
    expect(page.locator("main")).to_contain_text("set by the registry")
    expect(page.locator("ins").first).to_contain_text("Unknown")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_what_needs_somebody_is_found_judged_and_comes_back(url: str, tab: Tab) -> None:
    page = tab()
    page.goto(f"{url}/?severity=high")
    before = page.locator("[data-alert]").count()
    assert before > 0
    headline = page.locator("[data-open]").first.inner_text()
    page.locator("[data-open]").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(headline)
    page.get_by_label("Verdict").select_option("acted")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator(".deed")).to_be_visible()
    page.goto(f"{url}/?severity=high")
    expect(page.locator("[data-alert]")).to_have_count(before - 1)
    page.goto(f"{url}/?state=acknowledged")
    expect(page.get_by_text(headline).first).to_be_visible()


def test_the_cohort_is_read_filtered_and_its_studies_opened(url: str, tab: Tab) -> None:
    page = tab()
    page.goto(f"{url}/cohorts/cart-autoimmune")
    rows = page.locator("table.studies tbody tr")
    everything = rows.count()
    assert everything > 40
    page.locator("#country").select_option("China")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("heading", name=re.compile(r"\d+ studies of \d+"))).to_be_visible()
    rows.first.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(r"/studies/NCT\d{8}$"))
    expect(page.locator("#life svg").first).to_be_visible()
    expect(page.locator("#facts")).to_contain_text("Enrollment")


@pytest.mark.parametrize("width", [360, 1280])
def test_real_records_stick_out_nowhere_and_axe_finds_nothing_serious(url: str, tab: Tab, width: int) -> None:
    page = tab(width)
    page.goto(f"{url}/")
    study = page.locator(".study a.id").first.get_attribute("href")
    event = page.locator("[data-open]").first.get_attribute("href")
    found = []
    for path in (
        "/",
        f"/studies/{HEADLINE}",
        study,
        event,
        "/cohorts",
        "/cohorts/cart-autoimmune",
        "/events",
        "/watcher",
    ):
        page.goto(f"{url}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        violations = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        found += [(path, each["id"]) for each in violations if each["impact"] in ("serious", "critical")]
    assert found == []
