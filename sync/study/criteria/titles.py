"""Section titles and sub-headings: which lines are titles, and which section one opens."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

INCLUSION, EXCLUSION, GENERAL = "inclusion", "exclusion", "general"

_CRITERIA = r"crit[eé]?r[ie]{0,2}(?:a|on|um|as|ons)|critical"
_SLIPS = 2  # letters of a title's word that may be wrong; `in` and `ex` are as many apart, so the nearer word is taken
_LIKE_A_NAME = re.compile(r"\b(?:non[- ]?)?(?:[a-z]{7,11})\b(?=:|\s+cri\w{3,7}\b)", re.IGNORECASE)
_LIKE_CRITERIA = re.compile(r"\bcr\w{4,8}\b", re.IGNORECASE)
_OTHER_WORDS = frozenset(
    [
        "inclusive",
        "exclusive",
        "infusion",
        "effusion",
        "occlusion",
        "conclusion",
        "illusion",
        "delusion",
        "intrusion",
    ]
)
_NAMES = r"non[- ]?inclusions?|inclusions?|exclusions?|exclusión"
# A section's word ends the line, or `criteria`, a colon or whom it is for follows: not so in `Inclusion body myositis`.
_SECTION_WORD = re.compile(
    rf"^(?:[\w'’&/-]+\s){{0,6}}?({_NAMES})(?:\s+(?:{_CRITERIA}))?(?:\s(?:include|includes|are)(?:\sas follows"
    rf"|\sbut\b[^:]{{0,40}}|\sthe following)?(?=\s*:))?(?=\s*(?:$|[:(,–—-]|(?:for|of|at|in|by|to|part|cohort"
    rf"|group|arm|phase|stage)\b))",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:not|no|none|fail\w*|refus\w*|exceptions?|unable|without|never|anyone|lack|inability|meet\w*|fulfil\w*"
    r"|satisf\w*|violat\w*)\b",
    re.IGNORECASE,
)
_REMARK = re.compile(r"\W*(?:note|notes|nb|n\.b|remarks?|please note|comments?)\b", re.IGNORECASE)
_NONE_OF = re.compile(r"\b(?:none|neither) of the (?:following|below)\b", re.IGNORECASE)
_CONDITIONAL = re.compile(r"\b(?:provided|unless|only|as long as|except)\b", re.IGNORECASE)
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
    r"\b(?:patients?|subjects?|participants?|individuals?|volunteers?|women|men|persons?|children|candidates?"
    r"|criteria)\b",
    re.IGNORECASE,
)
_PLAIN_SECTION = re.compile(
    r"(?:(?:key|main|major|general|principal|primary|important|study|the|patient|subject|participant"
    r"|eligibility)\s){0,4}"
    rf"(?P<word>{_NAMES}|excluded|included)(?:\scriteri(?:a|on|um|as|ons))?(?:\s(?:includes?|comprise))?",
    re.IGNORECASE,
)
# Other titles that a section has, and those of other languages: sure only where they stand as a line of their own.
_OTHER_SECTION = {
    "exclusion": re.compile(
        r"(?:(?:key|main|general)\s)?(?:(?:non[- ]?|in)eligib(?:le|ility)|eliminations?|contra-?indications?"
        r"|rejections?|withdrawal from eligibility)"
        r"(?:\scriteri(?:a|on))?|(?:patients?|subjects?|participants?|individuals?|you|volunteers?)\s(?:must|may"
        r"|should|can|do)\s?not(?:\shave)?"
        r"|(?:reasons?|grounds) for exclusion|not (?:eligible|allowed)|ineligible|(?:patients?|subjects?"
        r"|participants?|individuals?"
        r"|you|volunteers?|people)\s(?:may|can|will|should)\s?not\s(?:be\s(?:able\sto\s)?)?(?:join|take part"
        r"|participate|enrol|enter"
        r"|included|enrolled|eligible)\b[\w\s]{0,30}?(?:\s(?:if|when|with|who)\b[\w\s]{0,30})?|who (?:can ?not"
        r"|may not|should not) (?:participate|take part|join)"
        r"|criterios? de (?:exclusi[oó]n|no inclusi[oó]n)|crit[eè]res? (?:d['’]exclusion|de non[- ]inclusion)"
        r"|ausschluss-?kriterien|kriterien f[uü]r den ausschluss|criteri di esclusione|exclusie-?criteria"
        r"|e[kx]s?klusionskriterier"
        r"|crit[eé]rios de (?:exclus[aã]o|n[aã]o[- ]inclus[aã]o)|(?:主要)?排除(?:标准|標準)|除外基準|제외\s?기준"
        r"|критерии (?:исключения|невключения)"
        r"|kryteria (?:wykluczenia|wyłączenia)|dışlama kriterleri|kizárási kritériumok|vylučovací kritéria",
        re.IGNORECASE,
    ),
    "inclusion": re.compile(
        r"criterios? de inclusi[oó]n|crit[eè]res? d['’]inclusion|einschlusskriterien|criteri di inclusione"
        r"|crit[eé]rios de inclus[aã]o|(?:主要)?(?:入选|纳入|入組)(?:标准|標準)|(?:選択|適格)基準"
        r"|선정\s?기준|критерии включения"
        r"|inclusie-?criteria|ins?klusionskriterier|kryteria włączenia|dahil (?:edilme|etme|olma) kriterleri"
        r"|zařazovací kritéria"
        r"|beválasztási kritériumok|einschluss-?kriterien|kriterien f[uü]r den einschluss"
        r"|(?:patients?|subjects?|participants?|individuals?|you|volunteers?)\smust(?:\shave)?"
        r"|who can (?:participate|take part|join)",
        re.IGNORECASE,
    ),
}
# How many of them it takes says no word of which section it is; that it changed is a change.
_HOW_MANY = re.compile(r"\s?\((?:any|all|one|none|either|each|at least one)\b[\w\s]{0,40}$", re.IGNORECASE)
_ELIGIBILITY = re.compile(r"(?:study\s)?eligibility(?:\scriteria)?", re.IGNORECASE)
_RUN_IN = re.compile(
    rf"((?:(?:key|main|major|general)\s)?(?:{_NAMES})(?:\scriteria"
    rf"|\scriterion)?\s?[:：]\s?[-–—]?|(?:{_NAMES})\scriteria\s(?:include|includes|comprise)\b(?!\s?[:：]"
    rf"|\s(?:all|any|the following|as follows)))\s{{0,5}}(?=\w|[^\w\s])",
    re.IGNORECASE,
)
_CAPITAL = r"(?:(?:Key|Main|KEY|MAIN)\s)?(?:Inclusion|Exclusion|INCLUSION|EXCLUSION|Non-?[Ii]nclusion)"
_CAPITALS = ("Inclusion", "Exclusion", "INCLUSION", "EXCLUSION", "Non-inclusion", "Noninclusion")
# A title in the middle of a paragraph or at its end: with its colon anywhere, but for the first word of a sentence alone,
# which needs the full stop before it; without a colon only at the very end, and not where a sentence runs into it.
_INLINE_SECTION = re.compile(
    rf"(?<!Key)(?<!Main)(?<!KEY)(?<!MAIN)(?<!Major)(?<!General)(?<!Study)(?<!the)(?<!of)(?<!and)(?<!or)(?<!/)(?<![*#_\s])\s+"
    rf"(?={_CAPITAL}\s(?:[Cc]riteria|CRITERIA)\s?[:：])"
    rf"|(?<=[.;)])\s+(?={_CAPITAL}\s?[:：])"
    rf"|(?<=[.;)])\s+(?={_CAPITAL}\s(?:[Cc]riteria|CRITERIA)\s(?:include|comprise)\b)"
    rf"|(?<=[.;)])\s+(?={_CAPITAL}\s(?:[Cc]riteria|CRITERIA)[.\s]*$)"
    rf"|(?<!\bmeet)(?<!\bmeets)(?<!\bany)(?<!\ball)(?<!\bthe)(?<!\bof)(?<!\bto)(?<!\bno)(?<!\bor)(?<!\band)(?<!\bother)(?<!\bfulfil)(?<!\bfulfill)"
    rf"(?<!\bstudy)(?<!\bfollowing)(?<!\bwith)(?<!\bfrom)(?<!\bin)(?<!\bper)(?<!\bKey)(?<!\bMain)"
    rf"(?<!\bsee)(?<!\bunder)(?<!\bby)(?<!\bas)(?<!\balso)(?<!\babove)(?<!\bbelow)(?<!\ba)(?<!\ban)(?<!\blisted)(?<!\bgeneral)(?<!\bsatisfies)"
    rf"(?<!\bsatisfy)(?<!\bmeeting)(?<!\bfulfils)(?<!\bfulfills)(?<!\bfulfilling)(?<!\bviolates)(?<!\bthese)(?<!\bthis)(?<!\s)\s+"
    rf"(?=(?:Inclusion|Exclusion|INCLUSION|EXCLUSION)\s(?:Criteria|criteria|CRITERIA)\s*$)"
)
_PART = re.compile(
    r"(?:part|cohort|group|arm|phase|module|stage|step|stratum|sub-?study|for)\b", re.IGNORECASE
)
_LONGEST_SECTION = 100
"""Characters of the longest title that is no more than a section's: four words, a name and `criterions`."""
_MOST_WORDS_ABOVE = 12
_LONGEST_RESPELT = 80  # characters
_PUNCTUATION = " :;.,-–—*#_[]()"


