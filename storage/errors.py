"""The root of every error of trialdelta, and those of the storage."""

from typing import ClassVar


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
        "Stop the service, move the file and its -wal and -shm aside (keep them), put the newest backup in "
        "its place and start again: the next cycle catches up and tells nothing twice."
    )


class SchemaAhead(StorageError):
    """The database was written by a newer trialdelta than this one."""

    hint = "Run the newer program, or restore the backup made before it was installed."


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


class LeaseLost(StorageError):
    """Another process has taken over; this one's writes are refused."""

    hint = "Nothing to do: the other process carries on. Look for a stalled machine or a clock that jumped."
    passing = True


class AnchorUnreadable(StorageError):
    """This is not an anchor: a number, a colon, and 16 or more hexadecimal digits."""

    hint = "Copy it from the log line of a cycle, from the foot of a digest, or from `trialdelta verify`."
    exit_code = 2
