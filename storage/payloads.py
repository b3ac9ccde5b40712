"""The payload of a version, packed: zstd with the previous version's payload as its dictionary (pure).

Measured on daily records: 568 bytes a version against 7,864 with zlib. A full one every FULL_EVERY versions
bounds the chain that is unpacked to read one; the checksum in each frame catches a wrong dictionary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import zstandard

from storage.errors import VersionCorrupt

FULL_EVERY = 20
LEVEL = 3
_WIDE = 1 << 20
"""From this size on the window must be widened by hand, or the dictionary lies beyond its reach."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A stored payload: `base` is the number of the version that is its dictionary, None for a full one."""

    number: int
    base: int | None
    blob: bytes
    sha256: str


def chain_start(number: int) -> int:
    """The number of the full version at or before `number` that its chain begins with."""
    return number - (number - 1) % FULL_EVERY


def pack(payload: bytes, number: int, previous: bytes | None) -> Packed:
    """Pack a payload; `previous` is that of version `number - 1`, if there is one to build on."""
    if chain_start(number) == number:
        previous = None
    blob = _compressor(len(payload), previous).compress(payload)
    return Packed(number, None if previous is None else number - 1, blob, digest(payload))


def unpack(chain: Sequence[Packed]) -> bytes:
    """The payload of the chain's last version; the chain is in order and holds the full version it builds on.

    Raises VersionCorrupt when a link is missing, a frame does not decode, or the hash differs.
    """
    full = max((place for place, packed in enumerate(chain) if packed.base is None), default=0)
    payload = b""
    known: int | None = None
    for packed in chain[full:]:
        if packed.base != known:
            raise VersionCorrupt(
                f"Version {packed.number} is built on version {packed.base}, which is missing"
            )
        payload, known = _unpack_one(packed, payload), packed.number
    if digest(payload) != chain[-1].sha256:
        raise VersionCorrupt(f"Version {chain[-1].number} does not match its SHA-256")
    return payload


def digest(payload: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return sha256(payload).hexdigest()


def _unpack_one(packed: Packed, previous: bytes) -> bytes:
    dictionary = None if packed.base is None else _dictionary(previous)
    try:
        return zstandard.ZstdDecompressor(dict_data=dictionary).decompress(packed.blob)
    except zstandard.ZstdError as error:
        raise VersionCorrupt(f"Version {packed.number} does not decode: {error}") from error


def _dictionary(payload: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(payload, dict_type=zstandard.DICT_TYPE_RAWCONTENT)


def _compressor(size: int, previous: bytes | None) -> zstandard.ZstdCompressor:
    dictionary = None if previous is None else _dictionary(previous)
    if previous is None or size + len(previous) < _WIDE:
        return zstandard.ZstdCompressor(level=LEVEL, dict_data=dictionary, write_checksum=True)
    parameters = zstandard.ZstdCompressionParameters.from_level(
        LEVEL,
        window_log=(size + len(previous)).bit_length(),
        enable_ldm=True,
        write_checksum=True,
        write_content_size=True,
    )
    return zstandard.ZstdCompressor(compression_params=parameters, dict_data=dictionary)