class Title(NamedTuple):
    """A title as written, and the section it opens (None: it divides the section it stands in)."""

    text: str
    section: str | None


def may_name_section(text: str) -> bool:
    """Whether a word of a section's title may stand in a text: asked of each line four times, and nearly none has one."""
    small = text.lower()
    if "clu" in small or "eligib" in small:
        return True
    # The Turkish i, with a dot as a capital and without one, is one with ours to an expression that passes over case.
    return not small.isascii() and ("\u0131" in small or "\u0307" in small)


def cut_at_sections(text: str) -> list[str]:
    """A paragraph cut where a new section starts in the middle of it (`… . Exclusion Criteria: …`)."""
    # Looked for at each space of a text otherwise, which took a seventh of all the time that records take. A title that
    # begins the text cuts nothing.
    return _INLINE_SECTION.split(text) if any(text.find(name, 1) > 0 for name in _CAPITALS) else [text]


def run_in(text: str) -> tuple[str, str] | None:
    """Title and rest of a line such as `Exclusion criteria: pregnancy`, if it starts with a section's title."""
    found = _RUN_IN.match(text)
    return (found[1], text[found.end() :]) if found and found.end() < len(text) else None


@lru_cache(maxsize=4_000)
def _respelt(text: str) -> str:
    """A short line with the words of a section's title put right (`Exculsion Criteira`); others stay as they are."""
    if len(text) > _LONGEST_RESPELT or not _LIKE_CRITERIA.search(text):
        return text
    return _LIKE_A_NAME.sub(
        lambda word: _nearest(word[0], ("inclusion", "exclusion")),
        _LIKE_CRITERIA.sub(lambda word: _nearest(word[0], ("criteria", "criterion")), text),
    )


