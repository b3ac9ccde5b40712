"""What a list stands under: how its header turns its items, and how they make it true."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sync.changes.criteria import predicates
from sync.changes.criteria.polarity import BRACKET, Bears, Sign, bearing
from sync.study.criteria import titles


class Join(StrEnum):
    """How the items of a list make its header true: all of them, any of them, some number; as kinds of one thing; unsaid."""

    ALL = "all"
    ANY = "any"
    SOME = "some"
    KINDS = "kinds"
    PLAIN = "plain"


class Turn(StrEnum):
    """What a header does with its items: nothing, bars or permits them, asks for their failure, excepts them."""

    SAME = "same"
    BARS = "bars"
    PERMITS = "permits"
    FAILS = "fails"
    EXCEPTS = "excepts"


@dataclass(frozen=True, slots=True)
class Header:
    """A header as read; None instead of one where it fits no frame."""

    turn: Turn
    join: Join


_NUMBER = r"(?:[2-9]|two|three|four|five|six|seven|eight|nine|ten)"
_THESE = r"(?:of )?(?:the )?(?:following|these|below)"
_JOINS: tuple[tuple[Join, str], ...] = (
    (
        Join.SOME,
        rf"\b(?:at least|minimum of|a minimum of|≥|>=|more than)? ?{_NUMBER}(?: or more)?(?: \w+)? {_THESE}"
        rf"|\b{_NUMBER} or more\b",
    ),
    (
        Join.ANY,
        r"\b(?:any|either|one|1)(?: or more| \(?or more\)?)?(?: \w+){0,2} (?:of\b|following)|\bat least (?:one|1"
        r"|an?)\b|\bone or more\b|\bany\b|\beither\b|≥ ?1\b",
    ),
    (Join.ALL, r"\b(?:all|both|each|every|combination)\b"),
)
_JOIN_OF = tuple((join, re.compile(words, re.IGNORECASE)) for join, words in _JOINS)
_KINDS = re.compile(
    r"^\W*(?:the |following |eligible |included |accepted |allowed )*(?:[\w-]+ )?(?:tumou?r|cancer|malignanc|disease"
    r"|diagnos|histolog|subtype|indication|patholog)\w*"
    r"(?: (?:types?|subtypes?|entities|groups?))?(?: (?:include|are|included|as follows))?\W*$",
    re.IGNORECASE,
)
_EXAMPLES = re.compile(
    r"\b(?:includ\w+|such as|e\.g|for example|for instance|not limited|namely|examples?|defined|definition|i\.e)\b",
    re.IGNORECASE,
)
_OF_LEAVING = re.compile(r"\b(?:withdrawal|discontinuation|removal from|re-?screening)\b", re.IGNORECASE)
_REQUIREMENT = re.compile(
    r"\b(?:adequate|must|shall|should|required|requirements?|need\w*|meet\w*|fulfil\w*|satisf\w*|laborator\w+"
    r"|(?:organ|marrow|renal|hepatic|cardiac|liver"
    r"|kidney|pulmonary|hematologic\w*|haematologic\w*) functions?|lab(?:oratory)? (?:values?|parameters?|tests?)"
    r"|criteria)\b",
    re.IGNORECASE,
)
_NORMAL_BELOW = re.compile(
    r"\b(?:inadequate|insufficient|deficient|impaired|poor|abnormal)\b.{0,200}\b(?:where adequate|adequate means"
    r"|adequate is|normal (?:values?|ranges?|limits?) (?:below|are|is)|required values?|requirements? (?:below"
    r"|are))\b",
    re.IGNORECASE,
)
# Among the exclusions such a list is of what is asked for, or of what bars: no word says which.
_ASKED_FOR = re.compile(
    r"\b(?:required|needed|necessary|mandatory|requirements?|requisites?|prerequisites?|minimum|minimal|acceptable"
    r"|adequate|desired|expected|wanted|demanded|sought|called for|to be (?:met|fulfilled|satisfied|present|documented)"
    r"|(?:for|before|at|on) (?:study )?(?:entry|inclusion)|(?<!non-)(?<!non )eligib\w+|normal)\b",
    re.IGNORECASE,
)
_INADEQUATE = re.compile(r"\b(?:inadequate|insufficient|deficient|impaired)\b", re.IGNORECASE)
_NOT_MEETING = re.compile(
    r"(?<!must )(?<!should )(?<!shall )(?<!may )\b(?:not|fail(?:s|ed|ing|ure)? to|does not|do not"
    r"|unable to)\b(?: be able to)? (?:meet|fulfil|satisf|hav"
    r"|achiev|maintain)\w*|\bfailure (?:of|in)\b|\black of\b",
    re.IGNORECASE,
)
_FEWER_THAN = re.compile(
    rf"\b(?:(?:fewer|less) than|no more than|not more than|at most|a maximum of|up to) (?:{_NUMBER}|one"
    rf"|1)(?: \w+)? {_THESE}",
    re.IGNORECASE,
)
_AT_LEAST_ONE = re.compile(r"\b(?:at least (?:one|1)|one or more|≥ ?1)\b", re.IGNORECASE)
_NONE_OF = re.compile(
    r"\b(?:none|absence|absent|free|no evidence|no history|no)\b(?: of| from)?(?: any| the| all| these)*"
    r"|\bmust be absent\b|\b(?:must|may|should|do|does|did|have|has) not\b",
    re.IGNORECASE,
)


def header(text: str, section: str) -> Header | None:
    """How a header bears on the items under it, in a section; None where it fits no frame."""
    if _EXAMPLES.search(text) or _OF_LEAVING.search(text):
        return None
    join = _join_of(text)
    if _NORMAL_BELOW.search(text):
        return Header(Turn.FAILS, Join.ANY)
    kinds = _kinds_in(_FEWER_THAN.sub("", text))
    if _FEWER_THAN.search(text):
        return None if kinds else Header(Turn.FAILS, Join.SOME)
    return _of_kinds(text, section, kinds, join)


def _kinds_in(text: str) -> set[Bears]:
    """The kinds of words that bear on polarity; an exception in brackets is of the header's own words, not of its items."""
    own = {word.bears for word in bearing(BRACKET.sub(" ", text))}
    inside = {word.bears for bracket in BRACKET.findall(text) for word in bearing(bracket)}
    return own if inside == {Bears.EXCEPTS} else own | inside


