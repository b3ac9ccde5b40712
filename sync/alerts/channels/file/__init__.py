"""A file with one JSON object a line: appended durably, opened anew each time so that others may rotate it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from sync.alerts.channels.base import ChannelSettings


class Settings(ChannelSettings):
    """[channels.NAME] of kind "file"."""

    kind: Literal["file"]
    path: Path
