"""Who may use the console: accounts, their visits in a browser, their API tokens.

No secret comes here: a password as its argon2 hash, a visit's cookie and a token as their SHA-256 in hexadecimal.
What people do to accounts and tokens is in the audit log, under the account's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from storage import audit, tables
from storage.bulk import insert
from storage.errors import AlreadyThere, UnknownEntry
from storage.rows import columns_of, first_row, rows
from storage.tables import table_of

ACCOUNT = table_of(tables.Account).c
WEB_SESSION = table_of(tables.WebSession).c
TOKEN = table_of(tables.ApiToken).c
AUDIT = table_of(tables.Audit).c
SIGN_IN = "sign in"
"""The audit log's word for it."""
_LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class Account:
    """A person, or a program that acts like one: a reader looks, an operator also acts."""

    name: str
    role: str
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Token:
    """A token for the API; it may do what its scope and its account's role both allow."""

    id: int
    account: str
    name: str
    scope: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    feed: dict[str, str] | None = None
    """The filters of the one feed that it opens, where it is for a feed."""


_ACCOUNT = columns_of(ACCOUNT, Account)
_TOKEN = columns_of(TOKEN, Token)


def accounts(session: Session) -> list[Account]:
    """All accounts by name, the disabled ones among them."""
    # sorted here: the two databases order capitals and punctuation differently
    return sorted((Account(*row) for row in session.execute(select(*_ACCOUNT))), key=lambda each: each.name)


def account(session: Session, name: str) -> Account | None:
    """The account of this name, also when it is disabled."""
    return first_row(session, select(*_ACCOUNT).where(ACCOUNT.name == name), Account)


def known(session: Session, name: str) -> Account:
    """The account of this name. Raises UnknownEntry."""
    found = account(session, name)
    if found is None:
        raise UnknownEntry(f"no account is called {name}; `trialdelta users list` lists them")
    return found


def check_free(session: Session, name: str) -> None:
    """Raise AlreadyThere where an account has this name, or differs in capitals only: people would mix them up."""
    taken = session.scalar(select(ACCOUNT.name).where(func.lower(ACCOUNT.name) == name.lower()))
    if taken is not None:
        raise AlreadyThere(f"there is an account {taken} already; a disabled one can be enabled again")


def password_hash(session: Session, name: str) -> str | None:
    """The hash to verify a password with; None for an account that is unknown or disabled."""
    # One answer for both: who guesses must not learn from it which names there are.
    statement = select(ACCOUNT.password_hash).where(ACCOUNT.name == name, ACCOUNT.disabled_at.is_(None))
    return session.scalar(statement)


def any_account(session: Session) -> bool:
    """Whether there is an account that is not disabled."""
    return session.scalar(select(ACCOUNT.name).where(ACCOUNT.disabled_at.is_(None)).limit(1)) is not None


def add_account(session: Session, name: str, *, role: str, password_hash: str, by: str, at: datetime) -> None:
    """Add an account. Raises AlreadyThere."""
    check_free(session, name)
    values = {"name": name, "role": role, "password_hash": password_hash, "created_at": at}
    session.execute(insert(session, tables.Account).values(values))
    audit.append(session, at, by, "add account", name, role=role)


def set_password(session: Session, name: str, password_hash: str, *, by: str, at: datetime) -> None:
    """Give the account another password and end all its visits; its tokens stay. Raises UnknownEntry."""
    known(session, name)
    _set(session, name, password_hash=password_hash)
    _end_visits(session, name)
    audit.append(session, at, by, "set password", name)


def set_role(session: Session, name: str, role: str, *, by: str, at: datetime) -> None:
    """Give the account another role; its visits and tokens have it at once. Raises UnknownEntry."""
    before = known(session, name).role
    _set(session, name, role=role)
    audit.append(session, at, by, "set role", name, role=role, before=before)


def disable(session: Session, name: str, *, by: str, at: datetime) -> None:
    """End the account's visits, and let neither its password nor its tokens work. Raises UnknownEntry."""
    _end_visits(session, name)
    if known(session, name).disabled_at is None:
        _set(session, name, disabled_at=at)
        audit.append(session, at, by, "disable account", name)


def enable(session: Session, name: str, *, by: str, at: datetime) -> None:
    """Let the account's password work again, and its tokens that are not revoked. Raises UnknownEntry."""
    if known(session, name).disabled_at is not None:
        _set(session, name, disabled_at=None)
        audit.append(session, at, by, "enable account", name)


def rehash(session: Session, name: str, password_hash: str) -> None:
    """Keep the same password under newer parameters; nobody did anything, and visits stay.

    To be called in a transaction in which `password_hash` still is what was verified: else another password,
    set in the meantime, would be undone.
    """
    _set(session, name, password_hash=password_hash)


def begin_visit(session: Session, hash: str, account: str, *, at: datetime, ends_at: datetime) -> None:
    """Begin a visit of an account, and forget those that have ended. Raises UnknownEntry for a disabled account too."""
    _enabled(session, account)
    # Here, because each visit begins with a write anyway: no job is needed that sweeps.
    session.execute(delete(table_of(tables.WebSession)).where(WEB_SESSION.ends_at <= at))
    values = {"hash": hash, "account": account, "began_at": at, "ends_at": ends_at}
    session.execute(insert(session, tables.WebSession).values(values))


