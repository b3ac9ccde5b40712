"""A database copied into another one: all of it, of either kind, killed anywhere, and never over somebody's data."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from storage import accounts, audit, ledger, schema
from storage.copying import Copied, Copy, Progress, mark
from storage.copying import rows as copied_rows
from storage.copying.rows import raw_tables
from storage.engine import Database, open_database
from storage.errors import (
    CopyRefused,
    CopyTakenOver,
    CopyUnfinished,
    CopyUnsound,
    DatabaseInUse,
    DatabaseMissing,
)
from storage.fulltext.query import read
from storage.fulltext.search import Narrowing, find
from storage.process_identity import this_process
from storage.schema import SchemaState
from storage.tables import Base
from sync.versions.verification import prove

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


class Stopped(BaseException):
    """The process ends here."""


@pytest.fixture
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Makes an empty place for a database of a kind; its URL."""
    with ExitStack() as stack:

        def made(kind: str, name: str = "target") -> str:
            if kind == "sqlite":
                return f"sqlite:///{tmp_path / f'{name}.db'}"
            return str(stack.enter_context(request.getfixturevalue("postgresql").database()))

        yield made


@pytest.fixture
def story(story_database: Path, tmp_path: Path) -> Iterator[Database]:
    """A database with a history, and rows in tables that the story leaves empty."""
    shutil.copy(story_database, tmp_path / "story.db")
    with closing(open_database(f"sqlite:///{tmp_path / 'story.db'}")) as database:
        with database.write() as session:
            accounts.add_account(session, "ana", role="operator", password_hash="x", by="root", at=NOW)
            accounts.begin_visit(session, "ab" * 32, "ana", at=NOW, ends_at=NOW + timedelta(hours=1))
            ledger.beat(session, "a\u00e9\U0001f9ec", NOW, {"text": "\ud800 \0 \u2028"})
        yield database


def copied(source: str | Database, target: str, **options: Any) -> Copied:
    """One run of a copy, as the command makes it."""
    url = source if isinstance(source, str) else source.engine.url
    with closing(open_database(url, create=False)) as origin, closing(open_database(target)) as into:
        return Copy(origin, into, lambda: NOW, **options).run()


def content(url: Any) -> dict[str, tuple[int, str]]:
    with closing(open_database(url, create=False)) as database, database.read() as session:
        found = {each.table.name: each.tally(session) for each in raw_tables()}
    return {name: (tally.rows, tally.sha256) for name, tally in found.items()}


def stop_at(call: int, patch: pytest.MonkeyPatch) -> list[int]:
    """Have a copy end before its nth transaction; how many it has begun."""
    calls, check = [0], mark.check

    def counting(session: Any) -> None:
        calls[0] += 1
        if calls[0] == call:
            raise Stopped
        check(session)

    patch.setattr(mark, "check", counting)
    return calls


def stop_after(stage: str) -> Callable[[Progress], None]:
    """Have a copy end when it has come so far."""

    def hear(progress: Progress) -> None:
        if progress.stage == stage:
            raise Stopped

    return hear


def test_every_table_is_copied_and_comes_after_those_that_it_refers_to() -> None:
    names = [each.table.name for each in raw_tables()]
    assert sorted(names) == sorted(Base.metadata.tables)
    for each in raw_tables():
        others = {key.column.table.name for key in each.table.foreign_keys} - {each.table.name}
        assert others <= set(names[: names.index(each.table.name)])


