"""What people come for, walked in a real browser: a study as of a date, two versions, a cohort, a storm, signing in."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from storage import accounts
from sync.service import Service
from sync.web import secrets
from sync.web.server import Console

Tab = Callable[..., Page]
Start = Callable[..., Console]
MakeService = Callable[..., Service]
PASSWORD = "four unrelated words"
STUDY = "NCT90000004"
"""Its platelet threshold was lowered on 2026-09-09, and an exclusion removed on 2026-09-29."""


@pytest.fixture
def page(console: Start, tab: Tab) -> Page:
    """A tab at the inbox."""
    made = tab()
    made.goto(console().url)
    return made


def arrived(page: Page, address: str) -> None:
    """Waits for the page whose address ends so, and for its script: a key pressed before that is lost."""
    expect(page).to_have_url(re.compile(f"{address}$"))
    page.wait_for_load_state()


def criteria(page: Page) -> str:
    """The eligibility criteria as they are shown."""
    return page.locator("#criteria").inner_text()


def test_a_study_is_read_as_of_a_date_and_as_it_is_now(page: Page) -> None:
    page.get_by_label("Find a study").fill(STUDY)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/studies/{STUDY}$"))
    assert "Platelet count ≥30×10^9/L" in criteria(page)
    assert "HIV" not in criteria(page)

    page.get_by_label("As of").fill("2026-09-08")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("The record as it was")).to_be_visible()
    assert "Platelet count ≥50×10^9/L" in criteria(page)
    assert "Hepatitis B, hepatitis C or HIV infection" in criteria(page)

    page.get_by_role("link", name="Compare with now").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Version 2 and version 7")
    page.go_back()
    page.get_by_role("link", name="Back to now").click()
    assert "HIV" not in criteria(page)


def test_criteria_copied_off_an_old_page_are_checked_against_the_record(page: Page) -> None:
    study = f"{page.url}studies/{STUDY}"
    page.goto(f"{study}?version=1")
    old = criteria(page)
    page.goto(study)
    page.get_by_role("link", name="Is your page still true?").click()
    page.get_by_label("Copy the whole page").fill(old)
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#verdict")).to_have_text(
        "Your text is out of date: 2 criteria differ from the record"
    )
    expect(page.locator(".fate")).to_have_count(2)
    expect(page.locator(".fate.changed")).to_contain_text("≥30×10^9/L")

    page.goto(study)
    new = criteria(page)
    page.goto(f"{study}/check")
    page.get_by_label("Copy the whole page").fill(new)
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#verdict")).to_have_text("Your criteria say what the record says")
    page.get_by_role("button", name="Note it as reviewed").click()
    expect(page.locator("#reviewed")).to_contain_text("were checked against the record")
    expect(page.locator("#reviewed")).to_contain_text("Nothing has changed since.")


def test_any_two_versions_are_compared_criterion_by_criterion(page: Page) -> None:
    page.goto(page.url + f"studies/{STUDY}")
    page.get_by_label("Compare from version 1").check()
    page.get_by_role("button", name="Compare the two").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Version 1 and version 7")
    sides = page.locator(".pair")
    expect(sides).to_have_count(2)
    expect(sides.nth(0).locator(".was del")).to_have_text("≥50×10^9/L")
    expect(sides.nth(0).locator(".is ins")).to_have_text("≥30×10^9/L")
    expect(page.locator(".threshold")).to_contain_text("platelets ≥ 50 ×10⁹/L")
    expect(sides.nth(1).locator(".was del")).to_have_text("Hepatitis B, hepatitis C or HIV infection")
    expect(page.get_by_text(re.compile(r"^\d+ criteria unchanged")).first).to_be_visible()

    page.get_by_role("link", name="Merged").click()
    expect(sides).to_have_count(0)
    expect(page.locator(".redline").first).to_contain_text("Platelet count")
    page.go_back()
    expect(sides).to_have_count(2)


def test_a_review_is_noted_and_what_changed_since_is_told(page: Page) -> None:
    page.goto(page.url + f"studies/{STUDY}?version=2")
    page.get_by_label("Note").fill("As printed on our page")
    page.get_by_role("button", name="Reviewed as of version 2").click()
    reviewed = page.locator("#reviewed")
    expect(reviewed).to_contain_text("As printed on our page")
    expect(reviewed).to_contain_text(re.compile(r"\d+ changes since"))
    reviewed.get_by_role("link", name="What changed since").click()
    expect(page.locator(".fate")).to_have_count(2)


def test_a_cohort_is_filtered_sorted_and_saved_as_it_is_shown(page: Page) -> None:
    page.get_by_role("link", name="Cohorts").click()
    page.get_by_role("link", name="demo").click()
    page.get_by_label("Status", exact=True).select_option("TERMINATED")
    page.get_by_role("button", name="Filter").click()
    rows = page.locator("table.studies tbody tr")
    expect(rows).to_have_count(2)
    page.get_by_role("link", name="Study", exact=True).click()
    expect(page.locator('[aria-sort="ascending"]')).to_have_text("Study")
    shown = [row.inner_text()[:11] for row in rows.locator("th b").all()]
    with page.expect_download() as downloading:
        page.get_by_role("link", name="CSV", exact=True).click()
    with open(downloading.value.path(), encoding="utf-8-sig", newline="") as file:
        saved = [row["nct_id"] for row in csv.DictReader(file)]
    assert shown == saved == sorted(saved)
    page.get_by_role("link", name="Clear").click()
    expect(rows).to_have_count(12)


def test_a_storm_is_looked_at_and_decided(page: Page) -> None:
    page.get_by_role("link", name="1 storm held").click()
    expect(page.get_by_text("7 events of release 2026-09-15 held back")).to_be_visible()
    page.get_by_role("button", name="Release").click()
    expect(page.locator(".deed")).to_contain_text("Released the storm with 7 events")
    expect(page.get_by_role("link", name="storm held")).to_have_count(0)
    page.get_by_role("link", name="Events").click()
    renamed = page.get_by_role("link", name=re.compile("^Sponsor renamed"))
    expect(renamed).to_have_count(7)
    page.goto(re.sub(r"/events.*", "/audit", page.url))
    expect(page.locator("tbody tr").first).to_contain_text("released")


def test_the_keyboard_alone_leads_from_the_inbox_to_an_older_record(page: Page) -> None:
    page.keyboard.press("g")
    page.keyboard.press("c")
    arrived(page, "/cohorts")
    page.keyboard.press("g")
    page.keyboard.press("w")
    arrived(page, "/watcher")
    page.keyboard.press("/")
    page.keyboard.type(STUDY)
    page.keyboard.press("Enter")
    arrived(page, f"/studies/{STUDY}")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "date":
            break
    page.keyboard.type("09082026")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The record as it was")).to_be_visible()


def test_drawings_say_in_words_what_they_show(page: Page) -> None:
    """A screen reader gets a title, and a table with the same values."""
    page.goto(page.url + f"studies/{STUDY}")
    for drawing in page.locator("#life svg").all():
        expect(drawing).to_have_attribute("role", re.compile("img|group|graphics-document"))
        assert drawing.locator("title").first.text_content()
    page.get_by_text("The same as a table").click()
    expect(page.locator("#life table tbody tr")).not_to_have_count(0)


def test_signing_in_acting_and_signing_out(story_service: MakeService, tab: Tab) -> None:
    service = story_service(port=0, hosts=("trials.example.org",))
    with service.database.write() as session:
        for name, role in (("ana", "operator"), ("rex", "reader")):
            about = {"password_hash": secrets.hash_password(PASSWORD), "by": "root", "at": service.now()}
            accounts.add_account(session, name, role=role, **about)
    console = Console(service)
    console.start()
    page = tab()

    def sign_in(name: str, password: str) -> None:
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()

    try:
        page.goto(f"{console.url}/?severity=critical")
        sign_in("ana", PASSWORD)
        expect(page).to_have_url(re.compile("severity=critical"))
        page.locator("[data-ack]").first.click()
        expect(page.locator(".deed")).to_be_visible()
        page.locator(".me summary").click()
        page.get_by_role("button", name="Sign out").click()
        page.goto(f"{console.url}/watcher")
        sign_in("rex", PASSWORD)
        expect(page).to_have_url(re.compile("/watcher$"))
        expect(page.get_by_role("button", name="Release")).to_have_count(0)
        page.goto(f"{console.url}/audit")
        expect(page.locator("tbody tr", has_text="acknowledge").first).to_contain_text("ana")
    finally:
        console.stop()
