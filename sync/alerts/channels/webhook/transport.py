"""Posting parcels, signed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from msgspec import structs
from standardwebhooks import Webhook

from sync import __version__
from sync.alerts.channels.base import Parcel
from sync.alerts.channels.posting import accepted, post
from sync.alerts.channels.webhook import Settings
from sync.alerts.truncate import cut, cut_text
from sync.changes.event import Event


class Sender:
    """Posts and signs."""

    kind = "webhook"
    slow = False

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings
        self._url = settings.url.get_secret_value()

    def send(self, parcel: Parcel) -> str:
        """Post the parcel; 2xx is done, 404, 410, 401 and 403 disable the channel, 3xx is not followed."""
        settings = self._settings
        body = _body(parcel, settings.max_bytes)
        answer = post(self._url, body, self._headers(parcel, body), settings.allow_hosts, settings.timeout_s)
        return accepted(answer, urlsplit(self._url).hostname)

    def _headers(self, parcel: Parcel, body: bytes) -> dict[str, str]:
        now = datetime.now(UTC)
        secrets = (self._settings.secret, self._settings.previous_secret)
        return {
            "content-type": "application/json",
            "user-agent": f"trialdelta/{__version__}",
            "idempotency-key": parcel.id,
            "webhook-id": parcel.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(
                Webhook(secret.get_secret_value()).sign(parcel.id, now, body.decode())
                for secret in secrets
                if secret is not None
            ),
        }


def _body(parcel: Parcel, most: int) -> bytes:
    """The parcel as JSON; of one too large, the first changes that fit and how many were left out."""
    whole = _json(parcel.as_json())
    if len(whole) <= most:
        return whole
    for told in (200, 50, 10, 1, 0):
        small = _json(_cut_parcel(parcel, told, most))
        if len(small) <= most:
            break
    return small


def _cut_parcel(parcel: Parcel, told: int, most: int) -> dict[str, Any]:
    share = most // (8 * (told + 1))
    message = cut(parcel.message, items=told, letters=max(200, share))
    data = {
        "delivery": parcel.id,
        "event": _cut_event(parcel.event, told, share),
        "message": message.as_json(),
    }
    return parcel.as_json() | {"data": data}


def _cut_event(event: Event | None, told: int, share: int) -> dict[str, Any] | None:
    if event is None:
        return None
    kept = [change for change in event.changes[:told] if len(_json(change.as_json())) <= share]
    left_out = {"changes": len(event.changes) - len(kept), "suppressed": len(event.suppressed)}
    title = cut_text(event.title, 300, f"trialdelta events {event.id}")
    small = structs.replace(event, title=title, changes=tuple(kept), suppressed=())
    return {**small.as_json(), "left_out": left_out}


def _json(value: Any) -> bytes:
    # ASCII: half a surrogate pair, which a record may hold, has no UTF-8 form.
    return json.dumps(value, separators=(",", ":")).encode("ascii")
