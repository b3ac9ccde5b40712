"""Posting to a URL through the door, and what the receiver's answer means: shared by webhook, Slack and Teams."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import httpx

from sync.alerts.channels.base import ChannelError
from sync.alerts.content import short
from sync.net import addresses, door
from sync.net.retry_after import retry_after

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
    def response(self) -> str:
        """Status and the beginning of the body, for the record."""
        words = self.body.decode("utf-8", "replace")
        for secret in self.secrets:
            words = words.replace(secret, "…")
        words = short(words, MOST_KEPT)
        return f"{self.status}{' ' if words else ''}{words}"

    @property
    def retry_after(self) -> float | None:
        """Seconds that the receiver asked to wait, given as a number or as a date; None where it cannot be read."""
        return retry_after(self.headers.get("retry-after"), datetime.now(UTC))


def post(
    url: str, body: bytes, headers: Mapping[str, str], allow_hosts: Collection[str], seconds: float
) -> Answer:
    """The answer of any status; raises ChannelError where there is none. A URL may be a secret: only its host is told."""
    try:
        reply = door.exchange(
            "POST", url, body=body, headers=headers, allow_hosts=allow_hosts, seconds=seconds
        )
    except addresses.Refused as error:
        raise refused(error) from error
    except door.NoAnswer as error:
        raise ChannelError(f"{urlsplit(url).hostname}: {error}") from error
    return Answer(reply.status, reply.headers, reply.body, _secrets(url, headers))


def refused(error: addresses.Refused) -> ChannelError:
    """The channel leads where it must not: no delivery will ever get through."""
    why = f"{error}; if it is meant, name the host in allow_hosts of the channel"
    return ChannelError(why, permanent=True, disable=True)


def _secrets(url: str, headers: Mapping[str, str]) -> tuple[str, ...]:
    """What of a request may be secret: path and query of the URL, in parts too (escapes differ), and headers."""
    parts = urlsplit(url)
    values = [value for _, value in parse_qsl(parts.query)]
    sent = [value for name, value in headers.items() if name.lower() not in ("content-type", "user-agent")]
    words = [word for value in sent for word in value.split()]
    pieces = (parts.path, parts.query, *parts.path.split("/"), *values, *sent, *words)
    return tuple(sorted({piece for piece in pieces if len(piece) >= SHORTEST_SECRET}, key=len, reverse=True))


def accepted(answer: Answer, host: str | None) -> str:
    """What the receiver said, if it took the delivery; raises ChannelError with what its status means."""
    status = answer.status
    if 200 <= status < 300:
        return answer.response
    # A redirect may lead anywhere, and what is signed for one address would be sent to another.
    if 300 <= status < 400:
        raise ChannelError(f"{host} redirects ({status}); redirects are not followed, write the new URL down")
    if status in (404, 410):
        raise ChannelError(f"{host} is gone: {answer.response}", permanent=True, disable=True)
    # Each further attempt would knock with the same credentials, and may lock the account.
    if status in (401, 403):
        raise ChannelError(f"{host} refuses the credentials: {answer.response}", permanent=True, disable=True)
    permanent = 400 <= status < 500 and status not in _PASSING
    raise ChannelError(
        f"{host} answered {answer.response}", permanent=permanent, retry_after=answer.retry_after
    )
