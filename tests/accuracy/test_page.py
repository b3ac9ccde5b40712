"""docs/accuracy.md says what the measurement says; and the measurement works with what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.accuracy import page


@pytest.mark.slow
@pytest.mark.corpus
def test_the_page_is_what_the_measurement_says(corpus: Path) -> None:
    if not (corpus.parent / "cases").is_dir():
        pytest.skip("the written cases (../shared/cases) are not here")
    written = (page.ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")
    # The last table follows the weights of the rules, which have tests of their own.
    measured, said = (text.partition(page.LAST)[0] for text in (page.page(), written))
    assert measured == said, "docs/accuracy.md is out of date: run `python -m tests.accuracy`"


def test_missing_material_is_said_to_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "SHARED", tmp_path)
    monkeypatch.setattr(page, "ROUNDS", 1)
    monkeypatch.setattr(page, "TEXTS", 5)
    monkeypatch.setattr(page, "EDITS", 10)
    told = page.page()
    assert told.count("Not measured here") == 4
    assert "| denial |" in told