def _nearest(word: str, names: tuple[str, str]) -> str:
    """The name that a word is a slip of, or the word itself."""
    small = word.lower()
    if small in names:
        return word
    from rapidfuzz.distance import OSA  # 40 ms that a command which shows a well-spelt record does not pay

    apart = {name: OSA.distance(small, name) for name in names}
    one, other = sorted(names, key=apart.__getitem__)
    if small in _OTHER_WORDS or apart[one] > _SLIPS or apart[one] == apart[other]:
        return word
    return one


def section_title(text: str) -> Title | None:
    """The title in a line, if the line can be nothing but the title of a section, wherever it stands."""
    if not may_name_section(text):
        return None
    bare = text.strip(_PUNCTUATION)
    if len(bare) > _LONGEST_SECTION:
        return None
    if _ELIGIBILITY.fullmatch(bare):
        return Title(text, GENERAL)
    plain_section = _PLAIN_SECTION.fullmatch(_HOW_MANY.sub("", bare))
    return Title(text, _section_of(plain_section["word"])) if plain_section else None


def names_section(text: str) -> bool:
    """Whether a title is no more than a section's name, however it goes on: `Exclusion criteria include:`."""
    spelt = _respelt(text)
    return section_title(text) is not None or bool(_SECTION_WORD.search(spelt) and not _DENIED.search(text))


def opens_list(text: str) -> bool:
    """Whether a line right above a list is the title of a section, though it be glued to the list before it."""
    starts = (
        text[:1].isupper() and not text.endswith((".", ";", ",")) and len(text.split()) <= _MOST_WORDS_ABOVE
    )
    return starts and (
        names_section(text) or (text.endswith((":", "：")) and _other_section(text) is not None)
    )


def paragraph_title(text: str, next_style: str, next_text: str) -> Title | None:
    """The title in a paragraph outside lists, by what follows it; what is not clearly a title is a criterion."""
    if found := section_title(text):
        return found
    if _REMARK.match(text):
        return None
    words = len(text.split())
    colon = text.endswith((":", "："))
    if (colon or next_style) and (other := _other_section(text)):
        return Title(text, other)
    before_list = bool(next_style or (_PART.match(text) and section_title(next_text)))
    # A long title without a colon is a sentence; which it is, is worth little: as a criterion no word of it is lost.
    if words > 40 or (words > 14 and not colon) or text.endswith((".", ";", ",")):
        return None
    if section := _named_section(text, colon=colon):
        return Title(text, section)
    is_bracketed = text.startswith("[") and text.endswith("]")
    if colon or is_bracketed or (text.isupper() and words <= 8 and before_list):
        return Title(text, None) if words <= 25 else None
    return Title(text, None) if before_list and words <= 8 else None


@lru_cache(maxsize=4_000)
def canonical(title: str) -> str:
    """A title for comparison: small, without punctuation at its ends; a plain section title is nothing but its section."""
    bare = title.strip(_PUNCTUATION)
    plain = section_title(title) and not _HOW_MANY.search(bare)
    return "" if plain or _other_section(title) else " ".join(bare.lower().split())


def _named_section(text: str, *, colon: bool) -> str | None:
    # "Inclusion/exclusion criteria" opens neither, and "No exclusion criteria" is a criterion that says there are none.
    if _BOTH.search(text) or (_DENIED.match(text) and not _NONE_OF.match(text)):
        return None
    if colon and (_SENTENCE_EXCLUDES.search(text) or _NONE_OF.search(text)):
        return EXCLUSION
    if not _DENIED.search(text) and (named := _SECTION_WORD.search(_respelt(text))):
        return _section_of(named[1])
    if not colon or not _ABOUT_PEOPLE.search(text) or _CONDITIONAL.search(text):
        return None
    return INCLUSION if _SENTENCE_INCLUDES.search(text) else None


def _other_section(text: str) -> str | None:
    bare = text.strip(_PUNCTUATION + "：")
    return next((section for section, title in _OTHER_SECTION.items() if title.fullmatch(bare)), None)


def _section_of(word: str) -> str:
    return INCLUSION if word.lower().startswith("incl") else EXCLUSION
