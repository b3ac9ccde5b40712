"""Which sentences of a page say something of who takes part, how many, or how the study stands (pure).

A page is not said to hold as a whole while such a sentence was not understood.
"""

from __future__ import annotations

import re

from sync.study.published import labels
from sync.study.published.page import parts
from sync.study.published.prose import is_of_others

_TAKES_PART = re.compile(
    r"\b(?:(?:take|takes|taking|took) part|participat(?:e|es|ed|ing)|join(?:s|ed|ing)?|enrol\w*|recruit\w*|accrual|"
    r"eligib\w+|ineligible|exclude[sd]?|qualif(?:y|ies)|(?:are|is) (?:welcome|allowed|open)|"
    r"(?:can|may|must|cannot|can['’]t|should|need to|have to) (?:not )?(?:be|have|enter|apply)|"
    r"will (?:be )?(?:treat|includ|test|randomi[sz])\w*|plans? (?:for|to)|expects|looking for|seeking)\b",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"\d|\b(?:dozen|hundred|ten|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|eighteen|twenty-one|"
    r"men|women|males?|females?|boys|girls|child(?:ren)?|adults?|adolescents|minors|infants|babies|pregnan\w+|breast-?feeding|"
    r"aged?|sex|gender|years?|months|healthy|only|if you|who (?:have|are|had)|patients with|people with|status|unknown|"
    r"recruiting|enrolling|open|closed|completed?|terminated|withdrawn|suspended|stopped|paused|finished|ended|on hold)\b",
    re.IGNORECASE,
)
_STANDS = re.compile(
    r"\b(?:this|the|our) (?:[\w-]+ ){0,4}?(?:study|trial)(?: has| is| was| will be)(?: [\w-]+){0,3}? "
    r"(?:recruiting|enrolling|open|closed|completed?|over|terminated|withdrawn|suspended|stopped|paused|finished|ended|"
    r"on hold|halted|discontinued|observational|interventional|cancelled|phase|sponsored)\b"
    r"|\b(?:age limit|(?:minimum|maximum|lowest|highest) age)\b",
    re.IGNORECASE,
)
_FEWEST_WORDS = 4
"""Words of a sentence: fewer are a menu's, or a heading's."""


def asks_to_be_read(text: str) -> bool:
    """Whether a sentence says such a thing of the study that its page is about."""
    if len(text.split()) < _FEWEST_WORDS or "?" in text or is_of_others(text):
        return False
    if labels.is_label(text) or labels.is_furniture(text) or "[" in text or len(parts(text)) > 1:
        return False
    return bool(_STANDS.search(text) or (_TAKES_PART.search(text) and _VALUE.search(text)))
