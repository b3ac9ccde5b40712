"""E-mail to a real SMTP server: headers that thread and cannot be injected into, text and HTML, errors told apart."""

from __future__ import annotations

import socket
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from aiosmtpd.smtp import AuthResult

from sync.alerts.channels import ChannelError, open_channel
from sync.errors import ConfigError
from tests.unit.channels.outgoing import a_hostile_event, an_event, an_outgoing, change
from tests.unit.channels.receivers import Postbox, serve

TABLE = {
    "kind": "email",
    "host": "127.0.0.1",
    "security": "none",
    "sender": "trialdelta@ops.example",
    "to": ["mira@ops.example", "jon@ops.example"],
    "allow_hosts": ["127.0.0.1"],
}


def _send(box: Postbox, outgoing=None, **other) -> str:
    return open_channel("mail", TABLE | {"port": box.port} | other).send(outgoing or an_outgoing())


def _parts(mail: EmailMessage) -> tuple[str, str]:
    return tuple(mail.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("plain", "html"))


def test_a_mail_has_a_subject_with_severity_verb_study_and_id_and_both_parts(postbox):
    assert _send(postbox) == "accepted for mira@ops.example, jon@ops.example"
    mail = postbox.mails[0]
    assert mail["subject"].startswith("[HIGH] Eligibility changed, wider: MCW-202")
    assert mail["subject"].endswith("(NCT90000004)")
    text, html = _parts(mail)
    assert "Platelet count [-≥50×10^9/L-] {+≥30×10^9/L+}" in text
    assert '<del><span class="mark">−</span>≥50×10^9/L</del>' in html
    assert '<ins><span class="mark">+</span>≥30×10^9/L</ins>' in html
    for part in (text, html):
        assert "trialdelta ack evt_aaaaaaaaaaaaaaaaaaaaaaaaaa" in part
        assert "https://clinicaltrials.gov/study/NCT90000004?tab=history" in part


def test_mails_of_one_study_are_one_thread_and_each_has_its_own_id(postbox):
    _send(postbox, an_outgoing(id="dlv_1"))
    _send(postbox, an_outgoing(an_event(id="evt_b", severity="low"), id="dlv_2"))
    _send(postbox, an_outgoing(an_event(id="evt_c", nct_id="NCT90000005"), id="dlv_3"))
    ids = [mail["message-id"] for mail in postbox.mails]
    threads = [mail["references"] for mail in postbox.mails]
    assert ids == [f"<dlv_{n}@ops.example>" for n in (1, 2, 3)]
    assert threads[0] == threads[1] == "<thread-NCT90000004@ops.example>" != threads[2]
    assert all(mail["in-reply-to"] == mail["references"] for mail in postbox.mails)


def test_a_repeated_attempt_is_the_same_mail(postbox):
    _send(postbox, an_outgoing(attempt=1))
    _send(postbox, an_outgoing(attempt=2))
    first, second = postbox.mails
    assert [first[h] for h in ("message-id", "date", "subject")] == [
        second[h] for h in ("message-id", "date", "subject")
    ]


def test_a_mail_program_can_filter_and_unsubscribe(postbox):
    _send(postbox, unsubscribe="https://ops.example/unsubscribe")
    mail = postbox.mails[0]
    assert mail["list-unsubscribe"] == "<https://ops.example/unsubscribe>"
    assert mail["list-id"] == "<cart-autoimmune.trialdelta.ops.example>"
    assert mail["auto-submitted"] == "auto-generated"
    assert mail["importance"] == "high"
    assert mail["x-trialdelta-severity"] == "high"


def test_hostile_text_adds_no_header_no_recipient_and_no_markup(postbox):
    _send(postbox, an_outgoing(a_hostile_event()))
    mail = postbox.mails[0]
    assert mail["bcc"] is None
    assert postbox.recipients == [list(TABLE["to"])]
    assert len(mail.get_all("subject")) == 1
    assert "\n" not in mail["subject"]
    text, html = _parts(mail)
    found = _Tags()
    found.feed(html)
    assert not found.names & {"script", "img", "iframe", "object", "form"}
    assert found.schemes == {"https"}
    assert "&lt;script&gt;alert(1)" in html
    assert not [letter for letter in text if not letter.isprintable() and letter != "\n"]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.schemes: set[str] = set()

    def handle_starttag(self, tag, attributes):
        self.names.add(tag)
        assert not [name for name, _ in attributes if name.startswith("on")]
        self.schemes |= {
            value.partition(":")[0] for name, value in attributes if name in ("href", "src") and value
        }


