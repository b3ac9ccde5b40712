"""Slack, by a bot's token (threads per study) or by an incoming webhook (no threads: it does not say where it posted)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator

from sync.alerts.channels.base import ChannelSettings
from sync.alerts.channels.urls import check_url
from sync.settings_base import InvalidValue


class Settings(ChannelSettings):
    """[channels.NAME] of kind "slack": `url` of an incoming webhook, or `token` and `channel`."""

    kind: Literal["slack"]
    url: SecretStr | None = None
    token: SecretStr | None = None
    channel: str | None = Field(None, pattern=r"^[#A-Za-z0-9_-]{1,80}$")
    threads: Path | None = None
    """A file that remembers in which thread each study is told, over restarts."""
    base_url: str = "https://slack.com/api"
    allow_hosts: tuple[str, ...] = ()
    timeout_s: float = Field(20.0, gt=0, le=120)

    @model_validator(mode="after")
    def _one_way_in(self) -> Settings:
        if bool(self.url) == bool(self.token and self.channel):
            raise InvalidValue("give either url (an incoming webhook), or token and channel")
        check_url(self.target, self.allow_hosts)
        return self

    @property
    def target(self) -> str:
        """The URL that is posted to."""
        return self.url.get_secret_value() if self.url else f"{self.base_url.rstrip('/')}/chat.postMessage"
