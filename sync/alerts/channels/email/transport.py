"""Handing letters to the SMTP server."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from sync.alerts.channels.base import ChannelError, Outgoing
from sync.alerts.channels.email import Settings
from sync.alerts.channels.email.mime import letter
from sync.alerts.channels.posting import refused as misled
from sync.alerts.content import short
from sync.net.addresses import Refused
from sync.net.causes import cause_of
from sync.net.deadline import DeadlinePassed
from sync.net.mail import Mailer

_PORTS = {"starttls": 587, "tls": 465, "none": 25}


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

    def send(self, outgoing: Outgoing) -> str:
        """Send to every recipient; where the server refuses one of them, that is an error, though the others have it."""
        settings = self._settings
        body = letter(
            outgoing, settings.sender, settings.to, settings.unsubscribe or f"mailto:{settings.sender}"
        )
        before = self._accepted.get(outgoing.id, frozenset())
        wanted = [address for address in settings.to if address not in before] or list(settings.to)
        try:
            with self._connected() as server:
                refused = server.send_message(body, settings.sender, wanted)
        except Refused as error:
            raise misled(error) from error
        except (smtplib.SMTPException, OSError) as error:
            raise _channel_error(settings.host, error) from error
        if refused:
            self._accepted[outgoing.id] = before | (set(wanted) - refused.keys())
            raise _channel_error(settings.host, smtplib.SMTPRecipientsRefused(refused))
        self._accepted.pop(outgoing.id, None)
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


def _channel_error(host: str, error: Exception) -> ChannelError:
    """What an error of SMTP means: 5xx is for good, 4xx and the network pass, refused credentials disable the channel."""
    if isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPNotSupportedError):
        return ChannelError(f"{host} does not let us in: {_said(error)}", permanent=True, disable=True)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        # As long as one of them may yet take it the delivery is tried again, to those alone who lack it.
        permanent = all(code >= 500 for code, _ in error.recipients.values())
        who = "; ".join(
            f"{address} ({code} {_words(response)})" for address, (code, response) in error.recipients.items()
        )
        return ChannelError(f"{host} refuses {who}", permanent=permanent)
    if isinstance(error, smtplib.SMTPResponseException):
        return ChannelError(f"{host} answered {_said(error)}", permanent=error.smtp_code >= 500)
    if isinstance(error, DeadlinePassed):
        return ChannelError(f"{host} did not come to an end in time")
    return ChannelError(f"{host} cannot be reached: {cause_of(error)}")


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_words(error.smtp_error)}"
    return short(str(error), 200)


def _words(response: bytes | str) -> str:
    return short(response.decode("utf-8", "replace") if isinstance(response, bytes) else response, 200)
