"""Answers that are whole and yet not to be believed: spoilt records, strays, absences, other ids, a release that moves."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sync.cohort.membership import ShrunkCohort, TooManyAbsent
from sync.config import GateSettings, WatchSettings
from sync.cycle.cycle import run_cycle
from sync.demo.registry import RunningRegistry, serve
from sync.demo.registry.faults.poison import POISONS
from sync.leases import HeldElsewhere
from sync.past import dumps
from sync.past.importing import ImportRun
from sync.registry.batch import Batch
from sync.registry.client import Registry
from sync.registry.errors import ReleaseFlip, Unavailable
from tests.acceptance.instance import Instance
from tests.acceptance.registry_server import study, told, write_corpus
from tests.faults.conftest import CHANGED, FIRST, FOURTH, IDS, SECOND, THIRD, Fresh, Good
from tests.faults.soundness import assert_sound
from tests.support.logged import capture_logs

BY_ID = (WatchSettings(name="w", ids=IDS),)

STORED = {
    "1e400": False,
    "bad-utf8": False,
    "bigint": True,
    "bom": False,
    "cut": False,
    "depth1000": False,
    "depth100000": False,
    "depth300": False,
    "depth500": False,
    "duplicate-keys": False,
    "hostile-text": True,
    "huge-key": True,
    "huge-sites": True,
    "list-for-object": False,
    "missing-module": True,
    "nan": False,
    "no-id": False,
    "number-for-date": False,
    "object-for-list": False,
    "path-id": False,
    "raw-nul": False,
    "surrogate": False,
    "unknown-status": True,
    "year-0000": True,
    "year-9999": True,
}
"""Each way to spoil a record, and whether it is then stored as a version (else it goes into quarantine)."""

NOISE = ("nul",)
"""Those that change bytes and no content."""

ON_ITS_OWN = {"huge-text"}


def kinds(instance: Instance, nct_id: str | None = None) -> list[str]:
    """The kinds of what was told, oldest first."""
    which = {} if nct_id is None else {"nct_id": nct_id}
    return [event["kind"] for event in instance.events(**which)]


def sound(instance: Instance) -> None:
    with instance.database() as database:
        assert_sound(database)


def test_no_import_changes_a_study_between_the_look_at_its_hash_and_its_record(
    fresh: Fresh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance, read, dump = fresh(), Registry.records, tmp_path / "dump.jsonl"
    dump.write_text(json.dumps(study(IDS[2], "COMPLETED", posted=SECOND)))

    def during_an_import(self: Registry, *asked: Any) -> Iterator[Batch]:
        with instance.service() as service, pytest.raises(HeldElsewhere):
            list(ImportRun(service, "ana", dump.name, SECOND).run(dumps.records(dump)))
        yield from read(self, *asked)

    monkeypatch.setattr(Registry, "records", during_an_import)
    assert instance.sync().state == "complete"
    assert len(instance.payloads(IDS[2])) == 1
    sound(instance)


class TestPoison:
    """One study among good ones is spoilt."""

    def test_every_poison_of_the_server_is_tried(self) -> None:
        assert {*STORED, *NOISE} | ON_ITS_OWN == set(POISONS)

    @pytest.mark.parametrize("poison", sorted(name for name, stored in STORED.items() if not stored))
    def test_a_record_that_cannot_be_read_is_kept_apart_and_the_others_are_stored(
        self, poison: str, server: RunningRegistry, fresh: Fresh, good: Good
    ) -> None:
        instance = fresh()
        server.set_faults(f"poison:{poison}={IDS[1]}")
        report = instance.sync()
        assert (report.state, report.counts["quarantined"], report.counts["checked"]) == ("partial", 1, 7)
        ((entry, raw),) = instance.refused()
        assert entry.nct_id in (IDS[1], None)
        assert len(raw) > 100
        assert instance.watermark() == FIRST
        assert instance.payloads(IDS[1]) == good.payloads[IDS[1]][:1]
        assert instance.payloads(IDS[5]) == good.payloads[IDS[5]]
        assert instance.cycles()[0].state == "partial"
        sound(instance)
        server.set_faults()
        assert instance.sync().state == "complete"
        assert sorted(Good.of(instance).events) == sorted(good.events)
        assert Good.of(instance).payloads == good.payloads

    @pytest.mark.parametrize("poison", sorted(name for name, stored in STORED.items() if stored))
    def test_a_record_that_is_merely_strange_is_stored_as_it_came(
        self, poison: str, server: RunningRegistry, fresh: Fresh, good: Good
    ) -> None:
        instance = fresh()
        server.set_faults(f"poison:{poison}={IDS[2]}")
        assert instance.sync().state == "complete"
        assert len(instance.payloads(IDS[2])) == 2
        assert instance.payloads(IDS[2])[1].startswith(b"{")
        assert instance.refused() == []
        sound(instance)
        server.set_faults()
        server.move_to(THIRD)
        assert instance.sync().state == "complete"
        assert len(instance.payloads(IDS[2])) == 3, "back to what it was"
        assert {event["id"] for event in instance.events()} > set(good.events)
        sound(instance)

    @pytest.mark.parametrize("poison", NOISE)
    def test_what_says_nothing_new_is_no_version(
        self, poison: str, server: RunningRegistry, fresh: Fresh, good: Good
    ) -> None:
        instance = fresh()
        server.set_faults(f"poison:{poison}={IDS[2]}")
        report = instance.sync()
        assert (report.state, report.counts["noise"]) == ("complete", 1)
        assert Good.of(instance) == good
        sound(instance)

    def test_a_text_of_a_megabyte_is_stored_and_told(self, tmp_path: Path) -> None:
        long = {"eligibilityModule": {"eligibilityCriteria": "* Age 18 or older, " + "very " * 200_000}}
        days = {FIRST: study(IDS[0]), SECOND: study(IDS[0], **long), THIRD: study(IDS[0])}
        with serve([write_corpus(tmp_path / "c.jsonl", [told(IDS[0], days)])], release=FIRST) as registry:
            instance = Instance(tmp_path, registry.api_url, (WatchSettings(name="w", ids=IDS[:1]),))
            for release in days:
                registry.move_to(release)
                assert instance.sync().state == "complete"
        assert [len(payload) > 1_000_000 for payload in instance.payloads(IDS[0])] == [False, True, False]
        assert len(instance.events()) == 2
        sound(instance)

    def test_a_spoilt_baseline_comes_in_later_without_news(
        self, server: RunningRegistry, baseline: Instance, tmp_path: Path
    ) -> None:
        server.move_to(FIRST)
        server.set_faults(f"poison:bad-utf8={IDS[3]}")
        instance = baseline.beside(tmp_path)
        assert instance.sync().state == "partial"
        server.set_faults()
        assert instance.sync().state == "complete"
        assert instance.events() == []
        assert instance.members() == set(IDS)

    def test_the_log_names_the_spoilt_record(self, server: RunningRegistry, fresh: Fresh) -> None:
        instance = fresh()
        server.set_faults(f"poison:surrogate={IDS[1]}")
        with capture_logs() as logged:
            instance.sync()
        (entry,) = (entry for entry in logged if entry["event"] == "study_quarantined")
        assert (entry["nct_id"], entry["log_level"]) == (IDS[1], "warning")
        assert "surrogate" in entry["reason"]


class TestStrays:
    """A study under another id than asked for."""

    def test_it_is_refused_and_the_one_asked_for_is_not_called_absent(
        self, server: RunningRegistry, fresh: Fresh, good: Good
    ) -> None:
        instance = fresh(watches=BY_ID)
        server.set_faults("wrong-id")
        assert instance.sync().state == "partial"
        ((entry, _),) = instance.refused()
        assert entry.nct_id == "NCT99999999"
        assert {instance.study(nct_id).state for nct_id in IDS} == {"present"}
        sound(instance)
        server.set_faults()
        assert instance.sync().state == "complete"
        assert sorted(Good.of(instance).events) == sorted(good.events)


class TestAbsence:
    """Absence is not removal."""

    def test_a_study_that_is_only_left_out_of_a_list_is_read_by_itself(
        self, server: RunningRegistry, fresh: Fresh, good: Good
    ) -> None:
        instance = fresh(watches=BY_ID)
        server.set_faults(f"hide:{IDS[1]}")
        assert instance.sync().state == "complete"
        assert sorted(Good.of(instance).events) == sorted(good.events)

    def test_absent_once_is_missing_and_no_more(self, server: RunningRegistry, fresh: Fresh) -> None:
        instance = fresh()
        server.set_faults(f"vanish:{IDS[3]}")
        assert instance.sync().counts["absent"] == 1
        assert kinds(instance, IDS[3]) == ["missing"]
        assert instance.study(IDS[3]).state == "missing"
        assert IDS[3] in instance.members()
        assert instance.sync(force=True).state == "complete"
        assert kinds(instance, IDS[3]) == ["missing"], "a release counts once"
        server.set_faults()
        server.move_to(THIRD)
        instance.sync()
        assert kinds(instance, IDS[3]) == ["missing", "reentered"]
        assert len(instance.payloads(IDS[3])) == 1
        sound(instance)

    def test_absent_on_two_releases_is_gone_and_told_once(
        self, server: RunningRegistry, fresh: Fresh
    ) -> None:
        instance = fresh()
        server.set_faults(f"vanish:{IDS[3]}", f"vanish:{IDS[0]}")
        for release in (SECOND, THIRD, FOURTH):
            server.move_to(release)
            assert instance.sync().state == "complete"
        assert kinds(instance, IDS[3]) == kinds(instance, IDS[0]) == ["missing", "gone"]
        assert (instance.study(IDS[3]).state, instance.study(IDS[0]).state) == ("gone", "gone")
        assert len(instance.payloads(IDS[3])) == 1, "what is known of it stays"
        sound(instance)

    def test_a_gone_study_that_returns_is_told(self, server: RunningRegistry, fresh: Fresh) -> None:
        instance = fresh()
        server.set_faults(f"vanish:{IDS[3]}", f"vanish:{IDS[0]}")
        for release in (SECOND, THIRD):
            server.move_to(release)
            instance.sync()
        server.set_faults()
        server.move_to(FOURTH)
        instance.sync()
        for nct_id in (IDS[0], IDS[3]):
            assert kinds(instance, nct_id) == ["missing", "gone", "reentered"]
        assert instance.members() == set(IDS)

    def test_an_error_while_it_is_looked_for_is_not_absence(
        self, server: RunningRegistry, fresh: Fresh
    ) -> None:
        instance = fresh(watches=BY_ID)
        for release in (SECOND, THIRD, FOURTH):
            server.move_to(release)
            server.set_faults(f"hide:{IDS[3]}", f"404-html:/studies/{IDS[3]}")
            report = instance.sync()
            assert (report.state, report.counts["unresolved"]) == ("partial", 1)
            assert [trouble.subject for trouble in report.troubles] == [IDS[3]]
        assert instance.study(IDS[3]).state == "present"
        assert kinds(instance, IDS[3]) == []
        assert instance.watermark() == FIRST
        assert "404" in str(instance.cycles()[0].error_message)
        sound(instance)

    @pytest.mark.parametrize("fault", ["empty-object", "list", "null", "error-object", "studies-null"])
    def test_an_answer_that_holds_no_study_is_one_records_affair(
        self, fault: str, server: RunningRegistry, fresh: Fresh, good: Good
    ) -> None:
        instance = fresh(watches=BY_ID)
        server.set_faults(f"hide:{IDS[3]}", f"{fault}:/studies/{IDS[3]}")
        report = instance.sync()
        assert (report.state, report.counts["quarantined"]) == ("partial", 1)
        assert [entry.nct_id for entry, _ in instance.refused()] == [IDS[3]]
        assert sorted(Good.of(instance).events) == sorted(good.events), "the others are read and told"
        assert instance.study(IDS[3]).state == "present"
        sound(instance)
        server.set_faults()
        assert instance.sync().state == "complete"

    def test_a_registry_that_fails_while_a_study_is_looked_for_fails_the_cycle(
        self, server: RunningRegistry, fresh: Fresh
    ) -> None:
        instance = fresh(watches=BY_ID)
        server.set_faults(f"hide:{IDS[3]}", f"503:/studies/{IDS[3]}")
        with pytest.raises(Unavailable):
            instance.sync()
        assert instance.study(IDS[3]).state == "present"
        assert instance.cycles()[0].stage == "absent"
        sound(instance)

    def test_two_denials_around_a_release_that_moved_count_once(
        self, server: RunningRegistry, fresh: Fresh
    ) -> None:
        instance = fresh(watches=BY_ID)
        server.set_faults(f"vanish:{IDS[3]}", f"release-flip:{THIRD}")
        report = instance.sync()
        assert report.release == THIRD
        assert kinds(instance, IDS[3]) == ["missing"]

    def test_many_absent_at_once_fail_the_cycle(
        self, server: RunningRegistry, fresh: Fresh, good: Good
    ) -> None:
        instance = fresh(watches=BY_ID)
        server.set_faults("vanish:6")
        with pytest.raises(TooManyAbsent):
            instance.sync()
        assert {instance.study(nct_id).state for nct_id in IDS} == {"present"}
        assert instance.cycles()[0].error_kind == "TooManyAbsent"
        sound(instance)
        server.set_faults()
        instance.sync()
        assert sorted(Good.of(instance).events) == sorted(good.events)

    def test_a_cohort_that_shrinks_at_once_fails_the_cycle(
        self, server: RunningRegistry, fresh: Fresh
    ) -> None:
        instance = fresh(gates=GateSettings(max_shrink=0.5))
        server.set_faults("hide:8")
        with pytest.raises(ShrunkCohort):
            instance.sync()
        assert instance.members() == set(IDS)
        assert instance.events() == []


class TestOtherIds:
    """A study that the registry keeps under another id than before."""

    def test_it_is_watched_under_its_new_id_and_told_once(
        self, server: RunningRegistry, fresh: Fresh
    ) -> None:
        old, new = IDS[0], "NCT99000001"
        instance = fresh(watches=BY_ID)
        server.set_faults(f"alias:{old}")
        for release in (SECOND, THIRD):
            server.move_to(release)
            assert instance.sync().state == "complete"
        assert kinds(instance, old) == ["alias"]
        assert kinds(instance, new) == []
        assert (instance.study(old).state, instance.study(old).alias_of) == ("alias", new)
        assert instance.members() == {new, *IDS[1:]}
        assert len(instance.payloads(new)) == 1
        assert len(instance.payloads(old)) == 1
        sound(instance)

    def test_a_search_that_finds_the_new_id_brings_no_one_in_and_loses_no_one(
        self, server: RunningRegistry, fresh: Fresh
    ) -> None:
        instance = fresh(watches=(WatchSettings(name="w", searches=({"intr": "CAR-T"},)),))
        server.move_to(SECOND)
        instance.sync()
        server.move_to(THIRD)
        server.set_faults(f"alias:{IDS[2]}")
        instance.sync()
        assert [e["kind"] for e in instance.events(since=THIRD)] == ["alias"]
        assert instance.members() == {*IDS, "NCT99000003"} - {IDS[2]}


class TestRelease:
    """The registry moves on to another release in the middle of a cycle."""

    @pytest.mark.parametrize("number", range(1, 5))
    def test_the_cycle_starts_again_on_the_new_release(
        self, number: int, server: RunningRegistry, fresh: Fresh, good: Good
    ) -> None:
        instance = fresh(registry={"ids_per_request": 3})
        server.move_to(FIRST)
        baseline = instance.cycles()[0].id
        server.set_faults(f"release-flip:{SECOND}:@{number}")
        report = instance.sync(force=True)
        assert (report.state, report.release) == ("complete", SECOND)
        first, last = instance.cycles()[1], instance.cycles()[0]
        assert (first.error_kind, last.state) == ("ReleaseFlip", "complete")
        assert first.id > baseline
        assert sorted(Good.of(instance).events) == sorted(good.events)
        sound(instance)

    def test_a_single_record_of_another_release_is_kept_apart(
        self, server: RunningRegistry, fresh: Fresh, good: Good
    ) -> None:
        instance = fresh()
        with instance.service() as service:
            records = service.registry.records

            def with_a_stale_one(ids: Sequence[str], known: Mapping[str, str]) -> Iterator[Batch]:
                for batch in records(ids, known):
                    yield replace(
                        batch,
                        records=[
                            replace(record, version_holder=FIRST) if record.nct_id == CHANGED[0] else record
                            for record in batch.records
                        ],
                    )

            service.registry.records = with_a_stale_one  # type: ignore[method-assign]
            report = run_cycle(service)
        assert (report.state, report.counts["quarantined"], report.counts["changed"]) == ("partial", 1, 1)
        assert FIRST in instance.refused()[0][0].reason
        assert instance.sync().state == "complete"
        assert sorted(Good.of(instance).events) == sorted(good.events)

    def test_a_registry_that_never_stands_still_fails_the_cycle(
        self, server: RunningRegistry, fresh: Fresh
    ) -> None:
        instance = fresh()
        server.set_faults(
            *(f"release-flip:2026-10-0{number}:@{2 * number}:x1" for number in range(1, 8)),
        )
        with pytest.raises(ReleaseFlip):
            instance.sync()
        assert instance.watermark() == FIRST
        sound(instance)


def test_a_withheld_record_is_told_once_and_what_was_known_stays(
    tmp_path: Path,
) -> None:
    stub = {
        "protocolSection": {
            "identificationModule": {"nctId": IDS[0]},
            "statusModule": {"overallStatus": "WITHHELD"},
        },
        "derivedSection": {"miscInfoModule": {}},
        "hasResults": False,
    }
    corpus = write_corpus(tmp_path / "c.jsonl", [told(IDS[0], {FIRST: study(IDS[0]), SECOND: stub})])
    with serve([corpus], release=FIRST) as registry:
        instance = Instance(tmp_path, registry.api_url, (WatchSettings(name="w", ids=IDS[:1]),))
        for release in (FIRST, SECOND, THIRD):
            registry.move_to(release)
            assert instance.sync().state == "complete"
    (event,) = instance.events()
    assert (event["kind"], event["origin"]) == ("withheld", "registry")
    assert instance.study(IDS[0]).state == "withheld"
    assert len(json.loads(instance.payloads(IDS[0])[0])["protocolSection"]) == 2
    sound(instance)
