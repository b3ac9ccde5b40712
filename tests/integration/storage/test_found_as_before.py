"""What a study is found and compared by is made anew where something of it changed, and else left as it stands."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from storage import tables, versions
from storage.engine import Database
from storage.new_versions import NewVersion, add_versions
from storage.tables import table_of
from sync.cohort.classifying import classify
from sync.cohort.inputs import FOUND_BY, READ
from sync.cohort.profile import profile
from sync.cycle.stored_studies import StoredStudies
from sync.study.record import Study, at
from sync.study.searched import searched
from sync.versions.new_version import summary_of
from sync.versions.profiles import stored_profile
from tests.bench.invented import invented

Record = dict[str, Any]
MakeVersion = Callable[..., NewVersion]


def records() -> list[Record]:
    chance = random.Random(1)
    return [invented(number, chance) for number in range(20)]


def test_words_and_profiles_are_made_of_no_more_than_is_held_against_each_other() -> None:
    for record in records():
        only: Record = {}
        for *above, last in (*READ, *FOUND_BY):
            within = only
            for name in above:
                within = within.setdefault(name, {})
            within[last] = at(record, *above, last)
        assert searched(Study(only)) == searched(Study(record))
        answer = classify(record).as_json()
        assert profile(Study(only), answer) == profile(Study(record), answer)


def stored(database: Database, make_version: MakeVersion, record: Record) -> str:
    nct_id: str = record["protocolSection"]["identificationModule"]["nctId"]
    version = make_version(json.dumps(record), nct_id=nct_id)
    with database.write() as session:
        add_versions(
            session, [replace(version, summary=summary_of(Study(record), stored_profile(Study(record))))]
        )
    return nct_id


def is_as_before(session: Session, nct_id: str, last: Record, record: Record) -> bool:
    found = StoredStudies(session, versions.heads(session, [nct_id]))
    return found.is_found_as_before(nct_id, last, record)


@pytest.mark.parametrize("path", FOUND_BY, ids=".".join)
def test_another_date_leaves_them_and_another_site_does_not(
    database: Database, make_version: MakeVersion, path: tuple[str, str]
) -> None:
    record = records()[0]
    nct_id = stored(database, make_version, record)
    dated, other = deepcopy(record), deepcopy(record)
    dated["protocolSection"]["statusModule"]["statusVerifiedDate"] = "2026-08"
    other["protocolSection"][path[1]] = {"of another": "kind"}
    with database.read() as session:
        assert is_as_before(session, nct_id, record, dated)
        assert not is_as_before(session, nct_id, record, other)


@pytest.mark.parametrize(("table", "form"), [(tables.SearchEntry, 0), (tables.Profile, "0-older")])
def test_those_of_an_older_form_are_made_anew(
    database: Database, make_version: MakeVersion, table: type[tables.Base], form: int | str
) -> None:
    record = records()[0]
    nct_id = stored(database, make_version, record)
    with database.write() as session:
        session.execute(update(table_of(table)).values(form=form))
    with database.read() as session:
        assert not is_as_before(session, nct_id, record, record)
