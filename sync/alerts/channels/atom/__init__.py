"""An Atom feed per watch, as files in a folder that any web server can hand out; a delivery repeated changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from sync.alerts.channels.base import ChannelSettings


class Settings(ChannelSettings):
    """[channels.NAME] of kind "atom": `folder` gets WATCH.atom for each watch, and all.atom for what belongs to none."""

    kind: Literal["atom"]
    folder: Path
    most: int = Field(200, ge=1, le=5000)
