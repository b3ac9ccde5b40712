"""The service says of the demo's story what should be said, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from storage import events as stored
from sync.config import DatabaseSettings, Settings, WatchSettings
from sync.cycle.cycle import run_cycle
from sync.demo.registry import serve
from sync.demo.story import EXPECTED, RELEASES, SEARCH, SILENCE, WATCHED_IDS, Saying, story
from sync.registry.settings import RegistrySettings
from sync.service import open_service
from tests.support.postgresql import Server

Told = dict[tuple[str, str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Every event of the story, by release, study and kind."""
    place = tmp_path_factory.mktemp("demo")
    return lived_through(place, f"sqlite:///{place}/demo.db")


def lived_through(place: Path, database: str) -> Told:
    """The story synced release by release into a database."""
    corpus = place / "story.jsonl"
    corpus.write_text("".join(json.dumps(each) + "\n" for each in story()), "utf-8")
    events: Told = {}
    with (
        serve([corpus], release=RELEASES[0]) as registry,
        open_service(settings(registry.api_url, database)) as service,
    ):
        for release in RELEASES:
            registry.move_to(release)
            run_cycle(service)
            with service.database.read() as session:
                said = stored.events(session, since=release, until=release, held=True)
            events |= {(release, event["nct_id"] or "", event["kind"]): event for event in said}
    return events


def settings(api_url: str, database: str) -> Settings:
    return Settings.model_construct(
        registry=RegistrySettings(base_url=api_url, min_interval_s=0),
        database=DatabaseSettings(url=SecretStr(database)),
        watch=(WatchSettings(name="demo", ids=WATCHED_IDS, searches=(SEARCH,)),),
    )


CASES = [pytest.param(saying, id=f"{saying.release} {saying.nct_id} {saying.why}") for saying in EXPECTED]


@pytest.mark.parametrize("saying", CASES)
def test_it_is_said(told: Told, saying: Saying) -> None:
    event = told[saying.release, saying.nct_id, saying.kind]
    assert not saying.origin or event["origin"] == saying.origin
    assert not saying.severity or event["severity"] == saying.severity
    kinds = {change["kind"] for change in event.get("changes", [])}
    assert set(saying.also) <= kinds


@pytest.mark.parametrize("release, nct_id, why", SILENCE)
def test_nothing_is_said_of_noise(told: Told, release: str, nct_id: str, why: str) -> None:
    assert not [key for key in told if key[:2] == (release, nct_id)], why


def test_nothing_is_said_on_the_first_release(told: Told) -> None:
    assert not [key for key in told if key[0] == RELEASES[0]]


def test_nothing_else_is_said(told: Told) -> None:
    assert told.keys() == {(saying.release, saying.nct_id, saying.kind) for saying in EXPECTED}


def test_postgresql_is_told_the_same_to_the_last_id(told: Told, postgresql: Server, tmp_path: Path) -> None:
    with postgresql.database() as url:
        other = lived_through(tmp_path, url)
    assert {key: event["id"] for key, event in other.items()} == {
        key: event["id"] for key, event in told.items()
    }
