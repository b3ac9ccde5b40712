"""The commands of an editor's morning: find, worklist, own-page, db reindex; good input, none, wrong input, exit codes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from sync.demo.registry import RunningRegistry
from tests.acceptance.instance import Instance, Watching, watch
from tests.acceptance.registry_server import StartRegistry, study, told, write_corpus

ONE, TWO = "NCT90000001", "NCT90000002"
FIRST, SECOND = "2026-09-01", "2026-09-02"
OURS = "https://www.example.org/trials?id=1&lang=en"


@pytest.fixture
def registry(start_registry: StartRegistry, tmp_path: Path) -> RunningRegistry:
    """Two studies, of which the first is completed on the second release."""
    corpus = [
        told(ONE, {FIRST: study(ONE), SECOND: study(ONE, "COMPLETED", posted=SECOND)}),
        told(TWO, {FIRST: study(TWO)}),
    ]
    return start_registry([write_corpus(tmp_path / "corpus.jsonl", corpus)], release=FIRST)


@pytest.fixture
def instance(registry: RunningRegistry, watching: Watching) -> Instance:
    """An instance that has read both releases."""
    instance = watching(registry, watch(ONE, TWO), registry={"retries": 0})
    instance.sync()
    registry.move_to(SECOND)
    instance.sync()
    return instance


def printed(instance: Instance, *arguments: str) -> list[Any]:
    """What a command prints as JSON, one value a line."""
    result = instance.command(*arguments, "--json")
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def said(instance: Instance, *arguments: str) -> str:
    """What a command says to people when all is well."""
    result = instance.command(*arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout


def refused(instance: Instance, *arguments: str) -> str:
    """What a command says of something it cannot use; it prints no record then."""
    result = instance.command(*arguments)
    assert (result.returncode, result.stdout) == (2, ""), (arguments, result)
    assert "Traceback" not in result.stderr
    return " ".join(result.stderr.replace("│", " ").split())


def test_find_lists_what_has_the_words_and_pages_through_it(instance: Instance) -> None:
    assert {each["nct_id"] for each in printed(instance, "find", ONE)} == {ONE}
    everything = [each["nct_id"] for each in printed(instance, "find", "NCT9000000")]
    assert sorted(everything) == [ONE, TWO]
    assert [each["nct_id"] for each in printed(instance, "find", "NCT9000000", "--status", "COMPLETED")] == [
        ONE
    ]
    first = said(instance, "find", "NCT9000000", "--limit", "1")
    assert everything[0] in first
    assert everything[1] not in first
    cursor = first.partition("--cursor ")[2].split()[0]
    rest = printed(instance, "find", "NCT9000000", "--limit", "1", "--cursor", cursor)
    assert [each["nct_id"] for each in rest] == everything[1:]


def test_find_says_of_how_many_nothing_is_found(instance: Instance) -> None:
    assert "None of 2 stored studies matches." in said(instance, "find", "hippogriff")
    assert printed(instance, "find", "hippogriff") == []
    assert printed(instance, "find", ONE, "--watch", "w", "--status", "RECRUITING") == []


def test_find_refuses_what_it_cannot_use(instance: Instance) -> None:
    assert "There is no watch 'nope'; the watches are: w." in refused(
        instance, "find", ONE, "--watch", "nope"
    )
    assert "no country 'Atlantis'" in refused(instance, "find", ONE, "--country", "Atlantis")
    assert "RECRUITING" in refused(instance, "find", ONE, "--status", "HIRING")
    assert "too many to look for" in refused(instance, "find", "x" * 5_000)
    assert "--limit" in refused(instance, "find", ONE, "--limit", "0")
    assert "cursor" in refused(instance, "find", ONE, "--cursor", "no-cursor")


def test_the_worklist_has_what_changed_since_it_was_reviewed(instance: Instance) -> None:
    (item,) = printed(instance, "worklist")
    assert item["nct_id"] == ONE
    assert (item["changes"], item["reviewed_at"]) == (1, None)
    assert ONE in said(instance, "worklist", "--watch", "w", "--kind", "status", "--sort", "newest")
    (row,) = csv.DictReader(io.StringIO(said(instance, "worklist", "--csv").lstrip("\ufeff")))
    assert row["nct_id"] == ONE
    assert {each["nct_id"] for each in printed(instance, "worklist", "--never")} == {ONE, TWO}

    said(instance, "review", ONE, "--by", "ana")
    assert printed(instance, "worklist") == []
    assert (
        said(instance, "worklist") == "Nothing to look at: no study has changed since it was last reviewed.\n"
    )
    assert [each["nct_id"] for each in printed(instance, "worklist", "--never")] == [TWO]
    assert printed(instance, "worklist", "--severity", "critical") == []


@pytest.mark.parametrize(
    "option, value, named",
    [
        ("--watch", "nope", "w"),
        ("--severity", "huge", "critical"),
        ("--kind", "weather", "eligibility"),
        ("--sort", "sideways", "heaviest"),
    ],
)
def test_the_worklist_names_what_there_is_when_asked_for_what_is_not(
    instance: Instance, option: str, value: str, named: str
) -> None:
    words = refused(instance, "worklist", option, value)
    assert value in words
    assert named in words


def test_ones_own_page_is_noted_told_and_removed(instance: Instance) -> None:
    assert said(instance, "own-page", TWO) == f"{TWO}: no page of your own is noted\n"
    assert printed(instance, "own-page", TWO, OURS, "--by", "ana") == [{"nct_id": TWO, "url": OURS}]
    assert said(instance, "own-page", TWO.lower()) == f"{TWO}: {OURS}\n"
    assert printed(instance, "own-page", TWO, "--remove") == [{"nct_id": TWO, "url": None}]


def test_ones_own_page_is_an_address_of_a_study_that_is_known(instance: Instance) -> None:
    for wrong in ("javascript:alert(1)", "example", "ftp://example.org/x", "https://"):
        assert "http" in refused(instance, "own-page", TWO, wrong)
    assert "NCT90000009" in refused(instance, "own-page", "NCT90000009", OURS)
    assert "NCT" in refused(instance, "own-page", "lupus")
    assert printed(instance, "own-page", TWO) == [{"nct_id": TWO, "url": None}]


def test_an_address_and_its_removal_at_once_are_refused(instance: Instance) -> None:
    said(instance, "own-page", TWO, OURS)
    assert "--remove" in refused(instance, "own-page", TWO, f"{OURS}2", "--remove")
    assert printed(instance, "own-page", TWO) == [{"nct_id": TWO, "url": OURS}]


def test_reindex_makes_the_words_anew_and_says_of_how_many(instance: Instance) -> None:
    assert said(instance, "db", "reindex") == "2 studies can be found by words.\n"
    assert len(printed(instance, "find", "NCT9000000")) == 2


def test_without_a_database_each_says_what_to_do(registry: RunningRegistry, watching: Watching) -> None:
    instance = watching(registry, watch(ONE))
    for words in (["find", "lupus"], ["worklist"], ["own-page", ONE], ["db", "reindex"]):
        result = instance.command(*words)
        assert result.returncode != 0, words
        assert result.stdout == ""
        assert "hint:" in result.stderr
