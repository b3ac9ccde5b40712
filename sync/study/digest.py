"""SHA-256 of JSON values, the same on every machine and from every program that was ever released."""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from functools import lru_cache
from typing import Any

import msgspec

_has_number = re.compile(rb"[:\[,]-?\d|\A-?\d").search
_ONE_DIGIT = bytes.maketrans(b"123456789", b"000000000")
_in_order = msgspec.json.Encoder().encode
_encoded = msgspec.json.Encoder(order="deterministic").encode
_ESCAPED = "trialdelta.json"


def sha256_of(value: Any) -> str:
    """SHA-256 in hex of a JSON value made of texts, whatever the order of its keys."""
    try:
        return _sha256(_in_ascii(_encoded(value)))
    except UnicodeEncodeError:  # half a character, which `read_record` refuses
        return _sha256_by_json(value)


def sha256_as_written(value: Any) -> str:
    """SHA-256 in hex of any JSON value, numbers as Python writes them."""
    try:
        text = _encoded(value)
    except (UnicodeEncodeError, OverflowError):
        return _sha256_by_json(value)
    # What looks like a number in a text costs no more than time: the registry computes hardly any.
    return _sha256_by_json(value) if _may_have_number(text) else _sha256(_in_ascii(text))


def _may_have_number(text: bytes) -> bool:
    # A number ends with a digit, before what ends a value: that is looked for in a fifth of the time of the expression.
    digits = text.translate(_ONE_DIGIT)
    ends = b"0," in digits or b"0}" in digits or b"0]" in digits or digits[-1:] == b"0"
    return ends and bool(_has_number(text))


def as_bytes(value: Any) -> bytes:
    """A JSON value as bytes, its keys in their order: what differs in anything has other bytes, `1` and `true` too."""
    try:
        return _in_order(value)
    except (UnicodeEncodeError, OverflowError):  # half a character, a number beyond 64 bits
        return json.dumps(value).encode()


def has_same_bytes(one: Any, other: Any) -> bool:
    """Whether two JSON values differ in nothing, not even in the order of their keys."""
    # To Python `1` is `True`; but what is unequal to it is so in no time.
    return one == other and (type(one) is str or as_bytes(one) == as_bytes(other))


def _sha256_by_json(value: Any) -> str:
    return _sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode())


def _in_ascii(text: bytes) -> bytes:
    """The bytes that `json.dumps` would write, made five times as fast: hashes of older programs stay true."""
    # Encoding looks for what is not ASCII in a tenth of the time that an expression takes.
    if not text.isascii():
        text = text.decode().encode("ascii", _ESCAPED)
    return text.replace(b"\x7f", rb"\u007f") if b"\x7f" in text else text


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return _ascii(error.object[error.start : error.end]), error.end


codecs.register_error(_ESCAPED, _escaped)


@lru_cache(maxsize=1_000)
def _ascii(signs: str) -> str:
    return json.dumps(signs)[1:-1]


def _sha256(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
