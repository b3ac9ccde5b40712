"""The second look: which of the studies that a watch's searches find are of the classes, antigens and areas that it means.

It asks what is stored of a study's class, a person's decision included; ids that a watch names are never dropped.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from storage import classes, cohorts
from storage.classes import ClassFilter, Step
from sync.cohort.conditions import ClassConditions
from sync.config import WatchSettings

UNKNOWN = "its record cannot be read, so that nobody knows of which class it is"
STORED = "stored"
"""The source of a study that no search found: it was stored, and is of the class that a watch without searches means."""


def objections(
    session: Session, watch: ClassConditions, hits: Mapping[str, str], *, of_unknown: bool
) -> dict[str, str]:
    """Why hits (id → source) are not meant, by id. `of_unknown`: also of those that are not classified."""
    if not watch.asks_for_a_class:
        return {}
    ids = [nct_id for nct_id, source in hits.items() if source != "id"]
    known = classes.classes_of(session, ids)
    found = {nct_id: watch.objection(each.answer) for nct_id, each in known.items()}
    unknown = {nct_id: UNKNOWN for nct_id in ids if of_unknown and nct_id not in known}
    return {nct_id: why for nct_id, why in found.items() if why} | unknown


def stored_hits(session: Session, watch: WatchSettings) -> dict[str, str]:
    """All that a watch looks at which has no search: what is stored and of its classes, and its members."""
    which = ClassFilter(tuple(watch.classes), watch.antigens, tuple(watch.areas))
    return dict.fromkeys([*classes.that_match(session, which), *cohorts.members(session, watch.name)], STORED)


def turning(session: Session, watch: ClassConditions, nct_id: str) -> Step | None:
    """The last step of a study's class, where it is what had the watch mean it, or mean it no more."""
    steps = classes.steps(session, nct_id)
    last = steps[-1] if steps else None
    if last is None or (watch.objection(last.before) is None) == (watch.objection(last.after) is None):
        return None
    return last
