"""The payload of a version, packed: zstd with the previous version's payload as its dictionary (pure).

A full one every FULL_EVERY versions bounds the chain that is unpacked to read one. Full ones are packed with a dictionary
that was trained on the database's own records, where there is one (`storage.dictionaries`): a frame names it. The checksum
in each frame catches a wrong dictionary. What else was tried, with figures: docs/performance.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

import zstandard

from storage.errors import VersionCorrupt

FULL_EVERY = 20
LEVEL = 3
"""Of full versions; level 6 saves 9 % of them and takes three times as long, and a first load has nothing but these."""
DELTA_LEVEL = 9
"""Of the others: 15 % smaller than at level 3 and 0.1 ms slower, of which a day has one in a hundred studies."""
_WIDE = 1 << 20
"""From this size on the dictionary lies beyond the reach of the level's own window and tables.

Measured, one edit in 5 MB: 6 KB with wider ones (43 ms), 5 MB without; zstd's long-distance mode does worse.
"""
Trained = zstandard.ZstdCompressionDict
"""A dictionary that was trained on records."""
ById = Callable[[int], Trained]
"""The trained dictionary of an id. Raises VersionCorrupt where there is none, or a damaged one."""


def no_dictionaries(number: int) -> Trained:
    """Raises VersionCorrupt: for where every full version stands by itself."""
    raise VersionCorrupt(f"The dictionary {number} that a version is packed with is lost")


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


def pack(
    payload: bytes, number: int, previous: bytes | None, full: zstandard.ZstdCompressor | None = None
) -> Packed:
    """Pack a payload; `previous` is that of version `number - 1`, if there is one to build on.

    `full`: what packs full ones, made once for many.
    """
    if chain_start(number) == number:
        previous = None
    compressor = (full or for_full()) if previous is None else _on_top_of(previous, len(payload))
    blob = compressor.compress(payload)
    return Packed(number, None if previous is None else number - 1, blob, sha256_of(payload))


def pack_on_top(payload: bytes, number: int, previous: bytes) -> Packed | None:
    """The same where there is one to build on; None for a version that is to be full."""
    return None if chain_start(number) == number else pack(payload, number, previous)


def unpack(chain: Sequence[Packed], by_id: ById = no_dictionaries) -> bytes:
    """The payload of the chain's last version; the chain is in order and holds the full version it builds on.

    Raises VersionCorrupt.
    """
    full = max((place for place, packed in enumerate(chain) if packed.base is None), default=0)
    payload: bytes | None = None
    for packed in chain[full:-1]:
        payload = unpack_link(packed, payload, by_id)
    return checked(chain[-1], unpack_link(chain[-1], payload, by_id))


def unpack_link(packed: Packed, previous: bytes | None, by_id: ById = no_dictionaries) -> bytes:
    """One payload, out of that of the version before. Raises VersionCorrupt when it does not decode."""
    if packed.base is None:
        number = _dictionary_of(packed)
        dictionary = by_id(number) if number else None
    elif previous is None:
        raise VersionCorrupt(f"Version {packed.number} is built on version {packed.base}, which is lost")
    else:
        dictionary = _dictionary(previous)
    try:
        return zstandard.ZstdDecompressor(dict_data=dictionary).decompress(packed.blob)
    except zstandard.ZstdError as error:
        raise VersionCorrupt(f"Version {packed.number} does not decode: {error}") from error


def _dictionary_of(packed: Packed) -> int:
    """The id of the trained dictionary that a frame names; 0 where it needs none."""
    try:
        return int(zstandard.get_frame_parameters(packed.blob).dict_id)
    except zstandard.ZstdError as error:
        raise VersionCorrupt(f"Version {packed.number} does not decode: {error}") from error


def checked(packed: Packed, payload: bytes) -> bytes:
    """The payload, if it is what was stored. Raises VersionCorrupt when its hash differs."""
    if sha256_of(payload) != packed.sha256:
        raise VersionCorrupt(f"Version {packed.number} does not match its SHA-256")
    return payload


def sha256_of(payload: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return sha256(payload).hexdigest()


def _dictionary(payload: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(payload, dict_type=zstandard.DICT_TYPE_RAWCONTENT)


def for_full(trained: Trained | None = None) -> zstandard.ZstdCompressor:
    """Packs full versions, with a trained dictionary if there is one; not for several threads at once."""
    return zstandard.ZstdCompressor(level=LEVEL, dict_data=trained, write_checksum=True)


def _on_top_of(previous: bytes, size: int) -> zstandard.ZstdCompressor:
    if size + len(previous) < _WIDE:
        return zstandard.ZstdCompressor(
            level=DELTA_LEVEL, dict_data=_dictionary(previous), write_checksum=True
        )
    parameters = zstandard.ZstdCompressionParameters.from_level(
        LEVEL,
        window_log=(size + len(previous)).bit_length(),
        hash_log=20,
        chain_log=20,
        write_checksum=True,
        write_content_size=True,
    )
    return zstandard.ZstdCompressor(compression_params=parameters, dict_data=_dictionary(previous))
