"""The sentences of a page, put together from its lines, and which of them speak plainly of the study (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sync.study.published import labels
from sync.study.published.page import Line

LONGEST = 400
"""Characters of a sentence that is read: a longer one says more than one thing."""
_END = re.compile(r"(?<=[.!?])[”\"’')\]]{0,2}\s+(?=[A-Z“\"0-9])")
_ENDS = re.compile(r"[.!?:;][”\"’')\]]{0,2}\s*\Z")
_GOES_ON = re.compile(r"[a-z0-9(]")
# What stands around a statement and takes it back, or makes it one about a part, a place, a time or another study.
_NOT_PLAIN = re.compile(
    r"\b(?:if|whether|unless|until|once|(?-i:may)(?! (?:take part|join|participate|enrol|enter))|might|could|would|"
    r"should|perhaps|"
    r"possibly|probably|likely|assuming|"
    r"in case|another|other|similar|related|separate|previous(?:ly)?|prior|earlier|former(?:ly)?|original(?:ly)?|initially|"
    r"at first|parent|sister|sub-?stud(?:y|ies)|extension|follow-?up|roll-?over|companion|pilot|feasibility|"
    r"cohorts?|arms?|groups?|(?<!take )(?<!takes )(?<!taking )(?<!took )parts?|portion|stage|segment|component|"
    r"dose[- ]levels?|(?:lead|run)-in|"
    r"(?:enrol+ed|recruited|treated|patients|participants|subjects) (?:in|into|for) phase|each|every|per|healthy|controls?|"
    r"our (?:site|cent(?:er|re)|hospital|clinic|institution|university|department|team)|"
    r"this (?:site|cent(?:er|re)|hospital|clinic|location)|here|locally|"
    r"as of|so far|to date|at the time|back then|donat\w+|donors?|biobank\w*|of (?:them|these|those|whom|which)|"
    r"(?<!before )the first|the next|"
    r"additional(?:ly)?|further|extra|a (?:year|month|week)|annually|myth|not true|incorrect|wrong(?:ly)?|"
    r"for example|e\.g|hypothetical\w*|imagine|suppose)\b|(?-i:(?<!Phase )(?<!phase )\bI\b(?!/))|[?“”\"]",
    re.IGNORECASE,
)
_ABROAD = re.compile(r"\bstudies\b|\btrials\b|\bregistry\b", re.IGNORECASE)
_OTHERS = re.compile(
    r"\b(?:another|other|similar|related|separate|previous|prior|earlier|first|second|parent|published|pivotal|next)\s(?:[\w-]+\s){0,4}?"
    r"(?:study|trial)\b",
    re.IGNORECASE,
)

_IT = re.compile(r"It (?!(?:is|was) (?:not |un)?(?:known|clear|possible|likely|important|necessary))")
_OF_STUDY = re.compile(
    r"(?:this|the|our) (?:[\w/'’+()-]+,? ){0,7}?(?:study|trial)(?: \(?NCT\d{8}\)?)? "
    r"(?!(?:drug|team|doctor|staff|nurse|site)s?\b)|this is (?:a|an|our|the) [^.;]{0,80}?(?:study|trial)\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"\b(?:donat\w+|donors?|biobank\w*|sub-?stud(?:y|ies)|(?:sister|companion|extension|follow-up) (?:study|trial))\b",
    re.IGNORECASE,
)


class Sentence(NamedTuple):
    """A sentence, and whether those before it in its paragraph speak of another study."""

    text: str
    of_another: bool = False
    read_as: str = ""
    """With the study in the place of "It", where the sentence before has the study as its subject; else empty."""


def sentences(lines: Sequence[Line]) -> Iterator[Sentence]:
    """The sentences of a page in their order."""
    for paragraph in _paragraphs(lines):
        of_another = of_study = False
        for text in map(str.strip, _END.split(paragraph)):
            of_another = of_another or bool(_OTHERS.search(text))
            goes_on = of_study and bool(_IT.match(text))
            of_study = goes_on or bool(_OF_STUDY.match(text))
            if 0 < len(text) <= LONGEST:
                yield Sentence(text, of_another, _IT.sub("This study ", text) if goes_on else "")


def names_another(text: str) -> bool:
    """Whether a sentence speaks of another study: "our other study, NCT…"."""
    return bool(_OTHERS.search(text))


def is_of_others(text: str) -> bool:
    """Whether a sentence names another study, several of them, or a store of samples, whatever else it says."""
    return bool(_OTHERS.search(text) or _ABROAD.search(text) or _ASIDE.search(text))


def is_plain(text: str) -> bool:
    """Whether nothing in a sentence takes back or narrows what is stated in it, and it is of one study."""
    return not _NOT_PLAIN.search(text) and not _ABROAD.search(text)


def _paragraphs(lines: Sequence[Line]) -> Iterator[str]:
    """Lines that a page broke, put together again; bullets and headings stand for themselves."""
    pieces: list[str] = []
    last = None
    for line in lines:
        if last is None or not _goes_on(last, line):
            yield " ".join(pieces)
            pieces = []
        pieces.append(line.text)
        last = line
    yield " ".join(pieces)


def _goes_on(last: Line, line: Line) -> bool:
    together = last.block == line.block and not (last.heading or line.heading or line.marked)
    # Short lines are menus and tables; a broken paragraph has long ones.
    is_broken = len(last.text) >= 30 and not _ENDS.search(last.text) and _GOES_ON.match(line.text)
    return bool(together and is_broken and not labels.is_label(last.text) and not labels.is_label(line.text))
