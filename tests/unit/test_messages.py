"""What people read of an error is whole sentences, with a capital and a full stop, wherever it is shown."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import storage
import sync
from storage.errors import as_sentence
from sync.cli import main
from sync.cli.sync import sentence
from sync.cycle.context import Counts
from sync.cycle.report import Report
from sync.errors import TrialdeltaError

ROOT = Path(__file__).parents[2]
ENDS = (".", "?", "!", "…")


def every_error() -> list[type[TrialdeltaError]]:
    for package in (storage, sync):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__") and ".migrations" not in module.name:
                importlib.import_module(module.name)
    found, waiting = [], [TrialdeltaError]
    while waiting:
        waiting += (kind := waiting.pop()).__subclasses__()
        found.append(kind)
    return [kind for kind in found if kind.__module__.split(".")[0] in ("storage", "sync")]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("there is no role 'x'", "There is no role 'x'."),
        ("The database cannot be reached.", "The database cannot be reached."),
        ("registry.base_url is not an address", "registry.base_url is not an address."),
        ("escalate_after needs channels", "escalate_after needs channels."),
        ("evt_1 is gone", "evt_1 is gone."),
        ("'x' is not a day", "'x' is not a day."),
        ("sqlite:///a is there already", "sqlite:///a is there already."),
        ("config.toml\n  port: must be a number", "config.toml\n  port: must be a number"),
        ("", ""),
    ],
)
def test_the_words_of_an_error_are_shown_as_a_sentence(words, shown):
    assert as_sentence(words) == as_sentence(as_sentence(words)) == shown


def test_every_hint_and_every_message_of_a_class_is_a_sentence():
    errors = every_error()
    assert len(errors) > 40
    for kind in errors:
        assert kind.hint[:1].upper() == kind.hint[:1], kind
        assert not kind.hint or kind.hint.endswith(ENDS), kind
        first = (kind.__doc__ or "").splitlines()[0]
        assert first[0].isupper(), kind
        assert first.endswith(ENDS), kind


def literal(node: ast.expr) -> str | None:
    """A message as far as it is written there, what is put in as `x`."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(str(each.value) if isinstance(each, ast.Constant) else "x" for each in values)
    return None


def refusals() -> Iterator[tuple[str, str]]:
    """What the console and the API refuse with, as it is written in the code, and where."""
    for path in sorted((ROOT / "sync" / "web").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="HTTPException" | "Refused"), args=[_, message, *_]):
                    if (text := literal(message)) is not None:
                        yield f"{path.name}:{node.lineno}", text


def test_what_the_console_and_the_api_refuse_with_is_a_sentence():
    found = list(refusals())
    assert len(found) > 10
    wrong = [(place, text) for place, text in found if not (text[0].isupper() or text[0] == "x")]
    wrong += [(place, text) for place, text in found if not text.endswith((*ENDS, "x"))]
    assert wrong == []


def test_a_command_complains_in_sentences(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["trialdelta", "events", "--kind", "gossip"])
    with pytest.raises(SystemExit):
        main()
    complaint = capsys.readouterr().err.strip().splitlines()
    assert complaint[0].startswith("error: There is no kind 'gossip'; the kinds are: ")
    assert all(line.endswith(ENDS) for line in complaint)


def test_what_a_cycle_came_to_is_told_in_numbers_that_can_be_read():
    counts = Counts(studies=600_000, checked=599_999, baselines=599_998, quarantined=1, events=1_200)
    report = Report("partial", "2026-09-01", "2026-09-01T09:00:04", counts=counts.as_json(), requests=1_205)
    told = sentence(report.as_json())
    assert "599,999 of 600,000 studies read" in told
    assert "1,200[/] events (599,998 new, 1 in quarantine); 1,205 requests" in told
