"""What an alert's headline only counts, in a line: the criterion with its redline, the outcome that was moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from storage.alerts import AlertInfo
from storage.events import FirstChange, first_changes
from sync.changes.criteria.redline import redline
from sync.changes.model import Kind

KINDS = (Kind.ELIGIBILITY, Kind.OUTCOMES)
"""Whose headlines count; the others name what changed."""
AROUND, MOST = 60, 220
"""Letters of what stayed that are kept beside a change, and of the whole line."""

Mark = Literal["=", "-", "+"]
Run = tuple[Mark, str]


class Gist(BaseModel):
    """The first of an event's changes of its own kind."""

    model_config = ConfigDict(frozen=True)

    where: str = Field(
        description="The list it stands in: inclusion, exclusion, primary, secondary …; may be empty."
    )
    words: tuple[Run, ...] = Field(description="Runs of what stayed (=), went (-) and came (+), shortened.")
    others: int = Field(description="How many more changes of the kind there are.")


def gists(session: Session, alerts: Sequence[AlertInfo]) -> dict[str, Gist]:
    """By event, for those whose headline only counts."""
    counting = [alert.event_id for alert in alerts if alert.kind in KINDS]
    found = first_changes(session, counting, KINDS)
    told = {event_id: (words_of(first), first) for event_id, first in found.items()}
    return {
        event_id: Gist(where=_where(first.detail), words=shortened(words), others=first.of_its_kind - 1)
        for event_id, (words, first) in told.items()
        if words
    }


def shortened(words: Sequence[Run]) -> tuple[Run, ...]:
    """The runs from the first change on, with a little of what stands around each; what is left out is an ellipsis."""
    room = MOST
    kept: list[Run] = []
    for at, (mark, text) in enumerate(words):
        last = at == len(words) - 1
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


def words_of(change: FirstChange) -> list[Run]:
    """A criterion's redline; of an outcome its measure, what of it was reworded, and between which lists it went."""
    detail = change.detail
    if detail.get("words"):
        return list(_runs(detail["words"]))
    if not detail.get("measure"):
        return []
    if detail.get("was") and detail.get("rank"):
        return [("-", str(detail["was"])), ("+", str(detail["rank"])), ("=", str(detail["measure"]))]
    if change.op == "changed":
        reworded = redline(_outcome(change.old), _outcome(change.new))
        if len(reworded) > 1:
            return list(_runs(reworded))
    marks: dict[str, Mark] = {"added": "+", "removed": "-"}
    return [(marks.get(change.op, "="), str(detail["measure"]))]


def _outcome(told: Any) -> str:
    """Measure and time frame."""
    parts = (told.get("measure"), told.get("timeFrame")) if isinstance(told, dict) else ()
    return " · ".join(part for part in parts if isinstance(part, str) and part)


def _runs(words: Sequence[Sequence[str]]) -> Iterator[Run]:
    for mark, text in words:
        if mark in ("=", "-", "+") and text:
            yield mark, text  # type: ignore[misc]  # one of the three


def _where(detail: Mapping[str, Any]) -> str:
    if detail.get("was") and detail.get("rank"):
        return ""
    here = str(detail.get("section") or detail.get("rank") or "")
    before = (detail.get("moved_from") or {}).get("section")
    return f"{before} → {here}" if before and before != here else here
