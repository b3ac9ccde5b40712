"""What an obligation makes of a bound: among the exclusions, too, `must be off for at least 5 days` is a demand.

It is read as an inclusion would be, wherever it stands. A bound of those who are obliged (`steroids > 10 mg must be
stopped`, `women under 50 must use contraception`) says of whom something is asked: that is not known to let in or keep out.
"""

from __future__ import annotations

import re

from sync.changes.criteria.polarity import Bears, Sign, bearing

# `patients who must take > 10 mg`: what they need is a state of theirs.
_STATE = re.compile(r"\b(?:who|whom|whose|that|which|where|when|if)\b", re.IGNORECASE)
_CLAUSE_END = re.compile(r"[,;:]")
_TIME_OFF = re.compile(
    r"\b(?:wash-?out|interval|gap|break|[\w-]+[- ]free|discontinu\w+|stop\w*|ceas\w+|withdraw\w*|interrupt\w+"
    r"|abstinen\w+|abstain\w*"
    r"|refrain\w*|recovery|elapse\w*|pass(?:ed)?|since|after)\b",
    re.IGNORECASE,
)
_IS_FULFILLED = re.compile(
    r"\s(?:be |have (?:been )?)?(?:elapsed?|pass(?:ed)?|met|present|documented|confirmed|maintained|available"
    r"|demonstrated|reached"
    r"|achieved|shown|recorded|verified|fulfilled|observed|completed?)\b",
    re.IGNORECASE,
)
_IS_REQUIRED = re.compile(r"(?:is|are|be) ", re.IGNORECASE)
_NEW_STATEMENT = re.compile(r"(?:;|\b(?:and|but))\s[^,;]*$", re.IGNORECASE)
_AVOIDED = re.compile(
    r"(?<![\w-])(?:avoid\w*|refrain\w*|abstain\w*|abstinen\w+|stop\w*|discontinu\w+|ceas\w+|withdraw\w*"
    r"|withh[eo]ld\w*|quit\w*"
    r"|interrupt\w*|off)\b",
    re.IGNORECASE,
)

_FOR = re.compile(r"\bfor\s*$", re.IGNORECASE)
_FROM_EVENT = re.compile(r"\s*(?:before|prior|after|preceding|from|in advance|ago|since)\b", re.IGNORECASE)
_WANTED = re.compile(
    r"\b(?:adequate|able|ability|capable|normal|negative|sufficient|satisfactory|willing\w*|well[- ]controlled"
    r"|acceptable|agree\w*|consent\w*)\b",
    re.IGNORECASE,
)
_TIMED = re.compile(
    r"(?<![\w-])(?:wash-?out|stable|off|since|pause|[\w-]+[- ]free|last (?:dose|treatment|use|intake|injection"
    r"|infusion)"
    r"|wait\w*|stopped|discontinued|discontinuation|withdrawn)\b",
    re.IGNORECASE,
)
_SINCE = re.compile(
    r"\s*(?:half-?\s?li(?:fe|ves)\s)?(?:since|ago|from the last|after the last)\b", re.IGNORECASE
)


def sign(before: str, after: str, outer: int, *, of_time: bool, lasting: bool) -> Sign:
    """The sign of the statement that a bound stands in, between the words before and after it, given that of its section."""
    leading = [word for word in bearing(before) if word.bears is Bears.OBLIGES]
    behind = next(
        (
            word
            for word in bearing(after)
            if word.bears is Bears.OBLIGES and not _of_a_state(after[: word.start])
        ),
        None,
    )
    lasts = lasting and (_FOR.search(before) or _FROM_EVENT.match(after))
    if not lasts and _AVOIDED.search(before) and (leading or not of_time or lasting):
        return None  # `must avoid > 2 drinks`, `must stop within 2 weeks`: what is asked is its opposite, or its end
    if behind:
        return _of_subject(before, after, behind.start, behind.end, outer, lasting=lasting)
    if not leading or outer > 0:
        return None if outer < 0 and _reads_as_a_demand(before, after, lasting=lasting) else outer
    if _of_a_state(before[: leading[-1].start]) or _IS_REQUIRED.match(before, leading[-1].start):
        return None
    return 1


def _of_a_state(text: str) -> bool:
    """Whether the last clause of a text has a relative pronoun or a condition, so that what follows belongs to it."""
    return _STATE.search(_CLAUSE_END.split(text)[-1]) is not None


def _reads_as_a_demand(before: str, after: str, *, lasting: bool) -> bool:
    """`Off steroids for at least 4 weeks`, `able to walk at least 50 m`: a demand as a rule, though none says so."""
    if any(word.bears is not Bears.OBLIGES for word in bearing(before + after)):
        return False
    return bool(_WANTED.search(before) or (lasting and (_TIMED.search(before) or _SINCE.match(after))))


def _of_subject(before: str, after: str, start: int, end: int, outer: int, *, lasting: bool) -> Sign:
    """`At least 3 months must have passed`, `discontinuation at least 2 weeks before is required`."""
    if outer > 0 and _NEW_STATEMENT.search(after[:start]):
        return outer
    if _IS_REQUIRED.match(after, start):
        asked = outer > 0 or (lasting and _TIME_OFF.search(before + after[:start]))
        return 1 if asked and not _of_a_state(before) else None
    return 1 if _IS_FULFILLED.match(after, end) and (outer > 0 or _TIME_OFF.search(after)) else None
