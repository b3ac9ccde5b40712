"""Every storage test runs on a real SQLite file and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from storage.engine import Database, open_database
from storage.new_versions import NewVersion


@contextmanager
def plans_of(session: Session) -> Iterator[list[str]]:
    """How SQLite finds the rows of what is asked meanwhile, a line each step."""
    plans: list[str] = []
    connection = session.connection()

    def explain(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        rows = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        plans.extend(row[3] for row in rows)

    event.listen(connection, "before_cursor_execute", explain)
    yield plans
    event.remove(connection, "before_cursor_execute", explain)


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """The database that the test runs on."""
    return str(request.param)


@pytest.fixture
def url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'trialdelta.db'}"
        return
    with request.getfixturevalue("postgresql").database() as url:
        yield url


@pytest.fixture
def database(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with its tables."""
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'trialdelta.db'}"
        if backend == "postgresql":
            template = request.getfixturevalue("with_tables")
            url = stack.enter_context(request.getfixturevalue("postgresql").database(template))
        opened = open_database(url)
        opened.ensure_schema()
        yield opened
        opened.close()


NOW = datetime(2026, 9, 2, 13, 5, 11, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    """The time in tests that do not care which."""
    return NOW


class MakeVersion(Protocol):
    """Makes a content to store, of a text or of bytes."""

    def __call__(
        self, content: str | bytes, nct_id: str = "NCT00000001", release: str = "2026-09-01", **other: Any
    ) -> NewVersion: ...


@pytest.fixture
def make_version() -> MakeVersion:
    """A factory of contents; hashes are those of the bytes."""

    def make(
        content: str | bytes, nct_id: str = "NCT00000001", release: str = "2026-09-01", **other: Any
    ) -> NewVersion:
        payload = content.encode() if isinstance(content, str) else content
        digest = sha256(payload).hexdigest()
        hashes = {"raw_hash": digest, "content_hash": digest, "derived_hash": digest}
        fields: dict[str, Any] = {
            "stamp": f"{release}T09:00:05",
            "seen_at": NOW,
            "canon": 1,
            **hashes,
            **other,
        }
        return NewVersion(nct_id, payload, release, **fields)

    return make


def a_change(kind: str = "status", **other: Any) -> dict[str, Any]:
    """A change as events carry it."""
    path = f"protocolSection.{kind}"
    return {"kind": kind, "path": path, "op": "changed", "old": "A", "new": "B", "detail": {}} | other


def an_event(event_id: str, nct_id: str | None = "NCT00000001", **other: Any) -> dict[str, Any]:
    """An event in the format of the design."""
    return {
        "id": event_id,
        "nct_id": nct_id,
        "title": "A study",
        "release": "2026-09-02",
        "seen_at": "2026-09-02T13:05:11Z",
        "submitted": "2023-09-25",
        "posted": "2023-09-28",
        "origin": "registry",
        "kind": "status",
        "severity": "medium",
        "headline": "Status A → B",
        "reasons": [{"rule": "status.unknown", "fact": "a fact"}],
        "from": {"version": 1, "release": "2026-04-25", "sha256": "ab"},
        "to": {"version": 2, "release": "2026-09-02", "sha256": "cd"},
        "changes": [a_change()],
        "suppressed": [],
        "context": {"status": "B"},
        "rules": "ef",
        "links": {},
    } | other


@pytest.fixture
def change() -> Callable[..., dict[str, Any]]:
    """A factory of changes."""
    return a_change


@pytest.fixture
def told() -> Callable[..., dict[str, Any]]:
    """A factory of events."""
    return an_event
