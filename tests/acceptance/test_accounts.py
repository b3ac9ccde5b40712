"""Accounts and tokens as whoever keeps the console meets them: commands, and what they leave behind."""

import json
import os
import pty
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from storage import accounts, audit
from storage.accounts import Account, Token
from sync.cli import app
from sync.service import utc_now
from sync.web.secrets import fingerprint, verify
from tests.acceptance.instance import Instance, watch
from tests.support import forked

PASSWORD = "horse-battery-staple-17"
OTHER = "staple-horse-battery-23"
HOUR = timedelta(hours=1)


@dataclass
class Keeper:
    """Whoever keeps the console: runs commands in this process, since a new one for each would take a second."""

    instance: Instance
    printed: str = ""

    def run(self, *words: str, typed: str | bytes | None = None, expect: int = 0) -> str:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("TRIALDELTA_CONFIG", str(self.instance.configuration()))
            environment.setenv("TRIALDELTA_USER", "keeper")
            done = CliRunner().invoke(app, words, input=typed)
        code = getattr(done.exception, "exit_code", done.exit_code)
        assert code == expect, (done.output, done.exception)
        self.printed += done.output + str(done.exception or "")
        return done.stdout + (str(done.exception) if expect else "")

    def lines(self, *words: str, **options: Any) -> list[Any]:
        return [json.loads(line) for line in self.run(*words, "--json", **options).splitlines()]

    def add(self, name: str, role: str = "operator", password: str = PASSWORD) -> None:
        self.run("users", "add", name, "--role", role, "--password-stdin", typed=f"{password}\n")

    def token(self, *options: str, account: str = "ana", scope: str = "read") -> str:
        return self.run("tokens", "add", "page", "--account", account, "--scope", scope, *options).strip()

    def password_of(self, name: str) -> str | None:
        with self.instance.database() as database, database.read() as session:
            return accounts.password_hash(session, name)

    def bearer(self, token: str, after: timedelta = timedelta()) -> tuple[Account, Token] | None:
        with self.instance.database() as database, database.read() as session:
            return accounts.bearer(session, fingerprint(token), utc_now() + after)

    def visitor(self, secret: str, after: timedelta = timedelta()) -> Account | None:
        with self.instance.database() as database, database.read() as session:
            return accounts.visitor(session, fingerprint(secret), utc_now() + after)

    def visit(self, name: str, secret: str) -> None:
        now = utc_now()
        with self.instance.database() as database, database.write() as session:
            accounts.begin_visit(session, fingerprint(secret), name, at=now, ends_at=now + HOUR)

    def audit(self) -> list[audit.Entry]:
        with self.instance.database() as database, database.read() as session:
            return audit.entries(session)


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    yield Keeper(Instance(tmp_path, "http://127.0.0.1:9/api/v2", (watch("NCT90000001"),)))
    structlog.reset_defaults()  # a command set logging up for a standard error that is gone


def test_a_user_is_added_listed_and_can_sign_in_with_the_password(keeper):
    assert "no database" in keeper.run("users", "list", expect=2)
    keeper.run("db", "upgrade")
    assert "users add" in keeper.run("users", "list")
    keeper.add("ben", "reader")
    keeper.add("ana")
    listed = keeper.lines("users", "list")
    assert [(user["name"], user["role"], user["disabled_at"]) for user in listed] == [
        ("ana", "operator", None),
        ("ben", "reader", None),
    ]
    assert listed[0]["created_at"].endswith("Z")
    assert verify(PASSWORD, keeper.password_of("ana"))
    assert not verify(OTHER, keeper.password_of("ana"))
    shown = keeper.run("users", "list")
    assert ("ana" in shown, "argon2" in shown) == (True, False)


@pytest.mark.parametrize("content", [PASSWORD, f"{PASSWORD}\n", f"{PASSWORD}\r\n", f"\ufeff{PASSWORD}\n"])
def test_a_password_file_may_end_as_editors_end_it(keeper, tmp_path, content):
    file = tmp_path / "password"
    file.write_bytes(content.encode())
    keeper.run("users", "add", "ana", "--role", "operator", "--password-file", str(file))
    assert verify(PASSWORD, keeper.password_of("ana"))


