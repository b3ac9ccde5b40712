"""The console: a message on standard output, in colour for a person who looks on, plain for `journalctl`."""

from __future__ import annotations

from typing import Literal

from sync.alerts.channels.base import ChannelSettings


class Settings(ChannelSettings):
    """[channels.NAME] of kind "console"."""

    kind: Literal["console"]
    stream: Literal["stdout", "stderr"] = "stdout"
