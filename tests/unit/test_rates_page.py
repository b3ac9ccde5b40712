"""docs/rates.md is written where the cohort is at hand, and says so where it is not."""

from __future__ import annotations

from pathlib import Path

from tests.rates.page import MISSING, page


def test_missing_material_is_said_to_be_missing(tmp_path: Path):
    assert page(tmp_path).endswith(MISSING)
