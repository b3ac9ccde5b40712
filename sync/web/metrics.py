"""The service's figures in Prometheus' terms, read from the database when they are asked for: true for every process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from sqlalchemy.orm import Session

from storage import ledger, metrics, restored
from storage.metrics import Metrics
from storage.owed import OWED
from storage.tables import CYCLE_STATES, SEVERITIES
from sync import __version__
from sync.backup.backups import newest
from sync.health.liveness import ALIVE, STATES, health_of
from sync.service import Service
from sync.timing.schedule import ScheduleSettings

ENDED = tuple(state for state in CYCLE_STATES if state != "running")


class ServiceMetrics(Collector):
    """Collects anew for each scrape."""

    def __init__(self, service: Callable[[], Service]) -> None:
        """`service` is asked each time: its settings may be reloaded."""
        self._service = service

    def describe(self) -> Iterator[Metric]:
        """Nothing beforehand: registering must not ask the database."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """All figures, of one snapshot of the database."""
        service = self._service()
        now = service.now()
        # One snapshot, closed before anything is handed out: a slow scraper must not keep a reader open.
        with service.database.read() as session:
            life = list(_life(session, service.settings.schedule, now))
            copies = list(_copies(session, service, now))
            counted = metrics.read_metrics(session, now)
        yield from life
        yield from _studies(counted)
        yield from _alerts(counted, now)
        yield from _outbox(counted, [*service.settings.channels], now)
        yield from _work(counted)
        yield from copies


def _life(session: Session, schedule: ScheduleSettings, now: datetime) -> Iterator[Metric]:
    health, mark = health_of(session, schedule, now), ledger.watermark(session)
    yield InfoMetricFamily("trialdelta_build", "The program.", {"version": __version__})
    yield _gauge("trialdelta_up", "Whether the daemon gives signs of life.", health.state in ALIVE)
    states: dict[str, float] = {state: state == health.state for state in STATES}
    yield _by("trialdelta_health_state", "1 for the state that the service is in.", "state", states)
    for beat, metric, words in (
        ("daemon", "trialdelta_last_beat_timestamp_seconds", "When the daemon last gave a sign of life."),
        ("good_poll", "trialdelta_last_successful_poll_timestamp_seconds", "When a poll last succeeded."),
    ):
        if known := ledger.last_beat(session, beat):
            yield _gauge(metric, words, known.at.timestamp())
    if mark:
        about = {"release": mark.release, "api_version": mark.api_version or ""}
        yield InfoMetricFamily("trialdelta_watermark", "The last release that was read to its end.", about)
        words = "When that release had been read to its end."
        yield _gauge("trialdelta_watermark_timestamp_seconds", words, mark.moved_at.timestamp())


def _studies(counted: Metrics) -> Iterator[Metric]:
    yield _by("trialdelta_studies", "Studies known, by presence in the registry.", "state", counted.studies)
    yield _gauge("trialdelta_versions", "Versions of studies kept.", counted.versions)
    events = dict.fromkeys(SEVERITIES, 0) | dict(counted.events)
    yield _by("trialdelta_events", "Events told or held, by severity.", "severity", events)
    yield _gauge(
        "trialdelta_quarantined_records", "Records kept that could not be read.", counted.quarantined
    )
    yield _gauge("trialdelta_storms_held", "Storms that wait for a decision.", counted.storms_held)


def _alerts(counted: Metrics, now: datetime) -> Iterator[Metric]:
    known = counted.open_alerts
    numbers = {severity: known[severity].number if severity in known else 0 for severity in SEVERITIES}
    words = "Open alerts, those that are snoozed or held left out, by severity."
    yield _by("trialdelta_open_alerts", words, "severity", numbers)
    oldest = min((each.since for each in known.values()), default=now)
    words = "Age of the oldest open alert; 0 without one."
    yield _gauge("trialdelta_oldest_open_alert_age_seconds", words, _age(oldest, now))


def _outbox(counted: Metrics, configured: list[str], now: datetime) -> Iterator[Metric]:
    deliveries = GaugeMetricFamily(
        "trialdelta_deliveries", "Deliveries by channel and state.", labels=("channel", "state")
    )
    for (channel, state), number in sorted(counted.deliveries.items()):
        deliveries.add_metric((channel, state), number)
    yield deliveries
    # Also what is not configured any more: what it owes would else vanish from every curve.
    channels = [*configured, *sorted({name for name, _ in counted.deliveries} - {*configured})]
    ages = {name: _age(counted.oldest_due.get(name, now), now) for name in channels}
    words = "How long the channel has owed its oldest delivery that is due; 0 where it owes none."
    yield _by("trialdelta_oldest_due_delivery_age_seconds", words, "channel", ages)
    away = {
        name: sum(counted.deliveries.get((name, state), 0) for state in OWED)
        for name in channels
        if name not in configured
    }
    words = (
        "Deliveries owed by channels that are not configured any more, until somebody moves or drops them."
    )
    yield _by("trialdelta_unconfigured_channel_deliveries", words, "channel", away)
    dead = {name: counted.deliveries.get((name, "dead"), 0) for name in channels}
    yield _by("trialdelta_dead_letters", "Deliveries that are not tried any more.", "channel", dead)
    unused = {name: name in counted.disabled for name in channels}
    yield _by("trialdelta_channel_disabled", "Whether the channel is not used.", "channel", unused)


def _work(counted: Metrics) -> Iterator[Metric]:
    cycles = CounterMetricFamily("trialdelta_cycles", "Cycles that ended, by outcome.", labels=("state",))
    for state in ENDED:
        cycles.add_metric((state,), counted.cycles.get(state, 0))
    yield cycles
    running = counted.cycles.get("running", 0)
    yield _gauge("trialdelta_cycles_running", "Cycles under way.", running)
    if counted.last_cycle:
        began, ended = counted.last_cycle
        words = "How long the last cycle that ended took."
        yield _gauge("trialdelta_last_cycle_duration_seconds", words, _age(began, ended))
        words = "When the last cycle ended."
        yield _gauge("trialdelta_last_cycle_timestamp_seconds", words, ended.timestamp())


def _copies(session: Session, service: Service, now: datetime) -> Iterator[Metric]:
    known = newest(session, service.database, service.settings.backup)
    if known.at:
        words = "As of when the newest backup is that passed its check."
        yield _gauge("trialdelta_last_backup_timestamp_seconds", words, known.at.timestamp())
        words = "Its age."
        yield _gauge("trialdelta_last_backup_age_seconds", words, _age(known.at, now))
        yield _gauge("trialdelta_last_backup_size_bytes", "Its size.", known.bytes)
    words = "Whether a scheduled backup should have been made long ago."
    yield _gauge("trialdelta_backup_overdue", words, known.is_overdue(now))
    words = "Deliveries that wait for a decision since a restore."
    yield _gauge("trialdelta_restore_held_deliveries", words, restored.count_held(session))


def _age(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds())


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=float(value))


def _by(name: str, words: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=(label,))
    for key, value in values.items():
        family.add_metric((key,), float(value))
    return family
