"""Whether the study of a row is in a watch, as a condition: looked up by the study, for a watch may have the whole registry.

As a list, `IN (SELECT …)`, all its ids would be read for a page of fifty rows: 200 ms of 540,000.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, exists

from storage import tables
from storage.tables import table_of

MEMBERSHIP = table_of(tables.Membership).c


def now_in(watch: str, study: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a study, by its id, is in a watch now; without a name, in any."""
    inside = exists().where(MEMBERSHIP.nct_id == study, MEMBERSHIP.left_release.is_(None))
    return inside.where(MEMBERSHIP.watch == watch) if watch else inside


def once_in(watch: str, study: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a study, by its id, is in a watch or was."""
    return exists().where(MEMBERSHIP.nct_id == study, MEMBERSHIP.watch == watch)
