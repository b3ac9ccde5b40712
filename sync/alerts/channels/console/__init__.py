"""The console: a message on standard output, for a person who looks on and for `journalctl`."""

from __future__ import annotations

import sys
from typing import Literal

from sync.alerts.channels.base import ChannelSettings, Parcel
from sync.alerts.channels.plain import text


class Settings(ChannelSettings):
    """[channels.NAME] of kind "console"."""

    kind: Literal["console"]
    stream: Literal["stdout", "stderr"] = "stdout"


class Sender:
    """Prints."""

    kind = "console"
    slow = False

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._stream = settings.stream

    def send(self, parcel: Parcel) -> str:
        """Print the message in full."""
        out = sys.stdout if self._stream == "stdout" else sys.stderr
        out.write(f"{text(parcel.message)}\n")
        out.flush()
        return "printed"
