"""Answers put together: what some requests brought is written down in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from sync.errors import TrialdeltaError
from sync.registry.batch import Batch

MOST_STUDIES = 500
"""In one transaction: short enough for others who wait to write, and all that is lost with a cycle that is killed.

A request brings a hundred. Where one study in a hundred is changed, a transaction for each request took three times as long.
"""
MOST_BYTES = 10 << 20
"""Of records that are held until they are written down: 500 of them are 9 MB, a hundred of the largest ones 360."""


def gathered(batches: Iterable[Batch], go_on: Callable[[], None]) -> Iterator[list[Batch]]:
    """Batches in groups, in order; what came before a request that failed comes all the same, and then the error.

    `go_on` is asked after each batch; it raises Stopped where the cycle is to stop.
    """
    group: list[Batch] = []
    try:
        for batch in batches:
            group.append(batch)
            if _is_full(group):
                yield group
                group = []
            go_on()
    except TrialdeltaError:
        if group:
            yield group
        raise
    if group:
        yield group


def _is_full(group: Sequence[Batch]) -> bool:
    studies = sum(len(batch.asked_ids) for batch in group)
    held = sum(len(record.raw) for batch in group for record in batch.records)
    return studies >= MOST_STUDIES or held >= MOST_BYTES
