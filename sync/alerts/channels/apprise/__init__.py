"""Apprise: the hundred other services, one Apprise URL a channel. It tells only true or false, so every failure passes.

It makes its own connections, without a deadline: it is run in a process of its own, confined to what the door allows.
"""

from __future__ import annotations

import logging
import re
from typing import Any, Literal

import apprise
from pydantic import Field, SecretStr, field_validator

from sync.alerts.channels.base import ChannelError, ChannelSettings, Parcel
from sync.alerts.channels.plain import text
from sync.alerts.content import Message, short
from sync.alerts.truncate import fitted
from sync.net.confined import run_confined
from sync.net.deadline import DeadlinePassed
from sync.settings_base import InvalidValue

# Its log lines hold URLs, and its URLs are secrets.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)

MOST_LETTERS = 30_000
"""Where a service names no limit of its own."""
LONGEST_TITLE = 180
NOT_BY_TCP = frozenset(
    {"amqp", "blink1", "dbus", "deltachat", "glib", "gnome", "macosx", "rsyslog", "syslog", "windows"}
)
"""Apprise's modules that reach somebody by other ways than a TCP connection of Python's, where nothing can be judged."""
_CALLS = re.compile(r"@(?=everyone|here|channel|all|room)|<(?=[!@#])", re.IGNORECASE)


class Settings(ChannelSettings):
    """[channels.NAME] of kind "apprise"."""

    kind: Literal["apprise"]
    url: SecretStr
    allow_hosts: tuple[str, ...] = ()
    timeout_s: float = Field(60.0, gt=0, le=120)

    @field_validator("url")
    @classmethod
    def _one_that_apprise_knows(cls, value: SecretStr) -> SecretStr:
        service = _service(value.get_secret_value())
        if service is None:
            raise InvalidValue("Apprise does not know this URL; see its list of services")
        if NOT_BY_TCP & set(type(service).__module__.split(".")):
            raise InvalidValue("this service is not reached over a TCP connection; take another one")
        return value


class Sender:
    """Notifies."""

    kind = "apprise"
    slow = True

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._url = settings.url.get_secret_value()
        self._settings = settings

    def send(self, parcel: Parcel) -> str:
        """Notify; a service's length limit is kept by cutting the message, and saying so."""
        service, settings = _service(self._url), self._settings
        assert service is not None  # the settings have tried it
        task = {
            "url": self._url,
            "allow_hosts": settings.allow_hosts,
            "title": _uncalled(short(parcel.message.subject, LONGEST_TITLE)),
            "body": fitted(parcel.message, _body, len, _room(service)),
            "type": _TYPES.get(parcel.message.severity, apprise.NotifyType.INFO).value,
        }
        try:
            answer = run_confined(f"{__name__}.worker", task, settings.timeout_s)
        except DeadlinePassed as error:
            raise ChannelError(
                f"{service.service_name} did not take it within {settings.timeout_s:g} s"
            ) from error
        return _judged(str(service.service_name), answer)


def _judged(name: str, answer: dict[str, Any] | None) -> str:
    if answer and answer["taken"]:
        return f"{name} took it"
    if answer and answer["refused"]:
        why = f"{name} was not reached: {answer['refused'][0]}; if the host is meant, name it in allow_hosts of the channel"
        raise ChannelError(why, permanent=True, disable=True)
    raise ChannelError(f"{name} did not take it; Apprise does not say why")


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
