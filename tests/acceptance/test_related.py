"""Neighbours of a study: as the command, the API and its page tell them; what is new about one that comes in."""

import json
from pathlib import Path

import pytest

from storage import tables
from storage.tables import table_of
from sync.demo.registry import RunningRegistry
from sync.versions.neighbours import neighbours, not_compared
from sync.versions.profiles import fill_profiles
from tests.acceptance.instance import Instance, Watching, watch
from tests.acceptance.registry_server import Record, StartRegistry, study, told, write_corpus

OURS, NEAR, DUAL, CANCER, LATER, LATEST = (f"NCT9000000{n}" for n in range(1, 7))
FIRST, SECOND = "2026-09-01", "2026-09-02"


def trial(nct_id: str, given: str, condition: str, posted: str = "2026-01-05") -> Record:
    """An invented trial of some cells in a disease."""
    return study(
        nct_id,
        posted=posted,
        conditionsModule={"conditions": [condition]},
        armsInterventionsModule={"interventions": [{"type": "BIOLOGICAL", "name": given}]},
    )


@pytest.fixture
def instance(start_registry: StartRegistry, tmp_path: Path, watching: Watching) -> Instance:
    """A watch of CAR-T trials after its first release, and the second one come out."""
    corpus = [
        told(OURS, {FIRST: trial(OURS, "CD19 CAR-T", "Systemic lupus erythematosus")}),
        told(NEAR, {FIRST: trial(NEAR, "CD19 CAR-T", "Lupus nephritis")}),
        told(DUAL, {FIRST: trial(DUAL, "CD19/BCMA CAR-T", "Systemic lupus erythematosus")}),
        told(CANCER, {FIRST: trial(CANCER, "CD22 CAR-T", "Lung cancer")}),
        told(LATER, {SECOND: trial(LATER, "in vivo CD19 CAR-T", "Lupus nephritis")}),
        told(LATEST, {SECOND: trial(LATEST, "CD19 CAR-T", "Lupus nephritis")}),
    ]
    registry: RunningRegistry = start_registry(
        [write_corpus(tmp_path / "corpus.jsonl", corpus)], release=FIRST
    )
    made = watching(registry, watch(intr="CAR-T"))
    made.sync()
    registry.move_to(SECOND)
    return made


def test_what_is_new_about_a_study_that_comes_in_is_told_with_true_numbers(instance: Instance):
    instance.sync()
    said = {each["nct_id"]: each["headline"].partition("”: ")[2] for each in instance.events()}
    assert said == {
        LATER: "first CD19 in-vivo CAR in lupus nephritis in this cohort; 4th CD19 in autoimmune disease",
        LATEST: "2nd CD19 CAR-T in lupus nephritis in this cohort; 5th CD19 in autoimmune disease",
    }


def test_no_number_is_told_while_studies_are_not_looked_through(instance: Instance):
    with instance.database() as database, database.write() as session:
        session.execute(table_of(tables.Trait).delete())
        session.execute(table_of(tables.Profile).delete().where(table_of(tables.Profile).c.nct_id == NEAR))
    instance.sync()
    assert all(each["headline"].endswith("“CAR-T”") for each in instance.events())


def test_the_command_lists_the_nearest_first_with_reasons(instance: Instance):
    nearest = [json.loads(line) for line in instance.command("related", OURS, "--json").stdout.splitlines()]
    assert [each["nct_id"] for each in nearest] == [DUAL, NEAR, CANCER]
    assert [each["related"] for each in nearest] == [True, True, False]
    assert nearest[1]["reasons"][0]["says"] == "both against CD19"
    told = instance.command("related", OURS, "--limit", "1", "--watch", "w").stdout
    assert "both in systemic lupus erythematosus; " in told
    assert "2 studies of those stored count as related" in told


def test_the_command_refuses_a_study_that_is_not_stored(instance: Instance):
    refused = instance.command("related", "NCT00000099")
    assert (refused.returncode, refused.stdout) == (2, "")


def test_profiles_of_an_older_program_are_made_again(instance: Instance):
    profile = table_of(tables.Profile)
    with instance.database() as database:
        with database.write() as session:
            session.execute(profile.update().values(form="older"))
            session.execute(table_of(tables.Trait).delete())
        with database.read() as session:
            assert (not_compared(session), neighbours(session, OURS, limit=9).nearest) == (4, ())
        assert (fill_profiles(database), fill_profiles(database)) == (4, 0)
        with database.read() as session:
            assert len(neighbours(session, OURS, limit=9).nearest) == 3
