"""Microsoft Teams: an adaptive card, posted to the URL of a Teams workflow."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr, model_validator

from sync.alerts.channels.base import ChannelSettings
from sync.alerts.channels.urls import check_url


class Settings(ChannelSettings):
    """[channels.NAME] of kind "teams"."""

    kind: Literal["teams"]
    url: SecretStr
    allow_hosts: tuple[str, ...] = ()
    timeout_s: float = Field(20.0, gt=0, le=120)

    @model_validator(mode="after")
    def _encrypted(self) -> Settings:
        check_url(self.url.get_secret_value(), self.allow_hosts)
        return self
