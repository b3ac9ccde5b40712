"""The table of all kinds of change, and what is derived of all of them."""

from __future__ import annotations

from typing import Any

from sync.changes.kinds.arms import ARMS
from sync.changes.kinds.base import ChangeKind, Preview
from sync.changes.kinds.bookkeeping import ADMINISTRATIVE, SCHEMA
from sync.changes.kinds.contacts import CONTACTS
from sync.changes.kinds.dates import DATES
from sync.changes.kinds.design import DESIGN
from sync.changes.kinds.eligibility import ELIGIBILITY
from sync.changes.kinds.enrollment import ENROLLMENT
from sync.changes.kinds.outcomes import OUTCOMES
from sync.changes.kinds.plain import (
    CONDITIONS,
    DERIVED,
    DESCRIPTION,
    DOCUMENTS,
    IDENTIFICATION,
    IPD,
    OVERSIGHT,
)
from sync.changes.kinds.references import REFERENCES
from sync.changes.kinds.results import RESULTS
from sync.changes.kinds.sites import SITES
from sync.changes.kinds.sponsor import SPONSOR
from sync.changes.kinds.status import STATUS
from sync.changes.kinds.without_versions import CLASS, PRESENCE, SILENCE, STORM

__all__ = ["ADVICE", "KINDS", "OF_PRESENCE", "OF_SILENCE", "SUPPRESSIONS", "Preview"]

KINDS: tuple[ChangeKind[Any], ...] = (
    STATUS,
    ENROLLMENT,
    ELIGIBILITY,
    OUTCOMES,
    ARMS,
    DESIGN,
    DATES,
    SITES,
    SPONSOR,
    SCHEMA,
    RESULTS,
    IDENTIFICATION,
    DESCRIPTION,
    CONDITIONS,
    CONTACTS,
    DOCUMENTS,
    REFERENCES,
    OVERSIGHT,
    IPD,
    ADMINISTRATIVE,
    DERIVED,
    *PRESENCE,
    CLASS,
    *SILENCE,
    STORM,
)
"""In order of weight: reasons of one severity are told in this order."""

OF_PRESENCE = (*(each.kind for each in PRESENCE), CLASS.kind)
"""Who is there: in the watch, and in the registry at all; and as what."""
OF_SILENCE = tuple(each.kind for each in SILENCE)
"""Of whom nothing is heard."""

SUPPRESSIONS = {suppression.reason: suppression.why for kind in KINDS for suppression in kind.suppresses}
"""The closed list of reasons for not telling a change by itself, each in words."""


ADVICE = {name: advice for kind in KINDS for name, advice in kind.advice.items()}
"""Advice by rule, and by kind for the rules that have none of their own."""
