"""What is summed up of a record, as JSON: written quickly, and the very text that the slow way writes."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from storage.types import json_text, plain_json

plain_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.text('a"\\/\x00\x1f\x7fé\ud800😀'),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(plain_values)
def test_the_quick_way_writes_the_same_text_as_the_slow_one(value: Any) -> None:
    assert plain_json(value) == json_text(value)
