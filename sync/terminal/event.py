"""An event told to a person on a terminal: what changed, why it matters, the evidence."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sync.changes.criteria.detail import EligibilityDetail
from sync.changes.event import Event
from sync.changes.model import Change, Detail
from sync.terminal.text import SEVERITY_STYLE, safe


def event_lines(event: Event) -> Iterator[str]:
    """The event, line by line, in rich's markup."""
    style = SEVERITY_STYLE[event.severity]
    yield f"[{style}] {event.severity.upper()} [/] [bold]{safe(event.headline)}[/]"
    yield f"[dim]{event.nct_id}[/]  {safe(event.title)}"
    yield ""
    for reason in event.reasons:
        yield f"  why    {safe(reason.fact)} [dim]({reason.rule}, {reason.severity})[/]"
    for change in event.changes:
        yield ""
        yield from _change(change)
    yield from _suppressed(event)
    yield ""
    yield from _evidence(event)


def _change(change: Change[Detail]) -> Iterator[str]:
    detail = change.detail
    if isinstance(detail, EligibilityDetail) and detail.criterion is not None:
        # Old and new of a criterion are sentences nearly alike: struck and put in words show what whole ones hide.
        yield from _criterion(change, detail)
        return
    yield f"  [bold]{change.kind}[/] {change.op}  [dim]{safe(change.path)}[/]"
    for mark, colour, value in (("-", "red", change.old), ("+", "green", change.new)):
        if value is not None:
            shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield f"    [{colour}]{mark} {safe(shown)}[/]"


def _criterion(change: Change[Detail], detail: EligibilityDetail) -> Iterator[str]:
    """One criterion, with its redline, its thresholds, and who may enter now."""
    which = " ".join(filter(None, (detail.section, detail.numbers.in_words)))
    place = " › ".join([which, *(detail.place or ())[1:]])
    effect = f": [bold]{detail.effect}[/]" if detail.effect and detail.effect.is_direction else ""
    yield f"  [bold]{change.kind}[/] {change.op}, {safe(place)}{effect}"
    yield "    " + " ".join(_run(mark, text) for mark, text in detail.words or ())
    for threshold in detail.thresholds or ():
        old, new = (safe(side or "none") for side in (threshold.old, threshold.new))
        yield f"    [dim]→[/] {safe(threshold.quantity)}: {old} → {new} ({threshold.direction})"


def _run(mark: str, text: str) -> str:
    shown = safe(text)
    # Marked in letters too, as `wdiff` does: a log, a pipe and some eyes have no colours.
    return {"-": f"[red]\\[-{shown}-][/]", "+": f"[green]{{+{shown}+}}[/]"}.get(mark, shown)


def _suppressed(event: Event) -> Iterator[str]:
    if event.suppressed:
        yield ""
    for entry in event.suppressed:
        yield f"  [dim]not told by itself: {entry.kind} {safe(entry.path)} ({entry.reason})[/]"


def _evidence(event: Event) -> Iterator[str]:
    for name, ref in (("from", event.before), ("to", event.after)):
        if ref:
            number = f"version {ref.version}, " if ref.version else ""
            yield f"  [dim]{name:<6} {number}release {ref.release or 'unknown'}, sha-256 {ref.sha256[:16]}…[/]"
    known = (("submitted", event.submitted), ("posted", event.posted))
    dates = ", ".join(f"{name} {day}" for name, day in known if day)
    yield f"  [dim]origin {event.origin}{'; ' + dates if dates else ''}; seen {event.seen_at}[/]"
    yield f"  [dim]event  {event.id}[/]"
    if event.links:
        yield f"  [dim]record {event.links['record']}[/]"
