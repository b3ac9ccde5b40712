"""Posting deliveries, signed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from msgspec import structs
from standardwebhooks import Webhook

from sync import __version__
from sync.alerts.channels.base import Outgoing
from sync.alerts.channels.posting import accepted, post
from sync.alerts.channels.webhook import Settings
from sync.alerts.truncate import truncate, truncate_text
from sync.changes.event import Event


class Sender:
    """Posts and signs."""

    kind = "webhook"
    slow = False

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings
        self._url = settings.url.get_secret_value()

    def send(self, outgoing: Outgoing) -> str:
        """Post the delivery; 2xx is done, 404, 410, 401 and 403 disable the channel, 3xx is not followed."""
        settings = self._settings
        body = _body(outgoing, settings.max_bytes)
        answer = post(
            self._url, body, self._headers(outgoing, body), settings.allow_hosts, settings.timeout_s
        )
        return accepted(answer, urlsplit(self._url).hostname)

    def _headers(self, outgoing: Outgoing, body: bytes) -> dict[str, str]:
        now = datetime.now(UTC)
        secrets = (self._settings.secret, self._settings.previous_secret)
        return {
            "content-type": "application/json",
            "user-agent": f"trialdelta/{__version__}",
            "idempotency-key": outgoing.id,
            "webhook-id": outgoing.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(
                Webhook(secret.get_secret_value()).sign(outgoing.id, now, body.decode())
                # During a rotation both sign: the receiver takes either, whichever it has already.
                for secret in secrets
                if secret is not None
            ),
        }


def _body(outgoing: Outgoing, most: int) -> bytes:
    """The delivery as JSON; of one too large, the first changes that fit and how many were left out."""
    whole = _json(outgoing.as_json())
    if len(whole) <= most:
        return whole
    # Few steps, since each renders anew; receivers learn from `left_out` that they must ask for the rest.
    for shown in (200, 50, 10, 1, 0):
        small = _json(_truncated(outgoing, shown, most))
        if len(small) <= most:
            break
    return small


def _truncated(outgoing: Outgoing, shown: int, most: int) -> dict[str, Any]:
    share = most // (8 * (shown + 1))
    message = truncate(outgoing.message, items=shown, characters=max(200, share))
    data = {
        "delivery": outgoing.id,
        "event": _truncated_event(outgoing.event, shown, share),
        "message": message.as_json(),
    }
    return outgoing.as_json() | {"data": data}


def _truncated_event(event: Event | None, shown: int, share: int) -> dict[str, Any] | None:
    if event is None:
        return None
    kept = [change for change in event.changes[:shown] if len(_json(change.as_json())) <= share]
    left_out = {"changes": len(event.changes) - len(kept), "suppressed": len(event.suppressed)}
    title = truncate_text(event.title, 300, f"trialdelta events {event.id}")
    small = structs.replace(event, title=title, changes=tuple(kept), suppressed=())
    return {**small.as_json(), "left_out": left_out}


def _json(value: Any) -> bytes:
    # ASCII: half a surrogate pair, which a record may hold, has no UTF-8 form.
    return json.dumps(value, separators=(",", ":")).encode("ascii")
