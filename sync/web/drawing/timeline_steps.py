"""A number of a record, release by release: a line that steps from value to value, and the values in words (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from sync.web.drawing.labels import ASCENT, LINE, Box, Label, Room
from sync.web.drawing.svg import joined, tag
from sync.web.drawing.timeline_frame import Frame, Row, day
from sync.web.views.study.timeline import Step, Timeline

Unit = Literal["people", "sites"]
_HEIGHTS = {"people": 56.0, "sites": 42.0}
_ABOVE = 22.0
"""Room above the highest step, for its words."""
_KINDS = {"ESTIMATED": " estimated", "ACTUAL": " actual"}


@dataclass(frozen=True, slots=True)
class _Run:
    """A value from one place to another, at its height."""

    step: Step
    begin: float
    end: float
    y: float


def steps_row(name: str, steps: Sequence[Step], life: Timeline, frame: Frame, unit: Unit) -> Row:
    """The row; higher by a line of words where what must be written has no room among the steps."""
    for spare in (0.0, LINE):
        height = _HEIGHTS[unit] + spare
        runs = _runs(steps, life, frame, _ABOVE + spare, height)
        room = frame.room(height)
        _obstruct(room, runs)
        if _write(room, runs, unit, spare) or spare:
            break
    body = joined(_shapes(runs, height, unit))
    return Row(name, height, body, middle=height - 18, words=tuple(room.labels))


def _runs(steps: Sequence[Step], life: Timeline, frame: Frame, top: float, height: float) -> list[_Run]:
    most = max(max(step.count for step in steps), 1)
    begins = [frame.scale.x(day(step.since)) for step in steps]
    ends = [*begins[1:], frame.scale.x(life.read_until)]
    return [
        _Run(step, begin, max(begin, end), height - (height - top) * max(step.count, 0) / most)
        for step, begin, end in zip(steps, begins, ends, strict=True)
    ]


def _obstruct(room: Room, runs: Sequence[_Run]) -> None:
    room.line([(x, run.y) for run in runs for x in (run.begin, run.end)])
    for run in runs:
        room.mark(Box(run.begin, run.y, run.begin, run.y).grown(4.2))


def _write(room: Room, runs: Sequence[_Run], unit: Unit, spare: float) -> bool:
    """Whether all that must be told has room: the newest value, and of each drop from what to what."""
    written: set[int] = set()
    complete = True
    for at in _by_weight(runs):
        if at in written:
            continue
        words = _value(runs[at].step, unit)
        is_told = has_place = room.put(_places(room, runs[at], words, spare))
        if _is_drop(runs, at) and at - 1 not in written:
            if room.put(_places(room, runs[at - 1], _value(runs[at - 1].step, unit), 0)):
                written.add(at - 1)
            else:
                is_told = _write_both(room, runs, at, words, spare, has_place=has_place)
        if has_place:
            written.add(at)
        complete &= is_told or not (_is_drop(runs, at) or at == len(runs) - 1)
    return complete


def _write_both(
    room: Room, runs: Sequence[_Run], at: int, words: str, spare: float, *, has_place: bool
) -> bool:
    """The old value has no place of its own: it is written with the new one, in that one's place."""
    if has_place:
        room.take_back()
    if room.put(_places(room, runs[at], f"{runs[at - 1].step.count:,} → {words}", spare)):
        return True
    room.put(_places(room, runs[at], words, spare))
    return False


def _by_weight(runs: Sequence[_Run]) -> list[int]:
    """The newest value first, then where the number fell, furthest first, then all others in their order."""

    def weight(at: int) -> tuple[bool, int, int]:
        fell = runs[at - 1].step.count - runs[at].step.count if _is_drop(runs, at) else 0
        return at != len(runs) - 1, -fell, at

    return sorted(range(len(runs)), key=weight)


def _is_drop(runs: Sequence[_Run], at: int) -> bool:
    return at > 0 and runs[at].step.count < runs[at - 1].step.count


def _places(room: Room, run: _Run, words: str, spare: float) -> Iterator[Label]:
    """Above its step, at either end of it, or below it; else in the line that is kept free of steps."""
    for y in (run.y - 8.5, run.y + ASCENT + 5):
        yield Label(words, "value", run.begin + 5, y)
        yield Label(words, "value", run.end - 3, y, "end")
        yield Label(words, "value", run.begin - 7, y, "end")
    if spare:
        begins = Label(words, "value", run.begin, ASCENT)
        yield begins
        yield Label(words, "value", run.begin, ASCENT, "end")
        yield Label(words, "value", room.bounds.right, ASCENT, "end")


def _shapes(runs: Sequence[_Run], height: float, unit: Unit) -> Iterator[Markup]:
    path = " ".join(
        f"{'L' if at else 'M'}{run.begin:.1f} {run.y:.1f}H{run.end:.1f}" for at, run in enumerate(runs)
    )
    yield tag("path", class_="area", d=f"{path}V{height}H{runs[0].begin:.1f}Z")
    for at, run in enumerate(runs):
        rise = f"M{run.begin:.1f} {runs[at - 1].y:.1f}V{run.y:.1f}" if at else f"M{run.begin:.1f} {run.y:.1f}"
        kind = _kind(run.step)
        yield tag("path", class_=f"step {kind}", d=f"{rise}H{run.end:.1f}")
    for run in runs:
        tooltip = tag("title", f"{_value(run.step, unit)} from {run.step.since}")
        yield tag("circle", tooltip, class_=f"dot {_kind(run.step)}", cx=run.begin, cy=run.y, r=3.2)


def _kind(step: Step) -> str:
    return "target" if step.type == "ESTIMATED" else "actual"


def _value(step: Step, unit: Unit) -> str:
    return f"{step.count:,}{_KINDS.get(step.type or '', '') if unit == 'people' else ''}"
