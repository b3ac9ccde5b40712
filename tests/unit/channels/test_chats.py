"""Slack and Teams: literal texts, limits kept, threads per study, errors told apart (FAULTS G7)."""

from __future__ import annotations

import json

import pytest

from sync.alerts.channels import ChannelError, open_channel
from sync.changes.lines import Headline
from sync.errors import ConfigError
from tests.unit.channels.outgoing import HOSTILE, a_hostile_event, an_event, an_outgoing, change

ALLOWED = {"allow_hosts": ["127.0.0.1"]}


def _slack(receiver, **other):
    table = {"kind": "slack", "token": "xoxb-1", "channel": "#trials", "base_url": receiver.url}
    return open_channel("chat", table | ALLOWED | other)


def _answers(receiver, **reply):
    receiver.body = json.dumps(reply).encode()


def _bodies(receiver):
    return [json.loads(body) for _, _, body in receiver.got]


def _texts(value, key="text"):
    """Every string under `key`, wherever it stands."""
    if isinstance(value, dict):
        own = [value[key]] if isinstance(value.get(key), str) else []
        return own + [text for inner in value.values() for text in _texts(inner, key)]
    return [text for inner in value for text in _texts(inner, key)] if isinstance(value, list) else []


def test_slack_gets_the_sentence_the_redline_the_links_and_the_commands(receiver):
    _answers(receiver, ok=True, ts="17.1")
    assert _slack(receiver).send(an_outgoing()) == "ok, ts 17.1"
    path, headers, _ = receiver.got[0]
    assert (path, headers["authorization"]) == ("/hook/chat.postMessage", "Bearer xoxb-1")
    (body,) = _bodies(receiver)
    assert body["channel"] == "#trials"
    told = Headline.of(an_event().headline)
    elements = [
        each
        for block in body["blocks"][1:]
        for part in block.get("elements", ())
        for each in part["elements"]
    ]
    assert {"type": "text", "text": told.lead, "style": {"bold": True}} in elements
    assert {"type": "text", "text": f"also {told.also}", "style": {"italic": True}} in elements
    assert {"type": "text", "text": "−≥50×10^9/L", "style": {"strike": True}} in elements
    assert {"type": "text", "text": "+≥30×10^9/L", "style": {"bold": True}} in elements
    assert "https://clinicaltrials.gov/study/NCT90000004?tab=history" in _texts(body["blocks"], "url")
    assert "trialdelta ack evt_aaaaaaaaaaaaaaaaaaaaaaaaaa" in _texts(body["blocks"])
    assert body["metadata"]["event_payload"]["delivery"] == "dlv_1"


def test_the_second_message_of_a_study_goes_into_its_thread_also_after_a_restart(receiver, tmp_path):
    _answers(receiver, ok=True, ts="17.1")
    threads = str(tmp_path / "threads.json")
    _slack(receiver, threads=threads).send(an_outgoing())
    _slack(receiver, threads=threads).send(an_outgoing(an_event(id="evt_b")))
    _slack(receiver, threads=threads).send(an_outgoing(an_event(nct_id="NCT90000005")))
    assert [body.get("thread_ts") for body in _bodies(receiver)] == [None, "17.1", None]


def test_a_thread_whose_beginning_was_deleted_is_begun_anew(receiver):
    channel = _slack(receiver)
    _answers(receiver, ok=True, ts="17.1")
    channel.send(an_outgoing())
    _answers(receiver, ok=False, error="thread_not_found")
    with pytest.raises(ChannelError, match="thread_not_found"):
        channel.send(an_outgoing())
    assert [body.get("thread_ts") for body in _bodies(receiver)] == [None, "17.1", None]


@pytest.mark.parametrize(
    "error, permanent, disable",
    [
        ("invalid_auth", True, True),
        ("is_archived", True, True),
        ("invalid_blocks", True, False),
        ("ratelimited", False, False),
        ("internal_error", False, False),
    ],
)
def test_what_slack_says_with_200_is_heard(receiver, error, permanent, disable):
    _answers(receiver, ok=False, error=error)
    with pytest.raises(ChannelError, match=error) as caught:
        _slack(receiver).send(an_outgoing())
    assert (caught.value.permanent, caught.value.disable) == (permanent, disable)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"null", b""])
def test_an_answer_that_is_none_is_an_error_that_passes(receiver, body):
    receiver.body = body
    with pytest.raises(ChannelError) as caught:
        _slack(receiver).send(an_outgoing())
    assert caught.value.passing


