"""Errors of the service. One root (`TrialdeltaError`); each says what to do and whether it can pass by itself."""

from typing import ClassVar

from storage.errors import TrialdeltaError, as_sentence


class ConfigError(TrialdeltaError):
    """The configuration is wrong."""

    hint = "Correct the named key, then try `trialdelta config check`."
    exit_code = 2


class UsageError(TrialdeltaError):
    """The command was given something it cannot use."""

    hint = "See `trialdelta COMMAND --help`."
    exit_code = 2


class UnreadableRecord(TrialdeltaError):
    """A record cannot be read as a study."""

    hint: ClassVar[str] = "Its bytes are kept in quarantine: `trialdelta quarantine`."


class Stopped(TrialdeltaError):
    """The cycle was asked to stop; the next one takes it up where it ended."""

    passing = True


class Interrupted(TrialdeltaError):
    """Whoever started the command ended it, with Ctrl-C."""

    hint = "Nothing is lost: what was finished is kept, nothing half done is. Start it again, and it goes on from there."
    exit_code = 130
    passing = True


__all__ = [
    "ConfigError",
    "Interrupted",
    "Stopped",
    "TrialdeltaError",
    "UnreadableRecord",
    "UsageError",
    "as_sentence",
]
