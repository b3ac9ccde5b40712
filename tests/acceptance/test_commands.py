"""The command as its users meet it: a process, its output, its exit code."""

import gzip
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from sync.demo.registry import RunningRegistry
from tests.acceptance.instance import Instance, Watching, watch
from tests.acceptance.registry_server import StartRegistry, study, told, write_corpus

ONE, TWO = "NCT90000001", "NCT90000002"
FIRST, SECOND = "2026-09-01", "2026-09-02"

SITES = [{"facility": f"Invented Clinic {n}", "city": "Town", "country": "Nowhere"} for n in (1, 2)]

KIND_OF = {
    "annotationSection": "administrative",
    "arms/interventions": "arms",
    "central contacts/officials": "contacts",
    "derived other": "derived",
    "descriptions": "description",
    "eligibilityCriteria": "eligibility",
    "enrollmentInfo": "enrollment",
    "lastKnownStatus/whyStopped": "status",
    "lastUpdatePostDate": "administrative",
    "lastUpdateSubmitDate": "administrative",
    "locations": "sites",
    "other status module (results/disp dates, expanded access)": "administrative",
    "outcomes": "outcomes",
    "overallStatus": "status",
    "references": "references",
    "start/primary/completion dates": "dates",
    "statusVerifiedDate": "administrative",
    "titles/ids": "identification",
}
"""The kind of change that a category of the corpus' pairs stands for."""


@pytest.fixture
def registry(start_registry: StartRegistry, tmp_path: Path) -> RunningRegistry:
    """Two studies, one of which is completed on the second release."""
    corpus = [
        told(ONE, {FIRST: study(ONE), SECOND: study(ONE, "COMPLETED", posted=SECOND)}),
        told(TWO, {FIRST: study(TWO)}),
    ]
    return start_registry([write_corpus(tmp_path / "corpus.jsonl", corpus)], release=FIRST)


@pytest.fixture
def instance(registry: RunningRegistry, watching: Watching) -> Instance:
    """An instance that watches both."""
    return watching(registry, watch(ONE, TWO), registry={"retries": 0})


@pytest.fixture
def synced(registry: RunningRegistry, instance: Instance) -> Instance:
    """The instance after both releases."""
    instance.sync()
    registry.move_to(SECOND)
    instance.sync()
    return instance


def printed(instance: Instance, *arguments: str, code: int = 0) -> list[Any]:
    """What a command prints as JSON, one value a line."""
    result = instance.command(*arguments)
    assert result.returncode == code, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_sync_says_what_it_checked_and_found(registry: RunningRegistry, instance: Instance) -> None:
    (baseline,) = printed(instance, "sync", "--json")
    assert (baseline["state"], baseline["baselines"], baseline["events"]) == ("complete", 2, 0)
    (again,) = printed(instance, "sync", "--json")
    assert (again["state"], again["requests"]) == ("unchanged", 1)
    registry.move_to(SECOND)
    (changed,) = printed(instance, "sync", "--json")
    assert (changed["release"], changed["changed"], changed["events"]) == (SECOND, 1, 1)


@pytest.mark.parametrize("fault, error", [("403", "Blocked"), ("503", "Unavailable"), ("429", "RateLimited")])
def test_a_registry_that_cannot_be_asked_ends_with_4(
    registry: RunningRegistry, instance: Instance, fault: str, error: str
) -> None:
    registry.set_faults(fault)
    (report,) = printed(instance, "sync", "--json", code=4)
    assert (report["state"], report["error"]["kind"]) == ("failed", error)


def test_a_spoilt_record_ends_with_3_and_the_next_sync_with_0(
    registry: RunningRegistry, instance: Instance
) -> None:
    registry.set_faults(f"poison:bad-utf8={ONE}")
    (report,) = printed(instance, "sync", "--json", code=3)
    assert (report["state"], report["quarantined"], report["baselines"]) == ("partial", 1, 1)
    registry.set_faults()
    (report,) = printed(instance, "sync", "--json")
    assert report["state"] == "complete"


