"""All kinds of change there are. One module a kind, which reads from top to bottom; whoever else asks, asks here.

They are imported when the first of them is asked for: a cycle in which no study changed does without 30 modules.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from sync.changes.model import Change, Detail, Kind

if TYPE_CHECKING:
    from sync.changes.kinds.base import ChangeKind


@cache
def all_kinds() -> dict[str, ChangeKind[Any]]:
    """All about every kind, in order of weight."""
    from sync.changes.kinds.table import KINDS

    return {each.kind: each for each in KINDS}


def kind_named(kind: Kind | str) -> ChangeKind[Any]:
    """All about a kind. Raises KeyError where there is none of that name."""
    return all_kinds()[kind]


def is_minor(kind: Kind) -> bool:
    """Whether it goes with every update and asks for no attention."""
    return kind_named(kind).minor


def unknown_fields(changes: Iterable[Change[Detail]]) -> list[str]:
    """The places among changes that the table of fields does not name."""
    from sync.changes.kinds import bookkeeping

    return bookkeeping.unknown_fields(changes)
