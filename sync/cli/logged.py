"""Settings for the commands whose work is logged. The others need no logging, and start without its library."""

from __future__ import annotations

import sys
from pathlib import Path

from sync import logs
from sync.cli.common import settings_of
from sync.config import Settings


def settings_logged(config: Path | None, *, daemon: bool = False) -> Settings:
    """The settings in force, with logging set up by them; a command at a terminal logs only what went wrong."""
    settings = settings_of(config)
    # At a terminal the command's own sentences say what happened; the log beside them would say it twice.
    quiet = sys.stderr.isatty() and not daemon and settings.log.level == "info"
    logs.configure(settings.log.format, "warning" if quiet else settings.log.level)
    return settings