def test_a_configuration_that_is_not_there_or_is_wrong_ends_with_2(
    instance: Instance, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(instance.configuration().read_text("utf-8").replace("ids =", "idz ="), "utf-8")
    for file, named in ((tmp_path / "nowhere.toml", "nowhere.toml"), (wrong, "idz")):
        result = instance.command("sync", "--config", str(file))
        assert result.returncode == 2
        assert named in result.stderr


def test_events_come_as_they_are_stored_oldest_first(synced: Instance) -> None:
    (event,) = printed(synced, "events", "--json")
    assert event == synced.events()[0]
    assert (event["nct_id"], event["kind"], event["origin"]) == (ONE, "status", "sponsor")


def test_show_raw_gives_the_bytes_that_the_registry_sent(registry: RunningRegistry, synced: Instance) -> None:
    served = httpx.get(f"{registry.api_url}/studies/{ONE}").text
    assert synced.command("show", f"{ONE}@2", "--raw").stdout == served
    assert synced.command("show", ONE, "--as-of", FIRST, "--raw").stdout != served


def test_history_lists_the_versions_with_what_changed(synced: Instance) -> None:
    first, second = printed(synced, "history", ONE, "--json")
    assert (first["release"], second["release"]) == (FIRST, SECOND)
    assert "Completed" in json.dumps(second)


@pytest.mark.parametrize("old, new", [("@1", "@2"), (f"@{FIRST}", f"@{SECOND}"), ("@1", "")])
def test_diff_of_two_stored_versions_is_the_event(synced: Instance, old: str, new: str) -> None:
    ((event,),) = printed(synced, "diff", ONE + old, ONE + new, "--json")
    assert event["changes"] == synced.events()[0]["changes"]


def criteria(text: str) -> dict[str, Any]:
    """A record with this eligibility text."""
    return study(ONE, eligibilityModule={"eligibilityCriteria": text})


@pytest.mark.parametrize(
    "before, after",
    [
        (
            study(ONE) | {"derivedSection": {"miscInfoModule": {"versionHolder": FIRST}}},
            study(ONE) | {"derivedSection": {"miscInfoModule": {"versionHolder": SECOND}}},
        ),
        (
            study(ONE, contactsLocationsModule={"locations": SITES}),
            study(ONE, contactsLocationsModule={"locations": SITES[::-1]}),
        ),
        (
            criteria("Inclusion Criteria:\n\n* Age 18 or older\n* Invented disease"),
            criteria("Inclusion Criteria:\r\n1. Age 18\u00a0or older\r\n2. Invented   disease\r\n"),
        ),
    ],
    ids=["release date", "order", "layout"],
)
def test_diff_of_files_that_differ_in_noise_is_empty(
    instance: Instance, tmp_path: Path, before: dict[str, Any], after: dict[str, Any]
) -> None:
    files = [tmp_path / "before.json", tmp_path / "after.json"]
    for file, record in zip(files, (before, after), strict=True):
        file.write_text(json.dumps(record), "utf-8")
    assert printed(instance, "diff", *map(str, files), "--json") == [[]]


@pytest.mark.corpus
def test_diff_names_the_kinds_of_change_of_every_real_pair(instance: Instance, corpus: Path) -> None:
    with gzip.open(corpus / "pairs.jsonl.gz", "rt", encoding="utf-8") as lines:
        pairs = [json.loads(line) for line in lines]
    arrays = printed(instance, "diff", "--pairs", str(corpus / "pairs.jsonl.gz"), "--json")
    assert len(arrays) == len(pairs) == 35
    for pair, (event,) in zip(pairs, arrays, strict=True):
        told_of = {change["kind"] for change in [*event["changes"], *event["suppressed"]]}
        expected = {KIND_OF[category] for category in pair["categories"]}
        assert expected <= told_of, pair["nctId"]


def test_what_is_in_quarantine_is_listed_and_its_bytes_can_be_had(
    watching: Watching, start_registry: Any, tmp_path: Path
) -> None:
    corpus = write_corpus(tmp_path / "c.jsonl", [told("NCT90000001", {"2026-09-01": study("NCT90000001")})])
    registry = start_registry([corpus], release="2026-09-01", faults=["poison:nan"])
    instance = watching(registry, watch("NCT90000001"))
    assert instance.command("sync").returncode == 3
    listed = instance.command("quarantine", "--json")
    (entry,) = [json.loads(line) for line in listed.stdout.splitlines()]
    assert "NaN" in entry["reason"]
    assert "NaN" in instance.command("quarantine", str(entry["id"])).stdout
    unknown = instance.command("quarantine", "99")
    assert (unknown.returncode, "has the number 99" in unknown.stderr) == (2, True)
