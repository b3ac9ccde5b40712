"""The table of a large watch, narrowed by words of its studies."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from storage.cohorts import Watch, enter, save_watch
from storage.engine import Database
from storage.large_table import Narrowing, count
from storage.new_versions import NewVersion, Summary, add_versions

Make = Callable[..., NewVersion]


@pytest.mark.parametrize("said", ["systemic \0 Lupus", "Lupus \ud800", "“Lupus” \\u0000 \\", "a], Lupus"])
def test_conditions_are_searched_whatever_characters_a_record_has(
    database: Database, make_version: Make, said: str
) -> None:
    others = {"title": "\0", "conditions": ["Asthma"], "countries": ["\ud800 Lupus"]}
    facts = {"NCT00000001": {"conditions": ["Asthma", said], "countries": ["\0"]}, "NCT00000002": others}
    with database.write() as session:
        versions = [
            make_version(id_, id_, summary=Summary(facts=each, form=1)) for id_, each in facts.items()
        ]
        add_versions(session, versions)
        save_watch(session, Watch("w", "ab" * 32))
        enter(session, "w", dict.fromkeys(facts, "ids"), "2026-09-01")
    with database.read() as session:
        assert count(session, "w", Narrowing(text="lupus")) == 1
        assert count(session, "w", Narrowing(text="conditions")) == 0
