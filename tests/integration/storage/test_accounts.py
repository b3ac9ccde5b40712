"""Accounts, their visits and API tokens, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from storage import accounts, audit, tables
from storage.accounts import Account
from storage.engine import Database
from storage.errors import AlreadyThere, UnknownEntry
from storage.tables import table_of

HOUR = timedelta(hours=1)
Act = Callable[[Session, datetime], None]


def hash_of(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


@pytest.fixture
def people(database: Database, now: datetime) -> Database:
    """A database with an operator and a reader."""
    with database.write() as session:
        for name, role in (("ben", "reader"), ("ana", "operator")):
            accounts.add_account(session, name, role=role, password_hash=f"hash of {name}", by="root", at=now)
    return database


def visits(session: Session, now: datetime, *secrets: str) -> None:
    for secret in secrets:
        accounts.begin_visit(session, hash_of(secret), "ana", at=now, ends_at=now + HOUR)


def a_token(
    session: Session, now: datetime, *, expires_at: datetime | None = None, scope: str = "operate"
) -> int:
    digest = hash_of("token")
    return accounts.add_token(session, digest, "ana", "page", scope, expires_at=expires_at, by="ana", at=now)


def done(session: Session) -> list[tuple[str, str, str]]:
    return [(entry.who, entry.action, entry.subject) for entry in audit.entries(session)]


def test_accounts_come_by_name_and_one_that_is_unknown_is_none(people, now):
    with people.read() as session:
        assert accounts.accounts(session) == [
            Account("ana", "operator", now, None),
            Account("ben", "reader", now, None),
        ]
        assert accounts.account(session, "ben") == Account("ben", "reader", now, None)
        assert accounts.account(session, "Ben") is None
        assert accounts.password_hash(session, "ana") == "hash of ana"
        assert accounts.password_hash(session, "eve") is None


def test_there_is_any_account_only_while_one_is_enabled(database, now):
    with database.write() as session:
        assert not accounts.any_account(session)
        accounts.add_account(session, "ana", role="reader", password_hash="h", by="root", at=now)
        assert accounts.any_account(session)
        accounts.disable(session, "ana", by="root", at=now)
        assert not accounts.any_account(session)


@pytest.mark.parametrize("name", ["ana", "ANA", "Ana"])
def test_a_name_that_is_taken_or_differs_in_capitals_only_is_refused(people, now, name):
    with people.write() as session, pytest.raises(AlreadyThere, match="an account ana"):
        accounts.add_account(session, name, role="reader", password_hash="h", by="root", at=now)
    with people.read() as session:
        assert [each.name for each in accounts.accounts(session)] == ["ana", "ben"]
        assert len(audit.entries(session)) == 2


@pytest.mark.parametrize("role", ["admin", "", "Operator"])
def test_there_are_no_other_roles(people, now, role):
    with pytest.raises(IntegrityError), people.write() as session:
        accounts.set_role(session, "ana", role, by="root", at=now)


@pytest.mark.parametrize(
    "act",
    [
        lambda session, at: accounts.set_password(session, "eve", "h", by="root", at=at),
        lambda session, at: accounts.set_role(session, "eve", "reader", by="root", at=at),
        lambda session, at: accounts.disable(session, "eve", by="root", at=at),
        lambda session, at: accounts.enable(session, "eve", by="root", at=at),
        lambda session, at: accounts.begin_visit(session, hash_of("v"), "eve", at=at, ends_at=at + HOUR),
        lambda session, at: accounts.add_token(
            session, hash_of("t"), "eve", "t", "read", expires_at=None, by="root", at=at
        ),
        lambda session, at: accounts.revoke(session, 7, by="root", at=at),
    ],
)
def test_nothing_can_be_done_to_what_is_unknown_and_nothing_is_written_down_of_it(people, now, act: Act):
    with people.write() as session:
        with pytest.raises(UnknownEntry):
            act(session, now)
        assert len(audit.entries(session)) == 2


def test_what_people_do_is_in_the_audit_log_and_what_changes_nothing_is_not(people, now):
    with people.write() as session:
        accounts.set_password(session, "ben", "another", by="ana", at=now)
        accounts.set_role(session, "ben", "operator", by="ana", at=now)
        for _twice in range(2):
            accounts.disable(session, "ben", by="ana", at=now)
        for _twice in range(2):
            accounts.enable(session, "ben", by="cem", at=now)
        accounts.revoke(session, a_token(session, now), by="cem", at=now)
        assert done(session)[2:] == [
            ("ana", "set password", "ben"),
            ("ana", "set role", "ben"),
            ("ana", "disable account", "ben"),
            ("cem", "enable account", "ben"),
            ("ana", "add token", "ana"),
            ("cem", "revoke token", "ana"),
        ]
        assert audit.entries(session, "ben")[2].detail == {"role": "operator", "before": "reader"}
        assert list(audit.problems(session)) == []


def test_no_hash_is_in_the_audit_log(people, now):
    with people.write() as session:
        accounts.set_password(session, "ana", "hash of another", by="ana", at=now)
        a_token(session, now)
        said = repr(audit.entries(session))
        for secret in ("hash of ana", "hash of another", hash_of("token")):
            assert secret not in said


def test_disabling_twice_keeps_the_first_time(people, now):
    with people.write() as session:
        accounts.disable(session, "ana", by="root", at=now)
        accounts.disable(session, "ana", by="root", at=now + HOUR)
        assert accounts.known(session, "ana").disabled_at == now


def test_a_visit_lasts_until_its_end_and_not_a_moment_longer(people, now):
    with people.write() as session:
        visits(session, now, "cookie")
        last = now + HOUR - timedelta(microseconds=1)
        assert accounts.visitor(session, hash_of("cookie"), last) == Account("ana", "operator", now, None)
        assert accounts.visitor(session, hash_of("cookie"), now + HOUR) is None
        assert accounts.visitor(session, hash_of("another"), now) is None


def test_a_visit_that_is_ended_is_over_and_another_is_not(people, now):
    with people.write() as session:
        visits(session, now, "here", "there")
        for _twice in range(2):
            accounts.end_visit(session, hash_of("here"))
        assert accounts.visitor(session, hash_of("here"), now) is None
        assert accounts.visitor(session, hash_of("there"), now)


def test_whoever_begins_a_visit_sweeps_away_those_that_have_ended(people, now):
    with people.write() as session:
        visits(session, now, "old")
        visits(session, now + HOUR, "new")
        assert accounts.visitor(session, hash_of("old"), now) is None
        assert accounts.visitor(session, hash_of("new"), now + HOUR)


def test_another_password_ends_all_visits_of_the_account_and_of_no_other(people, now):
    with people.write() as session:
        visits(session, now, "here", "there")
        accounts.begin_visit(session, hash_of("ben's"), "ben", at=now, ends_at=now + HOUR)
        accounts.set_password(session, "ana", "another", by="ana", at=now)
        assert accounts.password_hash(session, "ana") == "another"
        assert accounts.visitor(session, hash_of("here"), now) is None
        assert accounts.visitor(session, hash_of("there"), now) is None
        assert accounts.visitor(session, hash_of("ben's"), now)


def test_the_same_password_under_newer_parameters_ends_no_visit_and_nobody_did_it(people, now):
    with people.write() as session:
        visits(session, now, "cookie")
        accounts.rehash(session, "ana", "newer")
        assert accounts.password_hash(session, "ana") == "newer"
        assert accounts.password_hash(session, "ben") == "hash of ben"
        assert accounts.visitor(session, hash_of("cookie"), now)
        assert len(audit.entries(session)) == 2


def test_another_role_holds_at_once_for_visits_and_tokens(people, now):
    with people.write() as session:
        visits(session, now, "cookie")
        a_token(session, now)
        accounts.set_role(session, "ana", "reader", by="root", at=now)
        visitor, bearer = (
            accounts.visitor(session, hash_of("cookie"), now),
            accounts.bearer(session, hash_of("token"), now),
        )
        assert visitor
        assert bearer
        assert (visitor.role, bearer[0].role, bearer[1].scope) == ("reader", "reader", "operate")


def test_a_disabled_account_has_no_password_no_visit_and_no_token(people, now):
    with people.write() as session:
        visits(session, now, "cookie")
        a_token(session, now)
        accounts.disable(session, "ana", by="root", at=now)
        assert accounts.password_hash(session, "ana") is None
        assert accounts.visitor(session, hash_of("cookie"), now) is None
        assert accounts.bearer(session, hash_of("token"), now) is None
        with pytest.raises(UnknownEntry, match="disabled"):
            visits(session, now, "new")
        with pytest.raises(UnknownEntry, match="disabled"):
            a_token(session, now)


def test_a_visit_left_behind_by_a_disabled_account_is_no_way_in(people, now):
    with people.write() as session:
        visits(session, now, "cookie")
        session.execute(update(table_of(tables.Account)).values(disabled_at=now))
        assert accounts.visitor(session, hash_of("cookie"), now) is None


def test_enabled_again_its_password_and_tokens_work_but_its_visits_are_gone(people, now):
    with people.write() as session:
        visits(session, now, "cookie")
        a_token(session, now)
        accounts.disable(session, "ana", by="root", at=now)
        accounts.enable(session, "ana", by="root", at=now)
        assert accounts.password_hash(session, "ana") == "hash of ana"
        assert accounts.bearer(session, hash_of("token"), now)
        assert accounts.visitor(session, hash_of("cookie"), now) is None


def test_a_token_names_its_bearer_until_it_expires(people, now):
    with people.write() as session:
        number = a_token(session, now, expires_at=now + HOUR)
        found = accounts.bearer(session, hash_of("token"), now + HOUR - timedelta(microseconds=1))
        assert found
        assert (found[0].name, found[1].id, found[1].name) == ("ana", number, "page")
        assert accounts.bearer(session, hash_of("token"), now + HOUR) is None
        assert accounts.bearer(session, hash_of("another"), now) is None


def test_a_token_without_an_end_works_until_it_is_revoked_and_then_never_again(people, now):
    with people.write() as session:
        number = a_token(session, now)
        assert accounts.bearer(session, hash_of("token"), now + timedelta(days=36_500))
        accounts.revoke(session, number, by="root", at=now)
        assert accounts.bearer(session, hash_of("token"), now) is None
        with pytest.raises(UnknownEntry, match="before"):
            accounts.revoke(session, number, by="root", at=now)
        with pytest.raises(IntegrityError), session.begin_nested():
            a_token(session, now)  # the same secret again


def test_a_use_is_noted_and_an_earlier_one_does_not_take_its_place(people, now):
    with people.write() as session:
        number = a_token(session, now)
        (token,) = accounts.tokens(session)
        assert token.last_used_at is None
        accounts.note_use(session, number, now + HOUR)
        accounts.note_use(session, number, now)
        (token,) = accounts.tokens(session)
        assert token.last_used_at == now + HOUR


def test_tokens_are_listed_with_those_that_no_longer_work_and_by_account(people, now):
    with people.write() as session:
        accounts.revoke(session, a_token(session, now), by="root", at=now)
        digest = hash_of("ben's")
        accounts.add_token(session, digest, "ben", "feed", "read", expires_at=now, by="ben", at=now)
        assert [each.name for each in accounts.tokens(session)] == ["page", "feed"]
        assert [each.revoked_at for each in accounts.tokens(session, "ana")] == [now]
        assert [each.expires_at for each in accounts.tokens(session, "ben")] == [now]
        assert accounts.tokens(session, "eve") == []


@pytest.mark.parametrize("digest", ["", "ab" * 31, "ab" * 33])
def test_what_is_no_sha256_is_not_kept_as_the_hash_of_a_secret(people, now, digest):
    with pytest.raises(IntegrityError), people.write() as session:
        accounts.begin_visit(session, digest, "ana", at=now, ends_at=now + HOUR)
    with pytest.raises(IntegrityError), people.write() as session:
        accounts.add_token(session, digest, "ana", "t", "read", expires_at=None, by="ana", at=now)
