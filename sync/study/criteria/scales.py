"""Scales that go by steps: how the steps are written (`NYHA III`, `Child-Pugh B`), where a scale begins and ends."""

from __future__ import annotations

import re
from math import inf

from sync.study.criteria.markers import roman

ROMAN = r"(?P<roman>(?-i:[IVX]{1,4}))(?![\w'’])(?!-(?!\s?[IVX]{1,4}\b))"
LETTER = r"(?P<letter>(?-i:[ABC]))(?![\w'’])(?!-(?!\s?[ABC]\b))"

_BETWEEN = (
    r"(?:[\s:(=≥≤<>/,–-]|\b(?:or|and|to|of|than|higher|greater|less|lower|more|worse|equal|at|least|most|above|below"
    r"|over|under|exceeding|functional|class(?:es)?|classification|physical|status|stages?|grades?|score|category"
    r"|cirrhosis|[IVX]{1,4}|[ABC])\b)*$"
)
_BEFORE_ROMAN = re.compile(
    r"\b(?:nyha|new york heart association|asa|killip|ccs|grades?|class(?:es)?|stages?)\b\)?" + _BETWEEN,
    re.IGNORECASE,
)
_BEFORE_LETTER = re.compile(
    r"\bchild[-–\s]?(?:turcotte[-–\s]?)?pugh(?:['’]s)?\b\)?" + _BETWEEN, re.IGNORECASE
)
_LOOK_BACK = 60
_NUMERALS = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")

WHOLE = frozenset((
    "ECOG", "NYHA", "ASA", "Child-Pugh", "Child-Pugh class", "grade", "stage", "prior therapies", "MELD", "MMSE", "MoCA",
    "Gleason", "SLEDAI",
))  # fmt: skip
"""Scales that have whole numbers only: `ECOG < 2` is `ECOG ≤ 1`."""

ENDS = {
    "ECOG": (0, 4),
    "NYHA": (1, 4),
    "Child-Pugh class": (1, 3),
    "grade": (0, inf),
    "Karnofsky": (0, 100),
}
"""The least and the most step of a scale: bounds there are none. `ECOG 0-1` is `ECOG ≤ 1`, `NYHA III-IV` is `NYHA ≥ III`."""


def value_of(text: str, start: int, numeral: str | None, letter: str | None) -> float | None:
    """The step that a Roman numeral or a letter at a position is of a scale named before it; None where none is."""
    before = text[max(0, start - _LOOK_BACK) : start]
    if numeral and _BEFORE_ROMAN.search(before):
        return float(roman(numeral.lower())) or None
    if letter and _BEFORE_LETTER.search(before):
        return 1.0 + "ABC".index(letter)
    return None


def written(value: float, steps: str) -> str:
    """A step as its scale writes it: `III` in `roman` ones, `B` where the `steps` are letters."""
    return _NUMERALS[int(value)] if steps == "roman" and 0 < value <= 10 else "?ABC"[int(value)]
