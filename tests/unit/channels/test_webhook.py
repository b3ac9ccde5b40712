"""The webhook: signed as Standard Webhooks says (FAULTS G4, G5), cut where it would be too large."""

from __future__ import annotations

import base64
import json
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from sync.alerts.channels import ChannelError, open_channel
from sync.changes.lines import Headline
from sync.errors import ConfigError
from tests.unit.channels.outgoing import a_hostile_event, an_event, an_outgoing, change

NEW = "whsec_" + base64.b64encode(b"n" * 32).decode()
OLD = "whsec_" + base64.b64encode(b"o" * 32).decode()


def _channel(receiver, **other):
    table = {"kind": "webhook", "url": receiver.url, "secret": NEW, "allow_hosts": ["127.0.0.1"]}
    return open_channel("hook", table | other)


def test_the_receiver_verifies_what_it_got_with_the_library(receiver):
    assert _channel(receiver).send(an_outgoing()) == "200 ok"
    _, headers, body = receiver.got[0]
    told = Webhook(NEW).verify(body, headers)
    assert told["type"] == "alert"
    assert told["data"]["event"] == an_event().as_json()
    assert tuple(told["data"]["message"][name] for name in ("lead", "also")) == Headline.of(
        an_event().headline
    )


def test_a_body_that_was_tampered_with_is_refused_by_the_library(receiver):
    _channel(receiver).send(an_outgoing())
    _, headers, body = receiver.got[0]
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(body.replace(b"wider", b"other"), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(body, headers | {"webhook-id": "dlv_2"})
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(body, headers)


def test_during_a_rotation_the_old_and_the_new_secret_both_verify(receiver):
    _channel(receiver, previous_secret=OLD).send(an_outgoing())
    _, headers, body = receiver.got[0]
    assert Webhook(NEW).verify(body, headers) == Webhook(OLD).verify(body, headers)


def test_a_repeated_attempt_has_the_same_id_and_the_same_body(receiver):
    channel = _channel(receiver)
    channel.send(an_outgoing(attempt=1))
    channel.send(an_outgoing(attempt=2))
    (_, first, body), (_, second, again) = receiver.got
    assert first["webhook-id"] == second["webhook-id"] == second["idempotency-key"] == "dlv_1"
    assert body == again


@pytest.mark.parametrize(
    "status, permanent, disable",
    [
        (500, False, False),
        (503, False, False),
        (429, False, False),
        (408, False, False),
        (302, False, False),
        (400, True, False),
        (413, True, False),
        (404, True, True),
        (410, True, True),
        (401, True, True),
    ],
)
def test_an_answer_says_whether_to_try_again(receiver, status, permanent, disable):
    receiver.status = status
    with pytest.raises(ChannelError) as caught:
        _channel(receiver).send(an_outgoing())
    assert (caught.value.permanent, caught.value.disable) == (permanent, disable)
    assert caught.value.passing is not permanent


def test_a_redirect_is_an_error_and_is_not_followed(receiver):
    receiver.status, receiver.headers = 301, {"location": receiver.url + "/other"}
    with pytest.raises(ChannelError, match="redirects are not followed"):
        _channel(receiver).send(an_outgoing())
    assert [path for path, _, _ in receiver.got] == ["/hook"]


@pytest.mark.parametrize("given, seconds", [("120", 120.0), ("soon", None), ("-5", 0.0), ("", None)])
def test_retry_after_is_read_in_seconds(receiver, given, seconds):
    receiver.status, receiver.headers = 429, {"retry-after": given}
    with pytest.raises(ChannelError) as caught:
        _channel(receiver).send(an_outgoing())
    assert caught.value.retry_after == seconds


def test_retry_after_is_read_as_a_date(receiver):
    receiver.status = 503
    receiver.headers = {"retry-after": format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)}
    with pytest.raises(ChannelError) as caught:
        _channel(receiver).send(an_outgoing())
    assert caught.value.retry_after == pytest.approx(3600, abs=5)


