"""The headline: what happened in at most two lines, the weightiest first; written in one text, read as two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sync.changes.kinds import kind_named
from sync.changes.lines import ALSO, Headline
from sync.changes.model import Kind, Reason, Severity
from sync.changes.rule import Facts
from sync.changes.sentences import short
from sync.words import counted

ONE_LINE, SECOND_LINE = 110, 140
"""Letters of a line in the inbox on a screen of 1,440 pixels: bold beside the severity, small and light under it."""
LONGEST = 2 * ONE_LINE


def headline(kinds: Sequence[Kind], facts: Facts, reasons: Sequence[Reason]) -> Headline:
    """What happened, `kinds` in order of weight: "Status A → B; also 2 sites added"; what is quiet only where alone."""
    loud = [kind for kind in kinds if not kind_named(kind).is_quiet(facts)] or kinds[:1]
    # a module that is gone says more than the fields that went with it
    grave = [
        reason
        for reason in reasons
        if reason.rule.startswith("schema.") and reason.severity is Severity.CRITICAL
    ]
    announced = dict.fromkeys(kind_named(kind).joins(facts) or kind for kind in loud)
    return _in_two_lines(
        [*(_Phrase(short(each.fact)) for each in grave), *(_of(k, facts) for k in announced)]
    )


class _Phrase(NamedTuple):
    whole: str
    brief: str = ""
    """In a few words, where there is no room for old and new."""


def _of(kind: Kind, facts: Facts) -> _Phrase:
    about = kind_named(kind)
    return _Phrase(about.phrased(facts), about.subject_of(facts.changes))


def _in_two_lines(phrases: Sequence[_Phrase]) -> Headline:
    """The first phrase, and as many of the others as fit into the second line."""
    lead = _parted(short(phrases[0].whole, LONGEST))
    rest = phrases[1:]
    if len(lead) <= ONE_LINE:
        return Headline(lead, _second_line(rest))
    return Headline(f"{lead}; and {len(rest)} more" if rest else lead)


def _second_line(phrases: Sequence[_Phrase]) -> str:
    text = ""
    for number, phrase in enumerate(phrases):
        # Whole phrases or none: half a phrase can mean the opposite.
        told = [_parted(each) for each in phrase if each]
        longer = [f"{text}; {_continued(each)}" if text else _continued(each) for each in told]
        rest = len(phrases) - number
        room = SECOND_LINE if rest == 1 else SECOND_LINE - len("; and 00 more")
        fitting = next((each for each in longer if len(each) <= room), None)
        if fitting is None:
            return (
                f"{text}; and {rest} more"
                if text
                else counted(rest, "other kind of change", "other kinds of change")
            )
        text = fitting
    return text


def _parted(phrase: str) -> str:
    """A phrase without what would end the first line, which a record's own words may hold."""
    return phrase.replace(ALSO, ", also ")


def _continued(phrase: str) -> str:
    """A phrase within a sentence: "status …", but "IPD sharing …"."""
    return phrase if phrase[1:2].isupper() else phrase[:1].lower() + phrase[1:]
