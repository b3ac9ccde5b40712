"""The main job over real HTTP: one study and its cohort, release by release, as the registry had them."""

import json
from pathlib import Path
from typing import Any

import pytest

from sync.demo.registry import RunningRegistry
from tests.acceptance.instance import Watching, watch
from tests.acceptance.registry_server import StartRegistry, study, told, write_corpus
from tests.faults.soundness import assert_sound

ONE, TWO, THREE = "NCT90000001", "NCT90000002", "NCT90000003"


class TestHeadline:
    """NCT06056921: RECRUITING up to 2026-09-01, set to UNKNOWN by the registry on 2026-09-02."""

    pytestmark = pytest.mark.corpus

    @pytest.fixture
    def registry(self, start_registry: StartRegistry, corpus: Path) -> RunningRegistry:
        return start_registry([corpus / "NCT06056921.json"], release="2026-09-01")

    def test_the_first_sync_is_a_baseline_and_tells_nothing(
        self, registry: RunningRegistry, watching: Watching
    ) -> None:
        instance = watching(registry, watch("NCT06056921"))
        report = instance.sync()
        assert (report.state, report.release) == ("complete", "2026-09-01")
        assert (report.counts["baselines"], report.counts["events"]) == (1, 0)
        assert instance.events() == []

    def test_a_status_set_by_the_registry_is_told_though_the_record_was_not_updated(
        self, registry: RunningRegistry, watching: Watching
    ) -> None:
        instance = watching(registry, watch("NCT06056921"))
        instance.sync()
        registry.move_to("2026-09-02")
        instance.sync()
        (event,) = instance.events()
        (change,) = [change for change in event["changes"] if change["kind"] == "status"]
        assert (change["old"], change["new"]) == ("RECRUITING", "UNKNOWN")
        assert (event["kind"], event["origin"]) == ("status", "registry")
        assert event["release"] == "2026-09-02"
        assert event["posted"] == "2023-09-28"
        assert (event["from"]["version"], event["to"]["version"]) == (1, 2)
        with instance.database() as database:
            assert_sound(database)

    def test_a_second_sync_on_the_same_release_makes_one_request(
        self, registry: RunningRegistry, watching: Watching
    ) -> None:
        instance = watching(registry, watch("NCT06056921"))
        instance.sync()
        registry.clear_log()
        report = instance.sync()
        assert (report.state, report.requests) == ("unchanged", 1)
        assert [request["path"] for request in registry.log()] == ["/api/v2/version"]

    def test_every_payload_is_kept_as_the_registry_sent_it(
        self, registry: RunningRegistry, watching: Watching, corpus: Path
    ) -> None:
        instance = watching(registry, watch("NCT06056921"))
        for release in ("2026-09-01", "2026-09-02"):
            registry.move_to(release)
            instance.sync()
        served = json.loads((corpus / "NCT06056921.json").read_text("utf-8"))["versions"]
        for version, payload, release in zip(
            served, instance.payloads("NCT06056921"), ("2026-09-01", "2026-09-02"), strict=True
        ):
            assert json.loads(payload) == stamped(version["study"], release)


def stamped(record: dict[str, Any], release: str) -> dict[str, Any]:
    """A record of the corpus as the registry serves it on a release."""
    derived = record.get("derivedSection", {})
    misc = {**derived.get("miscInfoModule", {}), "versionHolder": release}
    return {**record, "derivedSection": {**derived, "miscInfoModule": misc}}


def test_a_study_that_goes_back_to_what_it_was_has_three_versions_and_two_events(
    start_registry: StartRegistry, watching: Watching, tmp_path: Path
) -> None:
    days = ["2026-09-01", "2026-09-02", "2026-09-03"]
    records = [study(ONE, status) for status in ("RECRUITING", "SUSPENDED", "RECRUITING")]
    registry = start_registry(
        [write_corpus(tmp_path / "c.jsonl", [told(ONE, dict(zip(days, records, strict=True)))])]
    )
    instance = watching(registry, watch(ONE))
    for day in days:
        registry.move_to(day)
        instance.sync()
    assert len(instance.payloads(ONE)) == 3
    assert [event["to"]["version"] for event in instance.events()] == [2, 3]


