"""Walking the pages of a search: no study twice, none short, no way round in circles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

import structlog

from sync.registry.errors import BadRequest, StaleToken, Unreadable, WalkBroken
from sync.registry.pages import Page, RawRecord, raw_hash
from sync.words import counted

T = TypeVar("T")

WALK_BROKEN = "walk_broken"
ATTEMPTS = 3

_MOST_EMPTY_PAGES = 10
"""A page may be empty and still lead on; so many in a row lead nowhere."""

log = structlog.get_logger("registry")


def walk(ask: Callable[[str | None], Page]) -> Iterator[Page]:
    """The pages of one walk, each without the records that came before. `ask` fetches the page of a token.

    A study that comes a second time with other content is not a repeat: it is handed out again, for the caller to settle.
    The first page tells the total. Raises WalkBroken where pages go round in circles, StaleToken where a token is refused.
    """
    seen: dict[str | bytes, RawRecord] = {}
    tokens: set[str | None] = {None}
    token: str | None = None
    empty = 0
    while True:
        page = ask_with(ask, token)
        if token is None and page.total is None:
            raise Unreadable(
                "the first page of the registry's answer does not say how many studies there are"
            )
        fresh = tuple(record for record in page.records if not _is_repeat(record, seen))
        yield replace(page, records=fresh)
        empty = 0 if fresh else empty + 1
        # A token may lead back to where it came from: no end would ever come of it.
        if page.records and not fresh:
            raise WalkBroken(
                f"a page holds nothing but studies of earlier pages, after {counted(len(seen), 'study')}"
            )
        if page.token is None:
            return
        if page.token in tokens or empty > _MOST_EMPTY_PAGES:
            raise WalkBroken(f"the page tokens lead nowhere, after {counted(len(seen), 'study')}")
        token = page.token
        tokens.add(token)


def _is_repeat(record: RawRecord, seen: dict[str | bytes, RawRecord]) -> bool:
    """Whether a record came before as it is now, the date of the release apart."""
    # The index may shift under a walk, so that a study comes on two pages; without an id its bytes have to tell.
    first = seen.setdefault(record.nct_id or record.raw, record)
    return first is not record and raw_hash(first.raw) == raw_hash(record.raw)


def again_if_broken(attempt: Callable[[], T]) -> T:
    """The outcome of `attempt`, which is made again from the start when its walk broke, twice at most."""
    for number in range(1, ATTEMPTS):
        try:
            return attempt()
        except (WalkBroken, StaleToken) as error:
            log.warning(WALK_BROKEN, reason=str(error), attempt=number)
    return attempt()


def ask_with(ask: Callable[[str | None], T], token: str | None) -> T:
    """The page of a token; raises StaleToken where it is refused."""
    try:
        return ask(token)
    except BadRequest as error:
        if token is None:
            raise
        # The lifetime of a token is known nowhere; the walk begins anew, and what it has seen so far is not used.
        raise StaleToken(f"a page token was refused in the middle of a walk: {error}") from error
