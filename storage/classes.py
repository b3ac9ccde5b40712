"""What studies have to do with CAR-T cells: the classifier's answers, people's decisions above them, and each step.

A step is kept with what made it: the record is another one, the classifier is, or a person decided.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, func, literal_column, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase

from storage import audit, seals, tables
from storage.bulk import chunks, insert, upsert_in
from storage.errors import UnknownEntry
from storage.many_rows import write_rows
from storage.rows import columns_of, rows, values_of
from storage.tables import table_of

CLASS = table_of(tables.StudyClass).c
DECISION = table_of(tables.ClassDecision).c
CHANGE = table_of(tables.ClassChange).c
STUDY = table_of(tables.Study).c

UNCERTAIN = "uncertain"
"""The confidence of an answer that asks for a person's look."""
DECIDED = "decided"
"""The confidence of a person's own answer."""
ANSWERS = ("class", "antigens", "source", "area")
"""What a person may decide, and what a step is told of."""

Cause = Literal["record", "classifier", "person"]
Answer = dict[str, Any]
"""The class, antigens, source and area of a study."""


@dataclass(frozen=True, slots=True)
class Computed:
    """What the classifier says of a version of a study, in full. `said` is None where that version is a mere stub."""

    nct_id: str
    version: int
    classifier: str
    said: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class StudyClass:
    """What a study is, a person's decision included; `computed` is the classifier's own answer, with its evidence."""

    nct_id: str
    version: int
    classifier: str
    study_class: str
    antigens: tuple[str, ...]
    source: str
    area: str
    confidence: str
    computed: dict[str, Any]

    @property
    def answer(self) -> Answer:
        """The four answers."""
        return {
            "class": self.study_class,
            "antigens": list(self.antigens),
            "source": self.source,
            "area": self.area,
        }

    @property
    def is_open(self) -> bool:
        """Whether it asks for a person's look."""
        return self.confidence == UNCERTAIN


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided of a study: one or more of the answers."""

    nct_id: str
    decided: Answer
    reason: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Step:
    """From one answer to another, and what made it; `why` in a sentence."""

    nct_id: str
    at: datetime
    version: int
    cause: Cause
    before: Answer
    after: Answer
    why: str


@dataclass(frozen=True, slots=True)
class ClassFilter:
    """Which studies are meant: of one of the classes, aiming at one of the antigens, in one of the areas.

    What is empty narrows nothing; `open`: only those that ask for a person's look.
    """

    classes: tuple[str, ...] = ()
    antigens: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    open: bool = False

    def __bool__(self) -> bool:
        return bool(self.classes or self.antigens or self.areas or self.open)


def class_of(session: Session, nct_id: str) -> StudyClass | None:
    """What one study is; None where it was not classified yet."""
    return classes_of(session, [nct_id]).get(nct_id)


def classes_of(session: Session, ids: Iterable[str]) -> dict[str, StudyClass]:
    """What studies are, those that are classified."""
    statement = select(*columns_of(CLASS, StudyClass))
    found = (
        row for chunk in chunks(ids) for row in session.execute(statement.where(CLASS.nct_id.in_(chunk)))
    )
    return {row.nct_id: _study_class(row) for row in found}


def answers_of(session: Session, ids: Iterable[str]) -> dict[str, tuple[Answer, ...]]:
    """What studies are; and what they were before, where their newest version made that another thing."""
    found = classes_of(session, ids)
    statement = select(CHANGE.nct_id, CHANGE.version, CHANGE.before).where(CHANGE.cause == "record")
    before = {
        nct_id: answer
        for chunk in chunks(found)
        for nct_id, version, answer in session.execute(statement.where(CHANGE.nct_id.in_(chunk)))
        if version == found[nct_id].version
    }
    return {
        nct_id: (each.answer, *([before[nct_id]] if nct_id in before else []))
        for nct_id, each in found.items()
    }


def that_match(session: Session, which: ClassFilter, limit: int | None = None) -> dict[str, StudyClass]:
    """Every classified study that a filter means, in order; or the first ones."""
    statement = select(*columns_of(CLASS, StudyClass)).where(*_conditions(which)).order_by(CLASS.nct_id)
    return {row.nct_id: _study_class(row) for row in session.execute(statement.limit(limit))}


def count_matching(session: Session, which: ClassFilter) -> int:
    """How many classified studies a filter means."""
    statement = select(func.count()).select_from(table_of(tables.StudyClass)).where(*_conditions(which))
    return session.scalar(statement) or 0


def ids_that_match(which: ClassFilter) -> Select[tuple[str]]:
    """The ids of the studies that a filter means, to be looked for in another statement."""
    return select(CLASS.nct_id).where(*_conditions(which))


def tallies(session: Session) -> dict[str, dict[str, int]]:
    """How many studies there are of each class, antigen and area."""
    found: dict[str, dict[str, int]] = {"classes": {}, "areas": {}, "antigens": {}}
    for name, column in (("classes", CLASS.study_class), ("areas", CLASS.area)):
        counted = session.execute(select(column, func.count()).group_by(column))
        found[name] = dict(sorted(tuple(row) for row in counted))
    for text, number in session.execute(select(CLASS.antigens, func.count()).group_by(CLASS.antigens)):
        for antigen in _antigens(text):
            found["antigens"][antigen] = found["antigens"].get(antigen, 0) + number
    found["antigens"] = dict(sorted(found["antigens"].items()))
    return found


def not_up_to_date(session: Session, classifier: str, after: str, limit: int) -> list[tuple[str, int]]:
    """Studies, beyond an id, whose head this classifier has not seen, each with the head's number; in order of their ids."""
    statement = (
        select(STUDY.nct_id, STUDY.head)
        .join_from(
            table_of(tables.Study), table_of(tables.StudyClass), CLASS.nct_id == STUDY.nct_id, isouter=True
        )
        .where(STUDY.head.is_not(None), STUDY.nct_id > after)
        .where(or_(CLASS.nct_id.is_(None), CLASS.version != STUDY.head, CLASS.classifier != classifier))
        .order_by(STUDY.nct_id)
        .limit(limit)
    )
    return [(nct_id, head) for nct_id, head in session.execute(statement)]


