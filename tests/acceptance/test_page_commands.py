"""`page add`, `list` and `remove`, and the first story of them: the page on NCT06056921 when it was set to UNKNOWN."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sync.demo.registry import serve
from sync.study.record import Study
from tests.acceptance.instance import Instance, Watching, watch
from tests.acceptance.registry_server import StartRegistry, study, told, write_corpus
from tests.support.published_pages import STYLES

ONE = "NCT90000001"
FIRST, SECOND = "2026-09-01", "2026-09-02"
URL = "https://www.example.org/trials/one"


@pytest.fixture
def instance(start_registry: StartRegistry, tmp_path: Path, watching: Watching) -> Instance:
    """An instance that has read both releases, of which the second completes the study."""
    corpus = [told(ONE, {FIRST: study(ONE), SECOND: study(ONE, "COMPLETED", posted=SECOND)})]
    registry = start_registry([write_corpus(tmp_path / "corpus.jsonl", corpus)], release=FIRST)
    instance = watching(registry, watch(ONE), registry={"retries": 0})
    instance.sync()
    registry.move_to(SECOND)
    instance.sync()
    return instance


def run(instance: Instance, *arguments: str, code: int = 0) -> str:
    """What a command prints."""
    result = instance.command(*arguments)
    assert result.returncode == code, (arguments, result.stdout, result.stderr)
    assert "Traceback" not in result.stderr
    return result.stdout if code == 0 else result.stderr


def page_file(place: Path, text: str) -> str:
    file = place / "page.txt"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_page_is_registered_listed_named_by_the_event_and_removed(
    instance: Instance, tmp_path: Path
) -> None:
    file = page_file(tmp_path, f"Our trials\n\n{ONE}\nStatus: Recruiting\n")
    said = run(instance, "page", "add", ONE, URL, "--text", file, "--reviewed", "2026-05-15")
    assert f"{URL}, last reviewed 2026-05-15: no longer holds since {SECOND}: 1 sentence is untrue" in said
    assert "Status: the page says “Status: Recruiting”; the record: Completed" in said
    (listed,) = map(json.loads, run(instance, "page", "list", "--outdated", "--json").splitlines())
    assert (listed["url"], listed["state"], listed["untrue"][0]["title"]) == (URL, "differs", "Status")
    (event,) = [json.loads(each) for each in run(instance, "events", ONE, "--json").splitlines()]
    told_of = run(instance, "events", event["id"])
    assert "Pages that no longer hold" in told_of
    assert URL in told_of

    run(instance, "page", "add", ONE, URL, "--text", page_file(tmp_path, f"{ONE}\nStatus: Completed\n"))
    assert run(instance, "page", "list", "--outdated", "--json") == ""
    assert "None of 1 registered page was found to be outdated" in run(instance, "page", "list", "--outdated")
    assert "Pages that no longer hold" not in run(instance, "events", event["id"])
    run(instance, "page", "remove", ONE, URL)
    assert f"No page of {ONE} is registered" in run(instance, "page", "list", ONE)
    run(instance, "verify")


@pytest.mark.parametrize(
    "arguments, named",
    [
        (("add", ONE, "example.org", "--text", __file__), "https://"),
        (("add", ONE, URL, "--text", __file__, "--reviewed", "15.05.26"), "2026-05-15"),
        (("add", "NCT90000009", URL, "--text", __file__), "NCT90000009"),
        (("add", ONE, URL, "--text", "nowhere.html"), "nowhere.html"),
        (("add", ONE, URL, "--text", "-"), "no text"),
        (("add", "lupus", URL, "--text", "-"), "NCT"),
        (("remove", ONE, URL), URL),
        (("list", "NCT90000009"), "NCT90000009"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_sentence(
    instance: Instance, arguments: tuple[str, ...], named: str
) -> None:
    assert named in run(instance, "page", *arguments, code=2)


@pytest.mark.corpus
@pytest.mark.parametrize("style", ["source", "cards"])
def test_the_page_on_the_headline_study_is_named_by_the_event_that_set_it_to_unknown(
    corpus: Path, tmp_path: Path, style: str
) -> None:
    history: dict[str, Any] = json.loads((corpus / "NCT06056921.json").read_text("utf-8"))
    nct_id = history["nctId"]
    printed = STYLES[style](Study(history["versions"][0]["study"]))
    lines = tmp_path / "headline.jsonl"
    lines.write_text(json.dumps(history) + "\n", encoding="utf-8")
    with serve([lines], release=FIRST) as registry:
        instance = Instance(tmp_path, registry.api_url, (watch(nct_id),))
        instance.sync()
        file = page_file(tmp_path, printed)
        said = run(instance, "page", "add", nct_id, URL, "--reviewed", "2026-05-15", "--text", file)
        assert ": holds" in said
        registry.move_to(SECOND)
        instance.sync()
    (event,) = [json.loads(each) for each in run(instance, "events", nct_id, "--json").splitlines()]
    assert (event["release"], event["kind"]) == (SECOND, "status")
    told_of = run(instance, "events", event["id"])
    assert "Pages that no longer hold" in told_of
    assert "last reviewed 2026-05-15" in told_of
    (page,) = [json.loads(each) for each in run(instance, "page", "list", "--json").splitlines()]
    assert [each["title"] for each in page["untrue"]] == ["Status"]
