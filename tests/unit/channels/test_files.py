"""The console, a JSONL file and Atom feeds: nothing lost, nothing doubled, nothing that a terminal or a reader would run."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from sync.alerts.channels import ChannelError, open_channel
from sync.alerts.message import AlertNote
from tests.unit.channels.outgoing import a_hostile_event, an_event, an_outgoing

ATOM = "{http://www.w3.org/2005/Atom}"


def test_the_console_prints_the_message_without_escapes(capsys):
    assert open_channel("c", {"kind": "console"}).send(an_outgoing(a_hostile_event())) == "printed"
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "trialdelta ack evt_" in shown


def test_the_console_can_speak_on_standard_error(capsys):
    open_channel("c", {"kind": "console", "stream": "stderr"}).send(an_outgoing())
    said = capsys.readouterr()
    assert said.out == ""
    assert "HIGH" in said.err


def test_a_terminal_gets_colours_and_none_of_them_from_a_record(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "200")
    channel = open_channel("c", {"kind": "console"})
    channel.send(an_outgoing())
    assert "\x1b[9;31m[-≥50×10^9/L-]\x1b[0m \x1b[32m{+≥30×10^9/L+}\x1b[0m" in capsys.readouterr().out
    channel.send(an_outgoing(a_hostile_event(), note=AlertNote("open", "[red]w[/red]")))
    shown = capsys.readouterr().out
    assert "\x1b]0;owned" not in shown
    assert "[red]w[/red]" in shown


def _file(path):
    return open_channel("f", {"kind": "file", "path": str(path)})


def test_a_file_gets_one_object_a_line_with_the_id_of_the_delivery(tmp_path):
    path = tmp_path / "new" / "alerts.jsonl"
    channel = _file(path)
    channel.send(an_outgoing(id="dlv_1"))
    channel.send(an_outgoing(a_hostile_event(), id="dlv_2", attempt=2))
    first, second = map(json.loads, path.read_text().splitlines())
    assert (first["data"]["delivery"], first["attempt"]) == ("dlv_1", 1)
    assert (second["data"]["delivery"], second["attempt"]) == ("dlv_2", 2)
    assert first["data"]["event"] == an_event().as_json()
    assert second["data"]["event"] == a_hostile_event().as_json()


def test_a_file_that_was_rotated_away_is_begun_anew(tmp_path):
    path = tmp_path / "alerts.jsonl"
    channel = _file(path)
    channel.send(an_outgoing(id="dlv_1"))
    path.rename(tmp_path / "alerts.jsonl.1")
    channel.send(an_outgoing(id="dlv_2"))
    assert "dlv_1" in (tmp_path / "alerts.jsonl.1").read_text()
    assert "dlv_2" in path.read_text()


def test_a_line_that_a_crash_cut_short_spoils_no_other(tmp_path):
    path = tmp_path / "alerts.jsonl"
    path.write_bytes(b'{"type":"al')
    _file(path).send(an_outgoing())
    cut_short, whole = path.read_text().splitlines()
    assert cut_short == '{"type":"al'
    assert json.loads(whole)["data"]["delivery"] == "dlv_1"


def test_many_writers_do_not_mix_their_lines(tmp_path):
    path = tmp_path / "alerts.jsonl"
    writers = [
        threading.Thread(target=lambda n=n: _file(path).send(an_outgoing(id=f"dlv_{n}"))) for n in range(20)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    ids = [json.loads(line)["data"]["delivery"] for line in path.read_text().splitlines()]
    assert sorted(ids) == sorted(f"dlv_{n}" for n in range(20))


def test_a_path_that_cannot_be_written_is_an_error_that_passes(tmp_path):
    with pytest.raises(ChannelError, match="cannot be written") as caught:
        _file(tmp_path).send(an_outgoing())
    assert caught.value.passing


def _atom(tmp_path, **other):
    return open_channel("a", {"kind": "atom", "folder": str(tmp_path)} | other)


def _feed(tmp_path, watch="cart-autoimmune"):
    return etree.fromstring((tmp_path / f"{watch}.atom").read_bytes())


def _later(days, **other):
    return an_outgoing(created_at=datetime(2026, 9, 29, tzinfo=UTC) + timedelta(days=days), **other)


def test_each_watch_has_a_feed_newest_first(tmp_path):
    channel = _atom(tmp_path)
    channel.send(_later(0, id="dlv_1"))
    channel.send(_later(1, id="dlv_2"))
    channel.send(_later(1, id="dlv_3", note=AlertNote("open", "other")))
    channel.send(_later(1, id="dlv_4", note=AlertNote("open", None)))
    ids = [each.findtext(f"{ATOM}id") for each in _feed(tmp_path).iter(f"{ATOM}entry")]
    assert ids == ["urn:trialdelta:dlv_2", "urn:trialdelta:dlv_1"]
    assert sorted(path.name for path in tmp_path.glob("*.atom")) == [
        *("all.atom", "cart-autoimmune.atom", "other.atom")
    ]


def test_a_study_of_two_watches_stands_in_both_feeds(tmp_path):
    said = _atom(tmp_path).send(an_outgoing(note=AlertNote("open", "one, two")))
    assert said == "one.atom has 1 entry, two.atom has 1 entry"
    assert sorted(path.name for path in tmp_path.glob("*.atom")) == ["one.atom", "two.atom"]


def test_a_delivery_repeated_changes_nothing_in_the_feed(tmp_path):
    channel = _atom(tmp_path)
    channel.send(an_outgoing(attempt=1))
    once = (tmp_path / "cart-autoimmune.atom").read_bytes()
    channel.send(an_outgoing(attempt=2))
    assert (tmp_path / "cart-autoimmune.atom").read_bytes() == once


def test_a_feed_has_what_atom_asks_for(tmp_path):
    _atom(tmp_path).send(an_outgoing())
    feed = _feed(tmp_path)
    for parent in (feed, feed.find(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert parent.findtext(f"{ATOM}{name}")
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "trialdelta"
    entry = feed.find(f"{ATOM}entry")
    assert entry.find(f"{ATOM}link").get("href") == "https://clinicaltrials.gov/study/NCT90000004"
    assert '<del><span class="mark">−</span>≥50×10^9/L</del>' in entry.findtext(f"{ATOM}content")


def test_a_feed_keeps_no_more_than_it_is_told_to(tmp_path):
    channel = _atom(tmp_path, most=3)
    for day in range(5):
        channel.send(_later(day, id=f"dlv_{day}"))
    assert len(list(_feed(tmp_path).iter(f"{ATOM}entry"))) == 3


def test_hostile_text_in_a_feed_is_text(tmp_path):
    _atom(tmp_path).send(an_outgoing(a_hostile_event()))
    feed = _feed(tmp_path)
    content = feed.findtext(f"{ATOM}entry/{ATOM}content")
    assert "<script>" not in content
    assert "&lt;script&gt;alert(1)" in content
    assert not feed.findall(f".//{ATOM}script")


def test_a_watch_cannot_lead_out_of_the_folder(tmp_path):
    _atom(tmp_path / "feeds").send(an_outgoing(note=AlertNote("open", "../../escaped")))
    assert [path.name for path in tmp_path.rglob("*.atom")] == ["escaped.atom"]
    assert (tmp_path / "feeds" / "escaped.atom").exists()
