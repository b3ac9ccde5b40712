"""The ways to reach somebody, one folder a kind. `open_channel` makes one from its table in the configuration."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, cast

from pydantic import ValidationError

from sync.alerts.channels.base import Channel, ChannelError, ChannelSettings, Outgoing
from sync.config_errors import complaints, suggestion
from sync.errors import ConfigError

__all__ = [
    "KINDS",
    "Channel",
    "ChannelError",
    "ChannelSettings",
    "Outgoing",
    "channel_settings",
    "check_channels",
    "open_channel",
]

KINDS = ("console", "file", "webhook", "email", "slack", "teams", "apprise", "atom")


def open_channel(name: str, settings: Mapping[str, Any]) -> Channel:
    """The channel of the table [channels.NAME], ready to send; raises ConfigError as `channel_settings` does."""
    checked = channel_settings(name, settings)
    transport = importlib.import_module(f"{__name__}.{checked.kind}.transport")
    return cast(Channel, transport.Sender(name, checked))


def check_channels(channels: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises ConfigError with all that is wrong with any of the channels."""
    faults: list[str] = []
    for name, table in channels.items():
        try:
            channel_settings(name, table)
        except ConfigError as error:
            faults += str(error).splitlines()
    if faults:
        raise ConfigError("\n".join(faults))


def channel_settings(name: str, settings: Mapping[str, Any]) -> ChannelSettings:
    """The table [channels.NAME], checked; raises ConfigError with the keys that are wrong, never with their values."""
    kind = settings.get("kind")
    if kind not in KINDS:
        near = suggestion(kind, KINDS) if isinstance(kind, str) else None
        offer = f"; did you mean {near}?" if near else ""
        raise ConfigError(f"channels.{name}.kind must be one of {', '.join(KINDS)}{offer}")
    # A kind's Settings and, apart from them, its Sender are imported when they are used: Apprise alone takes half a second.
    module = importlib.import_module(f"{__name__}.{kind}")
    try:
        return cast(ChannelSettings, module.Settings.model_validate(settings))
    except ValidationError as error:
        lines = complaints(error, module.Settings, within=f"channels.{name}")
        # Without the cause, which quotes what was given: it may be a secret under the wrong key.
        raise ConfigError("\n".join(lines)) from None