@pytest.mark.parametrize("before", ["sqlite", "postgresql"])
@pytest.mark.parametrize("after", ["sqlite", "postgresql"])
def test_a_copy_has_every_row_and_goes_on_like_the_original(
    story: Database, make: Callable[..., str], before: str, after: str
) -> None:
    origin = str(story.engine.url)
    if before == "postgresql":
        origin = make("postgresql")
        copied(story, origin)
    target = make(after)
    heard: list[Progress] = []
    made = copied(origin, target, progress=heard.append)
    assert content(target) == content(story.engine.url)
    assert made.rows == made.written == sum(rows for rows, _ in content(target).values()) > 500
    assert made.checked == "verified"
    assert {each.part for each in heard} == {"copying", "comparing", "verifying"}
    with closing(open_database(target)) as database:
        database.ensure_schema()
        with database.read() as session:
            assert prove(session).state == "sound"
            words = read("NCT90000005")
            assert [hit.nct_id for hit in find(session, words, Narrowing(), after=None, limit=3)]
        with database.write() as session:
            last = audit.last(session)
            audit.append(session, NOW, "ana", "looked", "at it")
            assert audit.last(session) == last + 1
            begun = ledger.begin_cycle(session, release=None, stamp=None, owner="o", fence=1, now=NOW)
            assert begun == max(each.id for each in ledger.cycles(session))
        with database.read() as session:
            assert prove(session).state == "sound"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_copy_that_is_stopped_anywhere_completes_when_it_is_made_again(
    story: Database, make: Callable[..., str], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copied_rows, "ROWS", 150)
    target, stopped, tables = make(kind), 0, len(raw_tables())
    # The first runs end while they copy; a later one looks through all tables for what is too much before it does.
    for call in (1, 2, 9, tables - 3, tables + 2, tables + 14, 1_000):
        with monkeypatch.context() as patch:
            calls = stop_at(call, patch)
            try:
                made = copied(story, target)
            except Stopped:
                stopped += 1
                with closing(open_database(target)) as half:
                    for refused in (half.require_schema, half.ensure_schema):
                        with pytest.raises(CopyUnfinished, match="not finished"):
                            refused()
            else:
                break
    assert stopped >= 5, calls
    assert made.written < made.rows
    assert content(target) == content(story.engine.url)
    with closing(open_database(target)) as database:
        database.ensure_schema()


def test_what_the_source_changed_between_two_runs_is_brought_up_to_date(
    story: Database, make: Callable[..., str]
) -> None:
    target = make("postgresql")
    with pytest.raises(Stopped):
        copied(story, target, progress=stop_after("copying delivery"))
    with story.write() as session:
        accounts.end_visit(session, "ab" * 32)
        ledger.beat(session, "daemon", NOW, {"stopped": True})
        audit.append(session, NOW, "ana", "looked", "at it")
        session.execute(text('UPDATE search_entry SET texts = \'{"title": ["Otherwise"]}\' WHERE id = 1'))
    made = copied(story, target)
    assert content(target) == content(story.engine.url)
    assert made.checked == "verified"
    with closing(open_database(target)) as database, database.read() as session:
        assert len(find(session, read("otherwise"), Narrowing(), after=None, limit=3)) == 1


def test_a_finished_copy_that_is_made_again_is_compared_and_nothing_is_written(
    story: Database, make: Callable[..., str]
) -> None:
    target = make("postgresql")
    first = copied(story, target)
    again = copied(story, target)
    assert (again.written, again.rows, again.tables) == (0, first.rows, first.tables)


def test_a_target_with_somebodys_data_is_refused_and_left_as_it_is(
    story: Database, make: Callable[..., str]
) -> None:
    lived = make("sqlite", "lived")
    with closing(open_database(lived)) as database:
        database.ensure_schema()
        with database.write() as session:
            audit.append(session, NOW, "ben", "looked", "at another")
    foreign = make("postgresql")
    with closing(open_database(foreign)) as database, database.rebuild() as connection:
        connection.exec_driver_sql("CREATE TABLE invoices (id integer)")
    used = make("sqlite", "used")
    copied(story, used)
    with closing(open_database(used)) as database, database.write() as session:
        ledger.beat(session, "daemon", NOW, {})
    for target, says in (
        (lived, "holds a database of trialdelta already"),
        (foreign, "not trialdelta's .invoices.: name an empty database"),
        (used, "The table beat of .* is not as it is in the source"),
    ):
        before = content(target) if target != foreign else None
        with pytest.raises(CopyRefused, match=says):
            copied(story, target)
        assert before is None or content(target) == before


