"""Section titles and sub-headings: which lines are titles, and which section one opens."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

INCLUSION, EXCLUSION, GENERAL = "inclusion", "exclusion", "general"

_SECTION_WORD = re.compile(r"\b(non[- ]?inclusions?|inclusions?|exclusions?)\b", re.IGNORECASE)
_BOTH = re.compile(r"\binclusion\s?(?:/|and|or|&)\s?exclusion\b", re.IGNORECASE)
_SENTENCE_EXCLUDES = re.compile(
    r"\b(?:excluded|ineligible|disqualified|not\s(?:be\s)?(?:eligible|enrolled|included|entered|participate)"
    r"|(?:must|should|may|do|does)\snot\s(?:meet|have|fulfil))\b",
    re.IGNORECASE,
)
_SENTENCE_INCLUDES = re.compile(
    r"\b(?:eligible|included|enrolled|inclusion|must\s(?:meet|fulfil\w*|satisfy)"
    r"|(?:meet|fulfil\w*|satisfy)\s(?:all|the\sfollowing|each))\b",
    re.IGNORECASE,
)
_ABOUT_PEOPLE = re.compile(
    r"\b(?:patients?|subjects?|participants?|individuals?|volunteers?|women|men|persons?|children|candidates?|criteria)\b",
    re.IGNORECASE,
)
_PLAIN_SECTION = re.compile(
    r"(?:(?:key|main|major|general|principal|primary|important|study|the|patient|subject|participant|eligibility)\s){0,4}"
    r"(?P<word>non[- ]?inclusion|inclusions?|exclusions?|excluded|included)(?:\scriteri(?:a|on|um|as|ons))?",
    re.IGNORECASE,
)
_ELIGIBILITY = re.compile(r"(?:study\s)?eligibility(?:\scriteria)?", re.IGNORECASE)
_RUN_IN = re.compile(
    r"((?:(?:key|main|major|general)\s)?(?:inclusion|exclusion)(?:\scriteria|\scriterion)?\s?[:：]\s?[-–—]?)\s{0,5}(?=\w|[^\w\s])",
    re.IGNORECASE,
)
_INLINE_SECTION = re.compile(
    r"(?<=[.;,:)])\s+(?=(?:(?:Key|Main|KEY|MAIN)\s)?(?:Inclusion|Exclusion|INCLUSION|EXCLUSION)\s(?:[Cc]riteria|CRITERIA)\s?:)"
)
_PART = re.compile(
    r"(?:part|cohort|group|arm|phase|module|stage|step|stratum|sub-?study|for)\b", re.IGNORECASE
)
_PUNCTUATION = " :;.,-–—*#_[]()"


class Title(NamedTuple):
    """A title as written, and the section it opens (None: it divides the section it stands in)."""

    text: str
    section: str | None


def cut_at_sections(text: str) -> list[str]:
    """A paragraph cut where a new section starts in the middle of it (`… . Exclusion Criteria: …`)."""
    return _INLINE_SECTION.split(text)


def run_in(text: str) -> tuple[str, str] | None:
    """Title and rest of a line such as `Exclusion criteria: pregnancy`, if it starts with a section's title."""
    found = _RUN_IN.match(text)
    return (found[1], text[found.end() :]) if found and found.end() < len(text) else None


def section_title(text: str) -> Title | None:
    """The title in a line, if the line can be nothing but the title of a section, wherever it stands."""
    bare = text.strip(_PUNCTUATION)
    if _ELIGIBILITY.fullmatch(bare):
        return Title(text, GENERAL)
    plain_section = _PLAIN_SECTION.fullmatch(bare)
    return Title(text, _section_of(plain_section["word"])) if plain_section else None


def paragraph_title(text: str, next_style: str, next_text: str) -> Title | None:
    """The title in a paragraph outside lists, by what follows it; what is not clearly a title is a criterion."""
    if found := section_title(text):
        return found
    words = len(text.split())
    colon = text.endswith(":")
    before_list = bool(next_style or (_PART.match(text) and section_title(next_text)))
    if words > 40 or (words > 14 and not colon) or text.endswith((".", ";", ",")):
        return None
    if section := _named_section(text, colon=colon):
        return Title(text, section)
    if colon or _bracketed(text) or (text.isupper() and words <= 8 and before_list):
        return Title(text, None) if words <= 25 else None
    return Title(text, None) if before_list and words <= 8 else None


@lru_cache(maxsize=4_000)
def canonical(title: str) -> str:
    """A title for comparison: small, without punctuation at its ends; a plain section title is nothing but its section."""
    bare = title.strip(_PUNCTUATION)
    return "" if section_title(title) else " ".join(bare.lower().split())


def _named_section(text: str, *, colon: bool) -> str | None:
    if _BOTH.search(text):
        return None
    if colon and _SENTENCE_EXCLUDES.search(text):
        return EXCLUSION
    if named := _SECTION_WORD.search(text):
        return _section_of(named[1])
    if not colon or not _ABOUT_PEOPLE.search(text):
        return None
    return INCLUSION if _SENTENCE_INCLUDES.search(text) else None


def _section_of(word: str) -> str:
    return INCLUSION if word.lower().startswith("inclu") else EXCLUSION


def _bracketed(text: str) -> bool:
    return text[:1] == "[" and text[-1:] == "]"
