"""Posting cards to Teams."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from sync.alerts.channels.base import Outgoing
from sync.alerts.channels.posting import accepted, post
from sync.alerts.channels.styled_lines import Line, Piece, section_lines
from sync.alerts.channels.teams import Settings
from sync.alerts.content import Link, Message
from sync.alerts.truncate import fitted

MOST_BYTES = 28_000
"""Teams refuses a card of more than 28 KB, counted as it passes it on: as a text within JSON, its quotes escaped again."""


Json = dict[str, Any]


class Sender:
    """Posts cards."""

    kind = "teams"
    slow = True

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings
        self._url = settings.url.get_secret_value()

    def send(self, outgoing: Outgoing) -> str:
        """Post the message as a card."""
        fit = fitted(outgoing.message, lambda each: card(each, outgoing.id), _size, MOST_BYTES)
        body = _body(fit, outgoing.message.subject)
        headers = {"content-type": "application/json", "idempotency-key": outgoing.id}
        answer = post(self._url, body, headers, self._settings.allow_hosts, self._settings.timeout_s)
        return accepted(answer, urlsplit(self._url).hostname)


def _size(fit: Json) -> int:
    return len(json.dumps(json.dumps(fit)))


def _body(fit: Json, subject: str) -> bytes:
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": fit,
    }
    return json.dumps({"type": "message", "summary": subject, "attachments": [attachment]}).encode()


_COLOURS = {"critical": "attention", "high": "attention", "medium": "warning", "low": "accent"}


def card(message: Message, delivery: str) -> Json:
    """The card. Its texts are TextRuns, which Teams takes literally, unlike the Markdown of a TextBlock."""
    over = [Piece(message.severity.upper(), "bold"), Piece(f"  {message.nct_id}  {message.title}", "quiet")]
    also = [_rich([Piece(f"also {message.also}", "quiet")])] if message.also else []
    links = message.section("links")
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": [
            {
                "type": "Container",
                "style": _COLOURS.get(message.severity, "default"),
                "bleed": True,
                "items": [_rich(over), _rich([Piece(message.lead, "bold")], size="Large"), *also],
            },
            *(
                {
                    "type": "Container",
                    "separator": True,
                    "items": [
                        _rich([Piece(section.title, "bold")], size="Small"),
                        *map(_rich, section_lines(section)),
                    ],
                }
                for section in message.sections
                if section.name != "links"
            ),
            _rich([Piece(f"delivery {delivery} · {message.more}", "quiet")], size="Small"),
        ],
        "actions": [
            {"type": "Action.OpenUrl", "title": item.text, "url": item.url}
            for item in (links.items if links else ())
            if isinstance(item, Link)
        ],
    }


def _rich(line: Line, size: str = "Default") -> Json:
    return {
        "type": "RichTextBlock",
        "spacing": "Small",
        "inlines": [_run(piece, size) for piece in line if piece.text],
    }


_STYLES: dict[str, Json] = {
    "bold": {"weight": "Bolder"},
    "struck": {"strikethrough": True, "color": "Attention"},
    "put": {"weight": "Bolder", "color": "Good"},
    "code": {"fontType": "Monospace"},
    "quiet": {"isSubtle": True},
}


def _run(piece: Piece, size: str) -> Json:
    link = {"selectAction": {"type": "Action.OpenUrl", "url": piece.url}} if piece.url else {}
    return {"type": "TextRun", "text": piece.marked, "size": size} | _STYLES.get(piece.style, {}) | link