Why = Callable[[StudyClass, StudyClass, Cause], str]
"""Says why a study is another thing than before."""


def keep(
    session: Session,
    found: Sequence[Computed],
    at: datetime,
    why: Why,
    may_have: Collection[str] | None = None,
) -> list[Step]:
    """Keep what the classifier says of studies; the steps that were taken by those that were another thing before.

    A person's decision stays above it. Of a stub, which says nothing, the answer before stays. `may_have`: who can have
    an answer already, where that is known: the others are not looked up.
    """
    ids = [each.nct_id for each in found if may_have is None or each.nct_id in may_have]
    before, decided = classes_of(session, ids), decisions(session, ids)
    kept = [_kept(each, before.get(each.nct_id), decided.get(each.nct_id)) for each in found]
    new = [each for each in kept if each is not None]
    _save(session, new)
    pairs = [(before[each.nct_id], each) for each in new if each.nct_id in before]
    steps = [
        _step(was, now, cause, at, why(was, now, cause))
        for was, now in pairs
        if was.answer != now.answer
        for cause in [_cause(was, now)]
    ]
    _add_steps(session, steps)
    return steps


def decisions(session: Session, ids: Iterable[str]) -> dict[str, Decision]:
    """What people have decided of studies, and not taken back."""
    statement = select(*columns_of(DECISION, Decision))
    found = (
        each
        for chunk in chunks(ids)
        for each in rows(session, statement.where(DECISION.nct_id.in_(chunk)), Decision)
    )
    return {each.nct_id: each for each in found if each.decided}


def decide(
    session: Session, nct_id: str, decided: Mapping[str, Any], *, reason: str, by: str, at: datetime
) -> Step | None:
    """Keep what a person says a study is, beside what was decided of it before; the step that it makes, if any.

    Raises UnknownEntry where the study is not stored.
    """
    known = decisions(session, [nct_id]).get(nct_id)
    return _decide(session, nct_id, {**(known.decided if known else {}), **decided}, reason, by, at)


def undo(session: Session, nct_id: str, *, reason: str, by: str, at: datetime) -> Step | None:
    """Take back what was decided of a study: what the classifier says holds again. Raises UnknownEntry where nothing was."""
    if not decisions(session, [nct_id]):
        raise UnknownEntry(f"nothing was decided by a person of what {nct_id} is")
    return _decide(session, nct_id, {}, reason, by, at)


