"""Whether the study of a row is in a watch, as a condition: looked up by the study, for a watch may have the whole registry.

As a list, `IN (SELECT …)`, all its ids would be read for a page of fifty rows: 200 ms of 540,000.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, literal

from storage import tables
from storage.tables import table_of

MEMBERSHIP = table_of(tables.Membership).c
STUDY = table_of(tables.Study).c
NOT_PRESENT = STUDY.state != literal("present", literal_execute=True)
"""As the index of such studies has it."""


def now_in(watch: str, study: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a study, by its id, is in a watch now; without a name, in any."""
    inside = exists().where(MEMBERSHIP.nct_id == study, MEMBERSHIP.left_release.is_(None))
    return inside.where(MEMBERSHIP.watch == watch) if watch else inside


def in_state(state: str) -> ColumnElement[bool]:
    """Whether a study is in a state; by the index of those that are not present, if that is not what is asked for."""
    is_one = STUDY.state == state
    # As it stands in the index, and no parameter: else SQLite does not see that the index has all that are asked for.
    return is_one if state == "present" else and_(is_one, NOT_PRESENT)


def once_in(watch: str, study: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a study, by its id, is in a watch or was."""
    return exists().where(MEMBERSHIP.nct_id == study, MEMBERSHIP.watch == watch)
