"""What is read quickly is what reading strictly comes to; whatever is odd is left to the strict reader."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.errors import UnreadableRecord
from sync.study import record as reading
from sync.study import shape as shapes
from sync.study.digest import has_same_bytes
from sync.study.spans import members

LAWS = settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
NUMBERS = st.sampled_from(
    ["0", "-0", "1.0", "1e5", "1E400", "NaN", "-Infinity", "51.0500", "1" * 30, "1" * 5000, "01", "1e-7"]
)
KEYS = st.sampled_from(
    ["a", "b", "é", 'q"', "back\\", ":", "", "\u0001", "😀", "protocolSection", "statusModule"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=15,
)


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """A JSON text, mostly of one object: compact or not, escaped or not, with something odd in it now and then."""
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (",", " :"), (",\n", "\t:\t")]))
    tree = draw(st.dictionaries(KEYS, TREES, max_size=4) | TREES)
    text = json.dumps(tree, separators=separators, ensure_ascii=draw(st.booleans()))
    odd = draw(st.sampled_from(["", "number", "twice", "bytes", "deep", "lists", "surrogate"]))
    if odd == "number":
        text = f'{{"n":{draw(NUMBERS)},"v":{text}}}'
    elif odd == "twice":
        key = draw(st.sampled_from(["k", "\\u006b"]))
        text = f'{{"v":1,"w":{{"{key}":{text},"k":2}}}}'
    elif odd == "deep":
        depth = draw(st.integers(1, 60))
        text = '{"d":' * depth + text + "}" * depth
    elif odd == "lists":
        depth = draw(st.integers(1, 14))
        text = '{"l":' + "[" * depth + text + "]" * depth + "}"
    elif odd == "surrogate":
        rest = draw(st.sampled_from(["", "\\udc00", "x"]))
        text = f'{{"s":"\\ud800{rest}","v":{text}}}'
    raw = text.encode("utf-8", "surrogatepass")
    if odd == "bytes" and raw:
        at = draw(st.integers(0, len(raw) - 1))
        raw = raw[:at] + bytes([draw(st.integers(0, 255))]) + raw[at + draw(st.integers(0, 1)) :]
    return raw


@LAWS
@given(documents())
def test_what_is_read_quickly_is_what_is_read_strictly(raw: bytes) -> None:
    quickly = reading._read_quickly(raw)
    if quickly is not None:
        # As text: 1, 1.0 and true are equal in Python.
        assert json.dumps(quickly) == json.dumps(reading._read_strictly(raw))


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"\\u0062":2}}',
        b'{"a":NaN}',
        b'{"a":1e400}',
        b'{"a":"\\ud800"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":' * 51 + b"1" + b"}" * 51,
        b'{"a":' + b"[" * 11 + b"]" * 11 + b"}",
        b"[1]",
        b"",
    ],
)
def test_what_is_refused_is_never_read_quickly(raw: bytes) -> None:
    with pytest.raises(UnreadableRecord):
        reading._read_strictly(raw)
    assert reading._read_quickly(raw) is None


@LAWS
@given(st.data())
def test_a_record_fits_if_and_only_if_nothing_is_complained_of(data: st.DataObject) -> None:
    record = data.draw(like(shapes._SHAPE))
    assert shapes._fits(record) == (not list(shapes._complaints(record, shapes._SHAPE, "")))


def like(shape: shapes.Shape) -> st.SearchStrategy[Any]:
    """Records of a shape, of which a member here and there is something else."""
    odd = st.sampled_from([None, "text", 1, 1.5, True, [], {}, ["text"], [{}], [1], 2**70])
    if isinstance(shape, str):
        return {
            "": st.just("text"),
            "?": st.booleans(),
            "#": st.sampled_from([1, 2.5]),
            "+": st.sampled_from([0, 1, 2.5, -1]),
        }[shape] | odd
    if isinstance(shape, list):
        return st.lists(like(shape[0]), max_size=2) | odd
    chosen = random.Random(len(shape)).sample(sorted(shape), min(3, len(shape)))
    return st.fixed_dictionaries({}, optional={name: like(shape[name]) for name in chosen}) | odd


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({"x": 1, "y": [1, {"z": "\ud800"}]}, True),
        ({"y": [1, {"z": "\ud800"}], "x": 1}, False),
        ({"x": True, "y": [1, {"z": "\ud800"}]}, False),
        ({"x": 1, "y": [1.0, {"z": "\ud800"}]}, False),
        ({"x": 1, "y": [1]}, False),
        (2**70, False),
        ([], False),
    ],
)
def test_two_values_are_alike_where_they_differ_in_nothing(other: Any, same: bool) -> None:
    assert has_same_bytes({"x": 1, "y": [1, {"z": "\ud800"}]}, other) == same
    assert has_same_bytes(other, other)


def test_what_has_a_key_twice_or_is_no_object_has_no_members() -> None:
    assert members(b'{"a":1,"a":2}') is None
    assert members(b"[1]") is None


@pytest.mark.corpus
def test_real_records_are_all_read_quickly(corpus: Path) -> None:
    with gzip.open(corpus / "studies.jsonl.gz") as lines:
        raws = [line.rstrip() for line in lines][::9]
    assert all(reading._read_quickly(raw) == reading._read_strictly(raw) for raw in raws)
