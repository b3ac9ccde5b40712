"""What to do about an error of which only the name of its class was kept."""

from __future__ import annotations

from collections.abc import Iterator

from sync.errors import TrialdeltaError

OURS = "This is a fault of trialdelta: please report it with the traceback from the log."
_KILLED = "Nothing to do: the next cycle goes on where this one ended. If it happens again, look at the machine's memory."


def hint_of(kind: str | None) -> str:
    """The hint of an error class by its name, as the ledger keeps it; empty where an error of ours has none."""
    if kind is None:
        return ""
    if kind == "killed":
        return _KILLED
    # The ledger keeps the name of the class alone: a hint can be reworded, and old entries then say it too.
    found = next((error for error in _all(TrialdeltaError) if error.__name__ == kind), None)
    if found is None:
        return OURS
    return found.hint or ("It passes by itself." if found.passing else "")


def _all(root: type[TrialdeltaError]) -> Iterator[type[TrialdeltaError]]:
    for each in root.__subclasses__():
        yield each
        yield from _all(each)
