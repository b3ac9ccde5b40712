"""What a criterion says by itself, to know what it does that it is there, or is there no more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from sync.changes.criteria import predicates, remarks, unread
from sync.changes.criteria.polarity import BRACKET, ENTER, PEOPLE, SENTENCE_END, STOP, Bears, bearing
from sync.study.criteria.quantities import quantities


class Says(StrEnum):
    """What a criterion by itself is: a demand, a permission, a bar, a group let in, a thing named, nothing, or unknown."""

    DEMANDS = "demands"
    PERMITS = "permits"
    BARS = "bars"
    ADMITS = "admits"
    NAMES = "names"
    NOTHING = "nothing"
    UNKNOWN = "unknown"


_VOID = re.compile(
    r"\W*(?:none|nil|n/?a|not applicable|(?:there (?:is|are) )?no (?:other |further |additional "
    r"|specific )?(?:exclusions?|inclusion|exclusion criterion|(?:exclusion|inclusion) criteria)(?: (?:on grounds of"
    r"|on the grounds of|on the basis of|based on|by|because of|due to) (?:sex|gender|race|ethnic\w*|religion"
    r"|nationality)(?:(?:,| or| and|/) ?(?:sex|gender|race|ethnic\w*|religion|nationality))*)?"
    r"|none (?:other than|besides|but) (?:those|the ones|what|that|these)(?: (?:is|are))?(?: listed| named"
    r"| mentioned| given)? (?:above|below|here)|no|(?:both )?(?:males? (?:and|or|&"
    r"|/) females?|females? (?:and|or|&|/) males?"
    r"|men (?:and|or) women|women (?:and|or) men|m/f)(?: (?:patients|subjects|participants))?(?: (?:are"
    r"|can be|will be) (?:equally |both |all )?(?:eligible|included|accepted|invited|welcome|recruited|enrol\w+))?"
    r"|(?:pre-?|peri-?)(?: ?(?:and|or|,|/) ?(?:peri-?|post-?))*\s?(?:or|and|/)?\s?(?:post-?)?menopausal(?: women)?"
    r"|either (?:sex|gender)|any (?:sex|gender)|all (?:sexes|genders)|(?:there (?:is"
    r"|are) )?no limits?(?: on (?!(?:the )?(?:\w+ )?age\b)[\w\s]+)?)\W*",
    re.IGNORECASE,
)
_NO_LIMIT = re.compile(
    r"\b(?:(?:(?:of|from|may be|can be|and|with) ){0,3}(?:any|all|every|either|both) (?:[\w/-]+ (?:or|and"
    r"|&) )?(?:races?|ethnic\w*(?: (?:groups?|origins?|backgrounds?))?|genders?|sex(?:es)?"
    r"|nationalit\w+|religions?)(?:(?:,? ?/ ?|,? (?:or|and) |, )(?:any |all )?(?:races?|ethnic\w*(?: groups?)?"
    r"|genders?|sex(?:es)?|nationalit\w+|religions?"
    r"|origins?))*"
    r"|(?:regardless|irrespective|independent) of (?:their )?(?:sex|gender|race|ethnic\w*)(?:(?:,? (?:or|and) "
    r"|, ?|/)(?:sex|gender|race|ethnic\w*))*"
    r"|(?:there (?:is|are) )?no (?:upper |lower )?(?:limit(?:ation)?s?|restrictions?)(?: (?:on|of|for|in|as to"
    r"|regarding|with regard to)(?= (?:the )?(?:sex|gender|race|ethnic)))?"
    r"(?: (?:the )?(?:sex|gender|race|ethnic\w*)(?:(?: or | and |/)(?:sex|gender|race"
    r"|ethnic\w*))*)?\b(?! (?:on|of|for|in|age))"
    r"|(?:sex|gender|race) (?:is )?(?:unlimited|not (?:limited|restricted))"
    r"|no exclusion criteria)",
    re.IGNORECASE,
)
_SAYS_NO_MORE = frozenset(
    [
        "and",
        "or",
        "of",
        "from",
        "with",
        "by",
        "the",
        "a",
        "an",
        "any",
        "all",
        "both",
        "either",
        "there",
        "is",
        "are",
        "be",
        "can",
        "may",
        "will",
        "take",
        "part",
        "join",
        "participate",
        "patient",
        "patients",
        "subject",
        "subjects",
        "participant",
        "participants",
        "people",
        "persons",
        "individuals",
        "volunteer",
        "volunteers",
        "children",
        "adults",
        "male",
        "males",
        "female",
        "females",
        "men",
        "women",
        "man",
        "woman",
        "eligible",
        "accepted",
        "included",
        "enrolled",
        "invited",
        "encouraged",
        "welcome",
        "equally",
        "once",
        "again",
        "for",
        "in",
        "on",
        "up",
        "to",
        "time",
        "times",
        "this",
        "study",
        "trial",
        "who",
    ]
)
_BOTH_KINDS = re.compile(
    r"\W*(?:both|either) (?:[\w-]+ ){1,3}(?:and|or) (?:[\w-]+ ){0,3}(?:patients|subjects|participants|disease)\W*",
    re.IGNORECASE,
)
_REMARK = re.compile(
    r"^\W*(?:abbreviations?|please|contact|see\b|refer to|consult|call)\b|\b(?:(?:is|are|left"
    r"|be) at the (?:sole )?discretion|will be (?:followed|monitored|asked|informed|performed"
    r"|collected|assessed|evaluated|discussed|done|conducted|treated|given|administered)|should be (?:discussed"
    r"|contacted|consulted)|in case of doubt|medical monitor"
    r"|re-?screening|(?:may|can|could|will) (?:only )?be re-?screened|for further information)\b",
    re.IGNORECASE,
)
_RELATIVE = re.compile(r"\b(?:who|whom|whose|which|that)\b", re.IGNORECASE)
_UNSURE = re.compile(
    rf"^\W*(?:{PEOPLE} )?with or without\b|^\W*(?:the |all )?{PEOPLE} (?:receive|get|undergo|attend|visit"
    rf"|are (?:given|offered|asked|told|seen))\b"
    r"|^\W*(?-i:[A-Z][A-Za-z0-9]{1,6}): (?-i:[a-z])|^\W*[\w-]{1,10} ?= ?[A-Za-z]|\bno (?:upper "
    r"|lower )?(?:age )?limits?\b|^\W*(?:note|nb|n\.b\.|remark"
    r"|definitions?|for clarification|for the purpose)\b|\b(?:(?:is|are) (?:defined"
    r"|considered|regarded)|means\b|may apply|will apply"
    r"|protocol[- ](?:defined|specified)|other (?:criteria|requirements)|screening (?:assessments?|tests?"
    r"|procedures?|visits?)|according to protocol|the following\W*$)",
    re.IGNORECASE,
)
# What stands in a list of exclusions as a rule because it is exempt from another one, named before or not at all.
_OFTEN_EXEMPT = re.compile(
    r"^\W*(?:adequately |curatively )?(?:treated |resected )?(?:basal|squamous|(?:cervical )?carcinoma in situ"
    r"|in situ|non-?melanoma)\b",
    re.IGNORECASE,
)
_LEANS_ON_ANOTHER = re.compile(
    r"\W*(?:unless|provided|as long as|however|but|in (?:this|that|such|these) cases?)\b", re.IGNORECASE
)
_OR_ITEM = re.compile(r"^\W*(?:or|and/or|either)\b|\b(?:or|and/or)\W*$", re.IGNORECASE)
_DIVISION = (
    r"(?:parts?|cohorts?|groups?|arms?|phases?|stratum|strata|modules?|sub-?stud(?:y|ies)|designs?|portion)"
)
_GROUP = re.compile(
    rf"\W*(?:for |in )?(?:(?:the )?{PEOPLE} (?:in|of|for|assigned to|enrolled in"
    rf"|enrolling in) (?:the )?)?(?:{_DIVISION}\s+"
    rf"(?:[A-Z0-9]{{1,4}}|[IVX]+)\b|(?:[\w-]+ ){{1,3}}{_DIVISION}\b(?=[,:]))",
    re.IGNORECASE,
)
_GROUP_OF_PEOPLE = re.compile(
    rf"{_GROUP.pattern}\s*[:–—-]\s*(?:adults?|children|healthy|{PEOPLE})\b", re.IGNORECASE
)
_DEMAND = re.compile(
    rf"^\W*(?:signed|written|willing\w*|able|ability|capable|must|confirmed|documented|histolog\w+|cytolog\w+"
    rf"|diagnos\w+|adequate|sufficient|history of|negative|positive|no|not"
    rf"|absence|without|free|age[ds]?|at least|minimum|life expectancy|expected survival|ECOG|karnofsky|patients?"
    rf"|subjects?|participants?|individuals?|women|men|males?|females?"
    rf"|adults?|provi\w+|understand\w*|agree\w*|consent\w*|informed|voluntar\w+|measurable|relapsed|refractory|prior"
    rf"|previous\w*|received?|has|have|had|is|are|known|stable|active"
    rf"|presence|evidence|{PEOPLE}|voluntarily|fulfil\w*|meet\w*|on\b|currently|recover\w*|weight|body|bmi|serum"
    rf"|platelet\w*|hemoglobin|haemoglobin|absolute|anc|creatinine"
    rf"|bilirubin|ast|alt|lvef|left ventricular|oxygen|ability|compliance|use of|effective)\b|\b(?:must|required"
    rf"|requires?|has to|have to|need to)\b|[≥≤<>]",
    re.IGNORECASE,
)


def says(text: str, section: str) -> Says:
    """What a criterion says by itself, read in a section."""
    if _LEANS_ON_ANOTHER.match(text):
        return _of_words(text, section, sure=False)
    if _VOID.fullmatch(text) or (section == "inclusion" and _BOTH_KINDS.fullmatch(text)):
        return Says.NOTHING
    if _NO_LIMIT.search(text):
        return _beside_no_limit(_NO_LIMIT.sub(" ", text).strip(" ,;.-"), section)
    if _REMARK.search(text):
        return _beside_remarks(text, section)
    if remarks.may_bar_nobody(text, section):
        return Says.UNKNOWN
    if (
        _UNSURE.search(text)
        or _OFTEN_EXEMPT.match(text)
        or _OR_ITEM.search(text)
        or text.rstrip().endswith(":")
        or unread.tells_of_the_study(text)
    ):
        return _of_words(text, section, sure=False)
    if _GROUP.match(text):
        return _of_group(text, section)
    return _of_words(text, section, sure=True)


def _beside_no_limit(rest: str, section: str) -> Says:
    """`Any sex` limits nobody; `age ≥ 18 years, any sex` limits by age."""
    if set(re.findall(r"\w+", rest.lower())) <= _SAYS_NO_MORE:
        return Says.NOTHING
    return says(rest, section)


def _beside_remarks(text: str, section: str) -> Says:
    """A remark says nothing; what stands beside it in another sentence does, and who is described by it is not known."""
    sentences = [sentence for sentence in SENTENCE_END.split(text) if sentence.strip()]
    found = {sentence: remark for sentence in sentences if (remark := _REMARK.search(sentence))}
    if any(_RELATIVE.search(sentence[: remark.start()]) for sentence, remark in found.items()):
        return Says.UNKNOWN
    rest = "; ".join(sentence for sentence in sentences if sentence not in found)
    return says(rest, section) if rest and sentences[0] not in found else Says.NOTHING


def _of_group(text: str, section: str) -> Says:
    """A group of the study: its people are let in, where it says who they are; a bar for it alone is a bar."""
    if section == "exclusion":
        return Says.BARS if len(text.split()) > 4 and not list(bearing(text)) else Says.UNKNOWN
    admits = _GROUP_OF_PEOPLE.match(text) and not re.search(r"\b(?:only|must|should)\b", text, re.IGNORECASE)
    return Says.ADMITS if admits and not list(bearing(text)) else Says.UNKNOWN


def _of_words(text: str, section: str, *, sure: bool) -> Says:
    plain = BRACKET.sub(" ", text)
    kinds = [word.bears for word in bearing(plain) if word.bears is not Bears.OBLIGES]
    stances = {kind for kind in kinds if kind in (Bears.PERMITS, Bears.PROHIBITS, Bears.UNCOUNTED)}
    if stances in ({Bears.PERMITS}, {Bears.UNCOUNTED}):
        return _of_permission(plain, kinds, section)
    if stances == {Bears.PROHIBITS} and Bears.DEFINES not in kinds:
        if predicates.unknown(plain):
            return Says.UNKNOWN
        return Says.BARS if kinds[-1] is Bears.PROHIBITS or Bears.IF in kinds else Says.UNKNOWN
    if stances or not sure or Bears.DEFINES in kinds or predicates.unknown(plain):
        return Says.UNKNOWN
    if kinds and kinds[0] is Bears.EXCEPTS and not plain[: next(bearing(plain)).start].strip(" -*"):
        return Says.PERMITS if section == "exclusion" and len(kinds) == 1 else Says.UNKNOWN
    if section == "exclusion":
        return Says.DEMANDS
    sets_a_bound = any(quantity.bounded for quantity in quantities(plain))
    return Says.DEMANDS if sets_a_bound or _DEMAND.search(plain) else Says.NAMES


def _of_permission(text: str, kinds: Sequence[Bears], section: str) -> Says:
    """A permission lets in, unless it is the one part of a bar or demand that has an end of its own."""
    if set(kinds) - {Bears.PERMITS, Bears.UNCOUNTED, Bears.IF}:
        return Says.UNKNOWN
    whole = len([sentence for sentence in SENTENCE_END.split(text) if sentence.strip()]) == 1
    if not whole or STOP.search(text.partition(":")[2] or text):
        return Says.UNKNOWN
    if section == "inclusion":
        eligible = re.search(rf"\b(?:eligible|accepted|{ENTER})\b", text, re.IGNORECASE)
        return Says.PERMITS if eligible and Bears.IF not in kinds else Says.UNKNOWN
    return Says.PERMITS