def test_a_busy_slack_says_when_to_come_back(receiver):
    receiver.status, receiver.headers = 429, {"retry-after": "30"}
    with pytest.raises(ChannelError) as caught:
        _slack(receiver).send(an_outgoing())
    assert caught.value.retry_after == 30


def test_an_incoming_webhook_needs_no_token(receiver):
    channel = open_channel("chat", {"kind": "slack", "url": receiver.url} | ALLOWED)
    assert channel.send(an_outgoing()) == "200 ok"


def test_slack_reads_no_markup_of_a_record(receiver):
    _answers(receiver, ok=True, ts="17.1")
    _slack(receiver).send(an_outgoing(a_hostile_event()))
    (body,) = _bodies(receiver)
    assert "<" not in body["text"]
    assert body["parse"] == "none"
    kinds = {kind for block in body["blocks"] for kind in _texts(block, "type")}
    assert kinds <= {"header", "plain_text", "rich_text", "rich_text_section", "text", "link", "divider"}
    assert set(_texts(body["blocks"], "url")) == {
        "https://clinicaltrials.gov/study/NCT90000004",
        "https://clinicaltrials.gov/study/NCT90000004?tab=history",
    }


@pytest.mark.parametrize(
    "changes",
    [
        [change("arms", f"x.armGroups[{n}].type", None, f"{n} new " * 50, "added") for n in range(500)],
        [change("description", "protocolSection.x.briefSummary", "a " * 20_000, "b " * 20_000)],
        [change("description", HOSTILE * 50, HOSTILE * 50, None)],
        *([change("description", "x", 'é "\\" ' * length, None)] for length in range(2000, 4000, 400)),
    ],
)
def test_the_limits_of_slack_and_teams_are_kept_and_what_is_missing_is_said(receiver, changes):
    _answers(receiver, ok=True, ts="17.1")
    outgoing = an_outgoing(an_event(changes=changes))
    _slack(receiver).send(outgoing)
    open_channel("t", {"kind": "teams", "url": receiver.url} | ALLOWED).send(outgoing)
    slack, teams = _bodies(receiver)
    assert len(slack["blocks"]) <= 50
    assert all(sum(map(len, _texts(block))) <= 3000 for block in slack["blocks"])
    assert len(slack["blocks"][0]["text"]["text"]) <= 150
    card = json.dumps(teams["attachments"][0]["content"])
    assert len(json.dumps(card)) <= 28 * 1024, "Teams counts the card as a text within JSON, quotes escaped"
    for body in (slack, teams):
        assert any("more" in text and "see `trialdelta events evt_" in text for text in _texts(body))


def test_a_card_for_teams_is_as_full_as_it_may_be(receiver):
    receiver.status = 202
    sites = [change("sites", f"protocolSection.x.sites[{n}]", None, f"Site {n}", "added") for n in range(400)]
    channel = open_channel("t", {"kind": "teams", "url": receiver.url} | ALLOWED)
    channel.send(an_outgoing(an_event(changes=sites)))
    (body,) = _bodies(receiver)
    assert len(json.dumps(json.dumps(body["attachments"][0]["content"]))) > 10_000


def test_teams_gets_a_card_of_literal_texts(receiver):
    receiver.status = 202
    channel = open_channel("t", {"kind": "teams", "url": receiver.url} | ALLOWED)
    channel.send(an_outgoing(a_hostile_event()))
    (body,) = _bodies(receiver)
    card = body["attachments"][0]["content"]
    assert set(_texts(card, "type")) == {
        *("AdaptiveCard", "Container", "RichTextBlock", "TextRun", "Action.OpenUrl")
    }
    assert [action["url"] for action in card["actions"]] == [
        "https://clinicaltrials.gov/study/NCT90000004",
        "https://clinicaltrials.gov/study/NCT90000004?tab=history",
    ]


@pytest.mark.parametrize(
    "table",
    [
        {"kind": "slack"},
        {"kind": "slack", "token": "xoxb-geheim"},
        {"kind": "slack", "token": "xoxb-geheim", "channel": "#a", "url": "https://hooks.example/geheim"},
        {"kind": "slack", "url": "http://hooks.example/geheim"},
        {"kind": "teams", "url": "hooks.example/geheim"},
        {"kind": "pigeon"},
    ],
)
def test_a_wrong_table_is_refused_without_telling_its_values(table):
    with pytest.raises(ConfigError, match=r"channels\.chat") as caught:
        open_channel("chat", table)
    assert "geheim" not in str(caught.value)
