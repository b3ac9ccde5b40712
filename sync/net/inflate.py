"""Unpacking gzip and zlib streams piece by piece: by ISA-L where it is installed, in half of zlib's time, else by zlib."""

from __future__ import annotations

import zlib
from importlib import import_module
from types import ModuleType
from typing import Protocol


def _fastest() -> ModuleType:
    # A platform that has no wheel of it does without, and loses nothing but time: both verify checksum and length.
    try:
        return import_module("isal.isal_zlib")
    except ImportError:
        return zlib


_library = _fastest()

CannotInflate: tuple[type[Exception], ...] = (zlib.error, _library.error)
"""What is raised for bytes that are no such stream."""


class Inflater(Protocol):
    """What both libraries have in common."""

    eof: bool
    unused_data: bytes
    unconsumed_tail: bytes

    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes:
        """At most so many bytes; what of `data` was not needed for them is kept as `unconsumed_tail`."""


def inflater() -> Inflater:
    """Unpacks one stream, gzip or zlib by its first bytes; `eof` once its end was seen and its checksum verified."""
    made: Inflater = _library.decompressobj(zlib.MAX_WBITS | 32)
    return made
