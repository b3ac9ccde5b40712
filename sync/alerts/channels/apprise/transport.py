"""Notifying by Apprise, in a process of its own."""

from __future__ import annotations

import re
from typing import Any

import apprise

from sync.alerts.channels.apprise import Settings, service_of
from sync.alerts.channels.base import ChannelError, Outgoing
from sync.alerts.channels.plain import text
from sync.alerts.content import short
from sync.alerts.truncate import fitted
from sync.net.confined import run_confined
from sync.net.deadline import DeadlinePassed

MOST_LETTERS = 30_000
"""Where a service names no limit of its own."""
LONGEST_TITLE = 180

_CALLS = re.compile(r"@(?=everyone|here|channel|all|room)|<(?=[!@#])", re.IGNORECASE)


class Sender:
    """Notifies."""

    kind = "apprise"
    slow = True

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._url = settings.url.get_secret_value()
        self._settings = settings

    def send(self, outgoing: Outgoing) -> str:
        """Notify; a service's length limit is kept by cutting the message, and saying so."""
        service, settings = service_of(self._url), self._settings
        assert service is not None  # the settings have tried it
        task = {
            "url": self._url,
            "allow_hosts": settings.allow_hosts,
            "title": _uncalled(short(outgoing.message.subject, LONGEST_TITLE)),
            "body": fitted(outgoing.message, lambda each: _uncalled(text(each)), len, _room(service)),
            "type": _TYPES.get(outgoing.message.severity, apprise.NotifyType.INFO).value,
        }
        try:
            answer = run_confined(f"{__package__}.worker", task, settings.timeout_s)
        except DeadlinePassed as error:
            raise ChannelError(
                f"{service.service_name} did not take it within {settings.timeout_s:g} s"
            ) from error
        return _accepted(str(service.service_name), answer)


def _accepted(name: str, answer: dict[str, Any] | None) -> str:
    if answer and answer["taken"]:
        return f"{name} took it"
    if answer and answer["refused"]:
        why = f"{name} was not reached: {answer['refused'][0]}; if the host is meant, name it in allow_hosts of the channel"
        raise ChannelError(why, permanent=True, disable=True)
    # Not permanent, though it may be: Apprise tells only yes or no, and giving up too soon loses an alert.
    raise ChannelError(f"{name} did not take it; Apprise does not say why")


def _room(service: apprise.NotifyBase) -> int:
    """Letters that the body may have; where a service knows no titles, Apprise puts the title into the body."""
    most = min(service.body_maxlen or MOST_LETTERS, MOST_LETTERS)
    return most if service.title_maxlen else most - LONGEST_TITLE - 10


_TYPES = {"critical": apprise.NotifyType.FAILURE, "high": apprise.NotifyType.WARNING}


def _uncalled(shown: str) -> str:
    """Without what would call everybody in a room: some services read it even in plain text."""
    return _CALLS.sub(lambda found: {"@": "＠", "<": "‹"}[found.group()], shown)
