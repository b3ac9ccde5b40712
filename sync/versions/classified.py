"""Records to be classified: out of a file, or the newest stored version of each study."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

from sqlalchemy.orm import Session

from storage import versions
from storage.classes import DECIDED, Decision, decisions
from storage.times import as_text
from sync.cohort.classifying import Classification, classify
from sync.errors import UnreadableRecord, UsageError
from sync.study.record import Record, Study, is_nct_id, no_id, read_object, read_record


def classified_file(path: Path) -> Iterator[Classification]:
    """Each record of a file, one a line (gzip where its name ends in .gz). Raises UsageError, which names the line."""
    with _lines(path) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                record = _record(line)
            except UnreadableRecord as error:
                raise UsageError(f"the file {path}, line {number}: {error}") from error
            yield classify(record)


def _record(line: bytes) -> Record:
    found = read_object(line.strip())
    # A line may be the record itself, or hold it beside other things, as exports and corpora do.
    record = found["study"] if isinstance(found.get("study"), dict) else found
    if not is_nct_id(Study(record).nct_id):
        raise no_id(Study(record).nct_id)
    return record


@contextmanager
def _lines(path: Path) -> Iterator[IO[bytes]]:
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
            yield lines  # type: ignore[misc]  # gzip's file is one to read bytes from
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"the file {path} cannot be read: {reason}") from error


def classified_studies(session: Session, ids: Iterable[str]) -> Iterator[Classification]:
    """The newest stored version of each study that has one, in the order of the ids; as people decided, where they did."""
    wanted = list(dict.fromkeys(ids))
    payloads, decided = versions.head_payloads(session, wanted), decisions(session, wanted)
    for nct_id in wanted:
        if nct_id in payloads:
            yield _as_decided(classify(read_record(payloads[nct_id])), decided.get(nct_id))


def _as_decided(found: Classification, decision: Decision | None) -> Classification:
    if decision is None:
        return found
    answer = {"class_" if name == "class" else name: value for name, value in decision.decided.items()}
    if "antigens" in answer:
        answer["antigens"] = tuple(answer["antigens"])
    said = decision.decided | {"by": decision.by, "at": as_text(decision.at), "reason": decision.reason}
    return replace(found, **answer, confidence=DECIDED, decided=said)
