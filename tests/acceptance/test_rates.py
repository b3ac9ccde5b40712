"""What is usual, as the command, an event on the terminal, its message, the console and the API tell it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sync.demo.registry import RunningRegistry
from tests.acceptance.instance import Instance, Watching, watch
from tests.acceptance.registry_server import StartRegistry, study, told, write_corpus

IDS = [f"NCT900000{n:02}" for n in range(1, 23)]
FIRST, SECOND, THIRD = "2026-09-01", "2026-09-15", "2026-09-16"
UNHEARD_OF = "Paused {% raw %} [red] \x1b[2J"
"""A status that the registry has not had so far, with what means something to a template and to a terminal."""


@pytest.fixture
def instance(start_registry: StartRegistry, tmp_path: Path, watching: Watching) -> Instance:
    """22 studies; two are suspended on one release, a third one on the next; one gets an unheard-of status."""
    corpus = []
    for nct_id in IDS:
        versions = {FIRST: study(nct_id)}
        if nct_id in IDS[:2]:
            versions[SECOND] = study(nct_id, "SUSPENDED", posted=SECOND)
        if nct_id == IDS[3]:
            versions[SECOND] = study(nct_id, UNHEARD_OF, posted=SECOND)
        if nct_id == IDS[2]:
            versions[THIRD] = study(nct_id, "SUSPENDED", posted=THIRD)
        corpus.append(told(nct_id, versions))
    registry: RunningRegistry = start_registry(
        [write_corpus(tmp_path / "corpus.jsonl", corpus)], release=FIRST
    )
    made = watching(registry, watch(*IDS))
    for release in (FIRST, SECOND, THIRD):
        registry.move_to(release)
        made.sync()
    return made


def test_an_event_is_told_with_its_place(instance: Instance) -> None:
    last = instance.events()[-1]
    shown = " ".join(instance.command("events", last["id"]).stdout.split())
    assert "2 of 22 studies were suspended in the 15 days before (9.1 %, 95 % interval" in shown
    assert "; this one is the 3rd." in shown


def test_the_command_counts_for_people_and_programs(instance: Instance) -> None:
    (found,) = map(json.loads, instance.command("rates", "--kind", "status", "--json").stdout.splitlines())
    (suspended,) = [each for each in found["rates"] if each["status"] == "SUSPENDED"]
    assert (found["n"], found["study_days"]) == (22, 22 * 15)
    assert (suspended["events"], suspended["studies"]["part"], suspended["studies"]["n"]) == (3, 3, 22)
    assert {each["kind"] for each in found["rates"]} == {"status"}
    shown = instance.command("rates", "--by", "sponsor").stdout
    assert "22 studies observed for 330 study-days" in shown
    assert "3 of 22, 13.6 % (4.7 % to 33.3 %)" in shown


def test_an_unheard_of_status_is_told_as_it_is_and_does_nothing(instance: Instance) -> None:
    (found,) = map(json.loads, instance.command("rates", "--json").stdout.splitlines())
    assert UNHEARD_OF in [each["status"] for each in found["statuses"]]
    lines = instance.command("rates").stdout.splitlines()
    assert (
        sum("Paused {% raw %} [red]" in line for line in lines) == 2
    )  # what happened, and days in the status
    assert not any("\x1b" in line for line in lines)
    (event,) = [each for each in instance.events() if each["nct_id"] == IDS[3] and each["kind"] == "status"]
    shown = " ".join(instance.command("events", event["id"]).stdout.split())
    assert "none of 22 studies was changed to Paused {% raw %} [red] �[2J" in shown


def test_what_cannot_be_asked_for_is_refused(instance: Instance) -> None:
    for wrong in (("--window", "soon"), ("--by", "colour")):
        refused = instance.command("rates", *wrong)
        assert (refused.returncode, refused.stdout) == (2, "")
