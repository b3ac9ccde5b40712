"""The feed itself: entries as JSON values, so that they outlive the process, and the Atom document made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from feedgen.feed import FeedGenerator  # type: ignore[import-untyped]

from sync.alerts.channels.base import Outgoing
from sync.alerts.channels.html import templates
from sync.alerts.content import Message
from sync.alerts.truncate import fitted

MOST_LETTERS = 50_000
"""Of one entry's content."""
_NOWHERE = datetime(1970, 1, 1, tzinfo=UTC)
_TEMPLATES = templates(Path(__file__).parent)

Json = dict[str, Any]


def entry(outgoing: Outgoing) -> Json:
    """What the feed keeps of a delivery. Its id is the delivery's: the same on every attempt."""
    return story(outgoing.id, outgoing.message, outgoing.created_at.isoformat())


def story(name: str, message: Message, updated: str, *, most: int = MOST_LETTERS) -> Json:
    """A message as an entry; `name` is what makes its id."""
    page = _TEMPLATES.get_template("story.html.j2")
    return {
        "id": f"urn:trialdelta:{name}",
        "title": message.subject,
        "summary": message.headline,
        "link": message.link,
        "category": message.severity,
        "updated": updated,
        "content": fitted(message, lambda each: page.render(message=each), len, most),
    }


def feed(watch: str, entries: Sequence[Json]) -> bytes:
    """The Atom document of a watch, newest entry first."""
    return document(f"urn:trialdelta:watch:{watch}", f"trialdelta: {watch}", entries)


def document(
    name: str, title: str, entries: Sequence[Json], links: Sequence[Mapping[str, str]] = ()
) -> bytes:
    """An Atom document of this id and title, with links such as where it is itself to be had."""
    made = FeedGenerator()
    made.id(name)
    made.title(title)
    made.author({"name": "trialdelta"})
    # Of its entries, not of now: a feed in which nothing is new must stay the same to the byte.
    made.updated(max((each["updated"] for each in entries), default=_NOWHERE))
    for link in links:
        made.link(**link)
    for each in entries:
        _add(made, each)
    return bytes(made.atom_str(pretty=True))


def _add(made: FeedGenerator, each: Json) -> None:
    # The library puts each new entry first by default, which would turn them around.
    added = made.add_entry(order="append")
    added.id(each["id"])
    added.title(each["title"])
    added.summary(each["summary"])
    added.updated(each["updated"])
    added.category(term=each["category"])
    added.content(each["content"], type="html")
    if each["link"]:
        added.link(href=each["link"], rel="alternate")
