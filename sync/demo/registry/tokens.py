"""Page tokens: opaque, and tied to nothing but a place in the list, as the registry's are."""

import base64
import hashlib
import struct

from sync.demo.registry.answers import QueryError

_KEY = b"trialdelta local registry"
_PLACE = struct.Struct(">II")
REFUSAL = "`pageToken` has incorrect format"


def token_for(offset: int, turn: int = 0) -> str:
    """The token of the page that starts at `offset`; another `turn` is another token for the same page."""
    place = _PLACE.pack(offset, turn)
    return base64.urlsafe_b64encode(place + _seal(place)).decode()


def offset_of(token: str) -> int:
    """Where a token's page starts. Raises QueryError for a token that this server did not issue."""
    return _read(token)[0]


def another_token(token: str) -> str:
    """Another token for the page of this one."""
    offset, turn = _read(token)
    return token_for(offset, turn + 1)


def _read(token: str) -> tuple[int, int]:
    try:
        raw = base64.urlsafe_b64decode(token.encode())
    except ValueError:
        raw = b""
    place, seal = raw[: _PLACE.size], raw[_PLACE.size :]
    # A token that was cut or made up is refused, like one whose time is over.
    if seal != _seal(place):
        raise QueryError(REFUSAL)
    offset, turn = _PLACE.unpack(place)
    return offset, turn


def _seal(place: bytes) -> bytes:
    return hashlib.sha256(_KEY + place).digest()
