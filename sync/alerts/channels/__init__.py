"""The ways to reach somebody, one folder a kind. `open_channel` makes one from its table in the configuration."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, cast

from pydantic import ValidationError

from sync.alerts.channels.base import Channel, ChannelError, ChannelSettings, Parcel
from sync.config_errors import complaints, suggestion
from sync.errors import ConfigError

__all__ = ["KINDS", "Channel", "ChannelError", "ChannelSettings", "Parcel", "open_channel"]

KINDS = ("console", "file", "webhook", "email", "slack", "teams", "apprise", "atom")


def open_channel(name: str, settings: Mapping[str, Any]) -> Channel:
    """The channel of the table [channels.NAME]; raises ConfigError with the keys that are wrong, never with their values."""
    kind = settings.get("kind")
    if kind not in KINDS:
        near = suggestion(kind, KINDS) if isinstance(kind, str) else None
        offer = f"; did you mean {near}?" if near else ""
        raise ConfigError(f"channels.{name}.kind must be one of {', '.join(KINDS)}{offer}")
    # Each folder has Settings and Sender; it is loaded when it is used, since Apprise alone takes half a second.
    module = importlib.import_module(f"{__name__}.{kind}")
    try:
        return cast(Channel, module.Sender(name, module.Settings.model_validate(settings)))
    except ValidationError as error:
        lines = complaints(error, module.Settings, within=f"channels.{name}")
        raise ConfigError("\n".join(lines)) from None
