"""Posting blocks to Slack."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from sync.alerts.channels.base import ChannelError, Outgoing
from sync.alerts.channels.posting import Answer, accepted, post
from sync.alerts.channels.slack import Settings
from sync.alerts.channels.slack.blocks import blocks, escaped
from sync.alerts.channels.slack.threads import Threads

_LOCKED_OUT = frozenset(
    {
        *(
            "invalid_auth",
            "not_authed",
            "account_inactive",
            "token_revoked",
            "token_expired",
            "no_permission",
        ),
        *("missing_scope", "org_login_required", "ekm_access_denied", "team_access_not_granted"),
        *("channel_not_found", "is_archived", "not_in_channel", "restricted_action"),
    }
)
_PASSING = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)


class Sender:
    """Posts blocks."""

    kind = "slack"
    slow = False

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings
        self._threads = Threads(settings.threads)

    def send(self, outgoing: Outgoing) -> str:
        """Post the message; with a token, into the thread of its study."""
        body = _body(outgoing)
        if self._settings.url:
            return accepted(self._post(body), self._host)
        thread = outgoing.message.thread
        known = self._threads.get(thread)
        reply = self._asked(body | ({"thread_ts": known} if known else {}))
        if reply.get("error") in ("thread_not_found", "message_not_found") and known:
            known, reply = None, self._asked(body)  # somebody deleted its first message
        return self._accepted(reply, thread, known)

    def _asked(self, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._post(body | {"channel": self._settings.channel})
        # Slack says 200 to nearly everything; what went wrong stands in the body.
        accepted(answer, self._host)
        try:
            reply = json.loads(answer.body)
        except ValueError as error:
            raise ChannelError(f"{self._host} answered what is not JSON: {answer.response}") from error
        return reply if isinstance(reply, dict) else {"error": "fatal_error"}

    def _accepted(self, reply: dict[str, Any], thread: str, known: str | None) -> str:
        if not reply.get("ok"):
            code = str(reply.get("error", "unknown"))[:80]
            out = code in _LOCKED_OUT
            # A code that nobody knows is taken for permanent: an unfit message stays so, and would hold up those after
            # it.
            raise ChannelError(f"{self._host} says {code}", permanent=code not in _PASSING, disable=out)
        if not known:
            self._threads.put(thread, str(reply.get("ts", "")))
        return f"ok, ts {reply.get('ts')}"

    def _post(self, body: dict[str, Any]) -> Answer:
        settings = self._settings
        headers = {"content-type": "application/json; charset=utf-8"}
        if settings.token:
            headers["authorization"] = f"Bearer {settings.token.get_secret_value()}"
        return post(
            settings.target, json.dumps(body).encode(), headers, settings.allow_hosts, settings.timeout_s
        )

    @property
    def _host(self) -> str | None:
        return urlsplit(self._settings.target).hostname


def _body(outgoing: Outgoing) -> dict[str, Any]:
    """Slack parses nothing of it: the blocks are literal, the text for notifications is escaped."""
    payload = {"delivery": outgoing.id, "event": outgoing.message.event_id}
    return {
        "text": escaped(outgoing.message.subject),
        "parse": "none",
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": blocks(outgoing.message),
        "metadata": {"event_type": "trialdelta", "event_payload": payload},
    }
