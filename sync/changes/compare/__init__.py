"""Two canonical forms become raw differences: what differs, where, and which kind of change that is."""

from sync.changes.compare.differences import Difference, UnhandledDelta, differences
from sync.changes.compare.raw import Raw, raw_changes

__all__ = ["Difference", "Raw", "UnhandledDelta", "differences", "raw_changes"]
