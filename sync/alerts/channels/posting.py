"""Posting to a URL over the guard, and what the receiver's answer means: shared by webhook, Slack and Teams."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, urlsplit

import httpx

from sync.alerts import guard
from sync.alerts.channels.base import ChannelError
from sync.alerts.content import short

MOST_READ = 65_536
"""Bytes of an answer that are read; nobody is obliged to listen to more."""
MOST_KEPT = 200
SHORTEST_SECRET = 6

_PASSING = frozenset({408, 409, 421, 425, 429})


@dataclass(frozen=True)
class Answer:
    """What the receiver said."""

    status: int
    headers: httpx.Headers
    body: bytes
    secrets: tuple[str, ...] = ()
    """What was sent and must not be kept, longest first: many a receiver repeats what it was asked."""

    @property
    def said(self) -> str:
        """Status and the beginning of the body, for the record."""
        words = self.body.decode("utf-8", "replace")
        for secret in self.secrets:
            words = words.replace(secret, "…")
        words = short(words, MOST_KEPT)
        return f"{self.status}{' ' if words else ''}{words}"

    @property
    def retry_after(self) -> float | None:
        """Seconds that the receiver asked to wait, given as a number or as a date; None where it cannot be read."""
        return _seconds(self.headers.get("retry-after", "").strip())


def _seconds(text: str) -> float | None:
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def check_url(url: str, allow_hosts: Collection[str]) -> None:
    """Raises ValueError unless it is https, or http to a host that is allowed by name."""
    parts = urlsplit(url)
    plain = parts.scheme == "http" and guard.allowed(parts.hostname or "", allow_hosts)
    if not parts.hostname or not (parts.scheme == "https" or plain):
        raise ValueError("url must be an https:// address (http:// only to a host in allow_hosts)")


def post(
    url: str, body: bytes, headers: Mapping[str, str], allow_hosts: Collection[str], seconds: float
) -> Answer:
    """The answer of any status; raises ChannelError where there is none. A URL may be a secret: only its host is told."""
    host = urlsplit(url).hostname
    began = time.monotonic()
    try:
        with (
            guard.client(allow_hosts, seconds) as client,
            client.stream("POST", url, content=body, headers=dict(headers)) as response,
        ):
            secrets = _secrets(url, headers)
            return Answer(response.status_code, response.headers, _beginning(response), secrets)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        after = f"after {time.monotonic() - began:.1f} s"
        raise ChannelError(f"{host} did not answer: {type(error).__name__} {after}") from error


def _secrets(url: str, headers: Mapping[str, str]) -> tuple[str, ...]:
    """What of a request may be secret: path and query of the URL, in parts too (escapes differ), and headers."""
    parts = urlsplit(url)
    values = [value for _, value in parse_qsl(parts.query)]
    told = [value for name, value in headers.items() if name.lower() not in ("content-type", "user-agent")]
    words = [word for value in told for word in value.split()]
    pieces = (parts.path, parts.query, *parts.path.split("/"), *values, *told, *words)
    return tuple(sorted({piece for piece in pieces if len(piece) >= SHORTEST_SECRET}, key=len, reverse=True))


def _beginning(response: httpx.Response) -> bytes:
    """Raw, so that a compressed answer cannot swell."""
    body = b""
    for piece in response.iter_raw():
        body += piece
        if len(body) >= MOST_READ:
            break
    return body[:MOST_READ]


def accepted(answer: Answer, host: str | None) -> str:
    """What the receiver said, if it took the parcel; raises ChannelError with what its status means."""
    status = answer.status
    if 200 <= status < 300:
        return answer.said
    if 300 <= status < 400:
        raise ChannelError(f"{host} redirects ({status}); redirects are not followed, write the new URL down")
    if status in (404, 410):
        raise ChannelError(f"{host} is gone: {answer.said}", permanent=True, disable=True)
    if status in (401, 403):
        raise ChannelError(f"{host} refuses the credentials: {answer.said}", permanent=True, disable=True)
    permanent = 400 <= status < 500 and status not in _PASSING
    raise ChannelError(f"{host} answered {answer.said}", permanent=permanent, retry_after=answer.retry_after)