def test_an_unfinished_copy_of_another_database_is_refused(story: Database, make: Callable[..., str]) -> None:
    target, other = make("postgresql"), make("sqlite", "other")
    with pytest.raises(Stopped):
        copied(story, target, progress=stop_after("copying study"))
    with closing(open_database(other)) as database:
        database.ensure_schema()
        with database.write() as session:
            audit.append(session, NOW, "ben", "looked", "at another")
    with pytest.raises(CopyRefused, match=r"unfinished copy of another database .*story\.db.: empty it"):
        copied(other, target)
    with pytest.raises(CopyRefused, match="itself a copy that is not finished"):
        copied(target, make("sqlite"))


@pytest.mark.parametrize(
    ("revision", "source_says", "target_says"),
    [
        ("0001", "bring it up to date first .`trialdelta db upgrade`", "name an empty database"),
        ("9999", "copy it with the newer program", "name an empty database"),
    ],
)
def test_tables_of_another_revision_are_refused_with_what_to_do(
    story: Database, make: Callable[..., str], revision: str, source_says: str, target_says: str
) -> None:
    other = make("sqlite", "other")
    with closing(open_database(other)) as database:
        database.ensure_schema()
        with database.rebuild() as connection:
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")
    at = f"at revision {revision}, this program's at {schema.REVISION}"
    with pytest.raises(CopyRefused, match=f"{at}: {source_says}"):
        copied(other, make("sqlite"))
    with pytest.raises(CopyRefused, match=f"{at}: {target_says}"):
        copied(story, other)


def test_what_is_no_copy_at_all_is_refused(story: Database, make: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "same.db").symlink_to(tmp_path / "story.db")
    for target, says in (
        (str(story.engine.url), "one database"),
        (f"sqlite:///{tmp_path / 'same.db'}", "one database"),
        ("sqlite://", "in memory"),
    ):
        with pytest.raises(CopyRefused, match=says):
            copied(story, target)
    with pytest.raises(DatabaseMissing):
        copied(make("sqlite", "nowhere"), make("sqlite"))
    with pytest.raises(DatabaseMissing, match="nothing to copy"):
        copied(make("postgresql"), make("sqlite"))


def test_a_source_on_which_a_daemon_works_is_refused(story: Database, make: Callable[..., str]) -> None:
    with story.write() as session:
        ledger.beat(session, "daemon", NOW, {"pid": 1, "holder": this_process()})
    with pytest.raises(DatabaseInUse, match="A daemon works on the database"):
        copied(story, make("sqlite"))


def test_a_process_whose_copy_another_one_took_over_writes_no_more(
    story: Database, make: Callable[..., str]
) -> None:
    target = make("postgresql")

    def taken_over(progress: Progress) -> None:
        if progress.part == "copying" and progress.stage.endswith("study"):
            with closing(open_database(target)) as other, other.rebuild() as connection:
                connection.execute(mark.MARK.update().values(holder="elsewhere/x/1/1"))

    with pytest.raises(CopyTakenOver):
        copied(story, target, progress=taken_over)
    assert copied(story, target).checked == "verified"


def test_a_copy_that_lives_in_another_process_of_this_machine_is_not_taken_over(
    story: Database, make: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    target = make("sqlite")
    with pytest.raises(Stopped):
        copied(story, target, progress=stop_after("copying study"))
    monkeypatch.setattr(mark, "this_process", lambda: "/".join([*this_process().split("/")[:2], "1", "1"]))
    with pytest.raises(DatabaseInUse, match="is making this copy"):
        copied(story, target)


def test_a_source_that_was_changed_beside_the_service_is_copied_only_where_that_is_wanted(
    story: Database, make: Callable[..., str]
) -> None:
    target = make("postgresql")
    with story.rebuild() as connection:
        connection.exec_driver_sql("UPDATE event SET headline = 'Nothing happened' WHERE seq = 3")
    with pytest.raises(CopyUnsound, match="is not as it was written"):
        copied(story, target)
    with closing(open_database(target)) as half:
        assert half.schema_state() is SchemaState.UNFINISHED
    assert copied(story, target, even_if_damaged=True).checked == "damaged as the source is"
    assert content(target) == content(story.engine.url)
