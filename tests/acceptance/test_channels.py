"""A change on a release of the local registry reaches a webhook, a mail server, Slack and a feed, with the whole content."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog
from standardwebhooks import Webhook
from typer.testing import CliRunner

from sync.cli import app
from sync.config import WatchSettings
from tests.acceptance.instance import Instance
from tests.acceptance.registry_server import StartRegistry, study, told, write_corpus
from tests.unit.channels.receivers import Postbox, Receiver, receiving, serve

NCT = "NCT90000001"
SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
BEFORE = "Inclusion Criteria:\n\n* Adults\n* Platelet count ≥50×10^9/L\n\nExclusion Criteria:\n\n* Pregnancy"
AFTER = BEFORE.replace("≥50", "≥30")


@dataclass
class Town:
    """Everybody who may hear of it, and the commands that tell them."""

    configuration: Path
    folder: Path
    hook: Receiver
    slack: Receiver
    postbox: Postbox

    def run(self, *words: str, expect: int = 0) -> str:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("TRIALDELTA_CONFIG", str(self.configuration))
            done = CliRunner().invoke(app, words)
        code = getattr(done.exception, "exit_code", done.exit_code)
        assert code == expect, (done.output, done.exception)
        return done.stdout


@pytest.fixture
def town(start_registry: StartRegistry, tmp_path) -> Iterator[Town]:
    versions = {
        day: study(NCT, posted=day, eligibilityModule={"eligibilityCriteria": text})
        for day, text in {"2026-09-01": BEFORE, "2026-09-02": AFTER}.items()
    }
    corpus = write_corpus(tmp_path / "c.jsonl", [told(NCT, versions)])
    registry = start_registry([corpus], release="2026-09-01")
    instance = Instance(tmp_path, registry.api_url, (WatchSettings(name="lupus", ids=(NCT,)),))
    postbox = Postbox()
    server = serve(postbox)
    with receiving() as hook, receiving() as slack:
        slack.body = b'{"ok":true,"ts":"17.1"}'
        file = instance.configuration()
        (tmp_path / "secret").write_text(SECRET + "\n")
        file.write_text(file.read_text() + _tables(tmp_path, hook, slack, postbox))
        town = Town(file, tmp_path, hook, slack, postbox)
        town.run("sync")
        registry.move_to("2026-09-02")
        yield town
    server.stop()
    structlog.reset_defaults()  # a command set logging up for a standard error that is gone


def _tables(folder: Path, hook: Receiver, slack: Receiver, postbox: Postbox) -> str:
    return f"""
[[route]]
name = "now"
channels = ["hook", "mail", "chat", "feed"]
[channels.hook]
kind = "webhook"
url = "{hook.url}"
secret_file = "{folder / "secret"}"
allow_hosts = ["127.0.0.1"]
[channels.mail]
kind = "email"
host = "127.0.0.1"
port = {postbox.port}
security = "none"
sender = "trialdelta@ops.example"
to = ["mira@ops.example"]
allow_hosts = ["127.0.0.1"]
[channels.chat]
kind = "slack"
token = "xoxb-1"
channel = "#trials"
base_url = "{slack.url}"
allow_hosts = ["127.0.0.1"]
[channels.feed]
kind = "atom"
folder = "{folder / "feeds"}"
"""


def _whole_content(event) -> list[str]:
    """What issue and reader ask for, as text that every channel must carry."""
    return [
        event["headline"],
        "≥50×10^9/L",
        "≥30×10^9/L",
        "platelets: ≥ 50 ×10⁹/L → ≥ 30 ×10⁹/L (wider)",
        "version 1, release 2026-09-01",
        "version 2, release 2026-09-02",
        "the sponsor's update",
        "Who may enter became wider or narrower while the study recruits.",
        "RECRUITING",
        "What it does not mean",
        "Check next",
        f"https://clinicaltrials.gov/study/{NCT}?tab=history",
        event["id"],
        event["from"]["sha256"],
        event["to"]["sha256"],
        f"trialdelta ack {event['id']}",
        f"trialdelta snooze {event['id']}",
    ]


def _lacks(text: str, event) -> list[str]:
    text = " ".join(text.split()).lower()
    return [each for each in _whole_content(event) if each.lower() not in text]


def test_one_change_reaches_everybody_with_the_whole_content(town):
    town.run("sync")
    town.run("deliver")
    event = json.loads(town.run("events", "--json"))

    ((_, headers, body),) = town.hook.got
    told_to_hook = Webhook(SECRET).verify(body, headers)["data"]
    assert told_to_hook["event"] == event
    assert _lacks(json.dumps(told_to_hook["message"], ensure_ascii=False), event) == []

    (mail,) = town.postbox.mails
    assert mail["subject"].strip() == f"[HIGH] Eligibility changed, wider: Invented CAR-T study 001 ({NCT})"
    for part in ("plain", "html"):
        assert _lacks(html.unescape(mail.get_body((part,)).get_content()), event) == [], part

    ((_, _, body),) = town.slack.got
    assert _lacks(json.dumps(json.loads(body), ensure_ascii=False), event) == []
    feed = (town.folder / "feeds" / "lupus.atom").read_text()
    assert event["headline"] in feed
    assert headers["webhook-id"].startswith("dlv_")
    assert mail["message-id"].startswith("<dlv_")


def test_told_once_is_told_enough(town):
    town.run("sync")
    town.run("deliver")
    town.run("deliver")
    town.run("sync")
    town.run("deliver")
    assert [len(got) for got in (town.hook.got, town.slack.got, town.postbox.mails)] == [1, 1, 1]


def test_one_receiver_that_is_down_does_not_silence_the_others_and_hears_later_under_the_same_id(town):
    town.hook.status = 500
    town.run("sync")
    town.run("deliver", expect=3)
    assert len(town.postbox.mails) == len(town.slack.got) == 1
    town.hook.status = 200
    town.run("deliver", "--retry")
    first, second = town.hook.got
    assert first[1]["webhook-id"] == second[1]["webhook-id"]
    assert len(town.postbox.mails) == len(town.slack.got) == 1


@pytest.mark.parametrize("channel", ["hook", "mail", "chat", "feed"])
def test_a_marked_test_goes_the_real_way(town, channel):
    assert json.loads(town.run("channels", "test", channel, "--json"))["taken"] is True
    if channel == "mail":
        assert town.postbox.mails[0]["subject"].strip() == "[INFO] Test of mail"
    if channel == "hook":
        _, headers, body = town.hook.got[0]
        assert Webhook(SECRET).verify(body, headers)["type"] == "test"
