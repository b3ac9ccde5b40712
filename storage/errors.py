"""The root of every error of trialdelta, and those of the storage."""

import re
from typing import ClassVar

_PLAIN_WORD = re.compile(r"[a-z]+(?=[ ,;]|\.?$)")
"""No key, path, address or name: those begin a sentence as they are."""


def as_sentence(text: str) -> str:
    """The words of an error as people are shown them: with a capital and a full stop. A list, a line each, stays one."""
    text = text.rstrip()
    if not text or "\n" in text:
        return text
    start = text[0].upper() if _PLAIN_WORD.match(text) else text[0]
    return start + text[1:] + ("" if text.endswith((".", "?", "!", "…")) else ".")


class TrialdeltaError(Exception):
    """Something went wrong.

    The docstring's first line of each subclass is the message of an instance raised without one.
    """

    hint: ClassVar[str] = ""
    """What the operator should do or type."""
    passing: ClassVar[bool] = False
    """Whether it can pass by itself: worth trying again later without anybody's help."""
    exit_code: ClassVar[int] = 1
    """Exit code of a command that ends with it (see Commands in the README)."""

    def __str__(self) -> str:
        return super().__str__() or (type(self).__doc__ or "").splitlines()[0]

    @property
    def sentence(self) -> str:
        """What went wrong, as people are shown it; `str` gives the words alone, to be told within other words."""
        return as_sentence(str(self))


class StorageError(TrialdeltaError):
    """The database cannot do what was asked."""


class DatabaseUrlError(StorageError):
    """The database URL cannot be used."""

    hint = "Set [database] url to sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME."
    exit_code = 2


class DatabaseUnavailable(StorageError):
    """The database cannot be reached."""

    hint = "Check that the server runs, and [database] url; the work is taken up again by itself."
    passing = True


class DatabaseBusy(StorageError):
    """Another process holds the database's write lock."""

    hint = "Wait for it, or look for a command that hangs; nothing was lost, the work is taken up again."
    passing = True


class DatabaseUnwritable(StorageError):
    """The database file cannot be opened or written to."""

    hint = "Look at free disk space and at the owner and mode of the file and its folder."
    passing = True


class DatabaseCorrupt(StorageError):
    """The database file is damaged."""

    hint = (
        "Stop the service, then `trialdelta restore BACKUP --force`: it keeps the damaged file aside, and what may "
        "have been told since the backup is held instead of told twice."
    )


class DatabaseMissing(StorageError):
    """There is no database yet."""

    hint = (
        "The first `trialdelta run` or `sync` makes it, `trialdelta db upgrade` an empty one. If there should be one, "
        "look at [database] url."
    )
    exit_code = 2


class FullTextMissing(StorageError):
    """SQLite's full text search (FTS5) is missing on this machine."""

    hint = (
        "Search needs it: take a Python whose SQLite has FTS5 (python.org's, Debian's and conda's have), or PostgreSQL. "
        "Nothing was changed."
    )
    exit_code = 2


class SchemaBehind(StorageError):
    """The database's tables are those of an older trialdelta."""

    hint = "Run `trialdelta db upgrade`, which makes a backup first; so do `run` and `sync`. Nothing was changed."
    exit_code = 2


class SchemaAhead(StorageError):
    """The database was written by a newer trialdelta than this one."""

    hint = "Run the newer program, or restore the backup made before it was installed. This one writes nothing more."


class VersionCorrupt(StorageError):
    """The stored payload of a version does not match its hash."""

    hint = "Run `trialdelta verify` for the extent, then restore the newest backup that passes it."


class UnknownVersion(StorageError):
    """No such version is stored."""

    hint = "`trialdelta history NCT` lists the versions of a study."
    exit_code = 2


class UnknownEntry(StorageError):
    """There is no such entry."""

    exit_code = 2


class ChangedSince(UnknownEntry):
    """Something else was done since: what is asked for cannot be done any more."""

    hint = "Look at it as it is now."


class AlreadyThere(StorageError):
    """There is such an entry already."""

    exit_code = 2


class BackupExists(StorageError):
    """There is a file of this name already."""

    hint = "Name another file, or overwrite it with --force."
    exit_code = 2


class BackupFailed(StorageError):
    """The backup could not be made."""

    hint = "Nothing half was left behind. Look at free disk space and at the folder's owner and mode."
    passing = True


class BackupUnsound(StorageError):
    """The copy does not pass its check, and was not kept."""

    hint = "Look with `trialdelta verify` whether the database itself is damaged; keep the older backups."


class ToolMissing(StorageError):
    """A program of PostgreSQL's own is needed and was not found."""

    hint = (
        "Install PostgreSQL's client programs (Debian and Ubuntu: apt-get install postgresql-client), of the server's "
        "version or newer, or name their folder in [backup] postgres_tools."
    )
    exit_code = 2


class NotRestorable(StorageError):
    """The file cannot be restored."""

    hint = "Nothing was changed. Choose another backup."
    exit_code = 2


class BackupDamaged(NotRestorable):
    """The backup does not pass its check."""

    hint = "Nothing was changed. Choose another backup; without one, --even-if-damaged restores it as it is."


class RestoreRefused(StorageError):
    """There is a database already."""

    hint = "Nothing was changed. --force puts the backup in its place and keeps the present database aside."
    exit_code = 2


class DatabaseInUse(StorageError):
    """Another process works on the database."""

    hint = "Nothing was changed. Stop the daemon and every other command first."
    passing = True


class CopyRefused(StorageError):
    """The database cannot be copied like this."""

    hint = "Nothing was changed."
    exit_code = 2


class CopyUnfinished(StorageError):
    """The database is a copy that is not finished: part of what it is a copy of is missing."""

    hint = "Run the same `trialdelta db copy SOURCE TARGET` again: it goes on where it was stopped."
    exit_code = 2


class CopyTakenOver(StorageError):
    """Another process goes on with this copy; this one's writes are refused."""

    hint = "Nothing to do: the other process carries on."
    passing = True


class CopyUnsound(StorageError):
    """The copy does not pass its check, and stays marked as unfinished."""

    hint = (
        "Run the same command again. If the source itself is damaged (`trialdelta verify` says so), restore its newest "
        "good backup first; --even-if-damaged takes it over as it is."
    )


class LeaseLost(StorageError):
    """Another process has taken over; this one's writes are refused."""

    hint = "Nothing to do: the other process carries on. Look for a stalled machine or a clock that jumped."
    passing = True


class AnchorUnreadable(StorageError):
    """This is not an anchor: a number, a colon, and 16 or more hexadecimal digits."""

    hint = "Copy it from the log line of a cycle, from the foot of a digest, or from `trialdelta verify`."
    exit_code = 2
