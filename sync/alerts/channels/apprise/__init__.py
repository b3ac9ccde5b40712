"""Apprise: the hundred other services, one Apprise URL a channel. It tells only true or false, so every failure passes.

It makes its own connections, without a deadline: it is run in a process of its own, confined to what the door allows.
"""

from __future__ import annotations

import logging
from typing import Literal

import apprise
from pydantic import Field, SecretStr, field_validator

from sync.alerts.channels.base import ChannelSettings
from sync.settings_base import InvalidValue

# Its log lines hold URLs, and its URLs are secrets.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)

NOT_BY_TCP = frozenset(
    {"amqp", "blink1", "dbus", "deltachat", "glib", "gnome", "macosx", "rsyslog", "syslog", "windows"}
)
"""Apprise's modules that reach somebody by other ways than a TCP connection of Python's, where nothing can be judged."""


class Settings(ChannelSettings):
    """[channels.NAME] of kind "apprise"."""

    kind: Literal["apprise"]
    url: SecretStr
    allow_hosts: tuple[str, ...] = ()
    timeout_s: float = Field(60.0, gt=0, le=120)

    @field_validator("url")
    @classmethod
    def _one_that_apprise_knows(cls, value: SecretStr) -> SecretStr:
        service = service_of(value.get_secret_value())
        if service is None:
            raise InvalidValue("Apprise does not know this URL; see its list of services")
        if NOT_BY_TCP & set(type(service).__module__.split(".")):
            raise InvalidValue("this service is not reached over a TCP connection; take another one")
        return value


def service_of(url: str) -> apprise.NotifyBase | None:
    """The service that the URL is of; None where Apprise knows none."""
    return apprise.Apprise.instantiate(url)
