"""The second look: which of the studies that a watch's searches find it means.

It asks what is stored: a study's class, a person's decision included, and how near it is to those that the watch is related
to. Ids that a watch names are never dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from storage import classes, cohorts
from storage.classes import ClassFilter, Step
from sync.cohort.conditions import ClassConditions
from sync.cohort.membership import Cohort
from sync.cohort.profile import Profile
from sync.cohort.related import nearness
from sync.cohort.searches import is_related, source_of
from sync.config import WatchSettings
from sync.versions.related import Turn, profiles_of, turn

UNKNOWN = "its record cannot be read, so that nobody knows of which class it is"
NOT_COMPARED = "its record cannot be read, so that nobody knows how near it is"
STORED = "stored"
"""The source of a study that no search found: it was stored, and is of the class that a watch without searches means."""


@dataclass(frozen=True, slots=True)
class SecondLook:
    """What a watch means of what its searches find; `named`: the studies that it is related to."""

    watch: WatchSettings
    named: Mapping[str, Profile]

    @property
    def drops(self) -> bool:
        """Whether it can drop anything."""
        return self.watch.asks_for_a_class or bool(self.named)

    def belongs(self, nct_id: str, source: str) -> bool:
        """Whether a study is named, and stays whatever it is."""
        return source == "id" or nct_id in self.named or nct_id in self.watch.related_to

    def objection(
        self, source: str, answer: Mapping[str, Any] | None, study: Profile | None, *, of_unknown: bool = True
    ) -> str | None:
        """Why a study that is not named is not meant. `of_unknown`: also of what is not classified, or not compared."""
        if self.watch.asks_for_a_class:
            why = self.watch.objection(answer) if answer else UNKNOWN
            if why and (answer or of_unknown):
                return why
        if not (self.named and is_related(source)):
            return None
        if study is None:
            return NOT_COMPARED if of_unknown else None
        near = nearness(study, self.named)
        return None if near.is_related else near.sentence


def look_of(session: Session, watch: WatchSettings, cohort: Cohort) -> SecondLook:
    """The second look of a watch: by what the studies that it is related to are now, and else were when it was walked."""
    return SecondLook(watch, {**cohort.related, **profiles_of(session, cohort.related)})


def objections(
    session: Session, look: SecondLook, hits: Mapping[str, str], *, of_unknown: bool
) -> dict[str, str]:
    """Why hits (id → source) are not meant, by id. `of_unknown`: also of those of which nothing is known."""
    asked = {
        nct_id: source for nct_id, source in hits.items() if look.drops and not look.belongs(nct_id, source)
    }
    answers = classes.classes_of(session, asked) if look.watch.asks_for_a_class else {}
    compared = profiles_of(session, [nct_id for nct_id, source in asked.items() if is_related(source)])
    found = {
        nct_id: look.objection(
            source,
            answers[nct_id].answer if nct_id in answers else None,
            compared.get(nct_id),
            of_unknown=of_unknown,
        )
        for nct_id, source in asked.items()
    }
    return {nct_id: why for nct_id, why in found.items() if why}


def stored_hits(session: Session, watch: WatchSettings) -> dict[str, str]:
    """All that a watch looks at which has no search: what is stored and of its classes, and its members."""
    which = ClassFilter(tuple(watch.classes), watch.antigens, tuple(watch.areas))
    return dict.fromkeys([*classes.that_match(session, which), *cohorts.members(session, watch.name)], STORED)


def turned(session: Session, look: SecondLook, nct_id: str, source: str, since: str) -> Turn | None:
    """What had a watch mean a study, or mean it no more, since the release on which it was last read to its end.

    None where its second look has no say in it, or nothing of the study's class was ever another thing.
    """
    if look.belongs(nct_id, source):
        return None
    if look.watch.asks_for_a_class and (step := _turning(session, look.watch, nct_id)):
        return Turn(step.cause, step.why)
    is_compared = bool(look.named) and is_related(source) and bool(profiles_of(session, [nct_id]))
    return turn(session, nct_id, look.named, since) if is_compared else None


def _turning(session: Session, watch: ClassConditions, nct_id: str) -> Step | None:
    """The last step of a study's class, where it is what had the watch mean it, or mean it no more."""
    steps = classes.steps(session, nct_id)
    last = steps[-1] if steps else None
    if last is None or (watch.objection(last.before) is None) == (watch.objection(last.after) is None):
        return None
    return last


def grounds(session: Session, look: SecondLook, nct_id: str, source: str) -> str:
    """Why a study that was found for its nearness is meant; empty for any other one."""
    if not (look.named and is_related(source)) or look.belongs(nct_id, source):
        return ""
    own = profiles_of(session, [nct_id]).get(nct_id)
    if own is None:
        return ""
    near = nearness(own, look.named)
    to = "" if source == source_of(near.to) else f" to {near.to}"
    return f"score {near.relation.score}{to}: {near.shares}"
