"""docs/channels.md names every kind of channel and every key."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from sync.alerts.channels import KINDS

PAGE = (Path(__file__).parents[3] / "docs" / "channels.md").read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
@pytest.mark.parametrize("kind", KINDS)
def test_every_key_of_a_kind_stands_in_its_row(kind):
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{kind}` |")]
    fields = importlib.import_module(f"sync.alerts.channels.{kind}").Settings.model_fields
    for key, field in fields.items():
        assert key == "kind" or f"`{key}" in row, key
        if isinstance(field.default, int | float):
            assert f"`{key} = {field.default:g}`".replace("1e+06", "1000000") in row
