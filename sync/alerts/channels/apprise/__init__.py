"""Apprise: the hundred other services, one Apprise URL a channel. It tells only true or false, so every failure passes."""

from __future__ import annotations

import logging
import re
from typing import Literal

import apprise
from pydantic import SecretStr, field_validator

from sync.alerts.channels.apprise.fence import fenced
from sync.alerts.channels.base import ChannelError, ChannelSettings, Parcel
from sync.alerts.channels.plain import text
from sync.alerts.content import Message, short
from sync.alerts.cut import fitted

# Its log lines hold URLs, and its URLs are secrets.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)

MOST_LETTERS = 30_000
"""Where a service names no limit of its own."""
LONGEST_TITLE = 180
_CALLS = re.compile(r"@(?=everyone|here|channel|all|room)|<(?=[!@#])", re.IGNORECASE)


class Settings(ChannelSettings):
    """[channels.NAME] of kind "apprise"."""

    kind: Literal["apprise"]
    url: SecretStr
    allow_hosts: tuple[str, ...] = ()

    @field_validator("url")
    @classmethod
    def _one_that_apprise_knows(cls, value: SecretStr) -> SecretStr:
        if _service(value.get_secret_value()) is None:
            raise ValueError("Apprise does not know this URL; see its list of services")
        return value


class Sender:
    """Notifies."""

    kind = "apprise"
    slow = True

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._url = settings.url.get_secret_value()
        self._allow_hosts = settings.allow_hosts

    def send(self, parcel: Parcel) -> str:
        """Notify; a service's length limit is kept by cutting the message, and saying so."""
        service = _service(self._url)
        assert service is not None  # the settings have tried it
        with fenced(self._allow_hosts) as refused:
            everybody = apprise.Apprise(service)
            taken = everybody.notify(
                title=_uncalled(short(parcel.message.subject, LONGEST_TITLE)),
                body=fitted(parcel.message, _body, len, _room(service)),
                body_format=apprise.NotifyFormat.TEXT,
                notify_type=_TYPES.get(parcel.message.severity, apprise.NotifyType.INFO),
            )
        if refused:
            raise refused[0]
        if not taken:
            raise ChannelError(f"{service.service_name} did not take it; Apprise does not say why")
        return f"{service.service_name} took it"


def _service(url: str) -> apprise.NotifyBase | None:
    return apprise.Apprise.instantiate(url)


def _room(service: apprise.NotifyBase) -> int:
    """Letters that the body may have; where a service knows no titles, Apprise puts the title into the body."""
    most = min(service.body_maxlen or MOST_LETTERS, MOST_LETTERS)
    return most if service.title_maxlen else most - LONGEST_TITLE - 10


_TYPES = {"critical": apprise.NotifyType.FAILURE, "high": apprise.NotifyType.WARNING}


def _body(message: Message) -> str:
    return _uncalled(text(message))


def _uncalled(shown: str) -> str:
    """Without what would call everybody in a room: some services read it even in plain text."""
    return _CALLS.sub(lambda found: {"@": "＠", "<": "‹"}[found.group()], shown)
