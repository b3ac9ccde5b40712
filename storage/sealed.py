"""Which rows are sealed, and what of them: all that never changes, or changes only as the service means it to.

What changes at every look is left out: when a study was last read, when a delivery is due and who is at it.
Other columns here mean other hashes: a database that is sealed already then needs a migration that seals it anew.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Integer, String, cast, literal, select, true, type_coerce
from sqlalchemy import Text as SqlText
from sqlalchemy.orm import Session

from storage import tables
from storage.bulk import with_keys
from storage.many_rows import column_of
from storage.tables import Base, table_of
from storage.types import AS_STORED, JsonText, UtcTime, in_utc, plain_json_text

Key = tuple[Any, ...]
"""The values of a row's key."""
Row = Mapping[str, Any]
"""The values of a row by their columns, as they are written."""
Beside = Callable[[Session, Sequence[Key]], Mapping[Key, Any]]
"""What else belongs to rows, kept in another table."""

CHANGE = table_of(tables.Change).c
_ALL = true()


@dataclass(frozen=True)
class Sealed:
    """A table whose rows are sealed: `key` names a row, `columns` are covered, `about` says what it concerns.

    `only`: the rows that are finished; `label`: how a sentence names a row of this key; `beside`: what else belongs to it.
    """

    model: type[Base]
    key: tuple[str, ...]
    columns: tuple[str, ...]
    label: str
    about: str | None = None
    only: ColumnElement[bool] = _ALL
    beside: Beside | None = None

    @cached_property
    def what(self) -> str:
        """The table's name."""
        # SQLAlchemy's own kind of text is bound by SQLite's driver only after a search for an adapter
        return str(table_of(self.model).name)

    @cached_property
    def key_columns(self) -> list[ColumnElement[Any]]:
        """The columns of the key."""
        return [table_of(self.model).c[name] for name in self.key]

    @cached_property
    def subject(self) -> ColumnElement[str]:
        """A row's key as one text, in SQL; `name_of` in Python."""
        first, *rest = (cast(column, SqlText) for column in self.key_columns)
        joined: ColumnElement[str] = first
        for column in rest:
            joined = joined + literal("@", String()) + column
        return joined

    def covers(self, names: Iterable[str]) -> bool:
        """Whether one of these columns is sealed."""
        return not set(self.columns).isdisjoint(names)

    def key_of(self, subject: str) -> Key:
        """The key that a subject names."""
        texts = subject.rsplit("@", len(self.key) - 1)
        is_number = [isinstance(column.type, Integer) for column in self.key_columns]
        return tuple(int(text) if number else text for text, number in zip(texts, is_number, strict=True))

    def name(self, subject: str, about: str | None) -> str:
        """A row in words."""
        named = self.label.format(*self.key_of(subject))
        return f"{named} ({about})" if about and about not in named.split() else named

    def row_hashes(self, session: Session, keys: Sequence[Key]) -> dict[str, tuple[str, str | None]]:
        """The hash of each row of these keys that is there, by subject, and what it is about."""
        return {
            subject: (sha256_of_row(text), about)
            for subject, (text, about) in self.row_texts(session, keys).items()
        }

    def row_texts(self, session: Session, keys: Sequence[Key]) -> dict[str, tuple[str, str | None]]:
        """What of each row is hashed, as one text: its table, key, columns, and what is kept beside it."""
        columns = [_as_stored(table_of(self.model).c[name]) for name in self.columns]
        about = [table_of(self.model).c[self.about]] if self.about else []
        statement = select(*self.key_columns, *columns, *about).where(
            with_keys(self.key_columns, keys), self.only
        )
        width, end = len(self.key), len(self.key) + len(self.columns)
        besides = self.beside(session, keys) if self.beside else {}
        found = {}
        for row in session.execute(statement):
            key = tuple(row[:width])
            values = [*row[width:end], *([besides.get(key, [])] if self.beside else [])]
            found[name_of(key)] = (_row_text([self.what, *key, *values]), row[end] if about else None)
        return found

    @cached_property
    def _values(self) -> list[tuple[str, Callable[[Any], Any] | None]]:
        columns = table_of(self.model).c
        kinds = [(name, type(columns[name].type)) for name in (*self.key, *self.columns)]
        return [(name, _utc_text if kind is UtcTime else AS_STORED.get(kind)) for name, kind in kinds]

    def hashes_of(self, rows: Iterable[Row]) -> Iterator[tuple[str, tuple[str, str | None]]]:
        """The same of rows as they are written, without a look at what stands there; each has all columns that count.

        Of a table that has nothing `beside` its rows.
        """
        width, rows = len(self.key), list(rows)
        columns = [column_of(rows, name, say) for name, say in self._values]
        for row, values in zip(rows, zip(*columns, strict=True), strict=True):
            about = row[self.about] if self.about else None
            text = plain_json_text([self.what, *values])
            yield name_of(values[:width]), (sha256_of_row(text), about)


