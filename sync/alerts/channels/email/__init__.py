"""E-mail over SMTP: text and HTML, one thread a study, one Message-ID a delivery so that a repeat is known as one."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.errors import HeaderParseError
from email.headerregistry import Address
from typing import Any, Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from sync.alerts.channels.base import ChannelError, ChannelSettings, Parcel
from sync.alerts.channels.email.mime import letter
from sync.alerts.channels.posting import refused as misled
from sync.alerts.content import short
from sync.net.addresses import Refused
from sync.net.deadline import DeadlinePassed
from sync.net.mail import Mailer
from sync.settings_base import InvalidValue

_PORTS = {"starttls": 587, "tls": 465, "none": 25}


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


class Sender:
    """Hands letters to an SMTP server."""

    kind = "email"
    slow = True

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings
        # Where one recipient is greylisted for hours, the others must not get the same mail at every attempt. Forgotten
        # when the process ends: the repeat then goes to all, with the Message-ID that they know.
        self._accepted: dict[str, frozenset[str]] = {}

    def send(self, parcel: Parcel) -> str:
        """Send to every recipient; where the server refuses one of them, that is an error, though the others have it."""
        settings = self._settings
        body = letter(
            parcel, settings.sender, settings.to, settings.unsubscribe or f"mailto:{settings.sender}"
        )
        before = self._accepted.get(parcel.id, frozenset())
        wanted = [address for address in settings.to if address not in before] or list(settings.to)
        try:
            with self._connected() as server:
                refused = server.send_message(body, settings.sender, wanted)
        except Refused as error:
            raise misled(error) from error
        except (smtplib.SMTPException, OSError) as error:
            raise _told(settings.host, error) from error
        if refused:
            self._accepted[parcel.id] = before | (set(wanted) - refused.keys())
            raise _told(settings.host, smtplib.SMTPRecipientsRefused(refused))
        self._accepted.pop(parcel.id, None)
        return f"accepted for {', '.join(settings.to)}"

    @contextmanager
    def _connected(self) -> Iterator[Mailer]:
        settings = self._settings
        context = ssl.create_default_context()
        server = Mailer(
            settings.allow_hosts, settings.timeout_s, context if settings.security == "tls" else None
        )
        with server.connected(settings.host, settings.port or _PORTS[settings.security]):
            if settings.security == "starttls":
                server.starttls(context=context)
            if settings.username and settings.password:
                server.login(settings.username, settings.password.get_secret_value())
            yield server


def _told(host: str, error: Exception) -> ChannelError:
    """What an error of SMTP means: 5xx is for good, 4xx and the network pass, refused credentials disable the channel."""
    if isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPNotSupportedError):
        return ChannelError(f"{host} does not let us in: {_said(error)}", permanent=True, disable=True)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        permanent = all(code >= 500 for code, _ in error.recipients.values())
        who = "; ".join(
            f"{address} ({code} {_words(said)})" for address, (code, said) in error.recipients.items()
        )
        return ChannelError(f"{host} refuses {who}", permanent=permanent)
    if isinstance(error, smtplib.SMTPResponseException):
        return ChannelError(f"{host} answered {_said(error)}", permanent=error.smtp_code >= 500)
    if isinstance(error, DeadlinePassed):
        return ChannelError(f"{host} did not come to an end in time")
    return ChannelError(f"{host} cannot be reached: {type(error).__name__}")


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_words(error.smtp_error)}"
    return short(str(error), 200)


def _words(said: bytes | str) -> str:
    return short(said.decode("utf-8", "replace") if isinstance(said, bytes) else said, 200)
