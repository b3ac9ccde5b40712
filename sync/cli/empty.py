"""What an empty list says: what nothing was like, or what has to be done before there can be anything."""

from __future__ import annotations

from sqlalchemy.orm import Session

from storage.studies import any_read
from sync.terminal.text import safe

Filters = dict[str, object]
"""What a list is narrowed by, by the options; "" for a word of the command."""
NO_STUDY = "No study was read yet: `trialdelta watch add NCT…` follows one, `trialdelta sync` reads it."


def nothing(session: Session, what: str, filters: Filters, otherwise: str) -> str:
    """Why a list of `what` is empty: no study was read, the filters match none, or `otherwise`."""
    if not any_read(session):
        return NO_STUDY
    return no_match(what, filters) or otherwise


def no_match(what: str, filters: Filters) -> str:
    """That nothing is as these filters want it, each by its option, or "" for a word of the command; "" without any."""
    wanted = [_named(option, value) for option, value in filters.items() if value]
    if not wanted:
        return ""
    less = "it" if len(wanted) == 1 else "one of them"
    return (
        f"No {what} matches {safe(' and '.join(wanted))}. Leave {less} out to see whether there are others."
    )


def _named(option: str, value: object) -> str:
    values = value if isinstance(value, list | tuple) else [value]
    return " or ".join(f"{option} {each}".strip() for each in values)