def test_what_only_the_registry_computes_is_kept_and_told_as_derived(
    start_registry: StartRegistry, watching: Watching, tmp_path: Path
) -> None:
    after = study(ONE)
    after["derivedSection"]["conditionBrowseModule"] = {"meshes": [{"id": "D008180", "term": "Lupus"}]}
    days = {"2026-09-01": study(ONE), "2026-09-02": after}
    registry = start_registry([write_corpus(tmp_path / "c.jsonl", [told(ONE, days)])])
    instance = watching(registry, watch(ONE))
    for day in days:
        registry.move_to(day)
        report = instance.sync()
    assert (report.counts["derived"], report.counts["changed"]) == (1, 0)
    assert len(instance.payloads(ONE)) == 2
    assert {event["kind"] for event in instance.events()} <= {"derived"}


def test_noise_makes_no_version_and_no_event(
    start_registry: StartRegistry, watching: Watching, tmp_path: Path
) -> None:
    sites = [{"facility": f"Invented Clinic {n}", "city": "Town", "country": "Nowhere"} for n in (1, 2)]
    days = {
        "2026-09-01": study(ONE, contactsLocationsModule={"locations": sites}),
        "2026-09-02": study(ONE, contactsLocationsModule={"locations": sites[::-1]}),
    }
    registry = start_registry([write_corpus(tmp_path / "c.jsonl", [told(ONE, days)])])
    instance = watching(registry, watch(ONE))
    for day in days:
        registry.move_to(day)
        report = instance.sync()
    assert (report.counts["noise"], report.counts["unchanged"]) == (1, 1)
    assert len(instance.payloads(ONE)) == 1
    assert instance.events() == []


def test_a_study_in_two_watches_is_read_once_and_told_once(
    start_registry: StartRegistry, watching: Watching, tmp_path: Path
) -> None:
    days = {"2026-09-01": study(ONE), "2026-09-02": study(ONE, "COMPLETED")}
    registry = start_registry([write_corpus(tmp_path / "c.jsonl", [told(ONE, days)])])
    instance = watching(registry, watch(ONE, name="a"), watch(name="b", intr="CAR-T"))
    instance.sync()
    registry.clear_log()
    registry.move_to("2026-09-02")
    instance.sync()
    reads = [request for request in registry.log() if "filter.ids" in request["params"]]
    assert len(reads) == 1
    assert len(instance.events()) == 1


def test_a_watch_that_is_edited_tells_nothing_of_those_it_brings_in(
    start_registry: StartRegistry, watching: Watching, tmp_path: Path
) -> None:
    corpus = write_corpus(
        tmp_path / "c.jsonl", [told(nct_id, {"2026-09-01": study(nct_id)}) for nct_id in (ONE, TWO)]
    )
    registry = start_registry([corpus])
    watching(registry, watch(ONE)).sync()
    registry.move_to("2026-09-02")
    instance = watching(registry, watch(TWO))
    instance.sync()
    assert instance.members() == {TWO}
    assert instance.events() == []


def test_a_watch_added_between_two_releases_is_established_without_news(
    start_registry: StartRegistry, watching: Watching, tmp_path: Path
) -> None:
    corpus = write_corpus(
        tmp_path / "c.jsonl", [told(nct_id, {"2026-09-01": study(nct_id)}) for nct_id in (ONE, TWO)]
    )
    registry = start_registry([corpus])
    watching(registry, watch(ONE)).sync()
    registry.move_to("2026-09-02")
    instance = watching(registry, watch(ONE), watch(ONE, TWO, name="new"))
    instance.sync()
    assert instance.members("new") == {ONE, TWO}
    assert instance.events() == []


def test_force_reads_everything_again_and_tells_nothing_again(
    start_registry: StartRegistry, watching: Watching, tmp_path: Path
) -> None:
    days = {"2026-09-01": study(ONE), "2026-09-02": study(ONE, "COMPLETED")}
    registry = start_registry([write_corpus(tmp_path / "c.jsonl", [told(ONE, days)])])
    instance = watching(registry, watch(ONE))
    for day in days:
        registry.move_to(day)
        instance.sync()
    report = instance.sync(force=True)
    assert (report.state, report.counts["unchanged"], report.counts["events"]) == ("complete", 1, 0)
    assert len(instance.events()) == 1
