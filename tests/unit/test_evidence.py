"""An evidence bundle has one form, and each byte of it counts."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime

import pytest

from storage import audit, events, versions
from storage.engine import open_database
from storage.payloads import sha256_of
from sync.changes.event import Event
from sync.changes.explain import version_event
from sync.changes.model import Snapshot, VersionRef
from sync.changes.ruleset import RuleSet
from sync.config import Settings
from sync.evidence.archive import NotABundle, packed, unpacked
from sync.evidence.checking import check
from sync.evidence.collecting import AUDIT, EVENT, RULES, bundle, proofs
from sync.past.chain import read_past
from sync.past.storing import as_new

NCT, NOW = "NCT90000001", datetime(2026, 9, 2, 8, tzinfo=UTC)
KEY = b"0123456789abcdef"


def record(status: str) -> bytes:
    module = {"overallStatus": status, "lastUpdateSubmitDate": "2026-09-01"}
    protocol = {"identificationModule": {"nctId": NCT, "briefTitle": "Invented"}, "statusModule": module}
    return json.dumps({"protocolSection": protocol}).encode()


@pytest.fixture(scope="module")
def made() -> tuple[bytes, bytes]:
    """The evidence for one event, unsigned and signed."""
    database = open_database("sqlite://")
    database.ensure_schema()
    sides = [
        read_past(record(status), day)
        for status, day in (("RECRUITING", "2026-08-01"), ("SUSPENDED", "2026-09-01"))
    ]
    snapshots = [
        Snapshot(side.study.record, side.form, VersionRef(number, side.day, sha256_of(side.raw)))
        for number, side in enumerate(sides, 1)
    ]
    event = version_event(*snapshots, rules=RuleSet.default(), seen_at="2026-09-01T09:00:00Z")
    assert isinstance(event, Event)
    with database.write() as session:
        versions.add_versions(session, [as_new(side, "api", NOW) for side in sides])
        events.add_events(session, [event.as_json()])
        audit.append(session, NOW, "ana", "acknowledge", event.id, note="Page corrected.")
    with database.read() as session:
        settings = Settings.model_construct()
        return (
            bundle(session, settings, event.id, now=NOW, by="ana"),
            bundle(session, settings, event.id, now=NOW, by="ana", key=KEY),
        )


def test_a_bundle_is_checked_by_itself_and_has_all_that_proves_the_event(made: tuple[bytes, bytes]) -> None:
    checked = check(made[0])
    assert checked.problems == ()
    assert "not signed" in checked.remarks[0]
    members = unpacked(made[0])
    assert members["before.json"] == record("RECRUITING")
    assert members["after.json"] == record("SUSPENDED")
    assert json.loads(members[AUDIT])[0]["detail"] == {"note": "Page corrected."}
    assert RULES in members
    assert {link["what"] for link in json.loads(members["seals.json"])["links"]} == {"event", "version"}


@pytest.mark.parametrize("which", [0, 1], ids=["unsigned", "signed"])
def test_each_altered_byte_is_found(made: tuple[bytes, bytes], which: int) -> None:
    whole = made[which]
    # the second one only at every seventh byte: its form is the same
    for at in range(0, len(whole), 7 if which else 1):
        altered = bytearray(whole)
        altered[at] ^= 1 << at % 8
        with pytest.raises(NotABundle):
            check(bytes(altered))


def test_what_is_added_before_between_or_after_is_found(made: tuple[bytes, bytes]) -> None:
    whole = made[0]
    members = unpacked(whole)
    appended = io.BytesIO(whole)
    with zipfile.ZipFile(appended, "a") as archive:
        archive.writestr("more.txt", "more")
    compressed = io.BytesIO()
    with zipfile.ZipFile(compressed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    others = [b"x" + whole, whole + b"x", whole[:-1], appended.getvalue(), compressed.getvalue(), b""]
    others += [
        packed({**members, "more.txt": b""}),
        packed({name: members[name] for name in list(members)[1:]}),
    ]
    for other in others:
        with pytest.raises(NotABundle):
            check(other)


def test_a_key_finds_a_bundle_that_was_made_anew(made: tuple[bytes, bytes]) -> None:
    unsigned, signed = made
    assert check(signed, KEY).problems == ()
    assert check(signed, KEY).remarks == ()
    assert check(signed, b"another key of mine").problems == ("Its signature was not made with this key.",)
    assert check(unsigned, KEY).problems == ("It is not signed, and a key was given to check it with.",)


def test_a_record_put_in_anothers_place_contradicts_the_event(made: tuple[bytes, bytes]) -> None:
    kept = {name: body for name, body in unpacked(made[0]).items() if not name.startswith("manifest")}
    kept["after.json"] = record("COMPLETED")
    event = json.loads(kept[EVENT])
    forged = packed(kept | proofs(kept, event, now=NOW, by="eve", key=None))
    assert any(
        "after.json is not the record that the event tells of" in each for each in check(forged).problems
    )