def _of_kinds(text: str, section: str, kinds: set[Bears], join: Join) -> Header | None:
    """A header by the kinds of words in it that bear on polarity."""
    if Bears.OBLIGES in kinds and section == "exclusion":
        return None  # a demand in the wrong section
    kinds = kinds - {Bears.OBLIGES}
    if kinds in ({Bears.PROHIBITS}, {Bears.PROHIBITS, Bears.IF}):
        return Header(Turn.BARS, join)
    if (
        _NOT_MEETING.search(text)
        and section == "exclusion"
        and not kinds & {Bears.PERMITS, Bears.EXCEPTS, Bears.UNLESS}
    ):
        return _of_failure(text, join)
    if kinds == {Bears.EXCEPTS}:
        barring = section == "exclusion" and re.search(r"\binclusion\b", text, re.IGNORECASE)
        return Header(Turn.SAME if barring else Turn.EXCEPTS, join)
    if kinds in ({Bears.PERMITS}, {Bears.PERMITS, Bears.IF}, {Bears.UNCOUNTED}):
        return Header(Turn.PERMITS, join)
    if kinds == {Bears.DENIES} and section == "inclusion" and _NONE_OF.search(text):
        return Header(Turn.BARS, Join.ANY if join in (Join.PLAIN, Join.ANY) else join)
    if kinds or _excludes_inside(text, section) or _INADEQUATE.search(text):
        return None
    if (section == "exclusion" and _ASKED_FOR.search(text)) or predicates.unknown(text.rstrip(" :")):
        return None
    return Header(Turn.SAME, join)


