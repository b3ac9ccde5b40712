"""A ZIP archive of which each byte is determined by its members: what is altered anywhere in it is found (pure).

Members are stored, not compressed, with a fixed time and mode, in their order, without comments or anything before, between
or after them. Whatever is read is written again and compared: an archive has one form, and any other one is refused.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

from sync.errors import TrialdeltaError

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_VERSION, _UNIX = 20, 3
_MIDNIGHT, _DAY = 0, 0x21
"""1 January 1980, the first day that the format knows."""
_MODE = 0o100644 << 16


class NotABundle(TrialdeltaError):
    """The file is no evidence bundle, or not as it was written."""

    hint = "Get it once more from where it was made; it proves nothing as it is."
    exit_code = 1


def packed(members: Mapping[str, bytes]) -> bytes:
    """The archive of some members, in their order. Names are ASCII."""
    out, central = io.BytesIO(), io.BytesIO()
    for name, body in members.items():
        encoded, crc, at = name.encode("ascii"), zlib.crc32(body), out.tell()
        sizes = (crc, len(body), len(body))
        out.write(_LOCAL.pack(b"PK\3\4", _VERSION, 0, 0, _MIDNIGHT, _DAY, *sizes, len(encoded), 0))
        out.write(encoded + body)
        made_by = _UNIX << 8 | _VERSION
        fixed = (made_by, _VERSION, 0, 0, _MIDNIGHT, _DAY)
        central.write(_CENTRAL.pack(b"PK\1\2", *fixed, *sizes, len(encoded), 0, 0, 0, 0, _MODE, at))
        central.write(encoded)
    directory, start = central.getvalue(), out.tell()
    out.write(directory)
    number = len(members)
    out.write(_END.pack(b"PK\5\6", 0, 0, number, number, len(directory), start, 0))
    return out.getvalue()


def unpacked(archive: bytes) -> dict[str, bytes]:
    """The members of an archive. Raises NotABundle where it is not, byte for byte, what `packed` makes of them."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as file:
            # Ours are not packed: what says that it holds more than the file itself would fill the memory.
            if sum(each.file_size for each in file.infolist()) > len(archive):
                raise NotABundle("its members are larger than the file: it is none of ours")
            members = {name: file.read(name) for name in file.namelist()}
        again = packed(members)
    except NotABundle:
        raise
    # Whatever a reader of archives stumbles over, the file is not one of ours.
    except Exception as error:
        raise NotABundle(f"it cannot be read as a bundle: {error}") from error
    if again != archive:
        raise NotABundle(
            "it is not byte for byte what trialdelta writes: something in it was altered, added or taken out"
        )
    return members
