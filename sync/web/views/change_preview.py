"""What an alert's headline only counts, in a line: the criterion with its redline, the outcome that was moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field
from sqlalchemy.orm import Session

from storage.alerts import AlertInfo
from storage.events import FirstChange, first_changes
from sync.changes.event import detail_from_json
from sync.changes.kinds import all_kinds, kind_named
from sync.changes.kinds.table import Preview
from sync.changes.model import Change, Op
from sync.view import View

COUNTING = tuple(kind for kind, about in all_kinds().items() if about.preview)
"""The kinds whose headlines count; the others name what changed."""
AROUND, MOST = 60, 220
"""Letters of what stayed that are kept beside a change, and of the whole line."""

Mark = Literal["=", "-", "+"]
Run = tuple[Mark, str]


class ChangePreview(View):
    """The first of an event's changes of its own kind."""

    where: str = Field(
        description="Where it stands: inclusion criterion 3, primary, secondary …; may be empty."
    )
    words: tuple[Run, ...] = Field(description="Runs of what stayed (=), went (-) and came (+), shortened.")
    others: int = Field(description="How many more changes of the kind there are.")


def change_previews(session: Session, alerts: Sequence[AlertInfo]) -> dict[str, ChangePreview]:
    """By event, for those whose headline only counts."""
    # Only for these, since it costs a query for each few hundred alerts of a page.
    counting = [alert.event_id for alert in alerts if alert.kind in COUNTING]
    found = first_changes(session, counting, COUNTING)
    previews = {event_id: (preview_of(first), first.of_its_kind) for event_id, first in found.items()}
    return {
        event_id: ChangePreview(
            where=preview.where, words=shortened(list(_runs(preview.words))), others=size - 1
        )
        for event_id, (preview, size) in previews.items()
        if preview
    }


def preview_of(first: FirstChange) -> Preview | None:
    """The change in a line, as its kind has it."""
    kind = kind_named(first.kind)
    # Through the kind's own form: what an older program stored in another one gives no preview, and no error.
    detail = detail_from_json(kind.kind, first.detail)
    change = Change(kind.kind, "", Op(first.op), first.old, first.new, detail)
    return kind.previewed(change)


def shortened(words: Sequence[Run]) -> tuple[Run, ...]:
    """The runs from the first change on, with a little of what stands around each; what is left out is an ellipsis."""
    room = MOST
    kept: list[Run] = []
    for at, (mark, text) in enumerate(words):
        last = at == len(words) - 1
        # What changed is cut at half of the line: the other half is for what it was changed to.
        shown = _kept(text, first=at == 0, last=last) if mark == "=" else _cut(text, MOST // 2)
        if len(shown) > room:
            kept.append(("=", "…"))
            break
        room -= len(shown)
        kept.append((mark, shown))
    return tuple(kept)


def _kept(text: str, *, first: bool, last: bool) -> str:
    """Of what stayed: the end before a change, the beginning after one, both between two."""
    if first and last:
        return _cut(text, MOST // 2)
    if first:
        return text if len(text) <= AROUND else f"…{text[-AROUND:]}"
    if last:
        return _cut(text, AROUND)
    return text if len(text) <= 2 * AROUND else f"{text[:AROUND]} … {text[-AROUND:]}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _runs(words: Sequence[tuple[str, str]]) -> Iterator[Run]:
    for mark, text in words:
        if mark in ("=", "-", "+") and text:
            yield mark, text  # type: ignore[misc]  # one of the three
