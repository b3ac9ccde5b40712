"""When to make backups, where, and which of them to keep."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import Field, field_validator

from sync.settings_base import InvalidValue, Section, duration
from sync.timing.schedule import check_cron, is_cron

OFF = "off"


class BackupSettings(Section):
    """`schedule` is a span ("24h"), a cron line in UTC, or "off"."""

    schedule: str | float = "24h"
    folder: str = ""
    """Empty: `backups` beside a SQLite database, none for PostgreSQL, whose backups are often made elsewhere."""
    keep: int = Field(7, ge=1, le=10_000)
    """So many of the newest."""
    keep_weekly: int = Field(4, ge=0, le=10_000)
    """And the newest of each of so many weeks before."""
    postgres_tools: str = ""
    """The folder of pg_dump and pg_restore; empty: where PATH has them."""

    @field_validator("schedule")
    @classmethod
    def _a_rhythm(cls, value: str | float) -> str | float:
        if is_cron(value):
            check_cron(str(value))
        elif value != OFF and duration(value) < timedelta(minutes=1):
            raise InvalidValue("must be a minute or more")
        return value

    @property
    def tools(self) -> Path | None:
        """The folder of PostgreSQL's programs, where one is named."""
        return Path(self.postgres_tools) if self.postgres_tools else None
