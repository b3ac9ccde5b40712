"""What is known of studies besides their versions."""

from __future__ import annotations

from collections.abc import Callable

from storage.engine import Database
from storage.new_versions import NewVersion, add_versions
from storage.studies import Presence, name_studies, set_presence, studies, totals
from storage.versions import heads, payload

Make = Callable[..., NewVersion]
ONE, TWO = "NCT00000001", "NCT00000002"


def test_a_study_that_is_named_is_unread_and_has_no_head(database: Database) -> None:
    with database.write() as session:
        name_studies(session, [ONE, TWO, ONE], "2026-09-01")
    with database.read() as session:
        assert [(s.nct_id, s.state, s.head) for s in studies(session).values()] == [
            (ONE, "unread", None),
            (TWO, "unread", None),
        ]
        assert heads(session, [ONE, TWO]) == {}


def test_naming_a_known_study_changes_nothing(database: Database, make_version: Make) -> None:
    with database.write() as session:
        add_versions(session, [make_version("A", ONE)])
        name_studies(session, [ONE], "2026-12-31")
    with database.read() as session:
        assert (studies(session)[ONE].state, studies(session)[ONE].first_seen_release) == (
            "present",
            "2026-09-01",
        )


def test_absence_is_counted_and_leaves_the_versions_as_they_are(
    database: Database, make_version: Make
) -> None:
    with database.write() as session:
        add_versions(session, [make_version("A", ONE)])
    for state, releases in (("missing", 1), ("gone", 2)):
        with database.write() as session:
            set_presence(session, [Presence(ONE, state, "2026-09-02", releases)])
        with database.read() as session:
            study = studies(session, [ONE])[ONE]
            assert (study.state, study.absent_since, study.absent_releases) == (state, "2026-09-02", releases)
            assert payload(session, ONE, 1) == b"A"


def test_an_alias_names_the_current_id(database: Database) -> None:
    with database.write() as session:
        name_studies(session, [ONE], "2026-09-01")
        set_presence(session, [Presence(ONE, "alias", alias_of=TWO)])
    with database.read() as session:
        assert studies(session)[ONE].alias_of == TWO


def test_totals_count_the_rows(database: Database, make_version: Make) -> None:
    with database.write() as session:
        add_versions(session, [make_version("A", ONE), make_version("B", ONE), make_version("A", TWO)])
    with database.read() as session:
        found = totals(session)
    assert found == {"study": 2, "version": 3, "event": 0, "change": 0, "cycle": 0, "quarantine": 0}


def test_studies_that_are_not_known_are_left_out(database: Database) -> None:
    with database.write() as session:
        name_studies(session, [TWO], "2026-09-01")
    with database.read() as session:
        assert list(studies(session, [ONE, TWO])) == [TWO]
        assert studies(session, []) == {}