def _join_of(text: str) -> Join:
    found = next((join for join, words in _JOIN_OF if words.search(text)), None)
    return found or (Join.KINDS if _KINDS.match(text) else Join.PLAIN)


def _of_failure(text: str, join: Join) -> Header | None:
    """`Not meeting all of`, `Failure of any of`: one more is one more to fail at; `has not at least one of`: one less."""
    of_a_failure = re.search(r"\b(?:failure (?:of|in|to)|lack of)\b", text, re.IGNORECASE)
    if join in (Join.SOME, Join.KINDS) or (of_a_failure and join is Join.ALL):
        return None
    if join is not Join.ANY or of_a_failure:
        return Header(Turn.FAILS, Join.ANY)
    return Header(Turn.FAILS, Join.ALL) if _AT_LEAST_ONE.search(text) else None


_SIGN: dict[Turn, int] = {Turn.BARS: -1, Turn.PERMITS: 1}


def opens_section(text: str, section: str) -> bool:
    """Whether a header is nothing but the title of its section, which turns nothing: the section itself is known."""
    return titles.names_section(text) and not _excludes_inside(text, section)


def _excludes_inside(text: str, section: str) -> bool:
    return section == "inclusion" and re.search(r"\bexclu", text, re.IGNORECASE) is not None


def under(headers: Sequence[str], section: str) -> Sign:
    """The sign of a criterion's being true in a section, under headers that are given nearest first."""
    sign = 1 if section == "inclusion" else -1
    for text in reversed(headers):
        if opens_section(text, section):
            continue
        found = header(text, section)
        if found is None:
            return None
        sign = _SIGN.get(found.turn, -sign if found.turn in (Turn.FAILS, Turn.EXCEPTS) else sign)
    return sign


def alone(headers: Sequence[str], section: str) -> Sign:
    """The sign of a criterion where it decides by itself; None where others have a say, or where that is not known."""
    sign = 1 if section == "inclusion" else -1
    for text in reversed(headers):
        if opens_section(text, section):
            continue
        found = header(text, section)
        if found is None or found.turn in (Turn.PERMITS, Turn.EXCEPTS):
            return None
        if found.turn is Turn.BARS:
            sign = -1
        decides = _DECIDES[sign]
        if found.turn is Turn.FAILS:
            sign = -sign
        if found.join not in decides:
            return None
    return sign


_DECIDES = {1: {Join.ALL, Join.PLAIN}, -1: {Join.ANY, Join.PLAIN, Join.KINDS}}
"""By which joins one item decides: it lacks what all of a list must be true for, or makes a list true that bars by any."""


def lets_in(headers: Sequence[str], section: str) -> bool:
    """Whether a criterion stands in a list of what is permitted, or left out of what bars."""
    nearest = header(headers[0], section) if headers else None
    return (
        nearest is not None
        and nearest.turn in (Turn.PERMITS, Turn.EXCEPTS)
        and one_more(headers, section) == 1
    )


def one_more(headers: Sequence[str], section: str) -> Sign:
    """What one more item under `headers` does to who may enter: +1 lets more in, -1 keeps more out."""
    if not headers:
        return -1
    nearest = header(headers[0], section)
    outer = under(headers[1:], section)
    if nearest is None or outer is None:
        return None
    if nearest.turn is Turn.PERMITS:
        return -1 if nearest.join is Join.ALL else 1
    if nearest.turn is Turn.BARS:
        return 1 if nearest.join is Join.ALL else -1
    if nearest.turn is Turn.FAILS:
        return outer if nearest.join is Join.ANY else -outer
    if nearest.turn is Turn.EXCEPTS:
        return -outer
    return _in_list(headers[0], nearest.join, outer)


def _in_list(text: str, join: Join, outer: int) -> Sign:
    """A list makes its header true by all of its items or by any; one that does not say bars by any, and asks for all."""
    if join is Join.ALL:
        return -outer
    if join is not Join.PLAIN:
        return outer
    if outer < 0:
        return -1
    return -1 if _REQUIREMENT.search(text) else None
