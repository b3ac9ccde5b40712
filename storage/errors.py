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
