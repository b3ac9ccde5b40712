"""How watches, and what came of commands for them, are shown on a terminal."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any

from rich.console import RenderableType

from storage.not_taken import Listed
from sync.cli.tables import table
from sync.cli.watch_options import TYPED
from sync.config import WatchSettings
from sync.terminal.text import safe
from sync.watches.listing import WatchLine
from sync.watches.preview import Preview, unregistered_words
from sync.watches.trial_run import Tried
from sync.words import agreeing, counted


def trial_lines(
    watch: WatchSettings, found: Sequence[Tried], shown: Sequence[Tried]
) -> Iterator[RenderableType]:
    """What a trial run found: each study, and what it comes to."""
    if shown:
        yield from table(("study", "named by", "first posted", "class", "in", "why"), map(_trial_row, shown))
    kept = sum(each.kept for each in found)
    new = sum(each.kept and not each.is_member for each in found)
    lost = sum(each.is_member and not each.kept for each in found)
    yield from (f"[yellow]{safe(doubt)}[/]" for doubt in watch.doubts())
    what = "What was typed" if watch.name == TYPED else safe(watch.name)
    yield (
        f"[bold]{what}[/] names {counted(len(found), 'study')}: {kept} would be in it, "
        f"{len(found) - kept} dropped by its second look; {new} would enter, {lost} leave. Nothing was stored."
    )


def _trial_row(each: Tried) -> tuple[str, ...]:
    return (
        each.nct_id,
        safe(each.source),
        safe(each.first_posted or ""),
        safe(" ".join([each.study_class or "", ", ".join(each.antigens)])),
        "[green]yes[/]" if each.kept else "[yellow]dropped[/]",
        safe(each.why),
    )


def watch_rows(found: Sequence[WatchLine]) -> Iterable[RenderableType]:
    """Watches, a row each."""
    if not found:
        return ["No watch yet: `trialdelta watch add NCT…` follows a study."]
    return table(("watch", "kept in", "studies", "asks for", "state"), map(_row, found))


def whole_watch(line: WatchLine, dropped: Sequence[Listed]) -> Iterator[RenderableType]:
    """One watch, with all that is known of it."""
    yield from watch_rows([line])
    if line.ids:
        yield f"Its ids: {', '.join(line.ids)}"
    for each in line.beside:
        too = ", which the watch itself names too" if each.is_named else ""
        yield f"{each.nct_id} was put beside by {safe(each.by)}, {each.at:%Y-%m-%d %H:%M} UTC{too}."
    yield from (f"[yellow]{safe(doubt)}[/]" for doubt in line.doubts)
    if dropped:
        yield f"[bold]Found and not taken[/]: {len(dropped):,} of {counted(line.not_taken, 'study')}"
        rows = (
            (each.nct_id, each.since, safe(each.first_posted or ""), _why_not_taken(each)) for each in dropped
        )
        yield from table(("study", "since", "first posted", "why"), rows)


def _why_not_taken(each: Listed) -> str:
    note = "" if each.note == f"first posted {each.first_posted}" else each.note
    return f"{safe(each.reason)}; [dim]{safe(note)}[/]" if note else safe(each.reason)


def _row(line: WatchLine) -> tuple[str, ...]:
    related = f"related to {', '.join(line.related_to)}" if line.related_to else ""
    everything = "the whole registry" if line.everything else ""
    ids = counted(len(line.ids), "id") if line.ids else ""
    beside = f"{counted(len(line.beside), 'id')} put beside" if line.beside else ""
    parts = [
        everything,
        ids,
        beside,
        *line.typed_searches,
        related,
        line.conditions and f"only {line.conditions}",
    ]
    return (
        safe(line.name),
        line.where,
        f"{line.studies:,}",
        safe(" | ".join(filter(None, parts))),
        safe(_state(line)),
    )


def _state(line: WatchLine) -> str:
    if line.problem:
        return f"not in force: {line.problem}"
    if line.paused_at:
        return f"paused by {line.paused_by} since {line.paused_at:%Y-%m-%d %H:%M} UTC"
    if line.trouble:
        return f"in trouble: {line.trouble}"
    return f"since release {line.established}" if line.established else "not read to its end yet"


def added_lines(
    typed: WatchSettings, was_there: bool, is_changed: bool, found: Preview | None, why_not: str
) -> Iterator[str]:
    """What came of adding to a watch, or editing it."""
    if found:
        yield from preview_lines(found)
    if why_not:
        yield f"[yellow]{safe(why_not)}[/]"
    yield from (f"[yellow]{safe(doubt)}[/]" for doubt in typed.doubts())
    done = "is changed" if was_there else "is new"
    if is_changed:
        yield f"The watch [bold]{safe(typed.name)}[/] {done}. It is read at the next poll; `trialdelta sync` reads it now."
    else:
        yield f"The watch [bold]{safe(typed.name)}[/] has all of that already."


def removed_lines(rows: Sequence[dict[str, Any]], followed: Container[str]) -> Iterator[str]:
    """What was taken out of watches; `followed`: those that a cycle has begun to read."""
    for row in rows:
        if row["ids"]:
            number = len(row["ids"])
            yield f"{', '.join(row['ids'])} {agreeing(number, 'is', 'are')} not named by {safe(row['watch'])} any more."
        if row["removed"]:
            kept = (
                "What was read for it stays stored."
                if row["watch"] in followed
                else "Nothing was read for it."
            )
            yield f"The watch {safe(row['watch'])} is removed. {kept}"


def preview_lines(found: Preview) -> Iterator[str]:
    """What a watch would bring, part by part."""
    for part in found.parts:
        words = f" ({safe(part.asked)})" if part.asked else ""
        said = f"[red]{safe(part.problem)}[/]" if part.problem else counted(part.studies, "study")
        yield f"[bold]{safe(part.source)}[/]{words}: {said}"
        for sample in part.first:
            yield f"  {safe(sample.nct_id)}  {safe(sample.title)}  [dim]{safe(sample.status)}[/]"
    if found.unregistered:
        yield f"[yellow]{safe(unregistered_words(found.unregistered))}[/]"
    yield safe(found.sentence)
