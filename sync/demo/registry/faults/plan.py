"""Which faults are switched on, and which of them meet a request.

A fault is written `NAME[:ARGUMENT][:RATE][:xTIMES][:@FROM][:/PATH][:?PARAMETER]`, the parts after the name in any
order: `503`, `429:0.1` (one answer in ten), `503:x3` (three answers), `reset:@5:x1` (the fifth one only),
`500:/version` (where the path contains that), `poison:nul:?filter.ids` (where the request has that parameter).
Several work together: `clamp:3` cuts a walk into pages for `repeat-page` to strike.
"""

import random
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sync.demo.registry.answers import Answer, Page, QueryError, Request
from sync.demo.registry.api import Api


@dataclass(frozen=True)
class Moment:
    """All that a fault may look at when it strikes."""

    argument: str
    request: Request
    api: Api
    move_to: Callable[[str], None]
    """Moves the registry to another release."""


def anywhere(_: Request) -> bool:
    """Meets every request."""
    return True


@dataclass(frozen=True)
class Kind:
    """One kind of fault: when it can strike, and what it does to request, registry, page or answer."""

    name: str
    about: str
    argument: str = ""
    """A pattern that its argument matches; without one it takes none."""
    applies: Callable[[Request], bool] = anywhere
    instead: Callable[[Moment], Answer | None] | None = None
    asked: Callable[[Moment], Request] | None = None
    view: Callable[[Moment], Api] | None = None
    page: Callable[[Moment, Page], Page] | None = None
    after: Callable[[Moment, Answer], Answer] | None = None
    times: int | None = None
    start: int = 1


@dataclass
class Fault:
    """A fault that is switched on. `left` counts down where it strikes a limited number of times."""

    kind: Kind
    written: str
    argument: str = ""
    rate: float = 1.0
    left: int | None = None
    start: int = 1
    path: str = ""
    parameter: str = ""
    met: int = 0

    def strikes(self, request: Request, chance: random.Random) -> bool:
        """Whether it strikes this request; counts it."""
        if not self._is_about(request):
            return False
        self.met += 1
        # Drawn last, or faults that do not strike yet would use up the chances.
        if self.met < self.start or self.left == 0 or chance.random() >= self.rate:
            return False
        if self.left is not None:
            self.left -= 1
        return True

    def _is_about(self, request: Request) -> bool:
        has_parameter = not self.parameter or any(name == self.parameter for name, _ in request.params)
        return self.path in request.path and has_parameter and self.kind.applies(request)


def read_fault(written: str, kinds: Mapping[str, Kind]) -> Fault:
    """Reads one fault as written. Raises QueryError for one that is not known."""
    name, *parts = written.split(":")
    if name not in kinds:
        raise QueryError(f"no fault is named `{name}`; there are {', '.join(sorted(kinds))}")
    kind = kinds[name]
    fault = Fault(kind, written, left=kind.times, start=kind.start)
    for part in parts:
        fault = _with_part(fault, part)
    return fault


def _with_part(fault: Fault, part: str) -> Fault:
    if re.fullmatch(r"x\d+", part):
        return replace(fault, left=int(part[1:]))
    if re.fullmatch(r"@\d+", part):
        return replace(fault, start=int(part[1:]))
    if part.startswith("/"):
        return replace(fault, path=part)
    if part.startswith("?"):
        return replace(fault, parameter=part[1:])
    if fault.kind.argument and not fault.argument and re.fullmatch(fault.kind.argument, part):
        return replace(fault, argument=part)
    if re.fullmatch(r"0?\.\d+|[01](\.0)?", part):
        return replace(fault, rate=float(part))
    raise QueryError(
        f"`{part}` in `{fault.written}` is neither an argument of it nor a rate, x3, @2, /path or ?parameter"
    )


@dataclass
class Faults:
    """The faults that are on. Chances are drawn from a seed, so that a run can be repeated."""

    kinds: Mapping[str, Kind]
    seed: int = 0
    on: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def set(self, written: Iterable[str]) -> None:
        """Switches these on and all others off."""
        faults = [read_fault(each, self.kinds) for each in written]
        with self._lock:
            self.on = faults
            # Begun anew with each set of faults, so that what a test meets does not hang on the tests before it.
            self._chance = random.Random(self.seed)  # noqa: S311 - repeatable on purpose

    def striking(self, request: Request) -> list[Fault]:
        """Those that strike this request, in the order in which they were set."""
        with self._lock:
            return [fault for fault in self.on if fault.strikes(request, self._chance)]

    def as_json(self) -> list[dict[str, Any]]:
        """What is on, and how often each can still strike (null: always)."""
        return [{"fault": fault.written, "met": fault.met, "left": fault.left} for fault in self.on]
