"""E-mail over SMTP: text and HTML, one thread a study, one Message-ID a delivery so that a repeat is known as one."""

from __future__ import annotations

from email.errors import HeaderParseError
from email.headerregistry import Address
from typing import Any, Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from sync.alerts.channels.base import ChannelSettings
from sync.settings_base import InvalidValue


class Settings(ChannelSettings):
    """[channels.NAME] of kind "email"."""

    kind: Literal["email"]
    host: str = Field(min_length=1)
    port: int | None = Field(None, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: SecretStr | None = None
    sender: str
    to: tuple[str, ...] = Field(min_length=1, max_length=50)
    unsubscribe: str | None = Field(None, pattern=r"^(mailto:|https://)[!-;=?-~]+$")
    """Where List-Unsubscribe leads; without one, to the sender's address."""
    allow_hosts: tuple[str, ...] = ()
    timeout_s: float = Field(25.0, gt=0, le=120)

    @field_validator("to", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("sender", "to")
    @classmethod
    def _addresses(cls, value: Any) -> Any:
        for each in (value,) if isinstance(value, str) else value:
            check_address(each)
        return value

    @model_validator(mode="after")
    def _no_password_in_the_open(self) -> Settings:
        if self.password and not self.username:
            raise InvalidValue("password needs a username")
        if self.password and self.security == "none":
            raise InvalidValue(
                'a password is not sent without encryption: security must be "starttls" or "tls"'
            )
        return self


def check_address(text: str) -> None:
    """Raises InvalidValue unless the text is one address, name@domain."""
    try:
        address = Address(addr_spec=text)
    except (HeaderParseError, ValueError, IndexError):
        address = Address()
    if not (address.username and address.domain and text.isascii()):
        raise InvalidValue("must be an address such as ops@example.org, in ASCII")
