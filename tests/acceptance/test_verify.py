"""`trialdelta verify`, as whoever keeps the service types it."""

import re
import shutil

import pytest

from tests.support.desk import NCT, Desk

ANCHOR = re.compile(r"\d+:[0-9a-f]{32}")


@pytest.fixture
def known(desk: Desk) -> Desk:
    """A desk with some history."""
    for day in ("2026-09-02", "2026-09-03"):
        desk.release(day)
    desk.run("ack", desk.lines("alerts")[0]["event_id"], "--by", "ana")
    return desk


def meddle(desk: Desk, sql: str) -> None:
    with desk.instance.database() as database, database.write() as session:
        session.connection().exec_driver_sql(sql)


def test_all_is_well_and_an_anchor_to_keep_is_printed(known):
    said = known.run("verify")
    assert said.startswith("Each of the 4 versions decodes and matches its hashes")
    assert ANCHOR.search(said)


def test_for_programs_the_sum_is_the_last_line(known):
    (found,) = known.lines("verify")
    assert (found["state"], found["problems"], found["version"]) == ("sound", 0, 4)
    assert ANCHOR.fullmatch(found["anchor"])
    assert found["sealed_since"] is None


def test_what_is_wrong_is_named_and_the_exit_code_is_one(known):
    meddle(known, f"UPDATE version SET release = '2026-01-01' WHERE nct_id = '{NCT}' AND number = 2")
    assert f"Version 2 of {NCT} is not as it was written" in known.run("verify", expect=1)
    *found, total = known.lines("verify", expect=1)
    assert {"problem", "what", "subject"} == set(found[0])
    assert (total["state"], total["problems"]) == ("damaged", len(found))
    assert f"{NCT}@2" in {each["subject"] for each in found}


def test_each_cycle_says_an_anchor_that_holds_later(known):
    known.registry.move_to("2026-09-04")
    (report,) = known.lines("sync")
    known.run("ack", known.lines("alerts")[0]["event_id"], "--by", "ana")
    assert f"extends the state that had the anchor {report['anchor']}" in known.run(
        "verify", "--anchor", f"cycle_finished anchor={report['anchor']} state=complete"
    )


def test_a_copy_that_is_put_back_is_older_than_the_anchor_and_nothing_else(known):
    copy = known.instance.folder / "copy.db"
    with known.instance.database() as database, database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(known.instance.file, copy)
    known.release("2026-09-04")
    anchor = known.lines("verify")[0]["anchor"]
    for leftover in known.instance.folder.glob("trialdelta.db*"):
        leftover.unlink()
    shutil.copy(copy, known.instance.file)
    said = " ".join(known.run("verify", "--anchor", anchor, expect=3).split())
    assert f"The database is older than the anchor {anchor}" in said
    assert "Each of the 4 versions" in said
    (found,) = known.lines("verify", "--anchor", anchor, expect=3)
    assert (found["state"], found["older_than"]) == ("older", [anchor])


def test_another_databases_anchor_is_not_extended(known):
    other = "1:" + "ab" * 16
    assert "does not extend" in known.run("verify", "--anchor", other, expect=1)


def test_what_is_no_anchor_is_refused(known):
    known.run("verify", "--anchor", "yesterday", expect=2)


def test_a_digest_has_an_anchor_at_its_foot(known):
    text = known.run("digest")
    (anchor,) = ANCHOR.findall(text)
    assert "extends" in known.run("verify", "--anchor", anchor)


def test_the_help_shows_examples(known):
    said = known.run("verify", "--help")
    assert "trialdelta verify --anchor" in said
