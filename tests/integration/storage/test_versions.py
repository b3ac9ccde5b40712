"""Versions: each distinct content once, given back byte for byte."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from storage.engine import Database
from storage.errors import UnknownVersion, VersionCorrupt
from storage.new_versions import NewVersion, Summary, add_versions
from storage.renewing import Rehash, Touch, rehash, touch
from storage.studies import Presence, name_studies, set_presence, studies
from storage.tables import Version, table_of
from storage.versions import head_payloads, heads, payload, payloads, unchanging, version_as_of, versions

Make = Callable[..., NewVersion]
STUDY = "NCT00000001"
VERSION = table_of(Version).c


def store(database: Database, *new: NewVersion) -> dict[str, int]:
    with database.write() as session:
        return add_versions(session, new)


def flip_a_byte(database: Database, number: int) -> None:
    this = (VERSION.nct_id == STUDY) & (VERSION.number == number)
    with database.write() as session:
        blob = bytearray(session.scalars(select(VERSION.payload).where(this)).one())
        blob[len(blob) // 2] ^= 1
        session.execute(update(table_of(Version)).where(this).values(payload=bytes(blob)))


def successive(count: int, size: int = 20_000) -> list[bytes]:
    """Contents that differ from each other in a few places, as those of a record do."""
    chance = random.Random(7)
    words = [f"word{chance.randrange(10**9)}" for _ in range(size // 14)]
    contents = []
    for _ in range(count):
        words[chance.randrange(len(words))] = f"edit{chance.randrange(10**9)}"
        contents.append(" ".join(words).encode())
    return contents


def test_a_then_b_then_a_gives_three_versions(database: Database, make_version: Make) -> None:
    numbers = [store(database, make_version(text))[STUDY] for text in ("A", "B", "A")]
    with database.read() as session:
        assert numbers == [1, 2, 3]
        assert [payload(session, STUDY, number) for number in numbers] == [b"A", b"B", b"A"]


def test_forty_five_successive_versions_are_read_back_byte_for_byte(
    database: Database, make_version: Make
) -> None:
    contents = successive(45)
    for content in contents:
        store(database, make_version(content))
    with database.read() as session:
        assert [payload(session, STUDY, number) for number in range(1, 46)] == contents
        assert head_payloads(session, [STUDY]) == {STUDY: contents[-1]}


def test_all_versions_of_a_study_are_read_in_one_pass_in_their_order(
    database: Database, make_version: Make
) -> None:
    contents = successive(45)
    store(database, *(make_version(content) for content in contents), make_version("other", "NCT00000002"))
    with database.read() as session:
        assert list(payloads(session, STUDY)) == list(enumerate(contents, start=1))
        assert list(payloads(session, "NCT00000009")) == []


def test_reading_all_versions_stops_at_the_one_that_is_damaged(
    database: Database, make_version: Make
) -> None:
    contents = successive(22)
    store(database, *(make_version(content) for content in contents))
    flip_a_byte(database, 10)
    read: list[bytes] = []
    with database.read() as session, pytest.raises(VersionCorrupt, match=f"{STUDY}: Version 10"):
        read.extend(content for _, content in payloads(session, STUDY))
    assert read == contents[:9]


def test_every_twentieth_version_is_stored_in_full_and_the_others_are_small(
    database: Database, make_version: Make
) -> None:
    store(database, *(make_version(content) for content in successive(45)))
    with database.read() as session:
        stored = session.execute(select(VERSION.number, VERSION.base, VERSION.payload)).all()
    assert [row.number for row in stored if row.base is None] == [1, 21, 41]
    assert all(len(row.payload) < 300 for row in stored if row.base is not None)


def test_several_contents_of_one_study_in_one_call_are_numbered_in_order(
    database: Database, make_version: Make
) -> None:
    store(database, make_version("A"))
    assert store(database, make_version("B"), make_version("other", "NCT00000002"), make_version("C")) == {
        STUDY: 3,
        "NCT00000002": 1,
    }
    with database.read() as session:
        assert [payload(session, STUDY, number) for number in (1, 2, 3)] == [b"A", b"B", b"C"]


def test_a_study_is_first_seen_on_the_release_of_the_first_of_its_contents(
    database: Database, make_version: Make
) -> None:
    releases = ("2026-09-01", "2026-09-04")
    with database.write() as session:
        add_versions(session, [make_version(release, release=release) for release in releases])
        add_versions(session, [make_version("C", release="2026-09-05")])
    with database.read() as session:
        (known,) = studies(session, [STUDY]).values()
    assert (known.head, known.first_seen_release) == (3, "2026-09-01")


def test_the_bytes_are_kept_whatever_they_are(database: Database, make_version: Make) -> None:
    poison = b'{"a":"\\u0000","b":"\x00\xff\xfe","c":"\\ud800"}\r\n'
    store(database, make_version(b""), make_version(poison))
    with database.read() as session:
        assert [payload(session, STUDY, number) for number in (1, 2)] == [b"", poison]


def test_an_edit_of_a_record_of_five_megabytes_takes_little_room(
    database: Database, make_version: Make
) -> None:
    first = random.Random(1).randbytes(5_000_000)
    second = first[:2_000_000] + b"edit" + first[2_000_000:]
    store(database, make_version(first))
    store(database, make_version(second))
    with database.read() as session:
        assert payload(session, STUDY, 2) == second
        assert len(session.scalars(select(VERSION.payload).where(VERSION.number == 2)).one()) < 10_000


def test_a_flipped_byte_is_caught_in_the_version_and_in_those_built_on_it(
    database: Database, make_version: Make
) -> None:
    store(database, *(make_version(content) for content in successive(22)))
    flip_a_byte(database, 10)
    with database.read() as session:
        for number in (10, 11, 20):
            with pytest.raises(VersionCorrupt, match=STUDY) as caught:
                payload(session, STUDY, number)
            assert "verify" in caught.value.hint
        assert payload(session, STUDY, 9)
        assert payload(session, STUDY, 21)


def test_a_version_after_a_damaged_one_is_stored_in_full_and_can_be_read(
    database: Database, make_version: Make
) -> None:
    store(database, make_version("A" * 100), make_version("B" * 100))
    flip_a_byte(database, 2)
    store(database, make_version("C"))
    with database.read() as session:
        assert payload(session, STUDY, 3) == b"C"


def test_a_payload_that_does_not_match_its_hash_is_refused(database: Database, make_version: Make) -> None:
    store(database, make_version("A"))
    with database.write() as session:
        session.execute(update(table_of(Version)).values(sha256="00" * 32))
    with database.read() as session, pytest.raises(VersionCorrupt, match="SHA-256"):
        payload(session, STUDY, 1)


def test_a_version_that_is_not_there_is_named(database: Database, make_version: Make) -> None:
    store(database, make_version("A"))
    with database.read() as session:
        for nct_id, number in ((STUDY, 2), (STUDY, 0), ("NCT00000009", 1)):
            with pytest.raises(UnknownVersion, match=f"{nct_id} has no version {number}"):
                payload(session, nct_id, number)


def test_the_version_as_of_a_day_is_the_last_one_seen_by_then(database: Database, make_version: Make) -> None:
    store(database, make_version("A", release="2026-09-01"), make_version("B", release="2026-09-04"))
    with database.read() as session:
        days = ("2026-08-31", "2026-09-01", "2026-09-03", "2026-09-04", "2027-01-01")
        assert [version_as_of(session, STUDY, day) for day in days] == [None, 1, 1, 2, 2]


def test_a_head_is_the_last_version_and_what_was_checked(
    database: Database, make_version: Make, now: datetime
) -> None:
    store(database, make_version("A"), make_version("B", release="2026-09-02", canon=4))
    with database.read() as session:
        head = heads(session, [STUDY, "NCT00000009"])[STUDY]
        last = versions(session, STUDY)[-1]
    assert (head.number, head.sha256, head.canon, head.release) == (2, last.sha256, 4, "2026-09-02")
    assert (head.state, last.seen_at) == ("present", now)


def test_heads_of_more_studies_than_one_query_takes_are_all_found(
    database: Database, make_version: Make
) -> None:
    ids = [f"NCT{number:08}" for number in range(1, 1_203)]
    store(database, *(make_version(nct_id, nct_id) for nct_id in ids))
    with database.read() as session:
        assert list(heads(session, ids)) == ids
        assert head_payloads(session, ids) == {nct_id: nct_id.encode() for nct_id in ids}


def test_a_study_that_is_touched_is_checked_and_no_longer_absent(
    database: Database, make_version: Make, now: datetime
) -> None:
    store(database, make_version("A"))
    with database.write() as session:
        set_presence(session, [Presence(STUDY, "missing", "2026-09-02", 1)])
    with database.write() as session:
        touch(session, [Touch(STUDY, "ab" * 32, "2026-09-03T09:00:00", now + timedelta(days=1))])
    with database.read() as session:
        study, head = studies(session)[STUDY], heads(session, [STUDY])[STUDY]
    assert (study.state, study.absent_since, study.absent_releases) == ("present", None, 0)
    assert (study.checked_stamp, study.checked_at) == ("2026-09-03T09:00:00", now + timedelta(days=1))
    assert (head.number, head.raw_hash) == (1, "ab" * 32)


def test_what_is_not_as_it_always_was_is_not_unchanging(
    database: Database, make_version: Make, now: datetime
) -> None:
    ids = [f"NCT{number:08}" for number in range(1, 6)]
    store(database, *(make_version(nct_id, nct_id) for nct_id in ids))
    with database.write() as session:
        name_studies(session, ["NCT00000009"], "2026-09-01")
        set_presence(session, [Presence(ids[0], "missing", "2026-09-02", 1)])
        set_presence(session, [Presence(ids[1], "alias", alias_of=ids[2])])
        set_presence(session, [Presence(ids[2], "withheld")])
        set_presence(session, [Presence(ids[3], "withheld", "2026-09-02", 1)])
    with database.read() as session:
        hashes = {nct_id: head.raw_hash for nct_id, head in heads(session, ids).items()}
        assert unchanging(session, [*ids, "NCT00000009"]) == {each: hashes[each] for each in (ids[2], ids[4])}


def test_a_new_version_renews_the_summary_but_not_the_first_release(
    database: Database, make_version: Make
) -> None:
    old, new = Summary("Old", "RECRUITING"), Summary("New", "UNKNOWN", "Acme", ("PHASE1",), {"count": 24})
    store(database, make_version("A", release="2026-09-01", summary=old))
    store(database, make_version("B", release="2026-09-02", summary=new, posted="2023-09-28"))
    with database.read() as session:
        study = studies(session)[STUDY]
    assert (study.title, study.status, study.sponsor) == ("New", "UNKNOWN", "Acme")
    assert (study.phases, study.enrollment) == (["PHASE1"], {"count": 24})
    assert (study.head, study.first_seen_release, study.last_update_posted) == (2, "2026-09-01", "2023-09-28")


def test_a_newer_canonical_form_rehashes_the_version_and_the_head_built_on_it(
    database: Database, make_version: Make
) -> None:
    store(database, make_version("A"), make_version("B"))
    with database.write() as session:
        rehash(
            session, [Rehash(STUDY, 1, "11" * 32, "12" * 32, 2), Rehash(STUDY, 2, "21" * 32, "22" * 32, 2)]
        )
    with database.read() as session:
        head = heads(session, [STUDY])[STUDY]
        assert [version.content_hash for version in versions(session, STUDY)] == ["11" * 32, "21" * 32]
    assert (head.content_hash, head.derived_hash, head.canon) == ("21" * 32, "22" * 32, 2)


@pytest.mark.corpus
def test_the_registrys_histories_are_read_back_byte_for_byte(
    database: Database, make_version: Make, corpus: Path
) -> None:
    with gzip.open(corpus / "histories.jsonl.gz") as lines:
        histories = [json.loads(line) for line in lines]
    served = {
        (history["nctId"], number): json.dumps(version["study"], ensure_ascii=False).encode()
        for history in histories
        for number, version in enumerate(history["versions"], start=1)
    }
    store(database, *(make_version(content, nct_id) for (nct_id, _), content in served.items()))
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(table_of(Version))) == len(served)
        for (nct_id, number), content in served.items():
            assert payload(session, nct_id, number) == content


def test_nothing_to_store_is_no_work(database: Database) -> None:
    with database.write() as session:
        assert add_versions(session, []) == {}
        touch(session, [])
        rehash(session, [])
        set_presence(session, [])
