"""What stored studies have to do with CAR-T cells: classified when a record is stored, and anew where the classifier moved.

The one place that classifies what is stored; it asks nothing of studies that did not change.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.orm import Session

from storage import classes
from storage.classes import Cause, Computed, Step, StudyClass
from storage.engine import Database
from storage.versions import heads
from sync import logs
from sync.changes.sentences import short
from sync.cohort.classifying import classifier, classify
from sync.cohort.vocabulary import class_words
from sync.errors import UnreadableRecord
from sync.study.record import Study, read_record
from sync.versions.backfill_facts import BATCH, readable_heads

log = structlog.get_logger("filling")


def computed(study: Study, version: int, answer: Mapping[str, Any]) -> Computed:
    """The classifier's answer on a study's version; none on a withheld one, which is a mere stub."""
    return Computed(study.nct_id or "", version, classifier(), None if study.withheld else answer)


def decided(session: Session, nct_id: str) -> dict[str, Any]:
    """What a person decided of a study; empty where nobody did."""
    decision = classes.decisions(session, [nct_id]).get(nct_id)
    return decision.decided if decision else {}


def fill_classes(
    database: Database, *, now: Callable[[], datetime], go_on: Callable[[], None] = lambda: None
) -> int:
    """Classify all studies whose head this classifier has not seen; how many those were. `go_on` raises where it is to stop.

    Safe beside a cycle: each batch is read and written in one writing transaction. A classifier that says the same as the
    one before leaves no trace but its version.
    """
    filled, last = 0, ""
    while True:
        go_on()
        with database.read() as session:
            due = classes.not_up_to_date(session, classifier(), last, BATCH)
        if not due:
            return filled
        with database.write() as session:
            # Asked again within: a cycle may have stored a newer record meanwhile.
            due = classes.not_up_to_date(session, classifier(), last, BATCH)
            filled += len(_classified(session, due, now()))
        last = due[-1][0] if due else last


def classify_stored(session: Session, nct_id: str, at: datetime) -> None:
    """Classify a study's head where it is not classified yet."""
    if classes.class_of(session, nct_id) is None and (head := heads(session, [nct_id]).get(nct_id)):
        _classified(session, [(nct_id, head.number)], at)


def _classified(session: Session, due: Sequence[tuple[str, int]], at: datetime) -> list[Computed]:
    payloads, found = readable_heads(session, [nct_id for nct_id, _ in due]), []
    for nct_id, version in due:
        if nct_id not in payloads:
            continue  # damaged, and logged as such
        try:
            record = read_record(payloads[nct_id])
            found.append(computed(Study(record), version, classify(record).as_json()))
        except UnreadableRecord as error:
            log.warning(logs.FACTS_MISSING, nct_id=nct_id, reason=str(error))
    keep_classes(session, found, at)
    return found


def keep_classes(
    session: Session, found: Sequence[Computed], at: datetime, may_have: Collection[str] | None = None
) -> list[Step]:
    """Keep what the classifier says; each step that it makes, with the words of the record that it rests on.

    `may_have`: who can be classified already, where that is known.
    """
    return classes.keep(session, found, at, _why, may_have)


def _why(before: StudyClass, after: StudyClass, cause: Cause) -> str:
    said = "; ".join(_grounds(before, after))
    if cause == "record":
        return f"The record changed: {said}"
    moved = f"classifier {before.classifier} → {after.classifier}"
    return f"Our view changed ({moved}), the record did not: {said}"


def _grounds(before: StudyClass, after: StudyClass) -> Iterator[str]:
    evidence = after.computed["evidence"]
    if before.study_class != after.study_class:
        yield _quoted(evidence[0]["says"].partition(", for ")[2], evidence[0])
    for label, was, now in (
        ("antigen", before.antigens, after.antigens),
        ("source", (before.source,), (after.source,)),
        ("area", (before.area,), (after.area,)),
    ):
        new = [each for each in now if each not in was]
        words = [
            each for each in evidence if each["says"].startswith(tuple(f"{label}: {name}" for name in new))
        ]
        yield from (_quoted(each["says"], each) for each in words[: len(new)] if new)
        if was != now and not words:
            yield f"its words do not say the {label} {', '.join(was)} any more"


def _quoted(says: str, evidence: Mapping[str, str]) -> str:
    quote = short(evidence["quote"])
    return f"{says} (“{quote}”, {evidence['field'].removeprefix('protocolSection.')})"


def step_fact(step: Step) -> str:
    """A step in a sentence, with what made it."""
    return f"{step_in_words(step)}. {step.why}"


def step_in_words(step: Step) -> str:
    """What became another thing, from what to what."""
    moved = [
        f"{name.capitalize()}: {_in_words(step.before[name])} → {_in_words(step.after[name])}"
        for name in classes.ANSWERS
        if step.before[name] != step.after[name]
    ]
    return "; ".join(moved)


def _in_words(value: str | list[str]) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "none said"
    return class_words(value)
