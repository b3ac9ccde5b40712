"""Page tokens: opaque, and tied to nothing but a place in the list, as the registry's are."""

import base64
import hashlib
import struct

from sync.demo.registry.answers import QueryError

_KEY = b"trialdelta local registry"
_LENGTH = 36
REFUSAL = "`pageToken` has incorrect format"


def token_for(offset: int) -> str:
    """The token of the page that starts at `offset`."""
    place = struct.pack(">I", offset)
    return base64.urlsafe_b64encode(place + _seal(place)).decode()


def offset_of(token: str) -> int:
    """Where a token's page starts. Raises QueryError for a token that is none of ours, or no longer."""
    try:
        raw = base64.urlsafe_b64decode(token.encode())
    except ValueError:
        raw = b""
    if len(raw) != _LENGTH or raw[4:] != _seal(raw[:4]):
        raise QueryError(REFUSAL)
    return int(struct.unpack(">I", raw[:4])[0])


def _seal(place: bytes) -> bytes:
    return hashlib.sha256(_KEY + place).digest()
