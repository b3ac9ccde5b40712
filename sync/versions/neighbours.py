"""The stored studies that are nearest to one, found by their traits: no record is read for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from storage import profiles, studies
from sync.cohort.neighbours import NARROW, Relation, nearest, traits
from sync.cohort.novelty import features, novelty
from sync.cohort.profile import Profile, form

CANDIDATES = 400
"""Studies that are compared in full: those with most traits in common. Country, phase, design and sites, 18 points
together, can only change the order among them."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A study near another one."""

    nct_id: str
    title: str | None
    status: str | None
    sponsor: str | None
    relation: Relation

    def as_json(self) -> dict[str, Any]:
        """The neighbour with its score and its reasons."""
        return {
            "nct_id": self.nct_id,
            "title": self.title,
            "status": self.status,
            "sponsor": self.sponsor,
            "score": self.relation.score,
            "related": self.relation.is_related,
            "reasons": [each._asdict() for each in self.relation.reasons],
        }


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The nearest studies, nearest first; `related` of those that were compared count as related.

    `is_known`: whether the study itself has a profile to be compared by.
    """

    nct_id: str
    is_known: bool
    related: int
    nearest: tuple[Neighbour, ...]


def neighbours(session: Session, nct_id: str, *, limit: int, watch: str | None = None) -> Neighbours:
    """The studies that are nearest to one, among those of a watch or all that are stored."""
    own = profiles.bodies(session, [nct_id]).get(nct_id)
    if own is None:
        return Neighbours(nct_id, False, 0, ())
    study = Profile.of_json(own)
    ids = profiles.candidates(session, traits(study), found_by=NARROW, limit=CANDIDATES + 1, watch=watch)
    others = [Profile.of_json(body) for body in profiles.bodies(session, ids).values()]
    found = nearest(study, others)
    known = studies.studies(session, (each.nct_id for each in found[:limit]))
    return Neighbours(
        nct_id,
        True,
        sum(each.is_related for each in found),
        tuple(_neighbour(known[each.nct_id], each) for each in found[:limit]),
    )


def not_compared(session: Session, watch: str | None = None) -> int:
    """How many of the stored studies have no profile yet, and can be nobody's neighbours. Looks at all of them."""
    return profiles.count_missing(session, form(), watch)


def novelty_in(session: Session, watch: str, nct_id: str, after: Collection[str] = ()) -> str:
    """What is new about a study in a watch, by the studies that are or were in it; those that came `after` do not count."""
    body = profiles.bodies(session, [nct_id]).get(nct_id)
    # A number of those that were looked through is no number of all: before an older program's studies are, none is told.
    if body is None or profiles.count_missing(session, form(), watch):
        return ""
    study = Profile.of_json(body)
    exclude = [nct_id, *after]
    return novelty(study, [profiles.having(session, watch, each.traits, exclude) for each in features(study)])


def _neighbour(known: studies.StudyInfo, relation: Relation) -> Neighbour:
    return Neighbour(known.nct_id, known.title, known.status, known.sponsor, relation)
