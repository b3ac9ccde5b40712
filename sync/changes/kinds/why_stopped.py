"""Why a study stopped: the sponsor's words, sorted by what they are about. The words themselves are always told too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from sync.changes.kinds.stop_rules import Rule, StopRules, stop_rules
from sync.study.plain import fold

_LONGEST = 2_000
"""Characters that are read: the registry takes 250, and what a reason is about is said at its beginning."""
_DROPPED = re.compile(r"['’`´\"“”]")
_SPACED = re.compile(r"[\s‐-―_-]+")
_SLASH = re.compile(r" ?/ ?|(?<=risk) ?: ?(?=benefit)|(?<=benefit) ?: ?(?=risk)")
_CAUSE = re.compile(r"\b(?:because(?: of)?|due to|owing to|as a result of|on account of)\b(.{3,})")


class Why(StrEnum):
    """What a reason for stopping is about."""

    SAFETY = "safety"
    EFFICACY = "efficacy"
    ACCRUAL = "accrual"
    BUSINESS = "business"
    REGULATORY = "regulatory"
    LOGISTICS = "logistics"
    UNSPECIFIED = "unspecified"


def why(text: str | None, rules: StopRules | None = None) -> Why:
    """What a reason for stopping is about, by its words; `UNSPECIFIED` where they do not say.

    One that names safety among its causes is about safety.
    """
    rules = rules or stop_rules()
    reason = rules.spelling.mended(_plain(text or ""))
    concerns = _reading(reason, rules.rewriting)
    if any(rule.pattern.search(concerns) for rule in rules.concerns):
        return Why.SAFETY
    said = _reading(reason, [rule for rule in rules.rewriting if not rule.only_for_concerns])
    found, cause = _category(said, rules), _CAUSE.search(said)
    if found is Why.BUSINESS and cause and (why_so := _category(cause[1], rules)) is not Why.UNSPECIFIED:
        return why_so  # "the sponsor decided to stop because of slow recruitment"
    return found


def _reading(reason: str, rules: Sequence[Rule]) -> str:
    """The reason with concerns put plainly, and without what only sounds like one or is denied."""
    said = reason
    for rule in rules:
        if rule.applies_to(reason):
            said = " ".join(rule.pattern.sub(rule.becomes, said).split())
    return said


def _category(said: str, rules: StopRules) -> Why:
    return next((Why(rule.why) for rule in rules.categories if rule.pattern.search(said)), Why.UNSPECIFIED)


def _plain(text: str) -> str:
    """Lower case, single spaces, no hyphens and apostrophes, and "or" for a slash."""
    words = _SPACED.sub(" ", _DROPPED.sub("", fold(text[:_LONGEST]).lower()))
    return _SLASH.sub(" or ", words).strip()
