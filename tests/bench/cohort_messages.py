"""The real cohort on its 107 releases with the shipped routes: how many messages a day somebody would have got.

    .venv/bin/python -m tests.bench.cohort_messages

Each release comes at 13:05 UTC, its messages go out then, digests at eight in the morning. Reads ../shared/registry.
"""

import sys
import tempfile
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from storage.digests import counts as event_counts
from storage.digests import seen_between
from sync import logs
from sync.alerts.backtest import backtest
from sync.alerts.channels import Outgoing
from sync.alerts.outbox import Outbox
from sync.config import CHECKOUT, DatabaseSettings, WatchSettings, load
from sync.cycle.cycle import run_cycle
from sync.demo.registry import serve
from sync.registry.settings import RegistrySettings
from sync.service import Service, open_service
from tests.support.deliveries import deliver_all

MATERIAL = Path(__file__).resolve().parents[2] / ".." / "shared" / "registry"


class Mailbox:
    """A channel that counts, by day and kind of message."""

    name, kind, slow = "console", "memory", False

    def __init__(self) -> None:
        self.messages: Counter[tuple[str, str]] = Counter()
        self.severities: Counter[str] = Counter()
        self.day = ""

    def send(self, outgoing: Outgoing) -> str:
        self.messages[self.day, outgoing.kind] += 1
        if outgoing.event:
            self.severities[outgoing.event.severity] += 1
        return "counted"


class Days:
    """The calendar, turned by hand."""

    def __init__(self, service_now: datetime) -> None:
        self.now = service_now

    def __call__(self) -> datetime:
        return self.now


def main() -> None:
    logs.configure("console", "error")
    releases = (MATERIAL / "cohort-autoimmune.releases.txt").read_text().split()
    corpus = MATERIAL / "cohort-autoimmune.jsonl.gz"
    clock, mailbox = Days(at(releases[0], 13, 5)), Mailbox()
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(
            [corpus], releases=[MATERIAL / "cohort-autoimmune.releases.txt"], release=releases[0]
        ) as registry,
        open_service(settings(registry.api_url, folder), clock) as service,
    ):
        outbox = Outbox(
            service.database,
            service.settings.route,
            service.settings.alerts,
            service.settings.channels,
            clock,
            open=lambda _name, _table: mailbox,
        )
        outbox.prepare()
        day = date.fromisoformat(releases[0])
        while day <= date.fromisoformat(releases[-1]) + timedelta(days=1):
            one_day(service, outbox, clock, mailbox, day, registry if str(day) in releases else None)
            day += timedelta(days=1)
        tell(service, mailbox, len(releases), (day - date.fromisoformat(releases[0])).days)


def settings(api_url: str, folder: str) -> Any:
    """The shipped ones, on the cohort's registry."""
    return load(CHECKOUT, {}).model_copy(
        update={
            "registry": RegistrySettings(base_url=api_url, min_interval_s=0),
            "database": DatabaseSettings(url=SecretStr(f"sqlite:///{folder}/cohort.db")),
            "watch": (WatchSettings(name="cohort", searches=({"intr": "CAR-T"},)),),
        }
    )


def one_day(
    service: Service, outbox: Outbox, clock: Days, mailbox: Mailbox, day: date, registry: Any
) -> None:
    """Eight in the morning, then the release."""
    mailbox.day, clock.now = str(day), at(str(day), 8, 0)
    deliver_all(outbox)
    if registry is not None:
        clock.now = at(str(day), 13, 5)
        registry.move_to(str(day))
        run_cycle(service)
        deliver_all(outbox)


def tell(service: Service, mailbox: Mailbox, releases: int, days: int) -> None:
    """The figures."""
    with service.database.read() as session:
        severities = event_counts(session, seen_between(None, service.now()))
        rows = [row.as_json() for row in backtest(session, service.settings.route)]
    by_kind: Counter[str] = Counter()
    for (_, kind), number in mailbox.messages.items():
        by_kind[kind] += number
    alerts_by_day = Counter({day: n for (day, kind), n in mailbox.messages.items() if kind == "alert"})
    heavy = sum(severities.get(name, 0) for name in ("critical", "high"))
    lines = [
        f"releases {releases}, days {days}, events {sum(severities.values())}: {severities}",
        f"messages {dict(by_kind)}; {mailbox.messages.total() / days:.2f} a day",
        f"severities of alerts sent: {dict(mailbox.severities)}",
        f"share of events that is critical or high: {heavy / max(1, sum(severities.values())):.1%}",
        f"days with an alert: {len(alerts_by_day)}; busiest: {alerts_by_day.most_common(3)}",
        *(f"backtest: {row}" for row in rows),
    ]
    sys.stdout.write("\n".join(lines) + "\n")


def at(day: str, hour: int, minute: int) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(hour, minute), UTC)


if __name__ == "__main__":
    main()
