"""One fact, one open alert: a forecast that came true, a study that is back, a date that moved: they close themselves."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from storage import alerts, audit, outbox
from storage.alerts import AlertInfo
from sync.alerts.outbox import Outbox
from sync.alerts.settings import AlertSettings, RouteSettings
from sync.changes.model import Severity
from sync.config import WatchSettings
from sync.cycle.cycle import run_cycle
from sync.demo.registry import RunningRegistry, serve
from tests.acceptance.console import Browser, text_of
from tests.acceptance.instance import Instance
from tests.acceptance.registry_server import study, told, write_corpus
from tests.faults.soundness import assert_sound

FORETOLD, LATE, ABSENT, OTHER, UPDATED = (f"NCT9000000{number}" for number in range(1, 6))
DAYS = ("2026-08-20", "2026-08-27", "2026-09-02", "2026-09-03")
Sync = Callable[..., None]


def record(nct_id: str, status: str = "RECRUITING", *, verified: str, completion: str) -> dict[str, Any]:
    made = study(nct_id, status)
    made["protocolSection"]["statusModule"] |= {
        "statusVerifiedDate": verified,
        "completionDateStruct": {"date": completion, "type": "ESTIMATED"},
    }
    return made


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    """Studies about to be set UNKNOWN or overdue, which on the third release are, or were updated."""
    soon = {"verified": "2024-07", "completion": "2026-08-31"}
    late = {"verified": "2026-06", "completion": "2026-08-25"}
    lines = [
        told(FORETOLD, {DAYS[0]: record(FORETOLD, **soon), DAYS[2]: record(FORETOLD, "UNKNOWN", **soon)}),
        told(
            UPDATED,
            {
                DAYS[0]: record(UPDATED, **soon),
                DAYS[2]: record(UPDATED, verified="2026-08", completion="2027-12"),
            },
        ),
        told(
            LATE,
            {
                DAYS[0]: record(LATE, **late),
                DAYS[2]: record(LATE, verified="2026-06", completion="2027-05"),
            },
        ),
        told(ABSENT, {DAYS[0]: record(ABSENT, verified="2026-06", completion="2028-01")}),
        told(OTHER, {DAYS[0]: record(OTHER, **late)}),
    ]
    corpus = write_corpus(tmp_path_factory.mktemp("corpus") / "corpus.jsonl", lines)
    with serve([corpus], release=DAYS[0]) as running:
        yield running


@pytest.fixture
def instance(server: RunningRegistry, tmp_path: Path) -> Instance:
    server.set_faults()
    watch = WatchSettings(name="w", ids=(FORETOLD, LATE, ABSENT, OTHER, UPDATED))
    return Instance(tmp_path, server.api_url, (watch,))


@pytest.fixture
def sync(server: RunningRegistry, instance: Instance) -> Sync:
    """Runs a cycle on a release, whatever is told opening an alert, and delivers."""

    def run(day: str, *faults: str, closures: bool = False) -> None:
        server.move_to(day)
        server.set_faults(*faults)
        route = RouteSettings(name="all", channels=("console",), closures=closures)
        asked = AlertSettings(min_severity=Severity.INFO)
        with instance.service() as service:
            settings = service.settings.model_copy(update={"alerts": asked, "route": (route,)})
            run_cycle(replace(service, settings=settings))
            sender = Outbox(service.database, (route,), asked, settings.channels, service.now)
            sender.prepare()
            sender.deliver("console")

    return run


def of(instance: Instance, nct_id: str, kind: str) -> list[AlertInfo]:
    with instance.database() as database, database.read() as session:
        found = alerts.alerts(
            session, now=instance.now(), states=("open", "acknowledged", "closed"), nct_id=nct_id
        )
    return [each for each in found if each.kind == kind]


def test_each_closes_itself_with_its_reason_and_what_still_stands_stays_open(
    instance: Instance, sync: Sync
) -> None:
    sync(DAYS[0])
    sync(DAYS[1], f"vanish:{ABSENT}")
    assert {alert.state for alert in of(instance, FORETOLD, "unknown_forecast")} <= {"open", "closed"}
    assert [alert.state for alert in of(instance, LATE, "overdue")] == ["open"]
    assert [alert.state for alert in of(instance, ABSENT, "missing")] == ["open"]
    sync(DAYS[2])
    for nct_id, kind, words in (
        (FORETOLD, "unknown_forecast", "The registry has set UNKNOWN"),
        (UPDATED, "unknown_forecast", "The record was updated"),
        (LATE, "overdue", "The record was updated"),
        (ABSENT, "missing", "The registry's answers hold the study again"),
    ):
        last = of(instance, nct_id, kind)[-1]
        assert (last.state, last.acknowledged_by) == ("closed", "trialdelta")
        assert words in str(last.note)
        assert DAYS[2] in str(last.note)
    assert [alert.state for alert in of(instance, OTHER, "overdue")] == ["open"]
    assert [alert.state for alert in of(instance, FORETOLD, "status")] == ["open"]
    with instance.database() as database:
        assert_sound(database)


def test_a_later_forecast_takes_the_place_of_an_earlier_one(instance: Instance, sync: Sync) -> None:
    sync(DAYS[0])
    sync(DAYS[1])
    open_ones = [alert for alert in of(instance, FORETOLD, "unknown_forecast") if alert.state == "open"]
    assert len(open_ones) == 1


def test_a_study_that_is_gone_has_one_open_alert_and_none_when_it_is_back(
    instance: Instance, sync: Sync
) -> None:
    sync(DAYS[0])
    sync(DAYS[1], f"vanish:{ABSENT}")
    sync(DAYS[2], f"vanish:{ABSENT}")
    assert [alert.state for alert in of(instance, ABSENT, "missing")] == ["closed"]
    assert [alert.state for alert in of(instance, ABSENT, "gone")] == ["open"]
    sync(DAYS[3])
    assert [alert.state for alert in of(instance, ABSENT, "gone")] == ["closed"]


def test_what_a_person_said_of_it_stays_and_the_audit_log_says_who_closed_it(
    instance: Instance, sync: Sync
) -> None:
    sync(DAYS[0])
    sync(DAYS[1])
    (late,) = of(instance, LATE, "overdue")
    with instance.database() as database, database.write() as session:
        alerts.acknowledge(session, late.event_id, by="ana", at=instance.now(), note="asked the contact")
    sync(DAYS[2])
    (closed,) = of(instance, LATE, "overdue")
    assert (closed.state, closed.acknowledged_by) == ("closed", "ana")
    assert str(closed.note).startswith("asked the contact · The record was updated")
    with instance.database() as database, database.read() as session:
        assert [(each.who, each.action) for each in audit.entries(session, late.event_id)] == [
            ("ana", "acknowledge"),
            ("trialdelta", "resolve"),
        ]


@pytest.mark.parametrize("closures", [False, True])
def test_the_channel_that_announced_it_is_told_where_its_route_asks_for_that(
    closures: bool, instance: Instance, sync: Sync
) -> None:
    for day in DAYS[:3]:
        sync(day, closures=closures)
    with instance.database() as database, database.read() as session:
        notices = [
            each.body for each in outbox.deliveries(session, limit=200) if each.route == "all" and each.body
        ]
    closed = [each["subject"] for each in notices if each["subject"].startswith("Closed: ")]
    assert bool(closed) == closures
    assert closures == any("completion date 2026-08-25" in each for each in closed)


def test_the_events_page_and_the_inbox_say_that_it_closed_itself(instance: Instance, sync: Sync) -> None:
    for day in DAYS[:3]:
        sync(day)
    (late,) = of(instance, LATE, "overdue")
    with instance.service() as service:
        browser = Browser(service)
        page = text_of(browser.get(f"/events/{late.event_id}"))
        listed = text_of(browser.get("/?state=closed"))
    assert "Closed by trialdelta" in page
    assert "The record was updated" in page
    assert LATE in listed