def name_of(key: Iterable[Any]) -> str:
    """A row's key as one text: `NCT00000001@3`."""
    return "@".join(map(str, key))


def _as_stored(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """JSON is sealed as the text that stands there: nothing is read into it."""
    return type_coerce(column, SqlText()) if isinstance(column.type, JsonText) else column


def _time(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    raise TypeError(f"{type(value).__name__} cannot be sealed")


def _utc_text(value: datetime | None) -> str | None:
    known = in_utc(value)
    return None if known is None else _time(known)


# Any other encoding gives another hash: this one must stay as it is for as long as there are seals.
_row_text = json.JSONEncoder(separators=(",", ":"), default=_time).encode


def sha256_of_row(text: str) -> str:
    """The hash that is sealed of a row's text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _changes(session: Session, keys: Sequence[Key]) -> Mapping[Key, Any]:
    names = ("ordinal", "kind", "path", "op", "old", "new", "detail")
    statement = select(CHANGE.event_id, *(_as_stored(CHANGE[name]) for name in names))
    rows = session.execute(
        statement.where(CHANGE.event_id.in_([key[0] for key in keys])).order_by(
            CHANGE.event_id, CHANGE.ordinal
        )
    )
    found = defaultdict(list)
    for event_id, *change in rows:
        found[event_id,].append(change)
    return found


SEALED = {
    sealed.what: sealed
    for sealed in (
        Sealed(
            tables.Watch,
            ("name",),
            ("definition_hash", "established_release"),
            "the watch {0}",
        ),
        Sealed(
            tables.KeptWatch,
            ("name",),
            ("definition", "revision", "changed_at", "changed_by", "removed_at"),
            "the definition of the watch {0}",
        ),
        Sealed(
            tables.KeptSetting,
            ("name",),
            ("text", "changed_at", "changed_by"),
            "the kept setting {0}",
        ),
        Sealed(
            tables.Study,
            ("nct_id",),
            ("raw_hash", "state", "absent_since", "absent_releases", "alias_of", "first_seen_release"),
            "what is known of {0}'s presence and last reading",
        ),
        Sealed(
            tables.Membership,
            ("id",),
            ("watch", "nct_id", "source", "entered_release", "left_release"),
            "membership {0}",
            about="nct_id",
        ),
        Sealed(
            tables.Version,
            ("nct_id", "number"),
            (
                *("release", "seen_at", "size", "sha256", "content_hash", "derived_hash", "canon"),
                *("submitted", "posted", "provenance", "cycle_id"),
            ),
            "version {1} of {0}",
        ),
        Sealed(
            tables.Backfill,
            ("nct_id",),
            ("at", "listed", "older"),
            "the backfill of {0}",
            about="nct_id",
        ),
        Sealed(
            tables.Dictionary,
            ("id", "copy_number"),
            ("sha256", "samples", "made_at"),
            "copy {1} of dictionary {0}",
        ),
        Sealed(
            tables.Quarantine,
            ("id",),
            ("nct_id", "release", "stamp", "cycle_id", "seen_at", "reason", "size", "sha256"),
            "entry {0} of the quarantine",
            about="nct_id",
        ),
        Sealed(
            tables.Event,
            ("id",),
            (
                *(
                    "nct_id",
                    "watch",
                    "cycle_id",
                    "release",
                    "seen_at",
                    "submitted",
                    "posted",
                    "origin",
                    "kind",
                ),
                *("severity", "headline", "from_version", "to_version", "rules", "held_by", "body"),
            ),
            "the event {0}",
            about="nct_id",
            beside=_changes,
        ),
        Sealed(
            tables.Superseded,
            ("event_id", "rules"),
            ("superseded_at", "body"),
            "the event {0} as the rules {1} had it",
        ),
        Sealed(
            tables.Silence,
            ("nct_id", "state"),
            ("release", "event_id"),
            "the silent state {1} of {0}",
        ),
        Sealed(
            tables.Storm,
            ("event_id",),
            ("state", "decided_at"),
            "the storm {0}",
        ),
        Sealed(
            tables.Alert,
            ("event_id",),
            (
                *(
                    "nct_id",
                    "state",
                    "opened_at",
                    "assignee",
                    "acknowledged_by",
                    "acknowledged_at",
                    "closed_at",
                ),
                *("verdict", "note", "snoozed_until", "snoozed_until_change"),
            ),
            "the alert of {0}",
            about="nct_id",
        ),
        Sealed(
            tables.Mute,
            ("id",),
            ("nct_id", "kind", "until", "reason", "by", "at", "lifted_at"),
            "mute {0}",
            about="nct_id",
        ),
        Sealed(
            tables.Delivery,
            ("id",),
            (
                "kind",
                "event_id",
                "nct_id",
                "route",
                "channel",
                "state",
                "bundle",
                "collects",
                "created_at",
                "body",
            ),
            "the delivery {0}",
            about="event_id",
        ),
        Sealed(
            tables.Attempt,
            ("delivery_id", "number"),
            ("began_at", "ended_at", "outcome", "said"),
            "attempt {1} of the delivery {0}",
            # One without an outcome is under way, or its process ended in it: it is still to be written.
            only=table_of(tables.Attempt).c.outcome.is_not(None),
        ),
        Sealed(
            tables.Audit,
            ("seq",),
            ("at", "who", "action", "subject", "detail", "hash"),
            "entry {0} of the audit log",
            about="subject",
        ),
        Sealed(
            tables.Review,
            ("id",),
            ("nct_id", "version", "at", "by", "note"),
            "review {0}",
            about="nct_id",
        ),
        Sealed(
            tables.OwnPage,
            ("nct_id",),
            ("url", "at", "by"),
            "the address of the own page on {0}",
        ),
        Sealed(
            tables.PublishedPage,
            ("nct_id", "url"),
            ("text", "reviewed", "at", "by"),
            "the published page on {0} at {1}",
            about="nct_id",
        ),
        Sealed(
            tables.ClassDecision,
            ("nct_id",),
            ("decided", "reason", "at", "by"),
            "the decision on what {0} is",
        ),
        Sealed(
            tables.ClassChange,
            ("id",),
            ("nct_id", "at", "version", "cause", "before", "after", "why"),
            "step {0} of what a study is",
            about="nct_id",
        ),
        Sealed(
            tables.Cycle,
            ("id",),
            (
                *("release", "stamp", "started_at", "finished_at", "state", "stage", "error_kind"),
                *("error_message", "counts"),
            ),
            "cycle {0} of the ledger",
            about="release",
            # Its stage and counts change while it runs.
            only=table_of(tables.Cycle).c.state != "running",
        ),
        Sealed(
            tables.Watermark,
            ("name",),
            ("release", "stamp", "api_version", "moved_at"),
            "the watermark {0}",
        ),
    )
}
"""By the table's name, in the order in which a database that is older than the seals is sealed."""


def capital(text: str) -> str:
    """With a capital first letter."""
    return text[:1].upper() + text[1:]
