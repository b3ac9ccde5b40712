"""An event goes into JSON and comes out of it the same, whoever wrote it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from sync.alerts.differences import differences
from sync.alerts.message import AlertNote, compose
from sync.changes.event import Event, UnreadableEvent
from sync.changes.kinds.table import KINDS
from sync.changes.model import Change, Detail, UnreadDetail
from sync.changes.rule import Rule
from tests.support.rule_examples import BY_PAIR, example

Record = dict[str, Any]
Explain = Callable[..., Event | None]


def stored(event: Event) -> dict[str, Any]:
    """The event's JSON as a database gives it back."""
    told: dict[str, Any] = json.loads(json.dumps(event.as_json()))
    return told


@pytest.fixture
def dates(invented: Record, told: Explain) -> Event:
    """An event of a date that slipped."""
    after = copy.deepcopy(invented)
    after["protocolSection"]["statusModule"]["completionDateStruct"] = {"date": "2029-01-31"}
    event = told(invented, after)
    assert event is not None
    return event


@pytest.mark.parametrize("rule", BY_PAIR, ids=lambda rule: str(rule.id))
def test_an_event_of_every_rule_comes_back_as_it_went(rule: Rule, invented: Record, told: Explain) -> None:
    event = example(rule, invented, told)
    assert Event.from_json(stored(event)) == event
    assert json.dumps(Event.from_json(stored(event)).as_json()) == json.dumps(event.as_json())


@pytest.mark.parametrize("rule", BY_PAIR, ids=lambda rule: str(rule.id))
def test_every_change_says_what_its_own_kind_says(rule: Rule, invented: Record, told: Explain) -> None:
    details = {kind.kind: kind.detail for kind in KINDS}
    for change in Event.from_json(stored(example(rule, invented, told))).changes:
        assert type(change.detail) is details[change.kind]


def test_keys_of_a_newer_version_are_passed_over(dates: Event) -> None:
    newer = stored(dates)
    newer["mood"] = "good"
    newer["reasons"][0]["weight"] = 3
    newer["to"]["bytes"] = 17
    newer["changes"][0]["detail"]["season"] = "winter"
    assert Event.from_json(newer) == dates


def test_an_older_event_without_what_came_later_is_read(dates: Event) -> None:
    older = stored(dates)
    for name in ("suppressed", "context", "links", "submitted", "posted"):
        del older[name]
    del older["reasons"][0]["severity"]
    event = Event.from_json(older)
    assert (event.suppressed, event.context, event.posted) == ((), {}, None)
    assert event.reasons[0].severity is event.severity


def test_what_another_version_said_in_another_form_is_kept_and_told_as_far_as_it_goes(dates: Event) -> None:
    other = stored(dates)
    other["changes"][0]["detail"] = {"date": 17, "slip": "a year"}
    event = Event.from_json(other)
    assert isinstance(event.changes[0].detail, UnreadDetail)
    assert event.as_json() == other
    assert differences(event.changes[:1])[0].notes == ()
    assert compose(event, AlertNote("open", None)).subject.startswith(
        f"[{event.severity.upper()}] Dates changed"
    )


@pytest.mark.parametrize("name, value", [("kind", "weather"), ("severity", "fatal"), ("reasons", None)])
def test_an_event_that_this_version_cannot_know_is_an_error_that_says_what_to_do(
    dates: Event, name: str, value: Any
) -> None:
    with pytest.raises(UnreadableEvent, match=dates.id) as caught:
        Event.from_json(stored(dates) | {name: value})
    assert "newer version" in caught.value.hint


def test_an_event_cannot_be_changed(dates: Event) -> None:
    with pytest.raises(AttributeError):
        dates.headline = "another"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        dates.changes[0].detail.slip_days = 0  # type: ignore[attr-defined]


def test_a_detail_leaves_out_what_it_has_nothing_to_say_of() -> None:
    assert [kind.kind for kind in KINDS if kind.detail is Detail and kind.refine] == []
    assert Change("sites", "a.b", "added", None, 1, Detail()).detail.as_json() == {}  # type: ignore[arg-type]
