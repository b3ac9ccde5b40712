"""The headline: one sentence that says what happened, the weightiest first."""

from __future__ import annotations

from collections.abc import Sequence

from sync.changes.kinds import kind_named
from sync.changes.model import Kind, Reason, Severity
from sync.changes.rule import Facts
from sync.changes.sentences import short

LONGEST = 300


def headline(kinds: Sequence[Kind], facts: Facts, reasons: Sequence[Reason]) -> str:
    """What happened, `kinds` in order of weight: "Status A → B; also 2 sites added"; what is quiet only where alone."""
    loud = [kind for kind in kinds if not kind_named(kind).is_quiet(facts)] or kinds[:1]
    # a module that is gone says more than the fields that went with it
    grave = [
        reason
        for reason in reasons
        if reason.rule.startswith("schema.") and reason.severity is Severity.CRITICAL
    ]
    announced = dict.fromkeys(kind_named(kind).joins(facts) or kind for kind in loud)
    return _sentence(
        [*(short(each.fact) for each in grave), *(kind_named(kind).phrased(facts) for kind in announced)]
    )


def _sentence(phrases: Sequence[str]) -> str:
    """The phrases in one sentence, as many as fit."""
    text = short("".join(phrases[:1]), LONGEST)
    for number, phrase in enumerate(phrases[1:], start=1):
        longer = f"{text}{'; also ' if number == 1 else '; '}{_continued(phrase)}"
        # Whole phrases or none: half a phrase can mean the opposite.
        if len(longer) > LONGEST:
            return f"{text}; and {len(phrases) - number} more"
        text = longer
    return text


def _continued(phrase: str) -> str:
    """A phrase within a sentence: "status …", but "IPD sharing …"."""
    return phrase if phrase[1:2].isupper() else phrase[:1].lower() + phrase[1:]
