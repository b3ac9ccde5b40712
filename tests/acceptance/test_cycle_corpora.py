"""Real records, release by release: a cohort of 316 studies on 107 days, and the histories of 155."""

import gzip
import json
import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from sync.demo.registry import RunningRegistry, serve
from tests.acceptance.instance import Instance, watch
from tests.faults.soundness import assert_sound
from tests.support import forked

pytestmark = [pytest.mark.corpus, pytest.mark.slow]

Event = dict[str, Any]
Moves = set[tuple[str, str]]


def objects(path: Path) -> list[dict[str, Any]]:
    """The lines of a corpus."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@dataclass
class Run:
    """A cohort synced on all its releases, and what that took."""

    instance: Instance
    events: list[Event]
    seconds: float = 0.0
    requests: int = 0


class Cohort:
    """The cohort of the corpus, read apart from the service: what really happened in it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "cohort-autoimmune.jsonl.gz"
        self.release_file = folder / "cohort-autoimmune.releases.txt"
        self.releases = self.release_file.read_text("utf-8").split()
        self.studies = {study["nctId"]: study for study in objects(self.file)}

    def listed(self, release: str) -> set[str]:
        """The studies that the search returns on a release."""
        return {
            nct_id
            for nct_id, study in self.studies.items()
            if any(first <= release <= last for first, last in study["listed"])
        }

    def movements(self) -> tuple[Moves, Moves]:
        """Who entered and who left, each with the release; the first release is no movement."""
        lists = [(release, self.listed(release)) for release in self.releases]
        entered = {(now, nct_id) for (_, a), (now, b) in pairwise(lists) for nct_id in b - a}
        left = {(now, nct_id) for (_, a), (now, b) in pairwise(lists) for nct_id in a - b}
        return entered, left

    def changes(self, *path: str) -> Counter[tuple[str, str, str, str]]:
        """The changes of one value: study, release, old and new as JSON."""
        return Counter(
            (nct_id, after["release"], *values)
            for nct_id, study in self.studies.items()
            for before, after in pairwise(study["versions"])
            if len(values := dict.fromkeys((_value(before, path), _value(after, path)))) == 2
        )

    def places_of_change(self) -> set[tuple[str, str]]:
        """Where the corpus has another version of a study than before: study and release."""
        return {
            (nct_id, version["release"])
            for nct_id, study in self.studies.items()
            for version in study["versions"][1:]
        }


def _value(version: dict[str, Any], path: tuple[str, ...]) -> str:
    value: Any = version["study"]["protocolSection"]
    for name in path:
        value = value.get(name, {})
    return json.dumps(value)


@pytest.fixture(scope="module")
def cohort(corpus: Path) -> Cohort:
    """The truth to compare with."""
    return Cohort(corpus)


@pytest.fixture(scope="module")
def registry(cohort: Cohort) -> Iterator[RunningRegistry]:
    """The registry that serves the cohort."""
    with serve([cohort.file], releases=[cohort.release_file], release=cohort.releases[0]) as running:
        yield running


