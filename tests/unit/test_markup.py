"""Names of the configuration's tables reach people: the terminal's markup takes [word] for a style, and shows nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest
from rich.text import Text

from storage.copying import Copied
from sync.cli.commands import COMMANDS, load
from sync.cli.db import copied_lines
from sync.config import Settings

TABLE = re.compile(rf"(?<!\\)\[(?:{'|'.join(Settings.model_fields)})[].]")


def texts(command: click.Command) -> Iterator[str]:
    yield command.help or ""
    yield from (getattr(each, "help", None) or "" for each in command.params)
    for each in getattr(command, "commands", {}).values():
        yield from texts(each)


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_no_help_names_a_table_that_the_terminal_would_swallow(name: str) -> None:
    assert [text for text in texts(load(name)) if TABLE.search(text)] == []


def test_what_to_do_after_a_copy_names_the_table() -> None:
    shown = [
        Text.from_markup(line).plain
        for line in copied_lines(Copied("a", "b", 1, 1, 1.0, "1:x", "verified", ()))
    ]
    assert shown[-1].startswith("Now set [database] url to the target")
