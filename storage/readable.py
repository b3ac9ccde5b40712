"""How a SQLite file can be opened that may only be read: on a read-only disk, or by somebody who may not write to it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from storage.errors import DatabaseUnwritable


def how_to_open(path: Path) -> str | None:
    """The URI by which to open a file; None where the plain path will do, which also tells best what is wrong with it.

    A file in write-ahead mode cannot be read without its index, which a read-only folder has no place for. Where no log
    lies beside it, all that was committed is in the file itself, and it can be read as one that nobody changes.
    Raises DatabaseUnwritable where a log does: without its index what is in it would be missed.
    """
    # Tried, not guessed from modes: root, ACLs and mounts make the answer of a look at the file worthless.
    if not _refused(str(path.absolute())):
        return None
    frozen = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
    if _refused(frozen):
        return None
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        raise DatabaseUnwritable(
            f"{path} can only be read, and its newest entries are in {log.name}, which needs a folder that can be "
            "written to: copy both files to one and read them there"
        )
    return frozen


def _refused(name: str) -> bool:
    """Whether SQLite cannot open a file at all; whatever else is wrong with it shows when it is used."""
    try:
        with closing(sqlite3.connect(name, uri=name.startswith("file:"), timeout=0)) as connection:
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
    except sqlite3.Error as error:
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in (
            sqlite3.SQLITE_CANTOPEN,
            sqlite3.SQLITE_READONLY,
        )
    return False
