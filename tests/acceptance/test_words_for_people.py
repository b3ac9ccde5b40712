"""Words for people everywhere: no names of classes, fields and codes in rules, kinds, errors, pages, mails and commands."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

import sync
from sync.alerts.channels.plain import text as as_text
from sync.alerts.message import AlertNote, compose
from sync.changes.kinds.table import ADVICE, SUPPRESSIONS
from sync.changes.model import Kind
from sync.changes.rule import Limits
from sync.changes.ruleset import all_rules
from sync.changes.sentences import kind_name
from sync.cli import app
from sync.errors import TrialdeltaError
from sync.service import Service
from sync.study.labels import LABELS
from sync.terminal.event import event_lines
from sync.versions.events import events
from sync.words import apart, counted
from tests.support.desk import Desk
from tests.support.internal_names import KEYS, internal_names
from tests.support.wrong_plurals import wrong_plurals


def errors(root: type[TrialdeltaError] = TrialdeltaError) -> list[type[TrialdeltaError]]:
    for module in pkgutil.walk_packages(sync.__path__, "sync."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found, rest = [], [root]
    while rest:
        each = rest.pop()
        found.append(each)
        rest += each.__subclasses__()
    return found


@pytest.mark.parametrize("limits", [Limits(), None])
def test_every_rule_is_told_in_words(limits: Limits | None) -> None:
    told = {rule.id: internal_names(rule.in_words(limits)) for rule in all_rules()}
    assert {rule: names for rule, names in told.items() if names} == {}


def test_every_kind_has_a_name_for_people() -> None:
    assert [kind for kind in Kind if internal_names(kind_name(kind)) or "_" in kind_name(kind)] == []


def test_every_reason_for_silence_and_all_advice_is_in_words() -> None:
    told = [
        *SUPPRESSIONS.values(),
        *(text for each in ADVICE.values() for text in (each.caution, each.check)),
    ]
    assert [(names, text) for text in told if (names := internal_names(text))] == []


def test_every_label_of_a_field_is_in_words() -> None:
    assert {name: label for name, label in LABELS.items() if internal_names(label)} == {}


def test_every_error_has_a_name_and_a_hint_in_words_but_for_keys_that_are_to_be_set() -> None:
    told = {each.__name__: f"{apart(each.__name__)}. {each.hint}" for each in errors()}
    found = {name: [each for each in internal_names(text) if each not in KEYS] for name, text in told.items()}
    assert {name: names for name, names in found.items() if names} == {}


def test_no_message_and_no_event_on_a_terminal_shows_an_internal_name_or_a_wrong_plural(
    story_service: Callable[..., Service],
) -> None:
    found: dict[str, Any] = {}
    with story_service().database.read() as session:
        for event in events(session):
            console = Console(width=400, color_system=None)
            with console.capture() as written:
                for line in event_lines(event):
                    console.print(line)
            for told in (as_text(compose(event, AlertNote("open", "demo"))), written.get()):
                shown = re.sub(r"ids of the rules.*|sha-256.*|trialdelta .*", "", told)
                if wrong := [*internal_names(shown), *wrong_plurals(shown)]:
                    found[event.headline] = wrong
    assert found == {}


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("noun", ["day", "percent", "person", "month", "study", "site"])
def test_every_number_agrees_with_what_it_is_of(number: int, noun: str) -> None:
    limit = next((name for name in Limits.__dataclass_fields__ if name.endswith((noun, f"{noun}s"))), None)
    told = f"There are {counted(number, noun)}."
    if limit:
        limits = replace(Limits(), **{limit: number})
        told += " ".join(rule.in_words(limits) for rule in all_rules())
    assert wrong_plurals(told) == []


@pytest.mark.parametrize(
    "words",
    [
        *(
            ["events"],
            ["alerts"],
            ["doctor"],
            ["history", "NCT90000001"],
            ["show", "NCT90000001"],
            ["deliveries", "list"],
        ),
        *(
            ["routes", "backtest"],
            ["watch", "list"],
            ["diff", "NCT90000001@1", "NCT90000001@2"],
            ["storm", "list"],
        ),
    ],
    ids=" ".join,
)
def test_no_command_prints_an_internal_name(desk: Desk, words: list[str]) -> None:
    desk.release("2026-09-02")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TRIALDELTA_CONFIG", str(desk.configuration))
        done = CliRunner().invoke(app, words)
    assert getattr(done.exception, "exit_code", done.exit_code) in (0, 3), done.output
    assert done.output.strip()
    assert internal_names(re.sub(r"ids of the rules.*", "", done.output)) == []
