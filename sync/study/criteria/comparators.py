"""Comparators in symbols and in words, before a number (`no less than`) and after it (`or older`)."""

from __future__ import annotations

import re

_MORE = "greater|more|higher|larger|older|longer|better|later|heavier|taller"
_LESS = "less|lower|fewer|smaller|younger|shorter|worse|earlier|lighter"
_LAST = "last|past|previous|prior|preceding|first|next|following|coming"
_SYMBOLS = {
    "≥": r"[≥≧⩾]|[>˃＞]\s?/\s?(?:or\s?)?=|[>˃＞]\s?=|=\s?(?:/|or)?\s?[>˃＞]|[>˃＞]\s?or\s?=",
    "≤": r"[≤≦⩽]|[<˂＜]\s?/\s?(?:or\s?)?=|[<˂＜]\s?=|=\s?(?:/|or)?\s?[<˂＜]|[<˂＜]\s?or\s?=",
    ">": "[>˃＞]",
    "<": "[<˂＜]",
    "=": "=",
}
_WORDS = {
    "≥": rf"(?:{_MORE})(?: than)?,? or (?:is )?equals? (?:to|than)|equals? (?:to )?or (?:{_MORE})(?: than)?"
    rf"|at least|(?:no|not) (?:{_LESS}) than|(?:not|never) (?:below|under)"
    r"|(?:a |at a |the )?minimum(?: (?!of)\w+)?(?: of| is)?|min\.?|starting (?:at|from)",
    "≤": rf"(?:{_LESS})(?: than)?,? or (?:is )?equals? (?:to|than)|equals? (?:to )?or (?:{_LESS})(?: than)?"
    rf"|at (?:the )?most|(?:no|not) (?:{_MORE}) than|(?:not|never) (?:to )?(?:exceed(?:s|ing|ed)?|above|over)"
    rf"|up to(?: and including)?|(?:a |the )?maximum(?: (?!of)\w+)?(?: of| is)?|max\.?"
    rf"|within(?: (?:the )?(?:{_LAST}))?|(?:in|during|over|for)(?: the)? (?:{_LAST})",
    ">": rf"(?:{_MORE}) than|over|above|exceed(?:s|ing|ed)?|in excess of|beyond|upwards? of",
    "<": rf"(?:{_LESS}) than|below|under|beneath",
    "=": r"equals?(?: to)?|exactly",
}
_LEADING = re.compile(
    "(?:"
    + "|".join(
        f"(?P<s{at}>{_SYMBOLS[sign]}|(?<![A-Za-z])(?:{words}))"
        for at, (sign, words) in enumerate(_WORDS.items())
    )
    + r")(?:\s?(?:a|an|the|of|age|about|approximately|score|level|total|value|grade|class|stage)\b){0,3}"
    + r"(?:\s?\(\s?[<>≥≤]\s?=?\s?\))?[\s:]*$",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:not|no)\s*$", re.IGNORECASE)
_FLIPPED = {"≥": "<", ">": "≤", "≤": ">", "<": "≥", "=": "="}
_OF_AGE = r"(?:\s?\(?(?:of age|old|in age|inclusive)\)?)?"
_TRAILING = {
    "≥": re.compile(
        rf"{_OF_AGE},?\s?(?:(?:or|and|&)\s(?:is\s)?(?:{_MORE}|above|over|up|upwards?)\b(?! than)"
        rf"|(?<=\d\d)\+(?=[\s,;.)]|$))",
        re.I,
    ),
    "≤": re.compile(rf"{_OF_AGE},?\s?(?:or|and|&)\s(?:is\s)?(?:{_LESS}|below|under)\b(?! than)", re.I),
}
# `18 ≤ age < 65`: the bound stands before what it bounds.
_REVERSED = re.compile(rf"\s?({'|'.join(_SYMBOLS[sign] for sign in '≥≤><')})\s?(?=[A-Za-z])")
_TURNED = {"≥": "≤", ">": "<", "≤": "≥", "<": ">"}
_WINDOW_BEFORE = re.compile(r"\b(?:in|during|over|for) (?:the|a)\s*$", re.IGNORECASE)
_OF_A_TIME = re.compile(r"\b(?:later|earlier) than\b", re.IGNORECASE)
_WINDOW_AFTER = re.compile(
    r"\s?(?:period )?(?:prior|before|preceding|previous|leading|in advance)\b", re.IGNORECASE
)
_DUTY_BEFORE = re.compile(r"\b(?:until|for|through|wash-?out(?: period)?(?: of)?:?)\s*$", re.IGNORECASE)
_DUTY_AFTER = re.compile(r"\s?(?:after|following|post|from the last|beyond)\b", re.IGNORECASE)
# `Planning to become pregnant until 3 months after`: a span that something may fall into, and not a duty.
_INTENDS = re.compile(
    r"\b(?:plan(?:s|ned|ning)?|intend\w*|intentions?|wish\w*|desir\w+|want\w*) (?:to|of|on)\b", re.IGNORECASE
)
_CLAUSE = 120
_LOOK_BACK = 60


def leading(text: str, start: int, end: int) -> tuple[str, int] | None:
    """The comparator right before a number that spans `start` to `end`, and where the comparator starts."""
    # The expression is anchored at its end alone: over the whole text each number would cost all that stands before it.
    window = text[max(0, start - _LOOK_BACK) : start]
    found = _LEADING.search(window)
    if found is None:
        return None
    sign = next(name for at, name in enumerate(_WORDS) if found[f"s{at}"] is not None)
    at = start - len(window) + found.start()
    if _OF_A_TIME.search(found[0]) and _WINDOW_AFTER.match(text, end):
        sign = _TURNED.get(sign, sign)  # `no later than 7 days before` is 7 days or more
    # In front of what the table above knows only as it stands: `not > 5`.
    if denied := _NOT.search(text[max(0, at - 6) : at]):
        return _FLIPPED[sign], at - len(denied[0])
    return sign, at


def trailing(text: str, end: int) -> tuple[str, int] | None:
    """The comparator right after a position (`or older`, `and above`, `+`) and where it ends."""
    for sign, pattern in _TRAILING.items():
        if found := pattern.match(text, end):
            return sign, found.end()
    if found := _REVERSED.match(text, end):
        return _TURNED[
            next(sign for sign in _SYMBOLS if re.fullmatch(_SYMBOLS[sign], found[1].strip()))
        ], found.end()
    return None


def implied(text: str, start: int, end: int) -> str:
    """The comparator of a bare duration: a look back is a maximum, a wash-out or a duty of some time is a minimum."""
    before = text[max(0, start - _LOOK_BACK) : start]
    if _WINDOW_BEFORE.search(before) and _WINDOW_AFTER.match(text, end):
        return "≤"
    duty = _DUTY_BEFORE.search(before)
    if duty and _INTENDS.search(text[max(0, start - _CLAUSE) : start]):
        return "≤"
    if duty and (duty[0].lower().startswith("wash") or _DUTY_AFTER.match(text, end)):
        return "≥"
    return ""
