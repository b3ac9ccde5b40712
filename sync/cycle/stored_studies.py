"""What is stored of the studies whose records came with other bytes: asked for together, one query for all of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from storage import profiles
from storage.chains import head_chains, unpacked
from storage.classes import classes_of, decisions
from storage.fulltext import index
from storage.versions import Head
from sync.changes.model import PriorState
from sync.cohort.classifying import classifier
from sync.cohort.inputs import is_found_alike, is_read_alike
from sync.cohort.profile import form
from sync.study.record import Record, Study
from sync.versions.prior_state import PriorStates


class StoredStudies:
    """Studies by their heads; of each one what it says, what was told of it, and what people decided."""

    def __init__(self, session: Session, heads: Mapping[str, Head]) -> None:
        self._session = session
        # Packed as they are: the payloads of a page would take 26 MB, and are unpacked one by one.
        self._chains = dict(head_chains(session, heads))
        self._decisions, self._classes = decisions(session, heads), classes_of(session, heads)
        self._found = index.indexed(session, heads) & profiles.of_form(session, heads, form())
        self._prior = PriorStates(session, {nct_id: head.number for nct_id, head in heads.items()})

    def payload(self, head: Head) -> bytes:
        """What the head says, as the registry sent it. Raises UnknownVersion or VersionCorrupt."""
        nct_id = head.nct_id
        return unpacked(self._session, nct_id, head.number, self._chains.get(nct_id, ()))

    def prior_state(self, nct_id: str, last: Record) -> PriorState:
        """What is known of a study before it is compared; `last`: what its head says."""
        return self._prior.of(nct_id, last)

    def decided(self, nct_id: str) -> Mapping[str, Any]:
        """What a person decided of a study; empty where nobody did."""
        decision = self._decisions.get(nct_id)
        return decision.decided if decision else {}

    def answer(self, head: Head, last: Record, record: Record) -> Mapping[str, Any] | None:
        """What the classifier says of a newer record, where it is known: what was read of the last one stands there still.

        It reads titles, texts, arms and outcomes; most updates are of dates, sites and numbers.
        """
        known = self._classes.get(head.nct_id)
        # Of a stub the answer is kept that was given before it.
        is_of_last = known is not None and known.version == head.number and not Study(last).withheld
        if known is None or not is_of_last or known.classifier != classifier():
            return None
        return known.computed if is_read_alike(last, record) else None

    def is_found_as_before(self, nct_id: str, last: Record, record: Record) -> bool:
        """Whether a newer record, of which the classifier says the same, is found and compared by what the last one was."""
        return nct_id in self._found and is_found_alike(last, record)
