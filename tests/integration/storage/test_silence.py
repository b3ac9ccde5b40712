"""What is known of silent studies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from storage.engine import Database
from storage.events import add_events
from storage.new_versions import NewVersion, Summary, add_versions
from storage.silence import Known, State, found_before, present, remember
from storage.studies import Presence, set_presence

Make = Callable[..., NewVersion]
Told = Callable[..., dict[str, Any]]
ONE, TWO, THREE = "NCT00000001", "NCT00000002", "NCT00000003"
MODULE = {"overallStatus": "RECRUITING", "statusVerifiedDate": "2023-09"}


def test_studies_that_are_present_are_judged_by_their_status_module(
    database: Database, make_version: Make
) -> None:
    with database.write() as session:
        summary = Summary("A study", status_module=MODULE)
        add_versions(session, [make_version("A", nct_id, summary=summary) for nct_id in (ONE, TWO)])
        add_versions(session, [make_version("A", THREE)])
        set_presence(session, [Presence(TWO, "missing", "2026-09-02", 1)])
    with database.read() as session:
        assert present(session, [ONE, TWO, THREE]) == [Known(ONE, "A study", MODULE, "2026-09-01")]


def test_a_silent_state_is_remembered_once(database: Database, make_version: Make, told: Told) -> None:
    with database.write() as session:
        add_versions(session, [make_version("A", ONE), make_version("A", TWO)])
        add_events(session, [told("evt_1")])
        remember(
            session, [State(ONE, "stale", "2026-09-02", "evt_1"), State(ONE, "overdue", "2026-09-02", None)]
        )
        remember(session, [State(ONE, "stale", "2026-09-03", None)])
        remember(session, [])
    with database.read() as session:
        assert found_before(session, [ONE, TWO]) == {ONE: {"stale", "overdue"}}
