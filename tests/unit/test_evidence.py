"""An evidence bundle has one form, and each byte of it counts."""

from __future__ import annotations

import contextlib
import io
import json
import tracemalloc
import zipfile
from datetime import UTC, datetime

import pytest

from storage import audit, events, new_versions
from storage.engine import open_database
from storage.payloads import sha256_of
from storage.sealed import sha256_of_row
from storage.seals import chained
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
        new_versions.add_versions(session, [as_new(side, "api", NOW) for side in sides])
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
    assert {link["what"] for link in json.loads(members["seals.json"])["links"]} == {
        *("event", "version", "audit")
    }


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


def forged(whole: bytes, **altered: bytes) -> bytes:
    """The bundle with other members, all hashes of the manifest made anew."""
    kept = {name: body for name, body in unpacked(whole).items() if not name.startswith("manifest")}
    kept |= {name.replace("_", "."): body for name, body in altered.items()}
    return packed(kept | proofs(kept, json.loads(kept[EVENT]), now=NOW, by="eve", key=None))


def edited(whole: bytes, name: str, *path: str | int, value: object) -> bytes:
    """A member with one value altered."""
    document = json.loads(unpacked(whole)[name])
    *way, last = path
    place = document
    for step in way:
        place = place[step]
    place[last] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("name", "path", "value", "found"),
    [
        ("event.json", ("headline",), "Nothing happened", "It tells the event"),
        ("event.json", ("severity",), "info", "It tells the event"),
        ("event.json", ("changes", 0, "new"), "COMPLETED", "It tells the event"),
        ("event.json", ("reasons", 0, "fact"), "because", "It tells the event"),
        ("versions.json", ("to", "provenance"), "api2", "It tells version 2 of NCT90000001"),
        ("versions.json", ("to", "release"), "2026-08-15", "It tells version 2 of NCT90000001"),
        ("audit.json", (0, "who"), "eve", "Entry 1 of the audit log"),
        ("seals.json", ("links", 0, "sealed"), "[]", "is not what was sealed"),
        ("seals.json", ("links", 0, "digest"), "0" * 64, "does not follow from the one before"),
        ("seals.json", ("links",), [], "There is no seal of the event"),
    ],
)
def test_what_is_altered_together_with_the_manifest_contradicts_the_seals(
    made: tuple[bytes, bytes], name: str, path: tuple[str | int, ...], value: object, found: str
) -> None:
    altered = {name.replace(".", "_"): edited(made[0], name, *path, value=value)}
    problems = check(forged(made[0], **altered)).problems
    assert any(found in each for each in problems), problems


def test_what_is_sealed_anew_under_the_old_head_is_said_to_need_the_database_and_has_other_seals(
    made: tuple[bytes, bytes],
) -> None:
    event = json.loads(edited(made[0], EVENT, "headline", value="Nothing happened"))
    seals = json.loads(unpacked(made[0])["seals.json"])
    (link,) = (each for each in seals["links"] if each["what"] == "event")
    row = json.loads(link["sealed"])
    row = [
        json.dumps({**event, "changes": []}) if isinstance(each, str) and each.startswith("{") else each
        for each in row
    ]
    link["sealed"] = json.dumps(row)
    link["digest"] = sha256_of_row(link["sealed"])
    link["head"] = chained(
        link["before"], [link[name] for name in ("seq", "what", "subject", "about", "revised", "digest")]
    )
    again = check(
        forged(made[0], event_json=json.dumps(event).encode(), seals_json=json.dumps(seals).encode())
    )
    assert (again.problems, again.anchor) == ((), check(made[0]).anchor)
    assert "the head of the chain, which proves nothing by itself" in again.remarks[0]
    assert set(again.seals) != set(check(made[0]).seals)


@pytest.mark.parametrize(
    "manifest", [b"[]", b"{}", b"7", b"[" * 100_000, b'{"format": "trialdelta-evidence-2"}']
)
def test_a_manifest_of_any_other_form_is_refused(made: tuple[bytes, bytes], manifest: bytes) -> None:
    members = unpacked(made[0]) | {"manifest.json": manifest}
    members["manifest.sha256"] = sha256_of(manifest).encode()
    with pytest.raises(NotABundle):
        check(packed(members))


@pytest.mark.parametrize("name", ["event.json", "versions.json", "audit.json", "seals.json"])
@pytest.mark.parametrize("body", [b"[]", b"null", b"{}", b"[" * 100_000, b'{"head": 1e999, "links": [[]]}'])
def test_a_member_of_any_other_form_is_refused(made: tuple[bytes, bytes], name: str, body: bytes) -> None:
    kept = {each: it for each, it in unpacked(made[0]).items() if not each.startswith("manifest")} | {
        name: body
    }
    whole = packed(kept | proofs(kept, {"id": "e", "nct_id": NCT}, now=NOW, by="eve", key=None))
    with contextlib.suppress(NotABundle):
        assert check(whole).problems


def test_a_bomb_a_name_twice_and_a_link_are_refused_before_they_are_unpacked(
    made: tuple[bytes, bytes],
) -> None:
    bomb, twice = io.BytesIO(), io.BytesIO(made[0])
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b"\0" * 50_000_000)
    tracemalloc.start()
    with pytest.raises(NotABundle, match="larger than the file"):
        check(bomb.getvalue())
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
    with zipfile.ZipFile(twice, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("event.json", unpacked(made[0])["event.json"])
    linked = made[0].replace((0o100644 << 16).to_bytes(4, "little"), (0o120777 << 16).to_bytes(4, "little"))
    for other in (twice.getvalue(), linked):
        with pytest.raises(NotABundle):
            check(other)


def test_a_record_put_in_anothers_place_contradicts_the_event(made: tuple[bytes, bytes]) -> None:
    assert any(
        "after.json is not the record that the event tells of" in each
        for each in check(forged(made[0], after_json=record("COMPLETED"))).problems
    )
