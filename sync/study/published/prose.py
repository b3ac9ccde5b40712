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
    r"\b(?:if|whether|unless|until|once|(?-i:may)|might|could|would|should|perhaps|possibly|probably|likely|assuming|"
    r"in case|another|other|similar|related|separate|previous(?:ly)?|prior|earlier|former(?:ly)?|original(?:ly)?|initially|"
    r"at first|parent|sister|sub-?stud(?:y|ies)|extension|follow-?up|roll-?over|companion|pilot|feasibility|"
    r"cohorts?|arms?|groups?|(?<!take )(?<!takes )(?<!taking )(?<!took )parts?|portion|stage|segment|component|"
    r"dose[- ]levels?|(?:lead|run)-in|"
    r"(?:enrol+ed|recruited|treated|patients|participants|subjects) (?:in|into|for) phase|each|every|per|healthy|controls?|"
    r"our (?:site|cent(?:er|re)|hospital|clinic|institution|university|department|team)|"
    r"this (?:site|cent(?:er|re)|hospital|clinic|location)|here|locally|"
    r"as of|so far|to date|at the time|back then|of (?:them|these|those|whom|which)|the first|the next|"
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


class Sentence(NamedTuple):
    """A sentence, and whether those before it in its paragraph speak of another study."""

    text: str
    of_another: bool = False


def sentences(lines: Sequence[Line]) -> Iterator[Sentence]:
    """The sentences of a page in their order."""
    for paragraph in _paragraphs(lines):
        of_another = False
        for text in _END.split(paragraph):
            of_another = of_another or bool(_OTHERS.search(text))
            if 0 < len(text) <= LONGEST:
                yield Sentence(text.strip(), of_another)


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
