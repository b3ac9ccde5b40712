"""docs/changes.md: every kind, rule and threshold, with an example that the code itself made.

`TRIALDELTA_WRITE_DOCS=1 pytest tests/unit/changes/test_docs.py` writes the page anew.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from sync.changes.kinds.table import SUPPRESSIONS
from sync.changes.model import Kind, Op
from sync.changes.rule import Limits, Rule
from tests.support.rule_examples import BY_HAND, BY_PAIR, EXAMPLES, Explain, Record, example

PAGE = Path(__file__).resolve().parents[3] / "docs" / "changes.md"
MARK = "<!-- from here on written by tests/unit/changes/test_docs.py -->\n"


SECTIONS = (
    *(Kind.STATUS, Kind.ENROLLMENT, Kind.ELIGIBILITY, Kind.OUTCOMES, Kind.ARMS, Kind.DESIGN, Kind.DATES),
    *(Kind.SITES, Kind.SPONSOR, Kind.SCHEMA, Kind.ADMINISTRATIVE, Kind.RESULTS, Kind.REFERENCES),
    *(Kind.OVERSIGHT, Kind.IDENTIFICATION, Kind.DESCRIPTION, Kind.CONDITIONS, Kind.CONTACTS),
    *(Kind.DOCUMENTS, Kind.IPD, Kind.DERIVED),
)
"""The sections of the page, as one reads them: what watches over the record before what only names its fields."""
SUPPRESSED = (
    *("site.status_cleared", "site.status_came_back", "site.status_followed", "contacts.closed"),
    *("eligibility.age_groups", "status.last_known"),
)
"""What is suppressed, the most frequent first."""


def rendered(invented: Record, told: Explain) -> str:
    """The part of the page that the code knows best."""
    return "\n".join([*_kinds(), *_rules(invented, told), *_suppressions(), *_limits()]) + "\n"


def _kinds() -> list[str]:
    return [
        "## Words in an event",
        "",
        f"Kinds of change: {_words(list(Kind)[: list(Kind).index(Kind.DERIVED) + 1])}.",
        f"Kinds without versions: {_words(rule.kind for rule in BY_HAND)}, `schema`.",
        f"Operations: {_words(Op)}.",
        "",
    ]


def _words(values: Any) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _rules(invented: Record, told: Explain) -> list[str]:
    lines = [
        "## Rules",
        "",
        "The example is what the event says when the rule fires on an invented study.",
        "",
    ]
    for kind in sorted({rule.kind for rule in BY_PAIR}, key=_section):
        lines += [f"### {kind}", "", "| rule | severity | fires when | example |", "|---|---|---|---|"]
        for rule in (each for each in BY_PAIR if each.kind is kind):
            event = example(rule, invented, told)
            fact = next(reason.fact for reason in event.reasons if reason.rule == rule.id)
            lines.append(f"| `{rule.id}` | {rule.severity} | {rule.meaning} | {_cell(fact)} |")
        lines.append("")
    lines += [
        "### Membership, presence, silence, storms",
        "",
        "| rule | severity | kind | fires when |",
        "|---|---|---|---|",
    ]
    lines += [f"| `{rule.id}` | {rule.severity} | `{rule.kind}` | {rule.meaning} |" for rule in BY_HAND]
    return [*lines, ""]


def _section(kind: Kind) -> tuple[int, str]:
    """Where the section of a kind stands; of one that is not named, last."""
    return SECTIONS.index(kind) if kind in SECTIONS else len(SECTIONS), kind


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _suppressions() -> list[str]:
    lines = ["## What is suppressed", "", "| reason | why |", "|---|---|"]
    assert set(SUPPRESSIONS) == set(SUPPRESSED)
    return [*lines, *(f"| `{reason}` | {SUPPRESSIONS[reason]} |" for reason in SUPPRESSED), ""]


def _limits() -> list[str]:
    lines = ["## Thresholds", "", "| `[rules.thresholds]` | default |", "|---|---|"]
    return [*lines, *(f"| `{name}` | {_default(value)} |" for name, value in asdict(Limits()).items())]


def _default(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def test_every_rule_has_an_example() -> None:
    assert set(EXAMPLES) == {rule.id for rule in BY_PAIR}


@pytest.mark.parametrize("rule", BY_PAIR, ids=lambda rule: str(rule.id))
def test_a_rule_fires_on_its_example(rule: Rule, invented: Record, told: Explain) -> None:
    event = example(rule, invented, told)
    assert rule.id in {reason.rule for reason in event.reasons}, event.reasons
    assert event.headline


def test_the_page_says_what_the_code_does(invented: Record, told: Explain) -> None:
    text = rendered(invented, told)
    head = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    if os.environ.get("TRIALDELTA_WRITE_DOCS"):
        PAGE.write_text(head + MARK + "\n" + text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == head + MARK + "\n" + text
