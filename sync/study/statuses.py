"""The registry's words for the overall status of a study, by what they have in common."""

from __future__ import annotations

PATH = "protocolSection.statusModule.overallStatus"
"""Where it stands in a record."""
STOPPED = frozenset({"SUSPENDED", "TERMINATED", "WITHDRAWN"})
ENDED = frozenset({"COMPLETED", "TERMINATED", "WITHDRAWN"})
RECRUITING = frozenset({"RECRUITING", "ENROLLING_BY_INVITATION"})
OPEN = RECRUITING | {"NOT_YET_RECRUITING", "ACTIVE_NOT_RECRUITING"}
