"""The demo's invented cohort over twenty releases: all is said that should be, and nothing else."""

from collections import Counter
from typing import Any

import pytest

from sync.demo.registry import serve
from sync.demo.story import EXPECTED, RELEASES, SILENCE, story
from tests.acceptance.instance import Instance, watch
from tests.acceptance.registry_server import write_corpus
from tests.faults.soundness import assert_sound

Events = list[dict[str, Any]]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Events:
    """The events of the whole story, synced release by release."""
    folder = tmp_path_factory.mktemp("story")
    with serve([write_corpus(folder / "story.jsonl", story())], release=RELEASES[0]) as registry:
        instance = Instance(folder, registry.api_url, (watch(intr="CAR-T"),))
        for release in RELEASES:
            registry.move_to(release)
            assert instance.sync().state in ("complete", "held")
    with instance.database() as database:
        assert_sound(database)
    return instance.events()


def test_all_is_said_that_the_story_expects_and_nothing_else(said: Events) -> None:
    expected = Counter((say.release, say.nct_id, say.kind) for say in EXPECTED)
    assert Counter(place_of(event) for event in said if not in_silence(event)) == expected


def test_origin_severity_and_further_kinds_are_as_expected(said: Events) -> None:
    events = {place_of(event): event for event in said}
    for say in EXPECTED:
        event = events[say.release, say.nct_id, say.kind]
        assert say.severity in ("", event["severity"]), event["headline"]
        assert {change["kind"] for change in event["changes"]}.issuperset(say.also), event["headline"]
        assert say.origin in ("", event["origin"]) or not event["changes"], event["headline"]


def test_noise_is_met_with_no_more_than_information_on_what_the_registry_computes(said: Events) -> None:
    heard = [(event["origin"], event["severity"]) for event in said if in_silence(event)]
    assert set(heard) <= {("registry", "info")}
    assert len(heard) <= 1, "new coordinates of a site"


def place_of(event: dict[str, Any]) -> tuple[str, str, str]:
    """Release, study and kind of what was told."""
    return event["release"], event["nct_id"] or "", event["kind"]


def in_silence(event: dict[str, Any]) -> bool:
    """Whether it was told where a record differed in noise."""
    return (event["release"], event["nct_id"]) in {(release, nct_id) for release, nct_id, _ in SILENCE}
