"""The studies that are nearest to one, and why."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field
from sqlalchemy.orm import Session

from storage.errors import UnknownEntry
from storage.studies import studies
from sync.cohort.neighbours import RELATED
from sync.versions.neighbours import Neighbour, Neighbours, neighbours, not_compared
from sync.view import View
from sync.web.views.base import Parameters
from sync.web.views.cache import LAG, PerRelease, WhileUnchanged


class RelatedQuery(Parameters):
    """Which of the neighbours."""

    watch: str = Field("", max_length=100, description="Only those that are in this watch now.")
    limit: int = Field(10, ge=1, le=100)


class SharedFact(View):
    """One thing that two studies have in common."""

    what: str = Field(
        description="disease, antigen, class, product, sponsor, sites, country, phase or design."
    )
    points: int = Field(description="What it counts for.")
    says: str


class RelatedStudy(View):
    """A study near the one that was asked about."""

    nct_id: str
    title: str | None
    status: str | None
    sponsor: str | None
    score: int = Field(description="From 0 to 100: the sum of its reasons.")
    related: bool = Field(description=f"Whether the two count as related: from {RELATED} on.")
    reasons: list[SharedFact] = Field(description="Weightiest first.")


class Related(View):
    """The nearest studies, nearest first."""

    nct_id: str
    is_known: bool = Field(description="Whether the study itself could be compared.")
    related: int = Field(description="How many count as related.")
    missing: int = Field(description="Studies that are stored and could not be compared yet.")
    nearest: list[RelatedStudy]


def load(session: Session, nct_id: str, query: RelatedQuery, now: datetime) -> Related:
    """The nearest of the stored studies. Raises UnknownEntry where the study itself is not stored."""
    if nct_id not in studies(session, [nct_id]):
        raise UnknownEntry(f"{nct_id} is in no watch, and was in none. To follow it, name it in a watch.")
    # Of a registry, tens of thousands of studies share a disease or a class: 80 ms.
    key = (nct_id, query.limit, query.watch)
    found = _NEAREST.get(session, key, now, lambda: _nearest(session, nct_id, query), lag=LAG)
    return Related(
        nct_id=nct_id,
        is_known=found.is_known,
        related=found.related,
        missing=_missing(session, query.watch or None, now),
        nearest=[_line(each) for each in found.nearest],
    )


def _nearest(session: Session, nct_id: str, query: RelatedQuery) -> Neighbours:
    return neighbours(session, nct_id, limit=query.limit, watch=query.watch or None)


_NEAREST: WhileUnchanged[Neighbours] = WhileUnchanged()


def _missing(session: Session, watch: str | None, now: datetime) -> int:
    """Studies not compared yet: counted once a release where there are none, as all of a registry are looked at for it.

    While they are being prepared, as of a minute ago at most.
    """
    found = _MISSING.get(session, watch, lambda: not_compared(session, watch))
    return found and _STILL.get(session, watch, now, lambda: not_compared(session, watch), lag=LAG)


_MISSING: PerRelease[int] = PerRelease()
_STILL: WhileUnchanged[int] = WhileUnchanged()


def _line(found: Neighbour) -> RelatedStudy:
    relation = found.relation
    return RelatedStudy(
        nct_id=found.nct_id,
        title=found.title,
        status=found.status,
        sponsor=found.sponsor,
        score=relation.score,
        related=relation.is_related,
        reasons=[SharedFact(**each._asdict()) for each in relation.reasons],
    )
