"""What is asked for by a name that nothing has, or for a day that cannot be read, is refused: never an empty list."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
import structlog
from typer.testing import CliRunner

from sync.cli import app
from sync.service import Service
from tests.acceptance.console import Browser
from tests.acceptance.instance import Instance, Watching, watch
from tests.acceptance.registry_server import StartRegistry, study, told, write_corpus

ONE = "NCT90000001"
FIRST, SECOND = "2026-09-01", "2026-09-02"
NEVER = "evt_aaaaaaaaaaaaaaaaaaaaaaaaaa"


@pytest.fixture
def instance(
    start_registry: StartRegistry, watching: Watching, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Instance]:
    """One study, which is completed on the second release."""
    corpus = [told(ONE, {FIRST: study(ONE), SECOND: study(ONE, "COMPLETED", posted=SECOND)})]
    registry = start_registry([write_corpus(tmp_path / "c.jsonl", corpus)], release=FIRST)
    made = watching(registry, watch(ONE))
    made.sync()
    registry.move_to(SECOND)
    made.sync()
    monkeypatch.setenv("TRIALDELTA_CONFIG", str(made.configuration()))
    yield made
    structlog.reset_defaults()


def refused(*words: str) -> str:
    """What is said of a command that cannot be done as it is asked for; it prints nothing else."""
    done = CliRunner().invoke(app, words)
    code = getattr(done.exception, "exit_code", done.exit_code)
    assert (code, done.stdout) == (2, ""), (words, code, done.output)
    return str(done.exception)


@pytest.mark.parametrize(
    "words, said",
    [
        ("events --since 2026-8-1", "'2026-8-1' is not a day: write 2026-08-01, 7d"),
        ("events --since 01/09/2026", "is not a day"),
        ("events --until 2026-02-30", "is not a day"),
        ("events --since 2026-09-02 --until 2026-09-01", "the period ends before it begins"),
        ("events --watch nope", "there is no watch 'nope'; the watches are: w"),
        ("events --kind statsu", "did you mean 'status'?"),
        ("events --severity grave", "the severities are: critical, high"),
        ("events NCT99999999", "the study NCT99999999 is not stored"),
        (f"events {NEVER}", "there is no event"),
        ("history NCT99999999", "NCT99999999"),
        ("show NCT99999999", "NCT99999999"),
        (f"show {ONE} --as-of foo", "neither a version number nor a day"),
        (f"alerts {NEVER}", "no alert was opened for"),
        ("alerts NCT99999999", "the study NCT99999999 is not stored"),
        ("alerts --assignee nobody", "there is no person 'nobody'"),
        ("mute NCT99999999 --until 3d --reason x", "the study NCT99999999 is not stored"),
        (f"assign {NEVER} ana", "evt_"),
        (f"snooze {NEVER} --until yesterday", "neither a day"),
        (f"review {ONE} --since foo", "is not a day"),
        (f"review {ONE} --by ana --on 1/2/2026", "is not a day"),
        ("routes backtest --since foo", "is not a day"),
        (f"routes test {NEVER}", "nothing was told of"),
        ("replay --since foo", "is not a day"),
        ("replay --at-least grave", "the severities are"),
        ("digest --since foo", "is not a day"),
        ("digest --since 2999-01-01", "is still to come"),
        ("channels test nope", "the channels are: console"),
        ("deliver --channel nope", "the channels are: console"),
        ("deliveries list --channel nope", "the channels are: console"),
        ("deliveries list --state nope", "the states are"),
        ("deliveries drop --channel console --before foo --yes", "is not a day"),
        ("tokens list --account nope", "nope"),
        ("storm release evt_nope", "evt_nope"),
        ("quarantine 999", "999"),
    ],
)
def test_a_command_names_what_there_is(instance: Instance, words: str, said: str) -> None:
    assert said in refused(*words.split())


@pytest.mark.parametrize("since", ["2026-09-01", "999d"])
def test_days_are_taken_in_every_form_that_is_named(instance: Instance, since: str) -> None:
    done = CliRunner().invoke(app, ["events", "--since", since])
    assert done.exit_code == 0, done.output
    assert "Completed" in done.stdout
    for word in ("yesterday", "today", "7d"):
        assert CliRunner().invoke(app, ["events", "--until", word]).exit_code == 0


@pytest.fixture
def browser(story_service: Callable[..., Service]) -> Browser:
    return Browser(story_service())


def detail(answer: httpx.Response) -> str:
    assert answer.status_code == 422, answer.text
    return str(answer.json()["detail"])


@pytest.mark.parametrize("path", ["events", "inbox", "alerts", "studies"])
def test_the_api_names_the_watches_that_there_are(browser: Browser, path: str) -> None:
    answer = browser.request("GET", f"/api/v1/{path}?watch=nope")
    assert "there is no watch 'nope'; the watches are: demo" in detail(answer)
    assert browser.request("GET", f"/api/v1/{path}?watch=demo").status_code == 200


def test_the_api_refuses_days_studies_and_people_that_are_none(browser: Browser) -> None:
    for query, said in (
        ("events?since=2026-8-1", "is not a day"),
        ("events?until=2026-02-30", "is not a day"),
        ("events?since=today&until=2026-01-01", "ends before it begins"),
        ("events?nct_id=NCT99999999", "the study NCT99999999 is not stored"),
        ("inbox?study=NCT99999999", "the study NCT99999999 is not stored"),
        ("inbox?person=nobody", "there is no person 'nobody'"),
        ("inbox?person=nobody&watch=nope", "there is no"),
    ):
        assert said in detail(browser.request("GET", f"/api/v1/{query}"))
    for query in ("events?since=999d", "events?until=yesterday", "inbox?person=-"):
        assert browser.request("GET", f"/api/v1/{query}").status_code == 200


def test_pages_and_feeds_refuse_them_too(browser: Browser) -> None:
    for path in ("/events?watch=nope", "/?watch=nope", "/feed.atom?watch=nope", "/feed.json?watch=nope"):
        answer = browser.get(path)
        assert (answer.status_code, "there is no watch" in answer.text) == (422, True), path
    answer = browser.get("/events?since=01/09/2026")
    assert answer.status_code in (400, 422)
    assert "is not a day" in answer.text
