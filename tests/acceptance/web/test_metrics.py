"""Figures for Prometheus: read by the parsers of its own client, true at the time of the scrape, bounded in their labels."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_open
from prometheus_client.parser import text_string_to_metric_families as read_text

from storage import alerts, ledger, outbox
from storage.outbox import NewDelivery
from storage.quarantine import Refused, refuse
from sync.service import Service
from tests.acceptance.console import Browser
from tests.acceptance.web.conftest import Clock
from tests.support.accounts import PUBLIC, add, token

MakeService = Callable[..., Service]
OPEN_METRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
Labels = dict[str, str]


@pytest.fixture
def service(story_service: MakeService, clock: Clock) -> Service:
    """The service on the morning after the story's last release."""
    return story_service(now=clock)


def scraped(browser: Browser, accept: str = "") -> dict[str, Any]:
    """The metric families of one scrape, by name."""
    answer = browser.request("GET", "/metrics", headers={"accept": accept} if accept else {})
    assert answer.status_code == 200, answer.text
    is_open = answer.headers["content-type"].startswith("application/openmetrics-text")
    read = read_open if is_open else read_text
    return {family.name: family for family in read(answer.text)}


def value(families: dict[str, Any], name: str, **labels: str) -> float | None:
    """The value of one sample; None without one."""
    samples = (sample for family in families.values() for sample in family.samples)
    found = [each.value for each in samples if each.name == name and each.labels == labels]
    assert len(found) < 2
    return found[0] if found else None


