"""Real histories: how often each rule of weight speaks, and what it says of records that were read one by one."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sync.changes.event import Event
from sync.changes.kinds.outcome_changes import OutcomeDetail
from sync.changes.kinds.site_changes import SiteDetail
from sync.changes.kinds.site_names import name_likeness
from sync.changes.model import Severity

pytestmark = pytest.mark.corpus

Record = dict[str, Any]
Explain = Callable[..., Event | None]

OF_THE_COHORT = {
    "status.stopped_unexplained": 3,
    "status.withdrawn_unexplained": 8,
    "enrollment.replanned": 5,
    "enrollment.replanned_in_part": 3,
    "enrollment.adjusted": 1,
    "outcomes.primary_after_start": 6,
    "outcomes.primary_substance": 1,
    "sites.renamed": 14,
    "sites.readdressed": 17,
    "sites.many_removed": 5,
    "sites.cleared": 19,
    "sites.all_closed": 0,
}
"""In how many of 168 updates of the autoimmune cohort, on 107 daily releases, a rule fired; read one by one."""


def studies(corpus: Path, name: str) -> Iterator[Record]:
    with gzip.open(corpus / name, "rt", encoding="utf-8") as stream:
        yield from map(json.loads, stream)


def events(corpus: Path, told: Explain, name: str, nct_id: str | None = None) -> Iterator[Event]:
    for study in studies(corpus, name):
        if nct_id not in (None, study["nctId"]):
            continue
        for old, new in zip(study["versions"], study["versions"][1:], strict=False):
            event = told(old["study"], new["study"], release=new["release"])
            if event is not None:
                yield event


def of(corpus: Path, told: Explain, name: str, nct_id: str, release: str) -> Event:
    (event,) = (each for each in events(corpus, told, name, nct_id) if each.release == release)
    return event


def test_each_rule_of_weight_speaks_as_often_as_was_read(corpus: Path, told: Explain) -> None:
    found = Counter(
        reason.rule
        for event in events(corpus, told, "cohort-autoimmune.jsonl.gz")
        for reason in event.reasons
    )
    assert {rule: found[rule] for rule in OF_THE_COHORT} == OF_THE_COHORT


def test_no_rename_joins_two_names_that_are_not_alike(corpus: Path, told: Explain) -> None:
    renamed = [
        change
        for name in ("cohort-autoimmune.jsonl.gz", "histories.jsonl.gz")
        for event in events(corpus, told, name)
        for change in event.changes
        if isinstance(change.detail, SiteDetail) and change.detail.renamed and not change.detail.recoded
    ]
    assert renamed
    for change in renamed:
        assert name_likeness(change.old["facility"], change.new["facility"]) >= 85


def test_codes_that_became_names_are_no_sites_come_and_gone(corpus: Path, told: Explain) -> None:
    event = of(corpus, told, "cohort-autoimmune.jsonl.gz", "NCT07391605", "2026-08-18")
    assert event.headline == "4 sites re-coded"


def test_statuses_that_come_with_opening_are_folded_but_for_a_withdrawn_one(
    corpus: Path, told: Explain
) -> None:
    event = of(corpus, told, "cohort-autoimmune.jsonl.gz", "NCT07335562", "2026-05-16")
    assert "1 site status changed: 1 × none → Withdrawn" in event.headline
    assert sum(entry.reason == "site.status_came_back" for entry in event.suppressed) == 49


def test_another_time_point_of_a_primary_outcome_is_high_not_critical(corpus: Path, told: Explain) -> None:
    event = of(corpus, told, "cohort-autoimmune.jsonl.gz", "NCT06688435", "2026-08-13")
    details = [change.detail for change in event.changes if isinstance(change.detail, OutcomeDetail)]
    assert [detail.what for detail in details] == [("time point",)]
    assert event.severity is Severity.HIGH


def test_results_returned_are_told_with_the_days_they_took(corpus: Path, told: Explain) -> None:
    event = of(corpus, told, "histories.jsonl.gz", "NCT04457778", "2026-02-10")
    assert event.severity is Severity.LOW
    assert event.headline == (
        "Results submitted again on 2026-01-23, 23 days after they were returned; "
        "results returned by the registry's review on 2026-02-09, 17 days after they were submitted"
    )


def test_an_actual_date_that_moved_back_is_told(corpus: Path, told: Explain) -> None:
    event = of(corpus, told, "histories.jsonl.gz", "NCT04514484", "2026-02-10")
    reasons = {reason.rule: reason.severity for reason in event.reasons}
    assert reasons["dates.actual_moved"] is Severity.MEDIUM
    assert "dates.earlier" in reasons


def test_the_pause_of_the_headline_study_at_its_one_site_is_high(corpus: Path, told: Explain) -> None:
    before = json.loads((corpus / "NCT06056921.json").read_text())["versions"][0]["study"]
    after = json.loads(json.dumps(before))
    (site,) = after["protocolSection"]["contactsLocationsModule"]["locations"]
    site["status"] = "SUSPENDED"
    event = told(before, after)
    assert event is not None
    assert event.severity is Severity.HIGH
    assert event.reasons[0].fact == "the study is Recruiting, yet its 1 site is Suspended"
