"""Sentences that no frame reads: what the study does, how many it takes in, predicates and denials that are not known."""

from __future__ import annotations

import re

from sync.changes.criteria import predicates
from sync.changes.criteria.polarity import PEOPLE, Bears, bearing

_OF_THE_STUDY = re.compile(
    r"\W*(?:(?:the|an?|each|all|every|planned|study|regular|further) )*(?:interim|visits?\b|follow-?ups?\b"
    r"|recruitment|enrol?lment|sample size|blood (?:volume|draws?|sampling|samples?)"
    r"|screening (?:period|phase|window)|run-?in|(?:study |treatment )?(?:duration|period) of the"
    r"|treatment (?:period|phase|duration)|(?:[\w-]+-based )?dos(?:ing|age)\b|stratification"
    r"|screening (?:takes|lasts|includes)"
    r"|(?:infusions?|injections?|sessions?|procedures?|biops(?:y|ies)) (?:takes?|lasts?)"
    r"|(?:maximum |minimum |starting |initial |total |daily |study )*dos(?:e|age) (?:is|will)\b)",
    re.IGNORECASE,
)
_IMPERATIVE = re.compile(
    r"\W*(?:please )?(?:wait|stop|allow|keep|avoid|discontinue|withhold|ensure|check|give"
    r"|leave)\b(?! of)",
    re.IGNORECASE,
)
_COUNTS = frozenset("0123456789%")
_OF_PEOPLE = re.compile(
    rf"\s*%?\s?(?:of )?(?:the |all |these |evaluable |eligible )*{PEOPLE}\b(?!['’])", re.IGNORECASE
)
_NEW_CLAUSE = re.compile(r"(?:,|\b(?:and|or|but|if))\s$", re.IGNORECASE)
# `> 160 mmHg not controlled by drugs` restricts, `not completed` denies; of any other bare `not` it is not known.
_AFTER_NOT = re.compile(
    r"\s(?:controlled|respon|amenable|correct|treat|explain|reliev|improv|due|relat|attribut|caus|requir|associat"
    r"|includ|receiv|taking|using|in\b|of\b|at\b|by\b|for\b|on\b|to\b|from\b|more|less|exceed|later|limited"
    r"|complet|finish|elaps|pass|observ|met\b|reach|achiev|done|perform|respect|kept|yet|been|fully)",
    re.IGNORECASE,
)
# `will not be held against them`: what is not done to whoever takes part is no denial of the bound.
_OF_WHAT_IS_DONE = re.compile(
    r"(?:(?:will|would|shall|should|does|do|must)(?: not|n't)(?: be| have)?|not)", re.IGNORECASE
)
# `closes the study to`: what befalls the study, or somebody's taking part, but for `before the study`, `in this trial`.
_OF_TAKING_PART = re.compile(
    r"(?<!\bof)(?<!\bin)(?<!\binto)(?<!\bbefore)(?<!\bduring)(?<!\bafter)(?<!\bat)(?<!\bon)(?<!\bfor)"
    r"(?<!\bthroughout)(?<!\buntil)(?<!\bsince)(?<!\bby)(?<!\bwith)(?<!\bwithin)(?<!\bfrom)(?<!\bper)(?<!\bunder)"
    r"(?<!\bprior to)(?<!\bentering)(?<!\bstarting)(?<!\bbeginning)(?<!\bjoining)(?<!\bcompleting)(?<!\bcomplete)"
    r"(?<!\benter)(?<!\bjoin)(?<!\bfollowing)(?<!\brelated to)(?<!\bthat)(?<!\boutside)(?<!\bwhile)(?<!\bif)"
    r"\s(?:the|this|our) (?:study|trial)\b(?! (?:drug|treatment|medication|intervention|product|agent|doctor|investigator"
    r"|physician|site|team|staff|procedure|visit|requirement|protocol|period|duration|condition|population|day))",
    re.IGNORECASE,
)


def is_unread(before: str, bound: str, after: str) -> bool:
    """Whether a sentence, cut at a bound, is none that says who may enter, or has words that nobody can account for."""
    if (
        tells_of_the_study(before + bound)
        or _IMPERATIVE.match(before)
        or (bound[-1:] in _COUNTS and _OF_PEOPLE.match(after))
    ):
        return True
    if _OF_TAKING_PART.search(after):
        return True
    return _has_unread_denial(after) or predicates.unknown(f"{before}{predicates.BOUND}{after}")


def tells_of_the_study(text: str) -> bool:
    """Whether a sentence begins with what the study does: visits, dosing, an interim analysis."""
    return _OF_THE_STUDY.match(text) is not None


def _has_unread_denial(after: str) -> bool:
    bare = (
        word
        for word in bearing(after)
        if word.bears is Bears.DENIES and _OF_WHAT_IS_DONE.fullmatch(after, word.start, word.end)
    )
    return any(
        not _AFTER_NOT.match(after, word.end) and not _NEW_CLAUSE.search(after[: word.start]) for word in bare
    )