def test_what_is_served_is_read_by_both_parsers_and_says_the_same(service):
    browser = Browser(service)
    plain, opened = scraped(browser), scraped(browser, OPEN_METRICS)
    for name, labels in (
        ("trialdelta_up", {}),
        ("trialdelta_versions", {}),
        ("trialdelta_events", {"severity": "high"}),
        ("trialdelta_deliveries", {"channel": "letters", "state": "held"}),
        ("trialdelta_cycles_total", {"state": "complete"}),
        ("trialdelta_watermark_info", {"release": "2026-10-02", "api_version": "2.0.5"}),
    ):
        assert value(plain, name, **labels) == value(opened, name, **labels) is not None
    assert all(family.documentation for family in opened.values())
    assert all(name.startswith("trialdelta_") for name in opened)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "text/plain; version=0.0.4; charset=utf-8"),
        ("*/*", "text/plain; version=0.0.4; charset=utf-8"),
        ("text/html", "text/plain; version=0.0.4; charset=utf-8"),
        ("text/plain;version=none;escaping=;;;,", "text/plain; version=0.0.4; charset=utf-8"),
        (OPEN_METRICS, "application/openmetrics-text; version=1.0.0; charset=utf-8"),
        (
            "application/openmetrics-text;version=x.y",
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        ),
    ],
)
def test_the_format_is_the_one_that_is_accepted(service, accept, expected):
    answer = Browser(service).request("GET", "/metrics", headers={"accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, expected)
    assert answer.text.endswith("# EOF\n") == ("openmetrics" in expected)


def test_the_story_in_figures(service):
    families = scraped(Browser(service))
    assert value(families, "trialdelta_studies", state="present") == 10
    assert value(families, "trialdelta_studies", state="gone") == 1
    assert value(families, "trialdelta_storms_held") == 1
    assert value(families, "trialdelta_deliveries", channel="letters", state="held") == 7
    assert value(families, "trialdelta_cycles_total", state="complete") == 19
    assert value(families, "trialdelta_cycles_total", state="held") == 1
    assert value(families, "trialdelta_cycles_total", state="failed") == 0
    assert value(families, "trialdelta_dead_letters", channel="letters") == 0
    assert value(families, "trialdelta_quarantined_records") == 0
    assert value(families, "trialdelta_up") == 0
    assert value(families, "trialdelta_health_state", state="never_run") == 1
    assert value(families, "trialdelta_last_successful_poll_timestamp_seconds") is None


def test_figures_are_those_of_the_moment_whoever_changed_them(service, clock):
    browser = Browser(service)
    before = scraped(browser)
    now = clock.at
    with service.database.write() as session:
        ledger.beat(session, "daemon", now, {"pid": 1})
        ledger.beat(session, "good_poll", now - timedelta(seconds=90), {})
        record = Refused(b"{", "no JSON", "2026-10-02T09:00:05", "2026-10-02", now)
        refuse(session, [record])
        due = NewDelivery(
            "dlv_x",
            "notice",
            "notices",
            "hook",
            "due",
            created_at=now,
            due_at=now - timedelta(hours=1),
            body={},
        )
        outbox.add(session, [due])
        outbox.disable(session, "hook", "gone", now)
        for alert in alerts.alerts(session, now=now):
            alerts.acknowledge(session, alert.event_id, by="ana", at=now)
    after = scraped(browser)
    assert (value(before, "trialdelta_up"), value(after, "trialdelta_up")) == (0, 1)
    last = value(after, "trialdelta_last_successful_poll_timestamp_seconds")
    assert last == pytest.approx((now - timedelta(seconds=90)).timestamp())
    assert value(after, "trialdelta_quarantined_records") == 1
    assert value(after, "trialdelta_oldest_due_delivery_age_seconds", channel="hook") == 3600
    assert value(after, "trialdelta_channel_disabled", channel="hook") == 1
    assert value(after, "trialdelta_channel_disabled", channel="letters") == 0
    assert value(before, "trialdelta_open_alerts", severity="high") > 0
    assert value(after, "trialdelta_open_alerts", severity="high") == 0
    assert value(after, "trialdelta_oldest_open_alert_age_seconds") == 0


def test_an_alert_s_age_is_told_in_seconds(service, clock):
    with service.database.read() as session:
        oldest = min(alert.opened_at for alert in alerts.alerts(session, now=clock.at))
    families = scraped(Browser(service))
    age = max(0.0, (clock.at - oldest).total_seconds())
    assert value(families, "trialdelta_oldest_open_alert_age_seconds") == pytest.approx(age)


def test_a_channel_s_name_cannot_break_the_format(service, clock):
    name = 'a"} 1\ntrialdelta_up 9\\'
    new = NewDelivery(
        "dlv_x", "notice", "notices", name, "due", created_at=clock.at, due_at=clock.at, body={}
    )
    with service.database.write() as session:
        outbox.add(session, [new])
    for accept in ("", OPEN_METRICS):
        families = scraped(Browser(service), accept)
        assert value(families, "trialdelta_deliveries", channel=name, state="due") == 1
        assert value(families, "trialdelta_up") == 0


# requests


def requests(families: dict[str, Any]) -> dict[tuple[str, str], float]:
    """How many requests were counted, by route and class of status."""
    family = families["trialdelta_http_request_duration_seconds"]
    return {
        (each.labels["route"], each.labels["status"]): each.value
        for each in family.samples
        if each.name.endswith("_count")
    }


def test_requests_are_timed_by_the_template_of_their_route(service):
    browser = Browser(service)
    for path in ("/", "/events/evt_" + "a" * 26, "/events/evt_" + "b" * 26, "/quarantine/77", "/watcher"):
        browser.get(path)
    browser.get("/events/no-event")
    found = requests(scraped(browser))
    assert found["/", "2xx"] == 1
    assert found["/events/{event_id}", "4xx"] == 3
    assert found["/quarantine/{number}", "4xx"] == 1
    assert found["/watcher", "2xx"] == 1


def test_guessed_paths_make_no_series_of_their_own(service):
    browser = Browser(service)
    for number in range(20):
        browser.get(f"/guess-{number}")
    stranger = browser.request("GET", "/watcher", headers={"host": "evil.example"})
    assert stranger.status_code == 421
    found = requests(scraped(browser))
    assert found["none", "4xx"] == 21
    assert not any("guess" in route or "evil" in route for route, _ in found)


def test_a_request_that_crashes_counts_as_ours(service, monkeypatch):
    from sync.web.views.watcher import view

    def crash(*_about: Any) -> None:
        raise RuntimeError

    browser = Browser(service)
    monkeypatch.setattr(view, "load", crash)
    assert browser.get("/watcher").status_code == 500
    assert requests(scraped(browser))["/watcher", "5xx"] == 1


def test_each_request_is_in_a_bucket_and_in_the_sum(service):
    browser = Browser(service)
    browser.get("/watcher")
    samples = scraped(browser)["trialdelta_http_request_duration_seconds"].samples
    mine = [each for each in samples if each.labels["route"] == "/watcher"]
    assert [each.value for each in mine if each.labels.get("le") == "+Inf"] == [1]
    (total,) = [each.value for each in mine if each.name.endswith("_sum")]
    assert 0 < total < 60


# who may


def test_elsewhere_it_needs_a_token_and_reading_is_enough(story_service, clock):
    service = story_service(now=clock, **PUBLIC)
    add(service.database, service, "prometheus", "reader")
    browser = Browser(service, host="trials.example.org", address="203.0.113.9")
    assert browser.request("GET", "/metrics").status_code == 401
    secret = token(service, "prometheus", "read")
    answer = browser.request("GET", "/metrics", headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code == 200
    assert "trialdelta_up" in answer.text
