"""A mail that the server accepted is sent, whatever follows; one of unknown outcome is repeated under its id."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from sync.alerts.channels import Channel, ChannelError, open_channel
from tests.unit.channels.outgoing import an_outgoing

MIRA, JON = "mira@ops.example", "jon@ops.example"
HANG_S = 20.0


@dataclass
class RudeServer:
    """An SMTP server that keeps what it accepts, and answers what it is told to: None hangs up, "hang" says nothing."""

    to_quit: str | None = "221 bye"
    to_reset: str | None = "250 ok"
    after_data: str | None = "250 queued"
    to_recipient: dict[str, str] = field(default_factory=dict)
    mails: list[tuple[list[str], str]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    def answer(self, command: str) -> str | None:
        verb = command[:4].upper()
        if verb == "RCPT":
            return self.to_recipient.get(command.partition("<")[2].rstrip(">"), "250 ok")
        known = {"EHLO": "250 rude", "DATA": "354 go on", "QUIT": self.to_quit, "RSET": self.to_reset}
        return known.get(verb, "250 ok")


class Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        rude: RudeServer = self.server.rude  # type: ignore[attr-defined]
        self.say("220 rude")
        recipients: list[str] = []
        while line := self.rfile.readline().decode().strip():
            answer = rude.answer(line)
            if line.upper().startswith("RCPT") and (answer or "").startswith("250"):
                recipients.append(line.partition("<")[2].rstrip(">"))
            if not self.say(answer):
                return
            if line.upper() == "DATA" and not self.take(rude, recipients):
                return

    def take(self, rude: RudeServer, recipients: list[str]) -> bool:
        text = ""
        while (line := self.rfile.readline().decode()) not in (".\r\n", ""):
            text += line
        if rude.after_data is None or rude.after_data.startswith("2"):
            rude.mails.append((list(recipients), text))
        return self.say(rude.after_data)

    def say(self, answer: str | None) -> bool:
        if answer == "hang":
            self.server.rude.ended.wait(HANG_S)  # type: ignore[attr-defined]
            return False
        if answer is not None:
            self.wfile.write(f"{answer}\r\n".encode())
        return answer is not None


@pytest.fixture
def rude() -> Iterator[RudeServer]:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
    server.daemon_threads = True
    known = RudeServer(port=server.server_address[1])
    server.rude = known  # type: ignore[attr-defined]
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that hangs up is no news here
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield known
    known.ended.set()
    server.shutdown()
    server.server_close()


def channel(rude: RudeServer, **other: object) -> Channel:
    table = {
        "kind": "email",
        "host": "127.0.0.1",
        "port": rude.port,
        "security": "none",
        "sender": "trialdelta@ops.example",
        "to": [MIRA, JON],
        "allow_hosts": ["127.0.0.1"],
    }
    return open_channel("mail", table | other)


@pytest.mark.parametrize("goodbye", ["500 what?", "421 shutting down", "554 no", "nonsense", None, "hang"])
def test_an_accepted_mail_is_sent_whatever_quit_answers(rude, goodbye):
    rude.to_quit = goodbye
    assert channel(rude).send(an_outgoing()) == f"accepted for {MIRA}, {JON}"
    assert len(rude.mails) == 1


def test_a_server_that_says_yes_in_another_number_than_250_has_said_yes(rude):
    rude.after_data = "252 cannot verify, will try"
    assert "accepted" in channel(rude).send(an_outgoing())


@pytest.mark.parametrize("after", ["hang", "421 closing", None])
@pytest.mark.parametrize("answer, permanent", [("554 spam", True), ("451 later", False)])
def test_a_refusal_keeps_its_meaning_whatever_the_connection_does_next(rude, after, answer, permanent):
    rude.after_data, rude.to_reset, rude.to_quit = answer, after, after
    with pytest.raises(ChannelError, match=answer[:3]) as caught:
        channel(rude, timeout_s=1.0).send(an_outgoing())
    assert caught.value.permanent is permanent


def test_a_reply_that_is_lost_leads_to_a_repeat_under_the_same_message_id(rude):
    rude.after_data = None
    mail = channel(rude)
    with pytest.raises(ChannelError, match="cannot be reached") as caught:
        mail.send(an_outgoing(attempt=1))
    assert caught.value.passing
    rude.after_data = "250 queued"
    mail.send(an_outgoing(attempt=2))
    ids = [line for _, text in rude.mails for line in text.splitlines() if line.startswith("Message-ID")]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_a_recipient_who_has_it_does_not_get_it_again_while_another_one_is_put_off(rude):
    rude.to_recipient = {JON: "450 greylisted"}
    mail = channel(rude)
    for attempt in (1, 2):
        with pytest.raises(ChannelError, match="450 greylisted") as caught:
            mail.send(an_outgoing(attempt=attempt))
        assert caught.value.passing
    rude.to_recipient = {}
    assert mail.send(an_outgoing(attempt=3)) == f"accepted for {MIRA}, {JON}"
    assert [recipients for recipients, _ in rude.mails] == [[MIRA], [JON]]


def test_a_dead_letter_that_a_person_sends_again_goes_to_everybody_once_all_have_had_it(rude):
    mail = channel(rude)
    mail.send(an_outgoing(attempt=1))
    mail.send(an_outgoing(attempt=2))
    assert [recipients for recipients, _ in rude.mails] == [[MIRA, JON]] * 2
