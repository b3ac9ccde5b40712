"""One request to somebody else's server: over within its time, to an address that may be reached, little of it read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass

import httpx

from storage.errors import TrialdeltaError
from sync.net.addresses import addresses
from sync.net.causes import cause_of
from sync.net.deadline import Deadline, Stopped
from sync.net.transport import Transport

MOST_READ = 65_536
"""Bytes of an answer's body that are read, as they come: what is compressed stays so, and cannot swell."""
MOST_RECEIVED = 1_000_000
"""Bytes that are taken in for an answer of any shape: endless headers, or one interim answer after the other."""

BODY_S = 5.0
"""How long the body is waited for once the status has come."""


class NoAnswer(TrialdeltaError):
    """The other side gave no answer."""

    hint = "Look whether it is up, and whether the address is right."
    passing = True


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the beginning of the body, as it was sent."""

    status: int
    headers: httpx.Headers
    body: bytes


def exchange(
    method: str,
    url: str,
    *,
    seconds: float,
    allow_hosts: Collection[str],
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> Reply:
    """The answer, of any status; a redirect is one, and is not followed.

    Raises NoAnswer, which does not repeat the URL (it may be a secret), Refused, and Stopped.
    """
    deadline = Deadline(seconds)
    try:
        with (
            client(deadline, allow_hosts) as http_client,
            http_client.stream(method, url, content=body, headers=dict(headers or {})) as response,
        ):
            deadline.start(min(BODY_S, deadline.left()))
            return Reply(response.status_code, response.headers, _beginning(response))
    except httpx.TimeoutException as error:
        raise NoAnswer(f"no answer within {seconds:g} s") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NoAnswer(f"no answer: {cause_of(error)}") from error


def client(deadline: Deadline, allow_hosts: Collection[str]) -> httpx.Client:
    """A client for one request: no redirects, and of the environment no proxy but the certificates that it names."""
    transport = Transport(
        deadline,
        httpx.create_ssl_context(),
        choose=lambda host, port, deadline: addresses(host, port, allow_hosts, deadline),
        most=MOST_RECEIVED,
    )
    # its own timeouts are for one read each: the deadline's are shorter
    return httpx.Client(transport=transport, timeout=None, follow_redirects=False, trust_env=False)  # noqa: S113


def _beginning(response: httpx.Response) -> bytes:
    """As much as comes: the status has said what counts, and a receiver that is slow with the rest has the message."""
    body = bytearray()
    with suppress(httpx.HTTPError, Stopped):
        for piece in response.iter_raw():
            body += piece
            if len(body) >= MOST_READ:
                break
    return bytes(body[:MOST_READ])
