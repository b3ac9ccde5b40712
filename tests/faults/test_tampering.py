"""Whoever changes the database beside the service is found out by `verify`, with the study, version or event named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

from storage.engine import Database, Mode
from storage.seals import SEAL, Head, head
from sync.versions.verification import Proof, prove, verify
from tests.faults.rich_history import history
from tests.faults.tamperings import PICKED, TABLE, Tampering, rewrite_all
from tests.support.postgresql import Server


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def lived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database that has lived through the history; no test changes it for good."""
    folder = tmp_path_factory.mktemp("history")
    with _url(request, folder) as url, history(url, folder) as service:
        yield service.database


@contextmanager
def _url(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{folder / 'trialdelta.db'}"
        return
    server: Server = request.getfixturevalue("postgresql")
    with server.database() as url:
        yield url


@contextmanager
def meddled(database: Database) -> Iterator[Connection]:
    """Whoever has the database's password: past the service, past its foreign keys; undone at the end."""
    with database.engine.connect().execution_options(mode=Mode.OUTSIDE) as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA query_only = OFF")
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
            connection.exec_driver_sql("BEGIN")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        try:
            yield connection
        finally:
            connection.exec_driver_sql("ROLLBACK")
            connection.invalidate()


def found_after(database: Database, tampering: Tampering, picked: dict[str, str]) -> Proof:
    """What `verify` finds once it was done."""
    zero = "zeroblob(32)" if database.engine.dialect.name == "sqlite" else "decode(repeat('00', 32), 'hex')"
    with meddled(database) as connection:
        for statement in tampering.sql:
            connection.exec_driver_sql(statement.format(**picked).replace("ZERO", zero))
        if tampering.deed:
            tampering.deed(connection)
        return prove(Session(connection))


@pytest.fixture(scope="module")
def picked(lived: Database) -> dict[str, str]:
    """What the tamperings are done to; each of them is there."""
    with lived.read() as session:
        found = {name: session.scalar(text(sql)) for name, sql in PICKED.items()}
    assert None not in found.values(), found
    return {name: str(value) for name, value in found.items()}


def test_a_rich_history_is_found_sound(lived: Database) -> None:
    proof = verify(lived)
    assert [str(problem) for problem in proof.problems] == []
    assert proof.state == "sound"
    assert any("hashes of an older form" in remark for remark in proof.remarks)
    assert any("ids of an older form" in remark for remark in proof.remarks)
    assert proof.sealed_since is None


@pytest.mark.parametrize("tampering", TABLE, ids=str)
def test_tampering_is_found(lived: Database, tampering: Tampering, picked: dict[str, str]) -> None:
    proof = found_after(lived, tampering, picked)
    says = tampering.says.format(**picked)
    assert any(re.search(says, str(problem)) for problem in proof.problems), [*map(str, proof.problems)][:9]
    assert proof.state == "damaged"


def test_a_chain_that_was_rewritten_from_end_to_end_is_found_by_an_anchor_alone(lived: Database) -> None:
    with lived.read() as session:
        early = anchor_at(session, 100)
    last = verify(lived).anchor
    with meddled(lived) as connection:
        rewrite_all(connection)
        assert prove(Session(connection)).state == "sound"
        proof = prove(Session(connection), [f"cycle_finished anchor={early} state=complete", last])
    (problem,) = proof.problems
    assert str(problem).startswith(f"The database does not extend the state that had the anchor {early}")
    assert (proof.state, proof.extended, proof.older) == ("damaged", (), (last,))


def test_a_database_that_ends_before_an_anchor_is_older_than_it(lived: Database) -> None:
    number, colon, digits = verify(lived).anchor.partition(":")
    later = f"{int(number) + 40}{colon}{digits}"
    proof = verify(lived, [later])
    assert (proof.state, proof.older, proof.problems) == ("older", (later,), ())


def test_every_anchor_of_the_past_is_extended(lived: Database) -> None:
    with lived.read() as session:
        anchors = [anchor_at(session, number) for number in range(1, head(session).seq, 97)]
    assert verify(lived, anchors).extended == tuple(anchors)


def anchor_at(session: Session, number: int) -> str:
    """The anchor that was told when the chain had so many seals."""
    return str(Head(number, session.scalars(select(SEAL.head).where(SEAL.seq == number)).one()))
