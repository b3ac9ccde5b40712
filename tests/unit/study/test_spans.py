"""Where the members of an object stand in its bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.study.spans import members

KEYS = st.text('aé"\\中 :,{}', max_size=4)
VALUES = st.one_of(st.none(), st.text(max_size=5), st.lists(st.integers(), max_size=2))


@given(st.dictionaries(KEYS, VALUES, max_size=4), st.sampled_from([(",", ":"), (", ", " : ")]), st.booleans())
def test_each_member_stands_where_it_is_said_to_stand(
    value: dict[str, Any], signs: tuple[str, str], is_ascii: bool
) -> None:
    text = json.dumps(value, separators=signs, ensure_ascii=is_ascii).encode()
    found = members(text)
    assert found is not None
    assert {key: json.loads(text[slice(*span)]) for key, span in found.items()} == value


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"b":22,"a":333}',
        b'{"a":1,"\\u0061":1}',
        b'{"a":1}{}',
        b"[1]",
        b"",
    ],
)
def test_an_object_with_a_key_twice_and_what_is_no_object_have_no_members(text: bytes) -> None:
    assert members(text) is None
