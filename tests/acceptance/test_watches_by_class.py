"""Watches by class: the second look over what the searches find, and over all that is stored."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from sync.cli import app
from sync.config import WatchSettings
from sync.demo.registry import RunningRegistry, serve
from sync.service import utc_now
from sync.versions.class_decisions import decide_class
from sync.watches.trial_run import trial_run
from tests.acceptance.instance import Instance
from tests.acceptance.registry_server import study, told, write_corpus

CAR, DRUG, TURNS, UNCLEAR = (f"NCT9000000{number}" for number in range(1, 5))
DAYS = ("2026-09-01", "2026-09-02", "2026-09-03")
ALWAYS = [[DAYS[0], "2026-12-31"]]
SEARCH = {"intr": "CAR-T"}


@pytest.fixture(autouse=True)
def _logging_ends_with_the_test() -> Iterator[None]:
    yield
    structlog.reset_defaults()  # a command set logging up for a standard error that is gone


def record(nct_id: str, title: str, given: str, posted: str = "2026-01-05") -> dict[str, Any]:
    made: dict[str, Any] = study(nct_id, posted=posted)
    protocol = made["protocolSection"]
    protocol["identificationModule"]["briefTitle"] = title
    protocol["conditionsModule"] = {"conditions": ["Systemic Lupus Erythematosus"]}
    protocol["armsInterventionsModule"] = {"interventions": [{"type": "BIOLOGICAL", "name": given}]}
    protocol["statusModule"]["studyFirstPostDateStruct"] = {"date": "2026-01-05", "type": "ACTUAL"}
    return made


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    """One CAR-T trial, one drug after a CAR-T, one whose record comes to say CAR-T on the second release and not on the
    third, and one that names a cell product which nobody knows."""
    drug_after = ("Glofitamab after CAR-T", "Glofitamab")
    lines = [
        told(CAR, {DAYS[0]: record(CAR, "CD19 CAR-T in lupus", "CD19 CAR-T cells")}, listed=ALWAYS),
        told(DRUG, {DAYS[0]: record(DRUG, *drug_after)}, listed=ALWAYS),
        told(
            TURNS,
            {
                DAYS[0]: record(TURNS, *drug_after),
                DAYS[1]: record(TURNS, "BCMA CAR-T in lupus", "BCMA CAR-T cells", DAYS[1]),
                DAYS[2]: record(TURNS, *drug_after, DAYS[2]),
            },
            listed=ALWAYS,
        ),
        told(UNCLEAR, {DAYS[0]: record(UNCLEAR, "A study of ABC", "ABC cell injection")}, listed=ALWAYS),
    ]
    corpus = write_corpus(tmp_path_factory.mktemp("corpus") / "corpus.jsonl", lines)
    with serve([corpus], release=DAYS[0]) as running:
        yield running


def watching(server: RunningRegistry, tmp_path: Path, **watch: Any) -> Instance:
    """An instance that has read the first release."""
    server.move_to(DAYS[0])
    asked = {"searches": (SEARCH,), "classes": ("car_t_product",), **watch}
    instance = Instance(tmp_path, server.api_url, (WatchSettings(name="w", **asked),))
    assert instance.sync().state == "complete"
    return instance


def facts(instance: Instance, nct_id: str) -> list[tuple[str, str]]:
    return [(each["kind"], each["headline"]) for each in instance.events(nct_id=nct_id)]


def decide(instance: Instance, nct_id: str, decided: dict[str, Any] | None) -> None:
    with instance.service() as service, service.database.write() as session:
        about = {"reason": "the protocol says so", "by": "ana", "at": utc_now(), "watches": ["w"]}
        decide_class(session, nct_id, decided, **about)


def test_what_the_second_look_drops_is_in_no_watch_and_neither_missing_nor_gone(
    server: RunningRegistry, tmp_path: Path
) -> None:
    instance = watching(server, tmp_path)
    assert instance.members() == {CAR}
    assert instance.events() == []
    assert instance.study(DRUG).state == "present"
    server.move_to(DAYS[1])
    report = instance.sync()
    assert (report.state, report.counts["entered"], report.counts["left"]) == ("complete", 1, 0)


def test_a_study_enters_and_leaves_with_its_class_and_each_says_why_and_since_when(
    server: RunningRegistry, tmp_path: Path
) -> None:
    instance = watching(server, tmp_path)
    server.move_to(DAYS[1])
    instance.sync()
    assert instance.members() == {CAR, TURNS}
    (entered,) = (fact for kind, fact in facts(instance, TURNS) if kind == "entered")
    assert "first posted 2026-01-05, found 2026-09-02. The record changed: " in entered
    (step,) = (fact for kind, fact in facts(instance, TURNS) if kind == "class")
    assert step.startswith("Class: around a CAR-T → CAR-T product")
    server.move_to(DAYS[2])
    instance.sync()
    assert instance.members() == {CAR}
    (left,) = (fact for kind, fact in facts(instance, TURNS) if kind == "left")
    assert left.startswith(
        "Left the watch w: its class is around_car_t, not car_t_product. The record changed: "
    )
    assert not {"missing", "gone"} & {kind for kind, _ in facts(instance, TURNS)}


def test_a_persons_decision_moves_a_study_in_and_out_at_the_next_poll(
    server: RunningRegistry, tmp_path: Path
) -> None:
    instance = watching(server, tmp_path)
    decide(instance, UNCLEAR, {"class": "car_t_product", "antigens": ["CD20"]})
    assert instance.sync().state == "complete"
    assert instance.members() == {CAR, UNCLEAR}
    ((kind, fact),) = facts(instance, UNCLEAR)
    assert kind == "entered"
    assert "ana: the protocol says so" in fact
    decide(instance, UNCLEAR, None)
    instance.sync()
    assert instance.members() == {CAR}
    assert facts(instance, UNCLEAR)[-1][0] == "left"


def test_antigens_and_areas_narrow_too_and_named_ids_always_stay(
    server: RunningRegistry, tmp_path: Path
) -> None:
    asked = {"antigens": ("cd 19",), "areas": ("autoimmune",), "ids": (DRUG,)}
    instance = watching(server, tmp_path, **asked)
    server.move_to(DAYS[1])
    instance.sync()
    assert instance.members() == {CAR, DRUG}


def test_without_a_search_the_look_goes_over_all_that_is_stored(
    server: RunningRegistry, tmp_path: Path
) -> None:
    server.move_to(DAYS[0])
    everything = WatchSettings(name="all", searches=(SEARCH,))
    looking = WatchSettings(name="w", classes=("car_t_product",))
    instance = Instance(tmp_path, server.api_url, (everything, looking))
    instance.sync()
    server.move_to(DAYS[1])
    instance.sync()
    assert instance.members("all") == {CAR, DRUG, TURNS, UNCLEAR}
    assert instance.members() == {CAR, TURNS}


def test_another_classifier_alone_moves_studies_without_a_word(
    server: RunningRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = watching(server, tmp_path)
    server.move_to(DAYS[1])
    with monkeypatch.context() as older:
        older.setattr("sync.cohort.classifying.RULES_VERSION", 0)
        older.setattr("sync.cohort.labels.antigens", lambda *_: [])
        instance.sync(force=True)
    told_before = [each["id"] for each in instance.events(nct_id=CAR)]
    instance.sync(force=True)
    assert [each["id"] for each in instance.events(nct_id=CAR)] == told_before == []


def test_watch_test_shows_what_is_dropped_and_why_and_stores_nothing(
    server: RunningRegistry, tmp_path: Path
) -> None:
    server.move_to(DAYS[0])
    config = tmp_path / "config.toml"
    config.write_text(
        f'[registry]\nbase_url = "{server.api_url}"\nmin_interval_s = 0\ncontact = "ops@example.org"\n'
        f'[database]\nurl = "sqlite:///{tmp_path / "t.db"}"\n'
        '[[watch]]\nname = "w"\nsearches = [{intr = "CAR-T"}]\nclasses = ["car_t_product"]\n',
        "utf-8",
    )
    done = CliRunner().invoke(app, ["watch", "test", "w", "--json", "--config", str(config)])
    assert done.exit_code == 0, done.output
    found = {each["nct_id"]: each for each in map(json.loads, done.stdout.splitlines())}
    assert {nct_id for nct_id, each in found.items() if each["kept"]} == {CAR}
    assert found[DRUG]["why"] == "its class is around_car_t, not car_t_product"
    assert (found[CAR]["first_posted"], found[CAR]["antigens"]) == ("2026-01-05", ["CD19"])
    said = CliRunner().invoke(app, ["watch", "test", "w", "--dropped", "--config", str(config)]).stdout
    assert "w names 4 studies: 1 would be in it, 3 dropped by its second look; 1 would enter, 0 leave" in said
    instance = Instance(tmp_path, server.api_url, ())
    with instance.database() as database, database.read() as session:
        from storage.studies import studies

        assert studies(session) == {}


def test_watch_test_takes_a_study_for_what_it_was_where_its_record_is_withheld(tmp_path: Path) -> None:
    stub = study(CAR, "WITHHELD", posted=DAYS[1])
    stub["protocolSection"]["identificationModule"]["briefTitle"] = "[Withheld]"
    life = {DAYS[0]: record(CAR, "CD19 CAR-T in lupus", "CD19 CAR-T cells"), DAYS[1]: stub}
    corpus = write_corpus(tmp_path / "corpus.jsonl", [told(CAR, life, listed=ALWAYS)])
    with serve([corpus], release=DAYS[0]) as running:
        instance = watching(running, tmp_path)
        running.move_to(DAYS[1])
        with instance.service() as service:
            (tried,) = trial_run(service, WatchSettings(name="stored", classes=("car_t_product",)))
    assert (tried.kept, tried.study_class, tried.title) == (True, "car_t_product", "CD19 CAR-T in lupus")
