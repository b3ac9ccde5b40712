"""What a record says stands on the terminal as it does in the record."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sync.cli.common import console, print_lines
from sync.cli.tables import facts, table
from sync.terminal.text import safe

ROOT = Path(__file__).parents[2]
TITLE = "Ratio 1:o:2 of CD4:a:CD8, :heart: failure"
"""With what rich takes for the names of emoji."""


def test_the_name_of_an_emoji_in_a_record_is_printed_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    console().print(f"[bold]{safe(TITLE)}[/]")
    print_lines(table(["title"], [[safe(TITLE)]]))
    print_lines(facts([("title", safe(TITLE))]))
    assert capsys.readouterr().out.count(TITLE) == 3


def test_no_console_turns_names_into_emoji() -> None:
    sources = (path.read_text("utf-8") for path in ROOT.joinpath("sync").rglob("*.py"))
    of_rich = [source for source in sources if "from rich." in source]
    made = [call for source in of_rich for call in re.findall(r"\b(?:Console|from_markup)\(.*\)", source)]
    assert made
    assert [call for call in made if "emoji=False" not in call] == []
