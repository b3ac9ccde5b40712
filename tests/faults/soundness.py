"""The statements that hold after every fault, checked on the database alone."""

from collections.abc import Sequence
from itertools import pairwise

from sqlalchemy.orm import Session

from storage import cohorts, events, ledger, quarantine, versions
from storage.engine import Database
from storage.studies import studies
from sync.study.canonical import canonicalise
from sync.study.record import Study, read_record
from sync.versions.verification import verify

Pair = tuple[str, int, int]


def assert_sound(database: Database, *watches: str) -> None:
    """I1, I2, I4, I5 and I6 of the faults to survive, and a ledger and quarantine that make sense.

    (I3 is of deliveries.) `watches`: those whose members the watermark vouches for; "w" where none is named.
    """
    assert verify(database).problems == (), "every row is as it was written, and fits the others"
    with database.read() as session:
        _assert_told(session)
        _assert_watermark(session, watches or ("w",))
        for cycle in ledger.cycles(session, limit=1_000):
            assert cycle.state != "running"
            assert cycle.state != "failed" or cycle.error_kind
            assert cycle.state in ("failed", "partial") or cycle.error_kind is None
        for entry in quarantine.entries(session):
            assert entry.reason
            assert len(quarantine.raw(session, entry.id)) == entry.size


def _assert_told(session: Session) -> None:
    """One event for each pair of versions whose content differs; what is only computed anew is no more than information."""
    stored = events.events(session, held=True, historical=True)
    told = {
        (event["nct_id"], event["from"]["version"], event["to"]["version"]): event
        for event in stored
        if event.get("from")
    }
    assert len(told) == sum(bool(event.get("from")) for event in stored)
    differing, computed = _pairs(session)
    assert told.keys() >= set(differing), "every pair of versions that differ is told"
    assert told.keys() <= {*differing, *computed}, "and no other"
    for pair in told.keys() & set(computed):
        assert (told[pair]["origin"], told[pair]["severity"]) == ("registry", "info")


def _pairs(session: Session) -> tuple[list[Pair], list[Pair]]:
    """The pairs of consecutive versions that differ in content, and those in what the registry computes alone."""
    differing, computed = [], []
    for nct_id, study in studies(session).items():
        numbers = [info.number for info in versions.versions(session, nct_id)]
        records = [read_record(versions.payload(session, nct_id, number)) for number in numbers]
        assert all(Study(record).nct_id == nct_id for record in records), "no error replaced a good version"
        assert study.head == (numbers[-1] if numbers else None)
        for number, (before, after) in zip(numbers, pairwise(map(canonicalise, records)), strict=False):
            assert (before.content_hash, before.derived_hash) != (after.content_hash, after.derived_hash)
            same = before.content_hash == after.content_hash
            (computed if same else differing).append((nct_id, number, number + 1))
    return differing, computed


def _assert_watermark(session: Session, watches: Sequence[str]) -> None:
    mark = ledger.watermark(session)
    if mark is None:
        return
    known = studies(session)
    for name in watches:
        for nct_id in cohorts.members(session, name):
            study = known[nct_id]
            behind = study.state not in ("missing", "gone") and (study.checked_stamp or "") < mark.stamp
            assert not behind, f"{nct_id} was not read on {mark.release}, which the watermark vouches for"
