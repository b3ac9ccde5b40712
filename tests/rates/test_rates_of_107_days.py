"""The rates of a real cohort's 107 releases are those that are counted in its records another way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from storage import events
from storage.engine import Database
from storage.rates import What
from sync.versions.base_rates import DAYS, base_rate
from sync.versions.rates import Rates, rates_of
from tests.rates.page import ROOT, table
from tests.rates.recount import Recount, recount
from tests.rates.replay import WATCH, releases, replayed

pytestmark = [pytest.mark.corpus, pytest.mark.slow]

AGAIN = "docs/rates.md is out of date: run `python -m tests.rates`"


@pytest.fixture(scope="module")
def counted(corpus: Path) -> Recount:
    return recount(corpus)


@pytest.fixture(scope="module")
def database(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with replayed(corpus, tmp_path_factory.mktemp("cohort")) as found:
        yield found


@pytest.fixture(scope="module")
def rates(database: Database, corpus: Path) -> Rates:
    with database.read() as session:
        return rates_of(session, WATCH, releases(corpus)[-1], 200)


def test_as_many_studies_were_observed_for_as_many_days(rates: Rates, counted: Recount):
    assert (rates.n, rates.days) == (counted.studies, counted.days)


def test_as_many_events_of_as_many_studies(rates: Rates, counted: Recount):
    ours = {_name(each.what): (each.events, each.studies) for each in rates.rates}
    theirs = {name: (number, len(counted.touched[name])) for name, number in counted.events.items()}
    assert {name: ours.get(name) for name in theirs} == theirs
    assert len(theirs) > 8


def _name(what: What) -> str:
    return f"status {what.status}" if what.status else what.kind


def test_as_many_days_in_each_status(rates: Rates, counted: Recount):
    assert {each.status: each.days for each in rates.statuses} == dict(counted.in_status)


def test_each_event_has_its_place_among_those_of_the_ninety_days_before(database: Database, counted: Recount):
    """Of all steps to a status: how many other studies stepped there before, in how many that were observed."""
    told: Counter[str] = Counter()
    with database.read() as session:
        for event in events.events(session, kinds=("status",)):
            if event["kind"] != "status" or not (rate := base_rate(session, event["id"], event["release"])):
                continue
            since = str(date.fromisoformat(event["release"]) - timedelta(days=DAYS))
            earlier = {
                nct_id
                for nct_id, release, status in counted.steps
                if status == rate.status and since < release < event["release"]
            }
            same_day = {
                nct_id
                for nct_id, release, status in counted.steps
                if status == rate.status and release == event["release"] and nct_id != event["nct_id"]
            }
            assert len(earlier) <= rate.before <= len(earlier | same_day)
            assert rate.again == (event["nct_id"] in earlier)
            observed = [
                nct_id
                for nct_id, first in counted.first.items()
                if first < event["release"] and counted.last[nct_id] >= since
            ]
            assert abs(rate.studies - len(observed)) <= 1
            told[event["release"]] += 1
    assert sum(told.values()) > 30


def test_the_page_is_what_was_counted(rates: Rates):
    written = (ROOT / "docs" / "rates.md").read_text("utf-8")
    assert f"{rates.n} studies on 107 releases" in written, AGAIN
    assert "\n".join(table(rates.rates, ())) in written, AGAIN
