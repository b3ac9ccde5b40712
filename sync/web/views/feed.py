"""The last events as a feed: what the other channels say of them, for whoever reads feeds instead."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field
from sqlalchemy.orm import Session

from storage import cohorts
from storage import events as stored
from sync import __version__
from sync.alerts.channels.atom.feed import document, story
from sync.alerts.message import AlertNote, compose
from sync.alerts.settings import NAME
from sync.changes.event import Event
from sync.changes.model import Kind, Severity
from sync.changes.sentences import kind_name
from sync.cohort.vocabulary import class_words
from sync.web.views.class_filter import ClassQuery
from sync.web.views.events import EventsQuery, page_of

MOST = 50
"""Events in a feed."""
MOST_LETTERS = 20_000
"""Of one entry's content: the whole is at its link."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FeedQuery(ClassQuery):
    """Which events; what is left out narrows nothing."""

    watch: str = Field(
        "", max_length=100, pattern=f"^$|{NAME}", description="Of studies that are or were in this watch."
    )
    severity: Severity | Literal[""] = Field("", description="Of this severity or a heavier one.")
    kind: Kind | Literal[""] = ""

    def stored(self) -> dict[str, Any]:
        """The filters as a token keeps them."""
        values = self.model_dump(mode="json")
        return {name: value for name, value in values.items() if value or name not in ClassQuery.model_fields}

    @property
    def title(self) -> str:
        """What the feed is called."""
        weight = f"{self.severity} or heavier" if self.severity not in ("", Severity.INFO) else ""
        kind, named = kind_name(self.kind), (self.study_class, self.antigen, self.area)
        narrowed = ", ".join(part for part in (self.watch, *map(class_words, named), kind, weight) if part)
        return f"trialdelta: {narrowed or 'all events'}"

    @property
    def urn(self) -> str:
        """The feed's id, the same wherever the console is reached."""
        # Without the console's address: a reader that knew it under another name must not show all entries as new.
        filters = [f"{key}={value}" for key, value in self.model_dump(mode="json").items() if value]
        return ":".join(["urn:trialdelta:events", *filters])


@dataclass(frozen=True)
class Feed:
    """The events of a feed, what is known of their watches, and when any of it last changed."""

    query: FeedQuery
    events: Sequence[Event]
    watches: Mapping[str, Sequence[str]]
    changed_at: datetime

    def etag(self, address: str) -> str:
        """Names what will be said at this address: weak, since it is made of what the entries are made of."""
        events = [event.as_json() for event in self.events]
        made_of = [__version__, address, events, self.watches]
        # The version too: another program may write the same events in other words.
        return f'W/"{hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:32]}"'


def load(session: Session, query: FeedQuery) -> Feed:
    """The last events that are asked for."""
    events, _ = page_of(session, EventsQuery(**query.model_dump(), limit=MOST))
    watches = cohorts.watches_of(session, {event.nct_id for event in events if event.nct_id})
    seen = [datetime.fromisoformat(event.seen_at) for event in events]
    # A replay changes what an old event says, and the seen times of none.
    return Feed(query, events, watches, max([*seen, stored.superseded_at(session) or _EPOCH]))


def atom(feed: Feed, console: str, address: str) -> bytes:
    """As Atom; `console` is where the console is reached, `address` where this feed is."""
    links = (
        {"href": address, "rel": "self", "type": "application/atom+xml"},
        {"href": f"{console}events", "rel": "alternate", "type": "text/html"},
    )
    return document(feed.query.urn, feed.query.title, list(_entries(feed, console)), links)


def json_feed(feed: Feed, console: str, address: str) -> dict[str, Any]:
    """As JSON Feed 1.1."""
    pairs = zip(feed.events, _entries(feed, console), strict=True)
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.query.title,
        "description": "What changed in the watched studies, last told first.",
        "home_page_url": f"{console}events",
        "feed_url": address,
        "language": "en",
        "authors": [{"name": "trialdelta"}],
        "items": [_item(event, entry) for event, entry in pairs],
    }


def _entries(feed: Feed, console: str) -> Iterator[dict[str, Any]]:
    """What can change without the event being told anew is left out: an entry is read once."""
    for event in feed.events:
        note = AlertNote("", ", ".join(feed.watches.get(event.nct_id, ())) or None)
        message = compose(event, note)
        entry = story(event.id, message, event.seen_at, most=MOST_LETTERS)
        yield entry | {"link": f"{console}events/{event.id}", "related": message.link}


def _item(event: Event, entry: Mapping[str, Any]) -> dict[str, Any]:
    external = {"external_url": entry["related"]} if entry["related"] else {}
    return {
        "id": entry["id"],
        "url": entry["link"],
        **external,
        "title": entry["title"],
        "summary": entry["summary"],
        "content_html": entry["content"],
        "date_published": entry["updated"],
        "tags": [event.severity, event.kind, event.origin],
        "_trialdelta": {
            "nct_id": event.nct_id or None,
            "severity": event.severity,
            "kind": event.kind,
            "origin": event.origin,
            "release": event.release,
        },
    }
