"""The tables [alerts] and [[route]]: what asks for attention, who hears of it, and when."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_serializer, field_validator, model_validator

from sync.changes.model import Kind, Severity
from sync.cohort.conditions import ClassConditions
from sync.settings_base import InvalidValue, Section, duration, not_an_id
from sync.study.record import is_nct_id

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"


def known_zone(value: str) -> str:
    """The name of a time zone, if there is one of that name."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidValue("must be a time zone such as UTC or Europe/Berlin") from None
    return value


def span_of_day(text: str) -> tuple[time, time]:
    """From when to when, of text such as 22:00-07:00. Raises ValueError."""
    first, _, last = text.partition("-")
    try:
        return time.fromisoformat(first.strip()), time.fromisoformat(last.strip())
    except ValueError:
        raise InvalidValue("must be a span of the day such as 22:00-07:00") from None


def is_http_address(url: str) -> bool:
    """Whether it is an address of a web server."""
    try:
        parts = urlsplit(url)
    except ValueError:  # such as "https://[::1"
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


class AlertSettings(Section):
    """What asks for attention, and who looks after the service itself."""

    min_severity: Severity = Severity.MEDIUM
    """An event as heavy as this, or heavier, that a route matches opens an alert."""
    time_zone: str = "UTC"
    quiet_hours: str | None = None
    notices: tuple[str, ...] = ()
    """Channels for notices to the operator; without one, all those that routes name."""
    console_url: str | None = None
    """Where people reach the console: messages then lead to the event's page there."""
    heartbeat_url: SecretStr | None = None
    heartbeat_allow_hosts: tuple[str, ...] = ()
    """Hosts of heartbeat_url whose names may lead to an address that is not public."""
    stuck_after: str | float = "15m"
    silent_after: str | float | None = None
    """Without one the schedule says after how long it is told that no poll succeeds."""

    _zone = field_validator("time_zone")(known_zone)

    @field_validator("console_url")
    @classmethod
    def _an_http_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("https://", "http://")):
            raise InvalidValue("must be an http:// or https:// address")
        return value.rstrip("/") if value else None

    @field_validator("heartbeat_url")
    @classmethod
    def _an_address_to_ping(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not is_http_address(value.get_secret_value()):
            raise InvalidValue("must be an http:// or https:// address")
        return value

    @field_validator("quiet_hours")
    @classmethod
    def _a_span(cls, value: str | None) -> str | None:
        if value is not None:
            span_of_day(value)
        return value

    @field_validator("stuck_after", "silent_after")
    @classmethod
    def _a_duration(cls, value: str | float | None) -> str | float | None:
        if value is not None:
            duration(value)
        return value

    @field_serializer("heartbeat_url")
    def _hidden(self, value: SecretStr | None) -> str | None:
        return None if value is None else "**********"


class RouteSettings(ClassConditions):
    """Which events go to which channels, and when: what is not narrowed matches everything."""

    name: str = Field(min_length=1, max_length=100, pattern=NAME)
    channels: tuple[str, ...] = Field(min_length=1)
    watch: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    studies: tuple[str, ...] = ()
    min_severity: Severity = Severity.INFO
    mode: Literal["at-once", "daily", "weekly"] = "at-once"
    at: time = time(8)
    day: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "monday"
    time_zone: str | None = None
    quiet_hours: str | None = None
    group: Literal["study", "cycle", "none"] = "study"
    # More than twenty messages in an hour are read as one: as a flood.
    max_messages: int = Field(20, ge=1)
    """At once, in one hour, to each channel; what is more becomes one digest."""
    escalate_after: str | None = None
    escalate_to: tuple[str, ...] = ()
    closures: bool = False
    """Whether its channels are told too when an alert that it announced closes itself."""

    @field_validator("watch", "kinds", "studies", "channels", "escalate_to", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("studies")
    @classmethod
    def _ids_of_studies(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for nct_id in value:
            if not is_nct_id(nct_id):
                raise InvalidValue(not_an_id(value.index(nct_id), nct_id))
        return value

    @field_validator("time_zone")
    @classmethod
    def _a_zone(cls, value: str | None) -> str | None:
        return None if value is None else known_zone(value)

    @field_validator("quiet_hours")
    @classmethod
    def _a_span(cls, value: str | None) -> str | None:
        if value:
            span_of_day(value)
        return value

    @model_validator(mode="after")
    def _escalates_to_someone(self) -> RouteSettings:
        if self.escalate_after is not None:
            duration(self.escalate_after)
            if not self.escalate_to:
                raise InvalidValue("escalate_after needs channels in escalate_to")
        return self

    @property
    def is_digest(self) -> bool:
        """Whether events wait for the route's next digest."""
        return self.mode != "at-once"

    @property
    def patience(self) -> timedelta | None:
        """How long an alert may stay unacknowledged before it is escalated."""
        return duration(self.escalate_after) if self.escalate_after else None


DEFAULT_ROUTES = (
    RouteSettings(name="urgent", channels=("console",), min_severity=Severity.HIGH),
    RouteSettings(name="morning", channels=("console",), mode="daily"),
)
"""Without a [[route]] in the file: what is heavy at once, all of it in the morning, on the console."""

DEFAULT_CHANNELS: dict[str, dict[str, Any]] = {"console": {"kind": "console"}}
