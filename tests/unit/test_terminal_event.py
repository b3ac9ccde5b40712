"""An event on a terminal: told from the one model that pages and mails take, without paths and raw values."""

from __future__ import annotations

import re

from rich.console import Console

from sync.alerts.channels.plain import item_lines
from sync.alerts.weight import weighed
from sync.changes.event import Event
from sync.terminal.event import event_lines
from tests.unit.channels.outgoing import HOSTILE, a_hostile_event, an_event, change

SPONSOR = change(
    "sponsor",
    "protocolSection.sponsorCollaboratorsModule.leadSponsor",
    {"name": "Moon", "class": "INDUSTRY"},
    {"name": "Moon & Co", "class": "INDUSTRY"},
)


def shown(event: Event) -> str:
    console = Console(width=200, color_system=None, soft_wrap=True)
    with console.capture() as written:
        for each in event_lines(event):
            console.print(each)
    return written.get()


def test_neither_a_path_nor_a_raw_value_is_printed() -> None:
    told = shown(an_event(changes=[*(each.as_json() for each in an_event().changes), SPONSOR]))
    assert "protocolSection" not in told
    assert not re.search(r'[{\[]"|INDUSTRY|"name"', told)
    assert "Sponsor  [-Moon (industry)-] → {+Moon & Co (industry)+}" in told


def test_it_leads_with_what_made_it_heavy_and_says_all_that_a_page_says() -> None:
    event = an_event()
    told = shown(event)
    assert told.index("Why high") < told.index("Platelet count") < told.index("What else changed")
    assert "who may enter: wider" in told
    for difference in weighed(event):
        assert difference.place in told
        for words in re.findall(r"[\w≥×^/-]{4,}", " ".join(item_lines(difference))):
            assert words in told, words


def test_lines_in_a_pipe_are_neither_cut_nor_filled_up() -> None:
    told = shown(an_event(headline="L" * 300))
    assert "L" * 300 in told
    assert not re.search(r" {3,}\n", told)


def test_nothing_of_a_hostile_record_reaches_the_terminal_as_a_command_or_as_markup() -> None:
    told = shown(a_hostile_event())
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "**bold** [x](javascript:alert(3))" in HOSTILE
    assert "**bold** [x](javascript:alert(3))" in told
