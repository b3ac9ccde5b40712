"""Finds numbers that do not agree with what they are numbers of: "1 events", "2 study"."""

from __future__ import annotations

import re

_REGULAR = (
    *(
        "alert",
        "attempt",
        "change",
        "channel",
        "cycle",
        "day",
        "event",
        "group",
        "letter",
        "message",
        "minute",
    ),
    *("record", "release", "request", "seal", "site", "storm", "thing", "version", "way", "week"),
)
_MANY = {noun: f"{noun}s" for noun in _REGULAR} | {
    "study": "studies",
    "delivery": "deliveries",
    "entry": "entries",
    "watch": "watches",
    "criterion": "criteria",
}
_ONE = {many: one for one, many in _MANY.items()}
NOUNS = "|".join(_ONE)
_COUNT = re.compile(
    r"(?<![\w.,:/#–−-])(?<!Phase )([\d,]*\d) (?:more |open |old |due )?"
    rf"({NOUNS}|{'|'.join(_MANY)})\b(?![-/=_]| status)"
)


def wrong_plurals(text: str) -> list[str]:
    """Each number with a noun that does not agree with it."""
    return [found[0] for found in _COUNT.finditer(text) if (found[1] == "1") == (found[2] in _ONE)]