@pytest.fixture(scope="module")
def run(cohort: Cohort, registry: RunningRegistry, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """All 107 releases, one after another, from an empty database."""
    instance = Instance(tmp_path_factory.mktemp("cohort"), registry.api_url, (watch(intr="CAR-T"),))
    started, requests = time.monotonic(), 0
    for release in cohort.releases:
        registry.move_to(release)
        report = instance.sync()
        assert report.state in ("complete", "held")
        requests += report.requests
    return Run(instance, instance.events(), time.monotonic() - started, requests)


def told(run: Run, kind: str) -> list[tuple[Event, dict[str, Any]]]:
    """The changes of one kind, each with its event."""
    return [(event, change) for event in run.events for change in event["changes"] if change["kind"] == kind]


def test_exactly_the_status_changes_of_the_corpus_are_told(run: Run, cohort: Cohort) -> None:
    expected = cohort.changes("statusModule", "overallStatus")
    assert expected.total() == 42
    found = Counter(
        (event["nct_id"], event["release"], json.dumps(change["old"]), json.dumps(change["new"]))
        for event, change in told(run, "status")
        if change["path"].endswith("overallStatus")
    )
    assert found == expected


@pytest.mark.parametrize(
    "kind, path, number",
    [
        ("enrollment", ("designModule", "enrollmentInfo"), 23),
        ("sponsor", ("sponsorCollaboratorsModule", "leadSponsor"), 5),
    ],
)
def test_exactly_the_enrollment_and_sponsor_changes_of_the_corpus_are_told(
    run: Run, cohort: Cohort, kind: str, path: tuple[str, ...], number: int
) -> None:
    expected = {(nct_id, release) for nct_id, release, *_ in cohort.changes(*path)}
    assert len(expected) == number
    assert {(event["nct_id"], event["release"]) for event, _ in told(run, kind)} == expected


def test_studies_enter_and_leave_as_listed(run: Run, cohort: Cohort) -> None:
    entered, left = cohort.movements()
    assert entered | left
    came = {(e["release"], e["nct_id"]) for e in run.events if e["kind"] in ("entered", "reentered")}
    went = {(e["release"], e["nct_id"]) for e in run.events if e["kind"] == "left"}
    assert (came, went) == (entered, left)
    assert run.instance.members() == cohort.listed(cohort.releases[-1])


def test_nothing_is_told_of_a_study_whose_content_did_not_change(run: Run, cohort: Cohort) -> None:
    of_versions = {(event["nct_id"], event["release"]) for event in run.events if event["changes"]}
    assert of_versions <= cohort.places_of_change()
    others = [event for event in run.events if not event["changes"]]
    assert {event["kind"] for event in others} <= {"entered", "reentered", "left", "class"}
    # another record may be of another class, the same record never
    classes = {(event["nct_id"], event["release"]) for event in others if event["kind"] == "class"}
    assert classes <= cohort.places_of_change()


def test_the_database_is_sound_and_small(run: Run, record_property: Callable[[str, object], None]) -> None:
    with run.instance.database() as database:
        assert_sound(database)
    figures = {
        "seconds": round(run.seconds, 1),
        "requests": run.requests,
        "bytes": run.instance.file.stat().st_size,
        "events": len(run.events),
    }
    record_property("figures", figures)
    assert run.requests <= 107 * 8
    assert figures["bytes"] < 10_000_000


def test_the_same_is_told_when_every_tenth_cycle_is_killed(
    run: Run, cohort: Cohort, registry: RunningRegistry, tmp_path: Path
) -> None:
    chance = random.Random(10)
    instance = run.instance.beside(tmp_path)
    killed, due = Counter[str](), 10
    releases = cohort.releases[:70]
    for number, release in enumerate(releases, start=1):
        registry.move_to(release)
        if number >= due:
            killed[stage := killed_at_a_random_moment(instance, chance)] += 1
            due = number + (1 if stage == "afterwards" else 10)  # one that was too fast: the next one then
        assert instance.sync().state in ("complete", "held", "unchanged")
    ids = [event["id"] for event in instance.events()]
    assert sorted(ids) == sorted(event["id"] for event in run.events if event["release"] <= releases[-1])
    assert killed.total() - killed["afterwards"] >= 5, "the kills have to strike"
    with instance.database() as database:
        assert_sound(database)


def killed_at_a_random_moment(instance: Instance, chance: random.Random) -> str:
    """Runs the command and kills it somewhere in its cycle; the stage that it was in."""
    before = len(instance.cycles())
    process = forked.Popen(
        instance.command_line("sync"),
        env=instance.environment(TRIALDELTA_LOG__FORMAT="json"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    with process, process.stderr:
        any("cycle_started" in line for line in process.stderr)
        time.sleep(chance.uniform(0, 0.25))
        process.kill()
    last, *_ = cycles = instance.cycles()
    assert len(cycles) == before + 1
    return (last.stage or "begun") if last.state == "running" else "afterwards"


class TestHistories:
    """The histories: 155 studies, 201 versions."""

    @pytest.fixture(scope="class")
    @classmethod
    def studies(cls, corpus: Path) -> list[dict[str, Any]]:
        return objects(corpus / "histories.jsonl.gz")

    def test_every_version_is_stored_and_reads_back_as_it_was_served(
        self, studies: list[dict[str, Any]], corpus: Path, tmp_path: Path
    ) -> None:
        releases = sorted({version["release"] for study in studies for version in study["versions"]})
        served: dict[str, list[bytes]] = {study["nctId"]: [] for study in studies}
        with (
            serve([corpus / "histories.jsonl.gz"], release=releases[0]) as registry,
            httpx.Client(base_url=registry.api_url) as wire,
        ):
            for release in releases:
                registry.move_to(release)
                known = [study["nctId"] for study in studies if study["versions"][0]["release"] <= release]
                instance = Instance(tmp_path, registry.api_url, (watch(*known),))
                assert instance.sync().state in ("complete", "held")
                for nct_id in (nct_id for nct_id in known if changed_on(release, nct_id, studies)):
                    served[nct_id].append(wire.get(f"studies/{nct_id}").content)
        stored = {nct_id: instance.payloads(nct_id) for nct_id in served}
        assert sum(map(len, stored.values())) == sum(len(study["versions"]) for study in studies)
        assert stored == served
        for study in studies:
            for payload, version in zip(stored[study["nctId"]], study["versions"], strict=True):
                assert json.loads(payload) == stamped(version["study"], version["release"])
        with instance.database() as database:
            assert_sound(database)


def changed_on(release: str, nct_id: str, studies: list[dict[str, Any]]) -> bool:
    """Whether the corpus has a new version of the study on the release."""
    study = next(study for study in studies if study["nctId"] == nct_id)
    return any(version["release"] == release for version in study["versions"])


def stamped(record: dict[str, Any], release: str) -> dict[str, Any]:
    """A record of the corpus as the registry serves it on a release."""
    derived = record.get("derivedSection", {})
    misc = {**derived.get("miscInfoModule", {}), "versionHolder": release}
    return {**record, "derivedSection": {**derived, "miscInfoModule": misc}}
