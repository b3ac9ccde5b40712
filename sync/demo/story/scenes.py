"""What a scene of the story is, and a short way to write one down."""

from collections.abc import Callable
from dataclasses import dataclass

from sync.demo.story.edits import Edit

SEVERITIES = ("critical", "high", "medium", "low", "info")

Staged = Callable[..., "Scene"]
"""Takes the edits that make the scene."""


@dataclass(frozen=True)
class Scene:
    """One change to one study or several. Without a kind it is noise, and nothing should be said."""

    day: int
    """The number of the release, from 1."""
    studies: tuple[int, ...]
    origin: str
    """`sponsor` leaves the traces of an update; empty where nobody can tell."""
    severity: str
    kinds: tuple[str, ...]
    """The kind of the event, then further kinds of change that it lists."""
    why: str
    edits: tuple[Edit, ...]
    back_to: int
    """The release whose record is put back; 0 for none."""


def by_sponsor(day: int, study: int, what: str, why: str) -> Staged:
    """An update by the sponsor. `what` is `[SEVERITY] KIND [KIND…]`."""
    return _scene(day, (study,), "sponsor", what, why)


def by_registry(day: int, study: int | tuple[int, ...], what: str, why: str) -> Staged:
    """A change by the registry itself, which moves no date."""
    return _scene(day, study if isinstance(study, tuple) else (study,), "registry", what, why)


def noise(day: int, study: int, why: str) -> Staged:
    """A record that differs, and means the same."""
    return _scene(day, (study,), "registry", "", why)


def rollback(day: int, study: int, what: str, why: str, to: int) -> Scene:
    """The record as it was on an earlier release."""
    return _scene(day, (study,), "", what, why, to)()


def _scene(day: int, studies: tuple[int, ...], origin: str, what: str, why: str, back_to: int = 0) -> Staged:
    words = what.split()
    # Left out where the default triage may change its mind without the story being wrong.
    severity = words.pop(0) if words and words[0] in SEVERITIES else ""
    return lambda *edits: Scene(day, studies, origin, severity, tuple(words), why, edits, back_to)
