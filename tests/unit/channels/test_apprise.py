"""Apprise: one of its services over the fence; failures, length limits, nobody called."""

from __future__ import annotations

import json

import pytest

from sync.alerts.channels import ChannelError, open_channel
from sync.errors import ConfigError
from tests.unit.channels.outgoing import a_hostile_event, an_event, an_outgoing, change

# One of Apprise's hundred services imports it; nothing of ours does.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def _channel(receiver, **other):
    url = receiver.url.replace("http://", "json://")
    return open_channel("else", {"kind": "apprise", "url": url, "allow_hosts": ["127.0.0.1"]} | other)


def _told(receiver):
    return json.loads(receiver.got[-1][2])


def test_a_service_gets_subject_and_text(receiver):
    assert _channel(receiver).send(an_outgoing()).endswith("took it")
    told = _told(receiver)
    assert told["title"].startswith("[HIGH] Eligibility changed, wider")
    assert "Platelet count [-≥50×10^9/L-] {+≥30×10^9/L+}" in told["message"]
    assert told["type"] == "warning"


def test_a_failure_is_one_that_passes_since_apprise_does_not_say_why(receiver):
    receiver.status = 500
    with pytest.raises(ChannelError, match="did not take it") as caught:
        _channel(receiver).send(an_outgoing())
    assert caught.value.passing


def test_a_host_in_the_house_is_refused_unless_it_is_allowed_by_name(receiver):
    with pytest.raises(ChannelError, match="not a public address"):
        _channel(receiver, allow_hosts=[]).send(an_outgoing())
    assert receiver.got == []


def test_nobody_is_called_by_a_record(receiver):
    _channel(receiver).send(an_outgoing(a_hostile_event()))
    told = json.dumps(_told(receiver), ensure_ascii=False)
    assert "@everyone" not in told
    assert "<!channel>" not in told
    assert "<@U123>" not in told


def test_a_long_message_is_cut_and_says_so(receiver):
    changes = [
        change("arms", f"protocolSection.x.armGroups[{n}].description", None, f"{n} new " * 200, "added")
        for n in range(500)
    ]
    _channel(receiver).send(an_outgoing(an_event(changes=changes)))
    assert len(_told(receiver)["message"]) <= 30_000
    assert "more, see `trialdelta events" in _told(receiver)["message"]


def test_a_url_that_apprise_does_not_know_is_refused_without_telling_it():
    with pytest.raises(ConfigError, match=r"channels\.else\.url") as caught:
        open_channel("else", {"kind": "apprise", "url": "pigeon://geheim"})
    assert "geheim" not in str(caught.value)