@pytest.mark.parametrize(
    "typed, advice",
    [
        (b"short\n", "at least 12"),
        (b"", "at least 12"),
        (b"one line of it\nand another\n", "line breaks"),
        (b"\xff\xfe no text at all", "UTF-8"),
        (b"x" * 100_000, "at most 256"),
    ],
)
def test_what_is_no_good_password_is_refused_with_advice_and_adds_nobody(keeper, typed, advice):
    words = ("users", "add", "ana", "--role", "operator", "--password-stdin")
    assert advice in keeper.run(*words, typed=typed, expect=2)
    assert keeper.lines("users", "list") == []
    assert "no text at all" not in keeper.printed


@pytest.mark.parametrize(
    "words, advice",
    [
        (("users", "add", "an a", "--role", "reader"), "will not do as a name"),
        (("users", "add", "cem", "--role", "admin"), "reader, operator"),
        (("users", "add", "cem", "--role", "reader"), "--password-file"),
        (("users", "add", "cem", "--role", "reader", "--password-file", "/no/such"), "cannot be read"),
        (("users", "add", "cem", "--role", "reader", "--password-file", "x", "--password-stdin"), "not both"),
        (("users", "add", "Ana", "--role", "reader", "--password-stdin"), "an account ana already"),
        (("users", "passwd", "eve", "--password-stdin"), "no account is called eve"),
        (("users", "role", "eve", "reader"), "no account is called eve"),
        (("users", "role", "ana", "admin"), "reader, operator"),
        (("users", "disable", "eve"), "no account is called eve"),
        (("users", "enable", "eve"), "no account is called eve"),
        (("tokens", "add", "t", "--account", "eve", "--scope", "read"), "no account is called eve"),
        (("tokens", "add", "t", "--account", "ana", "--scope", "all"), "read, operate"),
        (("tokens", "add", "t", "--account", "ben", "--scope", "operate"), "ben is a reader"),
        (("tokens", "add", " ", "--account", "ana", "--scope", "read"), "what the token is for"),
        (("tokens", "add", "t", "--account", "ana", "--scope", "read", "--expires", "soon"), "90d"),
        (("tokens", "add", "t", "--account", "ana", "--scope", "read", "--expires", "0"), "at once"),
        (("tokens", "add", "t", "--account", "ana", "--scope", "read", "--expires", "9999999999d"), "90d"),
        (("tokens", "list", "--account", "eve"), "no account is called eve"),
        (("tokens", "revoke", "7"), "no token has the number 7"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_sentence_and_changes_nothing(keeper, words, advice):
    keeper.add("ana")
    keeper.add("ben", "reader")
    assert advice in keeper.run(*words, typed=OTHER, expect=2)
    assert [entry.action for entry in keeper.audit()] == ["add account", "add account"]


def test_another_password_takes_the_place_of_the_old_one_and_ends_the_visits(keeper):
    keeper.add("ana")
    keeper.visit("ana", "a cookie")
    token = keeper.token()
    keeper.run("users", "passwd", "ana", "--password-stdin", typed=OTHER)
    assert verify(OTHER, keeper.password_of("ana"))
    assert not verify(PASSWORD, keeper.password_of("ana"))
    assert keeper.visitor("a cookie") is None
    assert keeper.bearer(token)


def test_a_disabled_account_is_shut_out_at_once_and_enabled_again_it_signs_in_anew(keeper):
    keeper.add("ana")
    keeper.visit("ana", "a cookie")
    token = keeper.token()
    assert keeper.visitor("a cookie")
    assert keeper.bearer(token)
    (disabled,) = keeper.lines("users", "disable", "ana")
    assert disabled["disabled_at"]
    assert (keeper.visitor("a cookie"), keeper.bearer(token), keeper.password_of("ana")) == (None, None, None)
    assert "disabled since" in keeper.run("users", "list")
    assert "account disabled" in keeper.run("tokens", "list")
    assert "enables it" in keeper.run("tokens", "add", "t", "--account", "ana", "--scope", "read", expect=2)
    keeper.run("users", "enable", "ana")
    assert keeper.visitor("a cookie") is None
    assert keeper.bearer(token)
    assert verify(PASSWORD, keeper.password_of("ana"))


def test_a_visit_and_a_token_that_have_expired_do_not_work(keeper):
    keeper.add("ana")
    keeper.visit("ana", "a cookie")
    token = keeper.token("--expires", "12h")
    assert keeper.visitor("a cookie", timedelta(minutes=59))
    assert keeper.visitor("a cookie", HOUR) is None
    assert keeper.bearer(token, timedelta(hours=11))
    assert keeper.bearer(token, timedelta(hours=12)) is None
    assert "works until" in keeper.run("tokens", "list")


def test_a_token_ends_after_ninety_days_unless_it_is_said_to_last(keeper):
    keeper.add("ana")
    usual, lasting = keeper.token(), keeper.token("--expires", "never")
    assert keeper.bearer(usual, timedelta(days=89))
    assert keeper.bearer(usual, timedelta(days=90)) is None
    assert keeper.bearer(lasting, timedelta(days=3650))
    assert [token["expires_at"] is None for token in keeper.lines("tokens", "list")] == [False, True]


def test_a_revoked_token_does_not_work_any_more_and_stays_listed(keeper):
    keeper.add("ana")
    (made,) = keeper.lines("tokens", "add", "bot", "--account", "ana", "--scope", "operate")
    found = keeper.bearer(made["token"])
    assert found
    assert (found[0].name, found[1].scope) == ("ana", "operate")
    keeper.run("tokens", "revoke", str(made["id"]))
    assert keeper.bearer(made["token"]) is None
    assert "revoked on" in keeper.run("tokens", "list", "--account", "ana")
    assert "before" in keeper.run("tokens", "revoke", str(made["id"]), expect=2)


def test_a_token_alone_is_on_standard_output_so_that_it_can_go_into_a_file(keeper):
    keeper.add("ana")
    assert keeper.token().startswith("tdl_")
    assert len(keeper.token().split()) == 1
    assert "shown this once" in keeper.printed


def test_a_reader_s_new_role_reaches_the_tokens_that_are_there(keeper):
    keeper.add("ana")
    token = keeper.token(scope="operate")
    keeper.run("users", "role", "ana", "reader")
    found = keeper.bearer(token)
    assert found
    assert (found[0].role, found[1].scope) == ("reader", "operate")


def test_who_did_what_is_in_the_audit_log_and_the_log_is_whole(keeper):
    keeper.add("ana")
    keeper.token()
    keeper.run("users", "role", "ana", "reader", "--by", "root")
    keeper.run("tokens", "revoke", "1")
    keeper.run("users", "disable", "ana")
    assert [(entry.who, entry.action, entry.subject) for entry in keeper.audit()] == [
        ("keeper", "add account", "ana"),
        ("keeper", "add token", "ana"),
        ("root", "set role", "ana"),
        ("keeper", "revoke token", "ana"),
        ("keeper", "disable account", "ana"),
    ]
    assert "audit log is whole" in keeper.run("verify")


def test_no_password_and_no_token_is_in_the_database_the_audit_log_or_any_output(keeper, tmp_path):
    keeper.add("ana")
    keeper.visit("ana", "the-secret-of-a-cookie")
    tokens = [keeper.token(), keeper.token("--expires", "never")]
    keeper.run("users", "passwd", "ana", "--password-stdin", typed=OTHER)
    for words in (("users", "list"), ("tokens", "list"), ("db", "status"), ("config", "show")):
        keeper.run(*words)
        keeper.run(*words, "--json")
    kept = b"".join(file.read_bytes() for file in sorted(tmp_path.glob("trialdelta.db*")))
    assert b"$argon2id$" in kept
    for secret in (PASSWORD, OTHER, "the-secret-of-a-cookie", *tokens):
        assert secret.encode() not in kept
        assert secret not in repr(keeper.audit())
        assert fingerprint(secret) not in repr(keeper.audit()) + keeper.printed
    assert PASSWORD not in keeper.printed
    assert OTHER not in keeper.printed
    assert [keeper.printed.count(token) for token in tokens] == [1, 1]
    assert "argon2" not in keeper.printed + repr(keeper.audit())


class Terminal:
    """A command at a terminal, as a person meets it: waits for the prompt, types, and sees what is shown."""

    def __init__(self, instance: Instance, *words: str) -> None:
        self.ours, theirs = pty.openpty()
        self.shown = ""
        self.process = subprocess.Popen(
            instance.command_line(*words),
            env=instance.environment(TRIALDELTA_USER="keeper"),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def answer(self, prompt: str, line: str) -> None:
        # getpass writes its prompt once the terminal shows nothing any more
        while prompt not in self.shown[-len(prompt) - 20 :]:
            assert self._read(), self.shown
        os.write(self.ours, f"{line}\n".encode())

    def end(self) -> int:
        while self._read():
            pass
        os.close(self.ours)
        return self.process.wait(timeout=60)

    def _read(self) -> bool:
        try:
            found = os.read(self.ours, 4096).decode()
        except OSError:  # Linux: the other end was closed
            return False
        self.shown += found
        return bool(found)


@pytest.mark.parametrize("again, code, users", [(PASSWORD, 0, ["ana"]), (OTHER, 2, [])])
def test_at_a_terminal_the_password_is_asked_for_twice_and_never_shown(keeper, again, code, users):
    terminal = Terminal(keeper.instance, "users", "add", "ana", "--role", "operator")
    terminal.answer("Password of ana: ", PASSWORD)
    terminal.answer("The same again: ", again)
    assert terminal.end() == code, terminal.shown
    assert PASSWORD not in terminal.shown
    assert OTHER not in terminal.shown
    assert ("differ" in terminal.shown) == (code == 2)
    assert [user["name"] for user in keeper.lines("users", "list")] == users


def test_a_weak_password_is_refused_at_a_terminal_before_it_is_asked_for_again(keeper):
    terminal = Terminal(keeper.instance, "users", "add", "ana", "--role", "operator")
    terminal.answer("Password of ana: ", "too-short")
    assert terminal.end() == 2
    assert "at least 12" in terminal.shown
    assert "again" not in terminal.shown
    assert "too-short" not in terminal.shown


def test_the_program_s_own_output_holds_no_secret_even_when_it_logs_everything(keeper, tmp_path):
    file = tmp_path / "password"
    file.write_text(PASSWORD)
    environment = keeper.instance.environment(TRIALDELTA_LOG__LEVEL="debug", TRIALDELTA_LOG__FORMAT="json")
    command = keeper.instance.command_line(
        "users", "add", "ana", "--role", "reader", "--password-file", str(file)
    )
    done = forked.run(command, env=environment)
    assert done.returncode == 0, done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    assert "argon2" not in done.stdout + done.stderr


def test_an_address_of_a_feed_is_printed_once_listed_and_revoked(keeper: Keeper) -> None:
    keeper.add("ana")
    options = ("--account", "ana", "--severity", "high", "--expires", "never")
    address = keeper.run("tokens", "feed", "Ana's reader", *options).strip()
    assert address.startswith("http")
    secret = address.rpartition("/")[2].removesuffix(".atom")
    assert secret.startswith("tdf_")
    assert keeper.bearer(secret) is None, "it is no token of the API"
    (listed,) = keeper.lines("tokens", "list")
    assert listed["feed"] == {"watch": "", "severity": "high", "kind": ""}
    assert "feed of high or heavier" in keeper.run("tokens", "list")
    assert secret not in keeper.run("tokens", "list")
    keeper.run("tokens", "revoke", str(listed["id"]))
    assert "revoked on" in keeper.run("tokens", "list")
    for wrong in (("--watch", "nope"), ("--severity", "nope"), ("--kind", "nope"), ("--expires", "0d")):
        keeper.run("tokens", "feed", "x", "--account", "ana", *wrong, expect=2)
