"""Real criteria, copied as a browser copies them, beside the text that they are from: alike, but for an altered number."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from itertools import groupby, islice
from pathlib import Path

import pytest

from sync.alerts.published.check import published
from sync.alerts.published.registered import LONGEST
from sync.study.criteria import parse
from sync.study.criteria.pasted import listed

pytestmark = pytest.mark.corpus
Record = Callable[[str, object], None]

_NUMBER = re.compile(r"(?<![\w.,/^-])[1-9]\d?(?![\w.,/^-])")


@pytest.fixture(scope="module")
def texts(corpus: Path) -> list[str]:
    """Every fourth of the eligibility texts."""
    return list(islice(_texts(corpus), 0, None, 4))


def _texts(corpus: Path) -> Iterator[str]:
    with gzip.open(corpus / "studies.jsonl.gz", "rt", encoding="utf-8") as stream:
        for study in map(json.loads, stream):
            text = study["protocolSection"].get("eligibilityModule", {}).get("eligibilityCriteria", "")
            if 0 < len(text) <= LONGEST:
                yield text


def copied(text: str) -> str:
    """The criteria as a page shows them and a browser copies them: no bullets, no indents, no headings but the sections'."""
    sections = groupby(parse(text).items, key=lambda item: item.section)
    return "\n".join(
        line
        for section, items in sections
        for line in (f"{section.capitalize()} criteria", *(item.text for item in items))
    )


def test_a_copy_says_what_the_record_says(texts: list[str], record_property: Record) -> None:
    differ = [text for text in texts if published(listed(copied(text)), text).changed]
    record_property("copies, of which differ", [len(texts), len(differ)])
    assert len(texts) > 400
    assert len(differ) <= len(texts) * 0.005


def test_the_registrys_own_text_says_what_the_record_says(texts: list[str]) -> None:
    assert [text for text in texts if published(listed(text), text).changed] == []


def test_one_number_altered_is_one_criterion_that_differs(texts: list[str], record_property: Record) -> None:
    altered = exact = 0
    for text in texts:
        lines = copied(text).split("\n")
        at = next((at for at, line in enumerate(lines) if _NUMBER.search(line)), None)
        if at is None:
            continue
        lines[at] = _NUMBER.sub(lambda found: str(int(found[0]) + 1), lines[at], count=1)
        found = published(listed("\n".join(lines)), text)
        altered += 1
        exact += found.changed == 1
        assert found.changed >= 1, lines[at]
    record_property("altered, told as one criterion", [altered, exact])
    assert altered > 300
    assert exact >= altered * 0.98