def test_a_receiver_that_hangs_is_given_up_and_tried_again_later(receiver):
    receiver.hang = threading.Event()
    with pytest.raises(ChannelError, match=r"no answer within 0\.3 s") as caught:
        _channel(receiver, timeout_s=0.3).send(an_outgoing())
    assert caught.value.passing


def test_of_an_endless_answer_only_the_beginning_is_read(receiver):
    receiver.body = b"long " * 1_000_000
    said = _channel(receiver).send(an_outgoing())
    assert said.startswith("200 long long")
    assert len(said) < 250


def test_no_error_tells_the_url(receiver):
    with pytest.raises(ChannelError) as caught:
        _channel(receiver, url="http://127.0.0.1:9/services/T000/SECRET").send(an_outgoing())
    assert "SECRET" not in str(caught.value)
    assert caught.value.passing


@pytest.mark.parametrize("status", [200, 400, 404, 503])
@pytest.mark.parametrize("body", ["Cannot POST {0}", '{{"path": "{1}"}}', "no hook T0SECRET here"])
def test_a_receiver_that_repeats_the_url_does_not_give_it_away(receiver, status, body):
    path = "/services/T0SECRET?key=K0SECRET"
    receiver.status, receiver.body = status, body.format(path, path.replace("/", "\\/")).encode()
    channel = _channel(receiver, url=f"{receiver.url.rstrip('/')}{path}")
    try:
        said = channel.send(an_outgoing())
    except ChannelError as error:
        said = str(error)
    assert str(status) in said or "is gone" in said
    assert "…" in said
    assert "SECRET" not in said


def test_hostile_text_arrives_as_it_is_in_the_event_and_clean_in_the_message(receiver):
    event = a_hostile_event()
    _channel(receiver).send(an_outgoing(event))
    _, headers, body = receiver.got[0]
    told = Webhook(NEW).verify(body, headers)["data"]
    assert told["event"] == event.as_json()
    assert told["message"]["lead"].isprintable()


def test_a_parcel_that_is_too_large_is_cut_and_says_what_was_left_out(receiver):
    event = an_event(
        changes=[
            change("arms", f"x.armGroups[{n}].type", None, f"{n} new " * 200, "added") for n in range(2000)
        ]
    )
    _channel(receiver, max_bytes=50_000).send(an_outgoing(event))
    _, headers, body = receiver.got[0]
    told = Webhook(NEW).verify(body, headers)["data"]
    assert len(body) <= 50_000
    left = told["event"]["left_out"]["changes"]
    assert left + len(told["event"]["changes"]) == 2000
    assert f"see `trialdelta events {event.id}`" in json.dumps(told["message"], ensure_ascii=False)


@pytest.mark.parametrize(
    "key, value, told",
    [
        ("url", "ftp://example.org/x", "https://"),
        ("url", "http://example.org/x", "https://"),
        ("secret", "whsec_c2hvcnQ=", "24 bytes"),
        ("secret", "!!", "24 bytes"),
        ("colour", "red", "colour"),
    ],
)
def test_a_wrong_table_is_refused_without_telling_its_values(receiver, key, value, told):
    with pytest.raises(ConfigError, match=r"channels\.hook") as caught:
        _channel(receiver, **{key: value})
    assert told in str(caught.value)
    assert value not in str(caught.value)


def test_secrets_are_read_from_files(receiver, tmp_path):
    (tmp_path / "secret").write_text(NEW + "\n")
    table = {"kind": "webhook", "url": receiver.url, "allow_hosts": ["127.0.0.1"]}
    open_channel("hook", table | {"secret_file": str(tmp_path / "secret")}).send(an_outgoing())
    _, headers, body = receiver.got[0]
    Webhook(NEW).verify(body, headers)
    with pytest.raises(ConfigError, match="cannot be read"):
        open_channel("hook", table | {"secret_file": str(tmp_path / "none")})
