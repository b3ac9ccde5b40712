"""Pages made of real records: nothing that is true is called outdated, and what is outdated is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.accuracy import published


@pytest.mark.corpus
def test_no_true_fact_or_criterion_of_a_real_page_is_called_wrong(corpus: Path) -> None:
    found = published.score(corpus, most=25, every=300)
    assert found.wrong == []
    outdated = found.of(found.facts, published.OUTDATED)
    # The rest is not on every page (contacts, sites), or differs by no more than its precision.
    assert outdated["outdated"] > 0.6 * outdated.total()
    assert outdated["right"] <= 0.02 * outdated.total()
