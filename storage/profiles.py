"""What studies are compared by: kept in the transaction that stores a version, and asked for those alike."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, literal, or_, select, union_all
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase

from storage import tables
from storage.bulk import chunks, insert_in, upsert_in
from storage.many_rows import write_rows
from storage.tables import table_of

PROFILE = table_of(tables.Profile).c
TRAIT = table_of(tables.Trait).c
STUDY = table_of(tables.Study).c
MEMBERSHIP = table_of(tables.Membership).c

Trait = tuple[str, str]
"""Kind and value: ("antigen", "CD19")."""


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """A profile as it is kept: columns to count by, the whole as JSON, and what it is found by."""

    form: str
    trial_class: str
    area: str
    phase: str
    sponsor_class: str
    body: dict[str, Any]
    traits: frozenset[Trait]


def keep(
    session: Session, profiles: Mapping[str, StoredProfile], may_have: Collection[str] | None = None
) -> int:
    """Keep the profiles of studies; of how many these are others than before.

    `may_have`: who can have one already, where that is known: the others are not looked up.
    """
    known = _known(session, profiles if may_have is None else profiles.keys() & may_have)
    changed = {
        nct_id: each for nct_id, each in profiles.items() if known.get(nct_id) != (each.form, each.body)
    }
    if not changed:
        return 0
    rows = [
        {"nct_id": nct_id} | {name: getattr(each, name) for name in _OF_PROFILES}
        for nct_id, each in sorted(changed.items())
    ]
    write_rows(session, _profiles, rows)
    for chunk in chunks(nct_id for nct_id in changed if nct_id in known):
        session.execute(delete(table_of(tables.Trait)).where(TRAIT.nct_id.in_(chunk)))
    traits = [
        {"kind": kind, "value": value, "nct_id": nct_id}
        for nct_id, each in sorted(changed.items())
        for kind, value in sorted(each.traits)
    ]
    write_rows(session, _traits, traits)
    return len(changed)


_OF_PROFILES = ("form", "trial_class", "area", "phase", "sponsor_class", "body")


def _profiles(dialect: str) -> UpdateBase:
    return upsert_in(dialect, tables.Profile, "nct_id", _OF_PROFILES)


def _traits(dialect: str) -> UpdateBase:
    return insert_in(dialect, tables.Trait)


def _known(session: Session, ids: Iterable[str]) -> dict[str, tuple[str, Any]]:
    statement = select(PROFILE.nct_id, PROFILE.form, PROFILE.body)
    return {
        nct_id: (form, body)
        for chunk in chunks(ids)
        for nct_id, form, body in session.execute(statement.where(PROFILE.nct_id.in_(chunk)))
    }


def of_form(session: Session, ids: Iterable[str], form: str) -> set[str]:
    """Those of the studies whose profile is of a form."""
    statement = select(PROFILE.nct_id).where(PROFILE.form == form)
    return {
        each for chunk in chunks(ids) for each in session.scalars(statement.where(PROFILE.nct_id.in_(chunk)))
    }


def bodies(session: Session, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The profiles of those of the studies that have one, as JSON."""
    return {nct_id: body for nct_id, (_, body) in _known(session, ids).items()}


def candidates(
    session: Session,
    weights: Mapping[Trait, int],
    *,
    found_by: Collection[str],
    limit: int,
    watch: str | None = None,
) -> list[str]:
    """The studies with most of some traits, by the sum of their weights; none that has no trait of the kinds `found_by`.

    In one query over an index, however many studies there are: a trait that tens of thousands have (a country, a phase) is
    no trait. Of a watch: those that are in it now.
    """
    if not any(kind in found_by for kind, _ in weights):
        return []
    # One walk through the index for each trait: as one condition with OR every row is held against each of them.
    parts = [
        select(
            TRAIT.nct_id, literal(points).label("points"), literal(int(kind in found_by)).label("narrow")
        ).where(TRAIT.kind == kind, TRAIT.value == value)
        for (kind, value), points in weights.items()
    ]
    each = union_all(*parts).subquery()
    score = func.sum(each.c.points).label("score")
    statement = (
        select(each.c.nct_id, score)
        .group_by(each.c.nct_id)
        .having(func.max(each.c.narrow) == 1)
        .order_by(score.desc(), each.c.nct_id)
        .limit(limit)
    )
    if watch is not None:
        statement = statement.where(each.c.nct_id.in_(_members(watch)))
    return [row.nct_id for row in session.execute(statement)]


def having(session: Session, watch: str, traits: Collection[Trait], exclude: Collection[str] = ()) -> int:
    """How many of the studies that are or were in a watch have all of some traits; without those to exclude."""
    members = select(MEMBERSHIP.nct_id).where(MEMBERSHIP.watch == watch)
    alike = (
        select(TRAIT.nct_id)
        .where(_any(traits), TRAIT.nct_id.in_(members), TRAIT.nct_id.not_in(exclude))
        .group_by(TRAIT.nct_id)
        .having(func.count() == len(set(traits)))
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(alike)) or 0


def missing(session: Session, form: str, after: str = "", limit: int = 300) -> list[str]:
    """Studies of which a record is kept and no profile of today's form, by id, after an id."""
    statement = _without(form).where(STUDY.nct_id > after).order_by(STUDY.nct_id).limit(limit)
    return list(session.scalars(statement))


def count_missing(session: Session, form: str, watch: str | None = None) -> int:
    """How many studies, of a watch or all, cannot be compared as their records stand."""
    statement = _without(form)
    if watch is not None:
        statement = statement.where(STUDY.nct_id.in_(_members(watch)))
    return session.scalar(select(func.count()).select_from(statement.subquery())) or 0


def _without(form: str) -> Any:
    return (
        select(STUDY.nct_id)
        .join_from(
            table_of(tables.Study), table_of(tables.Profile), PROFILE.nct_id == STUDY.nct_id, isouter=True
        )
        .where(STUDY.head.is_not(None), or_(PROFILE.form.is_(None), PROFILE.form != form))
    )


def _members(watch: str) -> Any:
    return select(MEMBERSHIP.nct_id).where(MEMBERSHIP.watch == watch, MEMBERSHIP.left_release.is_(None))


def _is(trait: Trait) -> ColumnElement[bool]:
    return and_(TRAIT.kind == trait[0], TRAIT.value == trait[1])


def _any(traits: Iterable[Trait]) -> ColumnElement[bool]:
    return or_(*map(_is, traits))
