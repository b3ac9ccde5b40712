"""Column types that behave alike on SQLite and PostgreSQL, and refuse what only one of them would take."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import DateTime, Dialect, LargeBinary, Text
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from storage.errors import StorageError

# One for all: `json.dumps` makes an encoder for each value, of which a study has five.
_as_json = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode


class NaiveTime(StorageError, DontWrapMixin):
    """A time without a zone was given to the database, which keeps UTC only."""


def in_utc(value: datetime | None) -> datetime | None:
    """A time in UTC. Raises NaiveTime when it has no zone."""
    if value is not None and value.utcoffset() is None:
        raise NaiveTime(f"{value.isoformat()} has no zone: the database keeps UTC only")
    return value if value is None or value.tzinfo is UTC else value.astimezone(UTC)


def plain_text(value: str | None) -> str | None:
    """A text, fit for both databases."""
    if value is None or (value.isascii() and "\0" not in value):
        return value
    return value.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def are_plain(values: Iterable[str | None]) -> bool:
    """Whether texts are fit for both databases as they are: asked of all at once, in a tenth of the time."""
    together = "".join(filter(None, values))
    return together.isascii() and "\0" not in together


def json_text(value: Any) -> str | None:
    """A value as JSON text; None where there is none."""
    return None if value is None else _as_json(value)


def plain_json(value: Any) -> str | None:
    """The same text of what is made of texts, whole numbers, true and false alone, in a sixth of the time."""
    return None if value is None else plain_json_text(value)


def plain_json_text(value: Any) -> str:
    """The same of what is there; None is null."""
    try:
        text = _plain_json()(value)
    except UnicodeEncodeError:  # half a surrogate pair
        return _as_json(value)
    return text.decode() if text.isascii() and b"\x7f" not in text else _as_json(value)


@cache
def _plain_json() -> Callable[[Any], bytes]:
    import msgspec  # where rows are written, and no earlier: each command begins with the types of the columns

    return msgspec.json.Encoder().encode


def hex_text(value: str | None) -> str | None:
    """A hash in lower-case hexadecimal digits."""
    return None if value is None else value.lower()


def hash_bytes(value: str | None) -> bytes | None:
    """A hash as bytes."""
    return None if value is None else bytes.fromhex(value)


class UtcTime(TypeDecorator[datetime]):
    """An aware time, kept and given back in UTC; SQLite itself would drop the zone without a word."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """In UTC; raises NaiveTime when it has no zone."""
        return in_utc(value)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Aware, in UTC."""
        if value is None:
            return None
        # SQLite gives it back without a zone, PostgreSQL in the session's.
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class PlainText(TypeDecorator[str]):
    """Text without what a database refuses: NUL is dropped, half a surrogate pair becomes U+FFFD.

    Only what is derived from a record is kept as text; its payload is kept as bytes, so nothing is lost.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """The same text, fit for both databases."""
        return plain_text(value)


class JsonText(TypeDecorator[Any]):
    """A JSON value as ASCII text: PostgreSQL then takes NUL (\\u0000), both take half a surrogate pair."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str | None:
        """JSON text; None is SQL's NULL."""
        return json_text(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Any:
        """The value again."""
        return None if value is None else json.loads(value)


class PlainJson(JsonText):
    """A JSON value of texts, whole numbers, true and false alone, such as what is summed up of a record."""

    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str | None:
        """JSON text; None is SQL's NULL."""
        return plain_json(value)


class HexHash(TypeDecorator[str]):
    """A hash: hexadecimal text outside, half as many bytes inside."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> bytes | None:
        """The hash's bytes."""
        return hash_bytes(value)

    def process_result_value(self, value: bytes | None, _dialect: Dialect) -> str | None:
        """The hash in lower-case hexadecimal digits."""
        return None if value is None else bytes(value).hex()


class TsVector(UserDefinedType[str]):
    """PostgreSQL's tsvector, given as its text: SQLAlchemy's own would import the whole dialect with every command."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Its name."""
        return "TSVECTOR"


class TsQuery(UserDefinedType[str]):
    """PostgreSQL's tsquery, to cast a text to."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Its name."""
        return "TSQUERY"


class SearchVector(TypeDecorator[str]):
    """The words of a text with their places, on PostgreSQL; empty on SQLite, which keeps them elsewhere."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """A tsvector on PostgreSQL."""
        return dialect.type_descriptor(TsVector() if dialect.name == "postgresql" else Text())


AS_STORED: Mapping[type[TypeEngine[Any]], Callable[[Any], Any]] = {
    UtcTime: in_utc,
    PlainText: plain_text,
    JsonText: json_text,
    PlainJson: plain_json,
    HexHash: hex_text,
}
"""What a column of a type says of a value that it was given, JSON as the text that stands there; others say the same."""
BOUND: Mapping[type[TypeEngine[Any]], Callable[[Any], Any]] = {
    PlainText: plain_text,
    JsonText: json_text,
    PlainJson: plain_json,
    HexHash: hash_bytes,
}
"""What a driver is given for a value of a type, of those that are the same for both."""
