"""An event told to a person on a terminal: what changed, why it matters, the evidence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sync.cli.common import SEVERITY_STYLE, safe

Json = dict[str, Any]


def telling(event: Json) -> Iterator[str]:
    """The event, line by line, in rich's markup."""
    style = SEVERITY_STYLE[event["severity"]]
    yield f"[{style}] {event['severity'].upper()} [/] [bold]{safe(event['headline'])}[/]"
    yield f"[dim]{event['nct_id']}[/]  {safe(event['title'])}"
    yield ""
    yield from _reasons(event)
    for change in event["changes"]:
        yield ""
        yield from (_criterion(change) if "criterion" in change["detail"] else _change(change))
    yield from _suppressed(event)
    yield ""
    yield from _evidence(event)


def _reasons(event: Json) -> Iterator[str]:
    for reason in event["reasons"]:
        yield f"  why    {safe(reason['fact'])} [dim]({reason['rule']}, {reason['severity']})[/]"


def _criterion(change: Json) -> Iterator[str]:
    """One criterion, with its redline, its thresholds, and who may enter now."""
    detail = change["detail"]
    place = " › ".join([detail["section"] or "", *detail.get("place", ())[1:]])
    effect = "" if detail["effect"] in ("none", "unclear") else f": [bold]{detail['effect']}[/]"
    yield f"  [bold]{change['kind']}[/] {change['op']}, {safe(place)}{effect}"
    yield "    " + " ".join(_run(mark, text) for mark, text in detail["words"])
    for threshold in detail["thresholds"]:
        old, new = (safe(threshold[side] or "none") for side in ("old", "new"))
        yield f"    [dim]→[/] {safe(threshold['quantity'])}: {old} → {new} ({threshold['direction']})"


def _run(mark: str, text: str) -> str:
    shown = safe(text)
    return {"-": f"[red]\\[-{shown}-][/]", "+": f"[green]{{+{shown}+}}[/]"}.get(mark, shown)


def _change(change: Json) -> Iterator[str]:
    yield f"  [bold]{change['kind']}[/] {change['op']}  [dim]{safe(change['path'])}[/]"
    for mark, colour, value in (("-", "red", change["old"]), ("+", "green", change["new"])):
        if value is not None:
            shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield f"    [{colour}]{mark} {safe(shown)}[/]"


def _suppressed(event: Json) -> Iterator[str]:
    if event["suppressed"]:
        yield ""
    for entry in event["suppressed"]:
        yield f"  [dim]not told by itself: {entry['kind']} {safe(entry['path'])} ({entry['reason']})[/]"


def _evidence(event: Json) -> Iterator[str]:
    for name in ("from", "to"):
        if ref := event[name]:
            number = f"version {ref['version']}, " if ref["version"] else ""
            yield f"  [dim]{name:<6} {number}release {ref['release'] or 'unknown'}, sha-256 {ref['sha256'][:16]}…[/]"
    dates = ", ".join(f"{name} {event[name]}" for name in ("submitted", "posted") if event[name])
    yield f"  [dim]origin {event['origin']}{'; ' + dates if dates else ''}; seen {event['seen_at']}[/]"
    yield f"  [dim]event  {event['id']}[/]"
    if event["links"]:
        yield f"  [dim]record {event['links']['record']}[/]"