def test_a_mail_stays_below_what_gmail_cuts_and_says_what_is_missing(postbox):
    changes = [
        change("arms", f"protocolSection.x.armGroups[{n}].description", None, f"{n} new " * 200, "added")
        for n in range(2000)
    ]
    _send(postbox, an_outgoing(an_event(changes=changes)))
    text, html = _parts(postbox.mails[0])
    assert len(html.encode()) < 102_000
    assert "more, see `trialdelta events evt_aaaaaaaaaaaaaaaaaaaaaaaaaa`" in html
    assert "more, see" in text


@pytest.mark.parametrize(
    "answer, permanent", [("554 no", True), ("451 later", False), ("421 closing", False)]
)
def test_the_servers_answer_says_whether_to_try_again(postbox, answer, permanent):
    postbox.to_data = answer
    with pytest.raises(ChannelError, match=answer[:3]) as caught:
        _send(postbox)
    assert caught.value.permanent is permanent
    assert not caught.value.disable


def test_one_refused_recipient_is_not_hidden_by_the_other_ones_success(postbox):
    postbox.to_recipient = {"jon@ops.example": "550 no such box"}
    with pytest.raises(ChannelError, match=r"jon@ops\.example \(550 no such box\)") as caught:
        _send(postbox)
    assert caught.value.permanent
    assert postbox.recipients == [["mira@ops.example"]]


def test_a_recipient_greylisted_is_tried_again(postbox):
    postbox.to_recipient = {"jon@ops.example": "450 come back"}
    with pytest.raises(ChannelError) as caught:
        _send(postbox)
    assert not caught.value.permanent


def test_no_server_is_an_error_that_passes():
    box = Postbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        box.port = free.getsockname()[1]
    with pytest.raises(ChannelError, match="cannot be reached") as caught:
        _send(box)
    assert caught.value.passing


def test_a_server_that_says_nothing_does_not_hold_us_up():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        box = Postbox()
        box.port = listener.getsockname()[1]
        with pytest.raises(ChannelError, match="did not come to an end in time"):
            _send(box, timeout_s=0.3)


def test_a_server_in_the_house_is_refused_unless_it_is_allowed_by_name(postbox):
    with pytest.raises(ChannelError, match="not a public address"):
        _send(postbox, allow_hosts=[])
    assert postbox.mails == []


def test_encryption_that_the_server_does_not_offer_is_an_error_not_a_fallback(postbox):
    with pytest.raises(ChannelError) as caught:
        _send(postbox, security="starttls")
    assert caught.value.disable
    assert postbox.mails == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # all of that server is TLS
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_credentials_go_over_tls_and_refused_ones_disable_the_channel(security, tls, monkeypatch, tmp_path):
    server_side, client_side = tls
    monkeypatch.setattr("ssl.create_default_context", lambda *a, **k: client_side)
    box = Postbox()

    def authenticator(server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login, data.password) == (b"td", b"right"), handled=False)

    tls_options = {"ssl_context": server_side} if security == "tls" else {"tls_context": server_side}
    controller = serve(
        box,
        authenticator=authenticator,
        auth_required=True,
        auth_require_tls=security == "starttls",
        **tls_options,
    )
    (tmp_path / "password").write_text("right\n")
    try:
        login = {"security": security, "username": "td", "host": "localhost", "allow_hosts": ["localhost"]}
        _send(box, **login, password_file=str(tmp_path / "password"))
        with pytest.raises(ChannelError, match="does not let us in") as caught:
            _send(box, **login, password="wrong-one")
    finally:
        controller.stop()
    assert len(box.mails) == 1
    assert (caught.value.permanent, caught.value.disable) == (True, True)
    assert "wrong-one" not in str(caught.value)


@pytest.mark.parametrize(
    "key, value, told",
    [
        ("to", ["a@b.example\r\nBcc: x@y.example"], "to"),
        ("to", [], "to"),
        ("sender", "nobody", "address"),
        ("sender", "müller@ops.example", "ASCII"),
        ("unsubscribe", "https://x.example/>\r\nBcc: a@b", "unsubscribe"),
        ("security", "maybe", "security"),
        ("password", "geheim", "username"),
    ],
)
def test_a_wrong_table_is_refused(key, value, told):
    with pytest.raises(ConfigError, match=told) as caught:
        open_channel("mail", TABLE | {key: value})
    assert "geheim" not in str(caught.value)
