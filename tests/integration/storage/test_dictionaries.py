"""Full versions are packed with a dictionary of the database's own records, and outlive damage to one copy of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import zstandard
from sqlalchemy import delete, func, select, update

from storage import new_versions
from storage.copying.rows import raw_tables
from storage.dictionaries import train
from storage.engine import Database
from storage.errors import VersionCorrupt
from storage.new_versions import NewVersion, add_versions
from storage.tables import Dictionary, Version, table_of
from storage.verify import verify
from storage.versions import head_payloads, payload, payloads
from sync.demo.registry.generated.calendar import FIRST
from sync.demo.registry.generated.corpus import GeneratedCorpus

SAMPLES = 100
"""So many studies are enough here, to be quick."""
Make = Callable[..., NewVersion]
VERSION, DICTIONARY = table_of(Version).c, table_of(Dictionary).c
NOW = datetime(2026, 9, 2, 13, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def records() -> list[bytes]:
    """Records that are alike, of the size of real ones."""
    corpus = GeneratedCorpus(1_000, 3)
    return [corpus.record(number, 0) for number in range(FIRST, FIRST + SAMPLES + 20)]


@pytest.fixture(autouse=True)
def fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dictionary from a hundred studies on."""
    monkeypatch.setattr(new_versions, "SAMPLES", SAMPLES)


@pytest.fixture
def stored(database: Database, make_version: Make, records: list[bytes]) -> Database:
    """A database with studies enough for a dictionary, and twenty that are packed with it."""
    new = [make_version(record, f"NCT{number:08}") for number, record in enumerate(records)]
    for some in (new[:SAMPLES], new[SAMPLES:]):
        with database.write() as session:
            add_versions(session, some)
    return database


def damage(database: Database, *copies: int) -> None:
    """Flip a byte in the middle of copies, beside the service."""
    with database.write() as session:
        blob = bytearray(session.scalars(select(DICTIONARY.payload).limit(1)).one())
        blob[len(blob) // 2] ^= 1
        here = DICTIONARY.copy_number.in_(copies)
        session.execute(update(table_of(Dictionary)).where(here).values(payload=bytes(blob)))


def problems(database: Database) -> list[str]:
    with database.read() as session:
        return [str(each) for each in verify(session)]


def dictionary_of(database: Database, nct_id: str, number: int = 1) -> int:
    """The dictionary that a stored version names; 0: none."""
    this = (VERSION.nct_id == nct_id) & (VERSION.number == number)
    with database.read() as session:
        return zstandard.get_frame_parameters(
            session.scalars(select(VERSION.payload).where(this)).one()
        ).dict_id


def test_once_there_are_studies_enough_full_versions_take_a_third_less(
    stored: Database, records: list[bytes]
) -> None:
    with stored.read() as session:
        rows = session.execute(select(VERSION.nct_id, func.length(VERSION.payload)))
        sizes = {nct_id: int(size) for nct_id, size in rows}
        read = head_payloads(session, sizes)
    assert [read[f"NCT{number:08}"] for number in range(len(records))] == records
    plain = zstandard.ZstdCompressor(level=3)
    later = range(SAMPLES, len(records))
    assert sum(sizes[f"NCT{number:08}"] for number in later) < 0.67 * sum(
        len(plain.compress(records[number])) for number in later
    )
    assert problems(stored) == []


def test_few_studies_have_no_dictionary(database: Database, make_version: Make, records: list[bytes]) -> None:
    for some in (records[: SAMPLES - 1], records[SAMPLES:]):
        new = [make_version(record, f"NCT{records.index(record):08}") for record in some]
        with database.write() as session:
            add_versions(session, new)
    assert dictionary_of(database, f"NCT{SAMPLES:08}") == 0


def test_a_study_s_later_full_version_names_the_dictionary_too(
    stored: Database, make_version: Make, records: list[bytes]
) -> None:
    contents = [records[0].replace(b"COMPLETED", b"X%d" % number) + b" " * number for number in range(1, 22)]
    with stored.write() as session:
        add_versions(session, [make_version(content, "NCT00000000") for content in contents])
    assert [bool(dictionary_of(stored, "NCT00000000", number)) for number in (1, 2, 21, 22)] == [0, 0, 1, 0]
    with stored.read() as session:
        assert [content for _, content in payloads(session, "NCT00000000")] == [records[0], *contents]
        assert payload(session, "NCT00000000", 22) == contents[-1]


@pytest.mark.parametrize("copy", [1, 2])
def test_a_damaged_copy_is_told_while_the_other_one_serves(
    stored: Database, records: list[bytes], copy: int
) -> None:
    damage(stored, copy)
    with stored.read() as session:
        assert payload(session, f"NCT{SAMPLES:08}", 1) == records[SAMPLES]
    (problem,) = problems(stored)
    assert f"Copy {copy} of dictionary 32769 does not match its SHA-256" in problem


def test_where_no_copy_is_whole_versions_are_said_to_be_corrupt_and_new_ones_do_without(
    stored: Database, make_version: Make, records: list[bytes]
) -> None:
    damage(stored, 1, 2)
    with (
        stored.read() as session,
        pytest.raises(VersionCorrupt, match=r"dictionary 32769 .* is damaged or lost"),
    ):
        payload(session, f"NCT{SAMPLES:08}", 1)
    with stored.write() as session:
        add_versions(session, [make_version(records[1] + b" ", "NCT00009999")])
    with stored.read() as session:
        assert payload(session, "NCT00009999", 1) == records[1] + b" "
    found = problems(stored)
    assert sum("is damaged or lost" in each for each in found) == len(records) - SAMPLES


def test_a_copy_that_was_taken_out_is_missed(stored: Database) -> None:
    with stored.write() as session:
        session.execute(delete(table_of(Dictionary)).where(DICTIONARY.copy_number == 2))
    assert any("Copy 2 of dictionary 32769 is missing" in each for each in problems(stored))


def test_an_older_dictionary_stays_readable_beside_a_newer_one(
    stored: Database, make_version: Make, records: list[bytes]
) -> None:
    with stored.write() as session:
        train(session, records[:60], NOW)
    with stored.write() as session:
        add_versions(session, [make_version(records[1] + b" ", "NCT00009999")])
    first, second = dictionary_of(stored, f"NCT{SAMPLES:08}"), dictionary_of(stored, "NCT00009999")
    assert (first, second) == (32769, 32770)
    with stored.read() as session:
        assert payload(session, f"NCT{SAMPLES:08}", 1) == records[SAMPLES]
        assert payload(session, "NCT00009999", 1) == records[1] + b" "


def test_a_copied_database_has_the_dictionaries_too() -> None:
    assert "dictionary" in {each.table.name for each in raw_tables()}
