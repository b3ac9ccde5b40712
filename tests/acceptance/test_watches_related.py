"""Watches of what is related to a study: wide searches, and the score that takes or drops each candidate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storage import not_taken
from storage.not_taken import NotTaken
from sync.config import WatchSettings
from sync.demo.registry import RunningRegistry, serve
from sync.service import utc_now
from sync.versions.class_decisions import decide_class
from sync.watches.trial_run import trial_run
from tests.acceptance.instance import Instance
from tests.acceptance.registry_server import study, told, write_corpus

NAMED, NEAR, DRUG, TURNS, LYMPHOMA, LATE = (f"NCT9100000{number}" for number in range(1, 7))
DAYS = ("2026-09-01", "2026-09-02", "2026-09-03")
OLD_ID, UNKNOWN_ID = "NCT91000091", "NCT91000099"
RELATED = WatchSettings(name="w", related_to=(NAMED,))


def record(nct_id: str, title: str, given: str, condition: str, posted: str = "2026-01-05") -> dict[str, Any]:
    made: dict[str, Any] = study(nct_id, posted=posted)
    protocol = made["protocolSection"]
    protocol["identificationModule"]["briefTitle"] = title
    area = [] if "Lymphoma" in condition else ["Autoimmune Diseases"]
    protocol["conditionsModule"] = {"conditions": [condition, *area]}
    protocol["armsInterventionsModule"] = {"interventions": [{"type": "BIOLOGICAL", "name": given}]}
    protocol["sponsorCollaboratorsModule"] = {
        "leadSponsor": {"name": f"Sponsor {nct_id}", "class": "INDUSTRY"}
    }
    protocol["statusModule"]["studyFirstPostDateStruct"] = {"date": posted, "type": "ACTUAL"}
    return made


def car(nct_id: str, antigen: str, condition: str, posted: str = "2026-01-05") -> dict[str, Any]:
    return record(nct_id, f"{antigen} CAR-T in {condition}", f"{antigen} CAR-T cells", condition, posted)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    """Beside the study named: one against its antigen in another disease of the area, a drug after CAR-T, one that gets the
    antigen on the second release and loses it on the third, one in lymphoma, and one that is registered on the third."""
    first, second, third = DAYS
    drug = record(DRUG, "Anifrolumab after CAR-T in lupus", "Anifrolumab", "Lupus Nephritis")
    named = car(NAMED, "CD19", "Systemic Lupus Erythematosus")
    named["protocolSection"]["identificationModule"]["nctIdAliases"] = [OLD_ID]
    lines = [
        told(NAMED, {first: named}),
        told(NEAR, {first: car(NEAR, "CD19", "Myasthenia Gravis")}),
        told(DRUG, {first: drug}),
        told(
            TURNS,
            {
                first: car(TURNS, "GPRC5D", "Myasthenia Gravis"),
                second: car(TURNS, "CD19", "Myasthenia Gravis", second),
                third: car(TURNS, "GPRC5D", "Myasthenia Gravis", third),
            },
        ),
        told(LYMPHOMA, {first: car(LYMPHOMA, "CD19", "B-cell Lymphoma")}),
        told(LATE, {third: car(LATE, "CD19", "Systemic Sclerosis", "2026-09-02")}),
    ]
    corpus = write_corpus(tmp_path_factory.mktemp("corpus") / "corpus.jsonl", lines)
    with serve([corpus], release=first) as running:
        yield running


def watching(server: RunningRegistry, folder: Path, watch: WatchSettings = RELATED) -> Instance:
    """An instance that has read the first release."""
    server.move_to(DAYS[0])
    server.set_faults()
    instance = Instance(folder, server.api_url, (watch,))
    assert instance.sync().state == "complete"
    return instance


def go_to(server: RunningRegistry, instance: Instance, day: str) -> None:
    server.move_to(day)
    assert instance.sync().state == "complete"


def facts(instance: Instance, nct_id: str, kind: str) -> list[str]:
    return [each["reasons"][0]["fact"] for each in instance.events(nct_id=nct_id) if each["kind"] == kind]


def dropped(instance: Instance) -> dict[str, NotTaken]:
    with instance.database() as database, database.read() as session:
        return not_taken.of_watch(session, "w")


def decide(instance: Instance, nct_id: str, decided: dict[str, Any] | None) -> None:
    with instance.service() as service, service.database.write() as session:
        about = {"reason": "the protocol says so", "by": "ana", "at": utc_now(), "watches": ["w"]}
        decide_class(session, nct_id, decided, **about)


def test_the_score_takes_what_is_near_and_drops_the_rest_each_with_what_is_shared_and_what_not(
    server: RunningRegistry, tmp_path: Path
) -> None:
    instance = watching(server, tmp_path)
    assert instance.members() == {NAMED, NEAR}
    assert instance.events() == []
    found = dropped(instance)
    assert set(found) == {DRUG, TURNS, LYMPHOMA}
    lymphoma = found[LYMPHOMA]
    assert lymphoma.reason.startswith(
        f"score 25 of 45 needed to {NAMED}: same class (CAR-T) (14); both against"
    )
    assert lymphoma.reason.endswith("not the area (cancer of the blood, for autoimmune disease)")
    assert (lymphoma.since, lymphoma.first_posted) == (DAYS[0], "2026-01-05")
    assert "not the class (around CAR-T, for CAR-T)" in found[DRUG].reason


def test_a_record_that_changes_enters_and_leaves_with_what_changed_and_when_it_could_be_seen(
    server: RunningRegistry, tmp_path: Path
) -> None:
    instance = watching(server, tmp_path)
    go_to(server, instance, DAYS[1])
    assert instance.members() == {NAMED, NEAR, TURNS}
    assert TURNS not in dropped(instance)
    (entered,) = facts(instance, TURNS, "entered")
    assert (
        f"found by its nearness to {NAMED} (score 61: both in autoimmune disease (25); both against CD19"
        in entered
    )
    assert "first posted 2026-09-02" in entered
    go_to(server, instance, DAYS[2])
    assert instance.members() == {NAMED, NEAR, LATE}
    (left,) = facts(instance, TURNS, "left")
    assert f"Left the watch w: score 39 of 45 needed to {NAMED}" in left
    assert "The record changed: antigen: CD19 → GPRC5D" in left
    assert "its last update was posted 2026-09-03, found 2026-09-03" in left
    gone = dropped(instance)[TURNS]
    assert (gone.since, gone.note.startswith("in the watch until 2026-09-03. The record changed")) == (
        DAYS[2],
        True,
    )
    (late,) = facts(instance, LATE, "entered")
    assert late.endswith(
        "first posted 2026-09-02, found 2026-09-03: it was not updated since, so the registry's index "
        "had not had it"
    )


def test_what_a_person_says_of_either_study_moves_the_score_at_the_next_poll(
    server: RunningRegistry, tmp_path: Path
) -> None:
    instance = watching(server, tmp_path)
    decide(instance, TURNS, {"antigens": ["CD19"]})
    assert instance.sync().state == "complete"
    assert instance.members() == {NAMED, NEAR, TURNS}
    (entered,) = facts(instance, TURNS, "entered")
    assert "ana: the protocol says so" in entered
    decide(instance, NAMED, {"antigens": ["GPRC5D"]})
    instance.sync()
    assert instance.members() == {NAMED}
    assert "ana: the protocol says so" in facts(instance, NEAR, "left")[0]


def test_a_view_of_ours_that_changes_moves_studies_without_an_event_and_says_so(
    server: RunningRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr("sync.cohort.neighbours.RELATED", 30)
        instance = watching(server, tmp_path)
        assert instance.members() == {NAMED, NEAR, TURNS}
    assert instance.sync(force=True).state == "complete"
    assert instance.members() == {NAMED, NEAR}
    assert instance.events() == []
    assert dropped(instance)[TURNS].note == (
        "in the watch until 2026-09-01. Our view changed, the registry's records did not"
    )
    with monkeypatch.context() as older:
        older.setattr("sync.cohort.neighbours.RELATED", 30)
        instance.sync(force=True)
    assert instance.members() == {NAMED, NEAR, TURNS}
    assert instance.events() == []


def test_members_of_a_program_that_did_not_score_leave_as_with_an_edit(
    server: RunningRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr("sync.cohort.neighbours.RELATED", 0)
        older.setattr("sync.cohort.membership.SEARCH_FORM", 1)
        instance = watching(server, tmp_path)
        assert DRUG in instance.members()
    go_to(server, instance, DAYS[1])
    assert instance.members() == {NAMED, NEAR, TURNS}
    assert {each["kind"] for each in instance.events()} <= {"class", "arms", "identification"}
    assert "the registry did not" in dropped(instance)[DRUG].note


def test_a_search_is_kept_beside_and_what_it_finds_need_not_be_near(
    server: RunningRegistry, tmp_path: Path
) -> None:
    both = WatchSettings(name="w", related_to=(NAMED,), searches=({"cond": "lymphoma"},), ids=(DRUG,))
    instance = watching(server, tmp_path, both)
    assert instance.members() == {NAMED, NEAR, LYMPHOMA, DRUG}
    narrowed = WatchSettings(name="w", related_to=(NAMED,), antigens=("GPRC5D",))
    instance.watches = (narrowed,)
    instance.sync()
    assert instance.members() == {NAMED}


def test_a_study_under_a_former_id_is_the_one_that_it_leads_to(
    server: RunningRegistry, tmp_path: Path
) -> None:
    instance = watching(server, tmp_path, WatchSettings(name="w", related_to=(OLD_ID,)))
    assert instance.members() == {NAMED, NEAR}
    go_to(server, instance, DAYS[1])
    assert instance.members() == {NAMED, NEAR, TURNS}
    with instance.service() as service:
        kept = {each.nct_id for each in trial_run(service, service.settings.watch[0]) if each.kept}
    assert kept == {NAMED, NEAR, TURNS}


def test_a_study_that_is_gone_is_compared_with_as_it_last_was(
    server: RunningRegistry, tmp_path: Path
) -> None:
    instance = watching(server, tmp_path)
    server.set_faults(f"vanish:{NAMED}")
    for day in DAYS[1:]:
        server.move_to(day)
        instance.sync()
    assert instance.study(NAMED).state == "gone"
    assert instance.members() >= {NEAR, LATE}
    assert facts(instance, NEAR, "left") == []


def test_a_candidate_that_is_gone_leaves(server: RunningRegistry, tmp_path: Path) -> None:
    instance = watching(server, tmp_path)
    server.set_faults(f"vanish:{NEAR}")
    for day in DAYS[1:]:
        server.move_to(day)
        instance.sync()
    assert instance.study(NEAR).state == "gone"
    assert NEAR not in instance.members()


def test_a_study_that_the_registry_never_had_is_its_watchs_trouble_with_its_name(
    server: RunningRegistry, tmp_path: Path
) -> None:
    server.move_to(DAYS[0])
    server.set_faults()
    beside = WatchSettings(name="beside", ids=(NEAR,))
    instance = Instance(tmp_path, server.api_url, (beside, WatchSettings(name="w", related_to=(UNKNOWN_ID,))))
    report = instance.sync()
    assert report.state == "partial"
    assert f"what is related to {UNKNOWN_ID} failed" in str(report.troubles[0])
    assert "correct it in the configuration file" in report.troubles[0].error.hint
    assert instance.members("beside") == {NEAR}


def test_a_trial_run_shows_score_and_reasons_of_all_and_stores_nothing(
    server: RunningRegistry, tmp_path: Path
) -> None:
    server.move_to(DAYS[0])
    instance = Instance(tmp_path, server.api_url, (RELATED,))
    with instance.service() as service:
        found = {each.nct_id: each for each in trial_run(service, RELATED)}
    assert {nct_id for nct_id, each in found.items() if each.kept} == {NAMED, NEAR}
    assert (found[NEAR].score, found[LYMPHOMA].score) == (61, 25)
    assert found[NEAR].why.startswith(f"score 61 to {NAMED}: both in autoimmune disease")
    assert [each["what"] for each in found[LYMPHOMA].as_json()["reasons"]] == ["class", "antigen"]
    assert instance.members() == set()


def test_many_that_the_study_itself_is_no_more_near_to_are_held_and_stay(tmp_path: Path) -> None:
    near = [f"NCT9200000{number}" for number in range(7)]
    days = {DAYS[0]: car(NAMED, "CD19", "Lupus"), DAYS[1]: car(NAMED, "GPRC5D", "Lupus", DAYS[1])}
    lines = [told(each, {DAYS[0]: car(each, "CD19", "Myasthenia Gravis")}) for each in near]
    corpus = write_corpus(tmp_path / "corpus.jsonl", [told(NAMED, days), *lines])
    with serve([corpus], release=DAYS[0]) as registry:
        instance = watching(registry, tmp_path)
        registry.move_to(DAYS[1])
        assert instance.sync().state == "held"
        (storm,) = (each for each in instance.events() if each["kind"] == "storm")
        assert (
            "7 of 8 studies would leave the watch w at once: the study that it is related to"
            in storm["headline"]
        )
        assert instance.members() == {NAMED, *near}
        assert dropped(instance) == {}
