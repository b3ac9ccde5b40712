"""A console that is open to others, the accounts on it, and their tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from storage import accounts
from storage.engine import Database
from sync.service import Service
from sync.web import secrets

PASSWORD = "correct horse battery"
PUBLIC: dict[str, Any] = {"host": "0.0.0.0", "hosts": ("trials.example.org",)}


def add(database: Database, service: Service, name: str, role: str) -> None:
    """An account with the one password."""
    with database.write() as session:
        hashed = secrets.hash_password(PASSWORD)
        accounts.add_account(session, name, role=role, password_hash=hashed, by="root", at=service.now())


def token(service: Service, name: str, scope: str, *, lasts: timedelta | None = None) -> str:
    """A new token of an account."""
    made = secrets.new_token()
    with service.database.write() as session:
        expires = service.now() + lasts if lasts else None
        accounts.add_token(
            session,
            secrets.fingerprint(made),
            name,
            "script",
            scope,
            expires_at=expires,
            by="root",
            at=service.now(),
        )
    return made
