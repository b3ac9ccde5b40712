"""The feed itself: entries as JSON values, so that they outlive the process, and the Atom document made of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from feedgen.feed import FeedGenerator  # type: ignore[import-untyped]

from sync.alerts.channels.base import Parcel
from sync.alerts.channels.html import templates
from sync.alerts.cut import fitted

MOST_LETTERS = 50_000
"""Of one entry's content."""
_NOWHERE = datetime(1970, 1, 1, tzinfo=UTC)
_TEMPLATES = templates(Path(__file__).parent)

Json = dict[str, Any]


def entry(parcel: Parcel) -> Json:
    """What the feed keeps of a parcel. Its id is the delivery's: the same on every attempt."""
    message = parcel.message
    page = _TEMPLATES.get_template("story.html.j2")
    return {
        "id": f"urn:trialdelta:{parcel.id}",
        "title": message.subject,
        "summary": message.lead,
        "link": message.link,
        "category": message.severity,
        "updated": parcel.created_at.isoformat(),
        "content": fitted(message, lambda each: page.render(message=each), len, MOST_LETTERS),
    }


def feed(watch: str, entries: Sequence[Json]) -> bytes:
    """The Atom document, newest entry first."""
    made = FeedGenerator()
    made.id(f"urn:trialdelta:watch:{watch}")
    made.title(f"trialdelta: {watch}")
    made.author({"name": "trialdelta"})
    made.updated(entries[0]["updated"] if entries else _NOWHERE)
    for each in entries:
        _add(made, each)
    return bytes(made.atom_str(pretty=True))


def _add(made: FeedGenerator, each: Json) -> None:
    added = made.add_entry(order="append")
    added.id(each["id"])
    added.title(each["title"])
    added.summary(each["summary"])
    added.updated(each["updated"])
    added.category(term=each["category"])
    added.content(each["content"], type="html")
    if each["link"]:
        added.link(href=each["link"], rel="alternate")
