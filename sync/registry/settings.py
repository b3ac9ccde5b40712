"""The tables [registry] and [backfill]: how to ask ClinicalTrials.gov."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_serializer, field_validator

from sync.redaction import without_login
from sync.registry.user_agent import check_user_agent, user_agent
from sync.settings_base import InvalidValue, Section, check_port

EXAMPLE_CONTACT = "https://example.org/trialdelta"
"""What the shipped configuration has: nobody whom the registry could ask."""


class RegistrySettings(Section):
    """How to ask ClinicalTrials.gov."""

    base_url: str = "https://clinicaltrials.gov/api/v2"
    # robots.txt asks for a second between requests; 40 full pages a minute were served without a complaint.
    min_interval_s: float = Field(1.0, ge=0, le=3600)
    timeout_s: float = Field(60.0, gt=0, le=3600)
    user_agent: str | None = None
    contact: str = EXAMPLE_CONTACT
    tls_profile: Literal["default", "post-handshake-auth", "tls12"] = "default"
    proxy: SecretStr | None = None
    ids_per_request: int = Field(100, ge=1, le=200)
    retries: int = Field(4, ge=0, le=20)
    # Half an hour: a 403 is a verdict on who we are, and asking again soon makes it no better.
    blocked_pause_s: float = Field(1800.0, ge=0)

    @field_validator("base_url")
    @classmethod
    def _an_http_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise InvalidValue("must be an http:// or https:// address")
        return value.rstrip("/")

    @field_validator("user_agent")
    @classmethod
    def _one_that_passes(cls, value: str | None) -> str | None:
        if value is not None and (objection := check_user_agent(value)):
            raise InvalidValue(objection)
        return value

    @field_validator("contact")
    @classmethod
    def _fit_for_a_header(cls, value: str) -> str:
        if objection := check_user_agent(user_agent(value)):
            raise InvalidValue(objection)
        return value

    @field_validator("proxy")
    @classmethod
    def _a_proxy_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            address = value.get_secret_value()
            if not address.startswith(("http://", "https://", "socks5://", "socks5h://")):
                raise InvalidValue("must be an http://, https:// or socks5:// address")
            check_port(address)
        return value

    @field_serializer("base_url")
    def _without_login(self, value: str) -> str:
        return without_login(value)

    @field_serializer("proxy")
    def _hidden(self, value: SecretStr | None) -> str | None:
        return None if value is None else "**********"


class BackfillSettings(Section):
    """How the record history is asked for the past of studies: only where `trialdelta backfill` is run."""

    min_interval_s: float = Field(0.5, ge=0, le=3600)
    versions_per_study: int = Field(100, ge=1, le=100_000)
    """The newest so many; a study has 7 on average, and the longest known history has 1,650."""
    studies_per_run: int = Field(500, ge=1, le=1_000_000)
    """So many studies are asked for in one run; at the default pace that is about 40 minutes."""
