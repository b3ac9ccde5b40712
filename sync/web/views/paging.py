"""Lists that grow at one end and are read from there: a page, and the cursor of the next one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from sync.errors import UsageError

Item = TypeVar("Item")
Fetch = Callable[[int | None, int], Sequence[Item]]
"""So many items, those with the highest numbers first, of those below a number."""


def page(
    fetch: Fetch[Item], number_of: Callable[[Item], int], cursor: str, limit: int
) -> tuple[list[Item], str | None]:
    """The items after a cursor, and the next cursor; None where these are the last. Raises UsageError.

    A cursor is the number of the last item of the page before: it stays true when the list grows meanwhile.
    """
    found = _following(fetch, number_of, cursor, limit) if cursor else list(fetch(None, limit + 1))
    shown = found[:limit]
    return shown, str(number_of(shown[-1])) if len(found) > limit else None


def _following(fetch: Fetch[Item], number_of: Callable[[Item], int], cursor: str, limit: int) -> list[Item]:
    """Fetched from the item on that the cursor names, which shows that there is one."""
    last = int(cursor) if re.fullmatch(r"[1-9][0-9]{0,14}", cursor) else 0
    # The cursor's own item comes first: where it is missing, the cursor was made up or is another list's.
    found = list(fetch(last + 1, limit + 2)) if last else []
    if not found or number_of(found[0]) != last:
        raise no_such_cursor()
    return found[1:]


def no_such_cursor() -> UsageError:
    """What to say of a cursor that no page gave."""
    return UsageError("There is no such cursor: take the `next` of the page before, as it is.")
