"""How often Python's collector looks for objects that hold each other, while records are read."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

OBJECTS = 20_000
"""Lists, mappings and the like that are made between two looks of the collector; a large record has as many."""


def freeze_heap() -> None:
    """Have the collector pass over all objects that are there already: a program and its tables, for ever the same.

    The trees of a hundred records make it look through everything again and again: a quarter of a first load's time. And it
    comes for every twentieth record, not for each of its objects' seven hundred, for their trees are in no circle.
    """
    gc.freeze()
    gc.set_threshold(OBJECTS, *gc.get_threshold()[1:])


@contextmanager
def frozen_heap() -> Iterator[None]:
    """Within it the heap is frozen."""
    before = gc.get_threshold()
    freeze_heap()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
