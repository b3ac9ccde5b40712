"""Facts for records that were stored by a program which did not keep them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import update

from storage.cohorts import Watch, enter, save_watch
from storage.engine import Database
from storage.new_versions import NewVersion, Summary, add_versions
from storage.tables import Version, table_of
from storage.watch_table import members
from sync.errors import Stopped
from sync.versions import backfill_facts as filling
from sync.versions import classes, profiles, search_index
from sync.versions.backfill_facts import fill_facts, with_gaps
from sync.versions.due import SUMMARY_FORM
from tests.support.logged import capture_logs

Make = Callable[..., NewVersion]
NOW = datetime(2026, 9, 2, 12, tzinfo=UTC)
ONE, TWO, THREE = "NCT90000001", "NCT90000002", "NCT90000003"


def record(nct_id: str, country: str = "Norway") -> str:
    """A record with a site."""
    modules = {
        "identificationModule": {"nctId": nct_id},
        "contactsLocationsModule": {"locations": [{"country": country}]},
    }
    return json.dumps({"protocolSection": modules})


@pytest.fixture
def keep(database: Database, make_version: Make) -> Callable[..., None]:
    """Stores records as the heads of studies, which the watch `w` has."""

    def store(contents: dict[str, str], facts: Any = None) -> None:
        with database.write() as session:
            summary = Summary(facts=facts, form=None if facts is None else SUMMARY_FORM)
            add_versions(
                session, [make_version(text, nct_id, summary=summary) for nct_id, text in contents.items()]
            )
            save_watch(session, Watch("w", "ab" * 32))
            enter(session, "w", dict.fromkeys(contents, "ids"), "2026-09-01")

    return store


def countries(database: Database) -> dict[str, list[str] | None]:
    """What is now known of the studies' countries."""
    with database.read() as session:
        return {each.nct_id: each.facts.get("countries") for each in members(session, "w")}


def test_all_heads_get_their_facts_batch_by_batch(
    database: Database, keep: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "BATCH", 2)
    keep({nct_id: record(nct_id, "Chad") for nct_id in (ONE, TWO, THREE)})
    keep({nct_id: record(nct_id) for nct_id in (ONE, TWO, THREE)})
    assert fill_facts(database) == 3
    assert countries(database) == {ONE: ["Norway"], TWO: ["Norway"], THREE: ["Norway"]}
    assert fill_facts(database) == 0


def test_what_is_known_already_is_left_alone(database: Database, keep: Callable[..., None]) -> None:
    keep({ONE: record(ONE)}, facts={"countries": ["Peru"]})
    assert fill_facts(database) == 0
    assert countries(database) == {ONE: ["Peru"]}


def test_a_record_that_cannot_be_read_is_logged_and_left_out(
    database: Database, keep: Callable[..., None]
) -> None:
    keep({ONE: "no record", TWO: record(TWO), THREE: record(THREE)})
    with database.write() as session:
        damaged = table_of(Version).c.nct_id == THREE
        session.execute(update(table_of(Version)).where(damaged).values(sha256="00" * 32))
    with capture_logs() as logged:
        assert fill_facts(database) == 1
    assert countries(database) == {ONE: None, TWO: ["Norway"], THREE: None}
    assert sorted(entry["nct_id"] for entry in logged) == [ONE, THREE]


@pytest.mark.parametrize(
    "module, fill",
    [
        (filling, fill_facts),
        (search_index, search_index.fill_index),
        (profiles, profiles.fill_profiles),
        (classes, partial(classes.fill_classes, now=lambda: NOW)),
    ],
    ids=["facts", "index", "profiles", "classes"],
)
def test_filling_in_ends_where_it_is_to_stop_and_goes_on_there(
    database: Database,
    keep: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    module: ModuleType,
    fill: Callable[..., int],
) -> None:
    # Of the whole registry it takes minutes, and a service that is stopped must not wait for them.
    monkeypatch.setattr(module, "BATCH", 1)
    keep({ONE: record(ONE), TWO: record(TWO), THREE: record(THREE)})
    asked = iter(range(2))

    def go_on() -> None:
        if next(asked, None) is None:
            raise Stopped

    with pytest.raises(Stopped):
        fill(database, go_on=go_on)
    assert fill(database) == 1


def test_a_filling_leaves_other_writers_a_gap_after_each_batch_and_ends_in_one_that_is_cut_short(
    database: Database, keep: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "BATCH", 1)
    keep({nct_id: record(nct_id) for nct_id in (ONE, TWO, THREE)})
    gaps, filled_by_then = list[float](), list[int]()

    def wait(seconds: float) -> None:
        gaps.append(seconds)
        with (
            database.write()
        ):  # another writer, which would wait for ever if the filling held its own transaction
            filled_by_then.append(sum(each is not None for each in countries(database).values()))

    def go_on() -> None:
        if len(gaps) == 2:
            raise Stopped

    with pytest.raises(Stopped):
        fill_facts(database, with_gaps(go_on, wait))
    assert (filled_by_then, min(gaps) > 0.1) == ([1, 2], True)
