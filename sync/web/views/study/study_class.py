"""What a study has to do with CAR-T cells: the answers with the record's words, a person's decision, each step so far."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy.orm import Session

from storage import classes
from storage.classes import ClassFilter, StudyClass
from storage.studies import studies
from sync.versions.classes import step_in_words
from sync.view import View


class Words(View):
    """Words of the record, where they stand, and what they say."""

    field: str
    quote: str
    says: str


class ClassDecision(View):
    """What a person decided, and why."""

    answers: dict[str, Any] = Field(description="One or more of class, antigens, source, area.")
    reason: str
    at: datetime
    by: str


class ClassStep(View):
    """One step of the answers. `cause`: `record` (the registry changed), `classifier` (our view), `person`."""

    at: datetime
    cause: str
    words: str
    why: str


class StudyClassView(View):
    """What a study is, and what says so. `confidence` is `decided` where a person has decided."""

    nct_id: str
    title: str
    study_class: str
    antigens: list[str]
    source: str
    area: str
    confidence: str
    classifier: str
    evidence: list[Words]
    computed: dict[str, Any] = Field(description="The four answers as the classifier alone has them.")
    decision: ClassDecision | None
    steps: list[ClassStep] = Field(description="Newest first.")


class OpenClasses(View):
    """Studies whose class asks for a person's look. `in_all`: how many there are, of which at most so many are listed."""

    studies: list[StudyClassView]
    in_all: int


MOST = 100
"""Studies that are listed for a person's look."""


def class_view(session: Session, nct_id: str) -> StudyClassView | None:
    """What one study is; None where it was not classified yet."""
    found = classes.class_of(session, nct_id)
    if found is None:
        return None
    known = studies(session, [nct_id]).get(nct_id)
    return _view(session, found, (known.title if known else "") or "")


def open_classes(session: Session) -> OpenClasses:
    """The studies that ask for a person's look, in the order of their ids."""
    asked = ClassFilter(open=True)
    shown = classes.that_match(session, asked, limit=MOST).values()
    titles = studies(session, [each.nct_id for each in shown])
    return OpenClasses(
        studies=[_view(session, each, titles[each.nct_id].title or "") for each in shown],
        in_all=classes.count_matching(session, asked),
    )


def _view(session: Session, found: StudyClass, title: str) -> StudyClassView:
    decision = classes.decisions(session, [found.nct_id]).get(found.nct_id)
    return StudyClassView(
        nct_id=found.nct_id,
        title=title,
        study_class=found.study_class,
        antigens=list(found.antigens),
        source=found.source,
        area=found.area,
        confidence=found.confidence,
        classifier=found.classifier,
        evidence=[Words(**_known(each)) for each in found.computed.get("evidence", ())],
        computed={name: found.computed[name] for name in classes.ANSWERS},
        decision=decision
        and ClassDecision(answers=decision.decided, reason=decision.reason, at=decision.at, by=decision.by),
        steps=[
            ClassStep(at=each.at, cause=each.cause, words=step_in_words(each), why=each.why)
            for each in reversed(classes.steps(session, found.nct_id))
        ],
    )


def _known(evidence: Mapping[str, str]) -> dict[str, str]:
    return {name: evidence[name] for name in ("field", "quote", "says")}