def steps(session: Session, nct_id: str) -> list[Step]:
    """Each step of a study, oldest first."""
    statement = select(*columns_of(CHANGE, Step)).where(CHANGE.nct_id == nct_id)
    return rows(session, statement.order_by(CHANGE.id), Step)


def _decide(
    session: Session, nct_id: str, decided: Answer, reason: str, by: str, at: datetime
) -> Step | None:
    before = class_of(session, nct_id)
    if before is None:
        raise UnknownEntry(f"no record of {nct_id} is stored and classified: nothing can be decided of it")
    decision = Decision(nct_id, decided, reason, at, by)
    values = values_of(decision)
    statement = insert(session, tables.ClassDecision).values(values)
    renewed = {name: statement.excluded[name] for name in values if name != "nct_id"}
    with seals.revising(session, tables.ClassDecision, [(nct_id,)]):
        session.execute(statement.on_conflict_do_update(index_elements=["nct_id"], set_=renewed))
    computed = Computed(nct_id, before.version, before.classifier, before.computed)
    after = _of(computed, before.computed, decision if decided else None)
    _save(session, [after])
    action = "class decided" if decided else "class undecided"
    audit.append(session, at, by, action, nct_id, reason=reason, was=before.answer, now=after.answer)
    if before.answer == after.answer:
        return None
    step = _step(before, after, "person", at, f"{by}: {reason}")
    _add_steps(session, [step])
    return step


def _kept(new: Computed, before: StudyClass | None, decision: Decision | None) -> StudyClass | None:
    if new.said is not None:
        return _of(new, new.said, decision)
    return _of(new, before.computed, decision) if before else None


def _of(new: Computed, said: Mapping[str, Any], decision: Decision | None) -> StudyClass:
    answer = {**said, **(decision.decided if decision else {})}
    return StudyClass(
        new.nct_id,
        new.version,
        new.classifier,
        answer["class"],
        tuple(answer["antigens"]),
        answer["source"],
        answer["area"],
        DECIDED if decision else said["confidence"],
        dict(said),
    )


def _cause(before: StudyClass, after: StudyClass) -> Cause:
    """The same record under another classifier is our view; a newer record is the registry's."""
    return "record" if before.version != after.version else "classifier"


def _step(before: StudyClass, after: StudyClass, cause: Cause, at: datetime, why: str) -> Step:
    return Step(after.nct_id, at, after.version, cause, before.answer, after.answer, why)


def _save(session: Session, new: Sequence[StudyClass]) -> None:
    write_rows(session, _classes, [_row(each) for each in new])


def _classes(dialect: str) -> UpdateBase:
    return upsert_in(dialect, tables.StudyClass, "nct_id", (*_COLUMNS, "antigens"))


_COLUMNS = ("version", "classifier", "study_class", "source", "area", "confidence", "computed")


def _row(each: StudyClass) -> dict[str, Any]:
    values = {name: getattr(each, name) for name in ("nct_id", *_COLUMNS)}
    return values | {"antigens": _bars(each.antigens)}


def _add_steps(session: Session, new: Sequence[Step]) -> None:
    if not new:
        return
    statement = insert(session, tables.ClassChange).returning(CHANGE.id)
    numbers = session.execute(statement, [values_of(each) for each in new]).scalars()
    seals.seal(session, tables.ClassChange, sorted((number,) for number in numbers))


def _conditions(which: ClassFilter) -> Iterable[ColumnElement[bool]]:
    if which.classes:
        yield CLASS.study_class.in_(which.classes)
    if which.areas:
        yield CLASS.area.in_(which.areas)
    if which.antigens:
        # In small letters: one that no term knows stands as a person wrote it, and LIKE minds them on one database only.
        small = func.lower(CLASS.antigens)
        yield or_(*(small.contains(_bars([each.lower()]), autoescape=True) for each in which.antigens))
    if which.open:
        # In so many words: of a parameter SQLite does not know that the index over just those has it.
        yield CLASS.confidence == literal_column(f"'{UNCERTAIN}'")


def _study_class(row: Any) -> StudyClass:
    values = {**row._mapping, "antigens": _antigens(row.antigens)}
    return StudyClass(**values)


def _bars(antigens: Collection[str]) -> str:
    return f"|{'|'.join(antigens)}|" if antigens else "|"


def _antigens(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split("|")))
