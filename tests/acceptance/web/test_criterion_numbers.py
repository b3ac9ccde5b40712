"""A criterion has one number, wherever it is told: pages, mail, chats, feed, API and the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from rich.console import Console

from storage import events as stored
from sync.alerts.channels.email.mime import html
from sync.alerts.channels.plain import text as plain_text
from sync.alerts.channels.slack.blocks import blocks
from sync.alerts.channels.teams.transport import card
from sync.alerts.message import AlertNote, Message, compose
from sync.changes.criteria.detail import Numbers
from sync.changes.event import Event
from sync.cli.show import criteria_lines
from sync.terminal.event import event_lines
from tests.acceptance.console import Browser, text_of
from tests.acceptance.web.api import Api
from tests.acceptance.web.event_page import id_of, show
from tests.acceptance.web.study_page import at, compare, record_of

MOVED_CRITERION = "NCT90000002"
"""A criterion of it moves from inclusion to exclusion: 14 becomes 19."""
LVEF = "LVEF ≥50%"


def shown_by_the_command_line(browser: Browser, nct_id: str, version: int) -> list[tuple[int, str]]:
    """Number and text of each criterion, as `show` prints them."""
    text = record_of(browser, nct_id, version)["protocolSection"]["eligibilityModule"]["eligibilityCriteria"]
    found = (re.match(r"\s*(\d+)\s+(\S.*)", line) for line in criteria_lines(text))
    return [(int(each[1]), each[2]) for each in found if each]


def shown_by_the_page(browser: Browser, nct_id: str, version: int) -> list[tuple[int, str]]:
    page = browser.get(at(nct_id, f"?version={version}"))
    assert page.status_code == 200
    found = re.findall(r'<li id="criterion-(\d+)" value="(\d+)">\s*([^<]*)', page.text)
    assert all(anchor == number for anchor, number, _ in found)
    return [(int(number), " ".join(text.split())) for _, number, text in found]


def event_of(browser: Browser) -> Event:
    with browser.app.state.service.database.read() as session:
        found = stored.event(session, id_of(browser, MOVED_CRITERION, "eligibility"))
    assert found
    return Event.from_json(found)


def versions(browser: Browser) -> tuple[int, int]:
    event = event_of(browser)
    assert event.before
    assert event.after
    assert event.before.version
    assert event.after.version
    return event.before.version, event.after.version


def message_of(browser: Browser) -> Message:
    return compose(event_of(browser), AlertNote("open", "all"))


def mailed(browser: Browser) -> str:
    return text_of_html(html(message_of(browser), "dlv_1", datetime(2026, 9, 2, tzinfo=UTC)))


def text_of_html(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def on_slack(browser: Browser) -> str:
    return json.dumps(blocks(message_of(browser)), ensure_ascii=False)


def on_teams(browser: Browser) -> str:
    return json.dumps(card(message_of(browser), "dlv_1"), ensure_ascii=False)


def on_a_terminal(browser: Browser) -> str:
    console = Console(width=300, color_system=None)
    with console.capture() as written:
        for line in event_lines(event_of(browser)):
            console.print(line)
    return written.get()


def on_the_event_page(browser: Browser) -> str:
    return text_of(show(browser, event_of(browser).id))


def on_the_comparison(browser: Browser) -> str:
    return text_of(browser.get(compare(MOVED_CRITERION, *versions(browser))))


def in_the_feed(browser: Browser) -> str:
    return text_of(browser.get(f"/feed.atom?nct_id={MOVED_CRITERION}"))


def in_the_inbox(browser: Browser) -> str:
    return text_of(browser.get(f"/?q={MOVED_CRITERION}"))


MEDIA = [
    mailed,
    lambda browser: plain_text(message_of(browser)),
    on_slack,
    on_teams,
    on_a_terminal,
    on_the_event_page,
    on_the_comparison,
    in_the_feed,
    in_the_inbox,
]


@pytest.mark.parametrize("side", [0, 1])
def test_the_page_numbers_the_criteria_as_the_command_line_does(browser: Browser, side: int) -> None:
    version = versions(browser)[side]
    printed = shown_by_the_command_line(browser, MOVED_CRITERION, version)
    assert [number for number, _ in printed] == list(range(1, len(printed) + 1))
    assert shown_by_the_page(browser, MOVED_CRITERION, version) == printed
    page = browser.get(at(MOVED_CRITERION, f"?version={version}")).text
    assert re.search(rf'Eligibility criteria\s*<span class="quiet">{len(printed)}</span>', page)


def both_numbers(browser: Browser) -> tuple[int, int]:
    before, after = (
        {text: number for number, text in shown_by_the_command_line(browser, MOVED_CRITERION, version)}
        for version in versions(browser)
    )
    assert before[LVEF] != after[LVEF]
    return before[LVEF], after[LVEF]


@pytest.mark.parametrize("medium", MEDIA)
def test_every_medium_names_the_criterion_by_the_number_that_it_has_and_had(
    browser: Browser, medium: Callable[[Browser], str]
) -> None:
    was, now = both_numbers(browser)
    assert f"criterion {now} (was {was})" in medium(browser)


def test_programs_get_both_numbers(browser: Browser) -> None:
    was, now = both_numbers(browser)
    event = event_of(browser)
    (change,) = event.as_json()["changes"][:1]
    assert change["detail"]["numbers"] == {"before": [was], "after": [now]}
    pair = dict(zip(("from", "to"), versions(browser), strict=True))
    found = Api(browser.app.state.service).read(f"/studies/{MOVED_CRITERION}/compare", **pair)
    (row,) = (row for row in found["found"]["comparison"]["rows"] if row["state"] == "moved")
    assert (row["numbers_before"], row["numbers_after"]) == ([was], [now])


def test_a_criterion_that_only_slid_along_says_where_it_stood(browser: Browser) -> None:
    was, _ = both_numbers(browser)
    # What followed it in the older text has its number now.
    assert f"(was {was + 1})" in on_the_event_page(browser)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        (Numbers(), ""),
        (Numbers((), (3,)), "criterion 3"),
        (Numbers((4,), ()), "criterion 4"),
        (Numbers((4,), (4,)), "criterion 4"),
        (Numbers((7,), (8,)), "criterion 8 (was 7)"),
        (Numbers((7,), (8, 9)), "criteria 8 and 9 (was 7)"),
        (Numbers((7, 8, 9), (7,)), "criterion 7 (was 7, 8 and 9)"),
    ],
)
def test_numbers_are_told_in_words(numbers: Numbers, words: str) -> None:
    assert numbers.in_words == words
