"""Ids of studies by the hundred thousand: packed as their numbers, four bytes each, or as bits.

A set of Python texts of the whole registry would take 60 MB.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable


def number_of(nct_id: str) -> int:
    """The number in an NCT ID."""
    return int(nct_id[3:])


def numbers(ids: Iterable[str]) -> bytes:
    """The numbers of NCT IDs, four bytes each, sorted: as they are kept."""
    return _little_endian(array("I", sorted(set(map(number_of, ids))))).tobytes()


def unpacked(kept: bytes) -> array[int]:
    """The numbers that `numbers` packed, in order."""
    return _little_endian(array("I", kept))


def _little_endian(packed: array[int]) -> array[int]:
    """Turned around on a machine of the other order, so that a database can be taken from one to the other."""
    if sys.byteorder == "big":
        packed.byteswap()
    return packed


class IdSet:
    """A set of NCT IDs: a bit for each number up to the largest, a megabyte for the registry of today, 12.5 at most."""

    def __init__(self) -> None:
        self._bits = bytearray()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __contains__(self, nct_id: str) -> bool:
        place, bit = divmod(number_of(nct_id), 8)
        return place < len(self._bits) and bool(self._bits[place] >> bit & 1)

    def add(self, nct_id: str) -> bool:
        """Add an id; whether it is new."""
        return self.add_number(number_of(nct_id))

    def add_numbers(self, kept: bytes) -> None:
        """Add the ids that `numbers` packed."""
        for number in unpacked(kept):
            self.add_number(number)

    def add_number(self, number: int) -> bool:
        """Add an id by its number; whether it is new."""
        place, bit = divmod(number, 8)
        if place >= len(self._bits):
            self._bits.extend(bytes(place + 1 - len(self._bits)))
        if self._bits[place] >> bit & 1:
            return False
        self._bits[place] |= 1 << bit
        self._size += 1
        return True
