"""What stored studies are by their newest versions, as people decided it, where they did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sqlalchemy.orm import Session

from storage import versions
from storage.classes import DECIDED, Decision, decisions
from storage.times import as_text
from sync.cohort.classifying import Classification, classify
from sync.study.record import Record, Study, read_record


def classified_studies(session: Session, ids: Iterable[str]) -> Iterator[Classification]:
    """The newest stored version of each study that has one, in the order of the ids; as people decided, where they did."""
    wanted = list(dict.fromkeys(ids))
    payloads, decided = versions.head_payloads(session, wanted), decisions(session, wanted)
    for nct_id in wanted:
        if nct_id in payloads:
            record = what_it_said(session, nct_id, read_record(payloads[nct_id]))
            yield _as_decided(classify(record), decided.get(nct_id))


def what_it_said(session: Session, nct_id: str, record: Record) -> Record:
    """A record, or where it is withheld the last one that was not: a stub says nothing of what the study is."""
    if not Study(record).withheld:
        return record
    for version in reversed(versions.versions(session, nct_id)):
        earlier = read_record(versions.payload(session, nct_id, version.number))
        if not Study(earlier).withheld:
            return earlier
    return record


def _as_decided(found: Classification, decision: Decision | None) -> Classification:
    if decision is None:
        return found
    answer = {"class_" if name == "class" else name: value for name, value in decision.decided.items()}
    if "antigens" in answer:
        answer["antigens"] = tuple(answer["antigens"])
    said = decision.decided | {"by": decision.by, "at": as_text(decision.at), "reason": decision.reason}
    return replace(found, **answer, confidence=DECIDED, decided=said)
