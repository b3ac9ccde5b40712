"""A webhook, signed as Standard Webhooks says: the receiver checks who sent it and when, and drops doubles by id."""

from __future__ import annotations

import base64
from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from sync.alerts.channels.base import ChannelSettings
from sync.alerts.channels.urls import check_url
from sync.settings_base import InvalidValue

WEAKEST = 24
"""Bytes: the shortest secret that Standard Webhooks recommends."""


class Settings(ChannelSettings):
    """[channels.NAME] of kind "webhook". During a rotation `previous_secret` signs too."""

    kind: Literal["webhook"]
    url: SecretStr
    secret: SecretStr
    previous_secret: SecretStr | None = None
    allow_hosts: tuple[str, ...] = ()
    timeout_s: float = Field(20.0, gt=0, le=120)
    max_bytes: int = Field(1_000_000, ge=20_000)

    @field_validator("secret", "previous_secret")
    @classmethod
    def _a_signing_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _strong(value.get_secret_value()):
            raise InvalidValue("must be base64 of 24 bytes or more: echo whsec_$(openssl rand -base64 32)")
        return value

    @model_validator(mode="after")
    def _encrypted(self) -> Settings:
        check_url(self.url.get_secret_value(), self.allow_hosts)
        return self


def _strong(secret: str) -> bool:
    try:
        return len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) >= WEAKEST
    except ValueError:
        return False