def addresses(session: Session, name: str, *, since: datetime, most: int) -> list[str]:
    """From where an account was signed in to, the latest first: as many as `most`, of those since then."""
    statement = select(AUDIT.detail).where(
        AUDIT.subject == name, AUDIT.action == SIGN_IN, AUDIT.who == name, AUDIT.at >= since
    )
    found: dict[str, None] = {}
    # Whoever signs in from one place hundreds of times must not make each further sign-in read all of them.
    for (detail,) in session.execute(statement.order_by(AUDIT.seq.desc()).limit(_LOOKED_AT)):
        found.setdefault(str(detail.get("address", "")))
        if len(found) == most:
            break
    return list(found)


def note_sign_in(session: Session, name: str, address: str, at: datetime) -> None:
    """Write down that an account was signed in to, and from where."""
    audit.append(session, at, name, SIGN_IN, name, address=address)


def visitor(session: Session, hash: str, now: datetime) -> Account | None:
    """Whose visit this is: of one that has not ended, of an account that is not disabled."""
    statement = select(*_ACCOUNT).join(table_of(tables.WebSession), WEB_SESSION.account == ACCOUNT.name)
    statement = statement.where(
        WEB_SESSION.hash == hash, WEB_SESSION.ends_at > now, ACCOUNT.disabled_at.is_(None)
    )
    return first_row(session, statement, Account)


def end_visit(session: Session, hash: str) -> None:
    """End a visit; one that is not known has ended already."""
    session.execute(delete(table_of(tables.WebSession)).where(WEB_SESSION.hash == hash))


def add_token(
    session: Session,
    hash: str,
    account: str,
    name: str,
    scope: str,
    *,
    expires_at: datetime | None,
    by: str,
    at: datetime,
    feed: Mapping[str, str] | None = None,
) -> int:
    """Add a token of an account; the number to revoke it by. Raises UnknownEntry for a disabled account too."""
    _enabled(session, account)
    values = {"hash": hash, "account": account, "name": name, "scope": scope, "feed": feed}
    adding = insert(session, tables.ApiToken).values(**values, created_at=at, expires_at=expires_at)
    number: int = session.execute(adding.returning(TOKEN.id)).scalar_one()
    until = expires_at.isoformat() if expires_at else None
    said = {"number": number, "name": name, "scope": scope, "until": until}
    audit.append(
        session, at, by, "add token", account, **said, **({} if feed is None else {"feed": dict(feed)})
    )
    return number


def tokens(session: Session, account: str | None = None) -> list[Token]:
    """All tokens, or an account's, in the order in which they were added; revoked and expired ones among them."""
    statement = select(*_TOKEN).order_by(TOKEN.id)
    if account is not None:
        statement = statement.where(TOKEN.account == account)
    return rows(session, statement, Token)


def bearer(session: Session, hash: str, now: datetime) -> tuple[Account, Token] | None:
    """Whose token for the API this is: of one neither revoked nor expired, of an account that is not disabled."""
    return _holder(session, hash, now, TOKEN.feed.is_(None))


def feed_token(session: Session, hash: str, now: datetime) -> Token | None:
    """The token of a feed, in force as those for the API are."""
    found = _holder(session, hash, now, TOKEN.feed.is_not(None))
    return found[1] if found else None


def _holder(
    session: Session, hash: str, now: datetime, of_kind: ColumnElement[bool]
) -> tuple[Account, Token] | None:
    statement = select(*_ACCOUNT, *_TOKEN).join(table_of(tables.ApiToken), TOKEN.account == ACCOUNT.name)
    statement = statement.where(
        of_kind,
        TOKEN.hash == hash,
        TOKEN.revoked_at.is_(None),
        or_(TOKEN.expires_at.is_(None), TOKEN.expires_at > now),
        ACCOUNT.disabled_at.is_(None),
    )
    row = session.execute(statement).first()
    return (Account(*row[: len(_ACCOUNT)]), Token(*row[len(_ACCOUNT) :])) if row else None


def revoke(session: Session, token_id: int, *, by: str, at: datetime) -> None:
    """Let a token not work any more, for good. Raises UnknownEntry, also where it was revoked before."""
    statement = update(table_of(tables.ApiToken)).where(TOKEN.id == token_id, TOKEN.revoked_at.is_(None))
    revoked = session.execute(statement.values(revoked_at=at).returning(TOKEN.account, TOKEN.name)).first()
    if revoked is None:
        raise UnknownEntry(f"no token has the number {token_id}, or it was revoked before")
    audit.append(session, at, by, "revoke token", revoked.account, number=token_id, name=revoked.name)


def note_use(session: Session, token_id: int, at: datetime) -> None:
    """Note that a token was used, unless a later use is noted already."""
    earlier = or_(TOKEN.last_used_at.is_(None), TOKEN.last_used_at < at)
    statement = update(table_of(tables.ApiToken)).where(TOKEN.id == token_id, earlier)
    session.execute(statement.values(last_used_at=at))


def _enabled(session: Session, name: str) -> None:
    if known(session, name).disabled_at is not None:
        raise UnknownEntry(f"the account {name} is disabled; `trialdelta users enable {name}` enables it")


def _set(session: Session, name: str, **values: Any) -> None:
    session.execute(update(table_of(tables.Account)).where(ACCOUNT.name == name).values(values))


def _end_visits(session: Session, name: str) -> None:
    session.execute(delete(table_of(tables.WebSession)).where(WEB_SESSION.account == name))
