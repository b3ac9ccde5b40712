"""Why a study stopped: the sponsor's words, sorted by what they are about. The words themselves are always told too."""

from __future__ import annotations

import re

from sync.changes.kinds.stop_words import ILLS, WORDS, Why

__all__ = ["Why", "why"]

_PATTERNS = tuple(
    (why, re.compile(rf"(?<![A-Za-z])(?:{'|'.join(words)})(?![A-Za-z])", re.IGNORECASE))
    for why, words in WORDS
)

_CONCERN = (
    r"(?:safety|efficacy|effectiveness|adverse|toxicit\w{0,12}|tolerab\w{0,12}|risk|deaths?|harm\w{0,12}|s?aes?|dlts?"
    r"|dose[- ]limiting|side[- ]effects?|mortality|futility|serious|unexpected"
    r"|crs|icans|unacceptable|regulatory)\w{0,12}"
)
# "Business decision, not related to safety or efficacy": what a reason denies is not the reason.
_DENIED = re.compile(
    rf"\b(?:not|no|non|other than|unrelated|without|neither|never|nor|rather than|independent of|absence of)\b"
    rf"(?:(?!\b(?:but|well|meet|met|show|tolerated|effective|acceptable|favou?rable)\b)[^.;,()]){{0,60}}?\b{_CONCERN}"
    rf"(?:[\s,/]+(?:or|and|nor|{_CONCERN}|concerns?|issues?|events?|signals?|findings?|reasons?|quality"
    rf"|toxicit\w{{1,20}}"
    rf"|were|was|seen|observed|reported))*",
    re.IGNORECASE,
)
# What names a body, a place or good news is not a concern: "safety profile favourable", "ministry of food and drug safety".
_NO_CONCERN = re.compile(
    r"(?<![A-Za-z])(?:(?:data (?:and |& )?)?safety (?:and )?(?:data )?monitoring (?:board|committee)"
    r"|drug safety monitoring board"
    r"|(?:food and )?drug safety(?= (?:ministry|authority|administration))"
    r"|ministry of food and drug safety|safety (?:review|monitoring) (?:board|committee)"
    r"|(?:good|favou?rable|acceptable|excellent|sufficient|adequate|manageable|expected"
    r"|well[- ]characteri[sz]ed) (?:\w{1,20} ){0,2}(?:safety|tolerability)(?: (?:profile|data))?"
    r"|(?:safety|tolerability)(?: and \w{1,20})? (?:profile |data |endpoints? |objectives? |goals? "
    r"|criteria )?(?:(?:is|are|was|were|has been"
    r"|have been) )?(?:favou?rable|acceptable|good|met|reached|achieved|demonstrated|established|confirmed"
    r"|sufficient|collected|completed|excellent)"
    r"|(?<!not )(?<!poorly )(?<!less )(?:well|good|safe and well)[- ](?:tolerated|tolerability)|(?:lower"
    r"|reduced|fewer|less|low(?: event)? rates? of"
    r"|reduction (?:in|of)|decreas\w{1,20}|improved?) (?:\w{1,20} ){0,2}?(?:mortality|deaths?|toxicity|bleeding)"
    r"|(?:mortality|safety|death) (?:end-?points?|outcomes?) (?:\w{1,20} ){0,2}?(?:futile|unreachable"
    r"|not reachable)|safe(?:ly)? and effective"
    r"|anti-?toxic\w{0,12}"
    r"|(?:pandemic|covid\w{0,12}|lockdown|site|staff|public) (?:\w{1,20} )?safety(?: \w{1,20})?"
    r"|health and safety|severe acute respiratory syndrome(?: coronavirus)?|(?:pandemic"
    r"|covid\S{0,6})[^.]{0,40}risk of infections?"
    r"|risk of infections?[^.]{0,40}(?:pandemic|covid)|(?:responses?|remissions?|improvements?|enrol\w{1,8}"
    r"|randomi\w{1,8}"
    r"|complet\w{1,8}|tested|effective|treated|included|seen) (?:\w{1,20} ){0,3}in (?:only )?(?:one|two|three"
    r"|four|five|six|\d{1,3})(?= (?:patients?|subjects?|participants?|eyes?))"
    r"|(?:mortality|death rate|deaths) (?:was |were |rate )?(?:lower|less|fewer)"
    r"|safety (?:\w{1,20} )?(?:was|is|were|are) (?:as expected|comparable|similar|consistent|not an? (?:issue"
    r"|concern)))",
    re.IGNORECASE,
)
_FULFILLED = re.compile(
    r"(?:enrol\w{0,12}|recruit\w{0,12}|accrual|inclusions?) (?:\w{1,20} ){0,2}(?:complet\w{1,20}"
    r"|fulfil\w{0,12}|finished|closed as planned"
    r"|reached|achieved|met)|(?:complet\w{1,20}|fulfil\w{0,12}|reached) (?:\w{1,20} ){0,2}(?:enrol\w{0,12}"
    r"|recruit\w{0,12}|accrual)",
    re.IGNORECASE,
)


_INVESTIGATOR = r"(?:(?:the|our|principal|lead|chief|site|study|coordinating) ){0,3}(?:investigator|pi|sponsor|researcher)"
_LOST_INVESTIGATOR = re.compile(
    rf"\b(?:deaths?|passing|illness) of {_INVESTIGATOR}\b"
    rf"|\b{_INVESTIGATOR}(?:'s)? (?:has |had |sadly )?(?:died|deceased|death|passed away|is deceased)\b",
    re.IGNORECASE,
)
# Whom a study looks for: "few patients with sepsis", "bleeding patients", "the seizure study", "myocarditis is too rare".
_POPULATION = re.compile(
    r"\b(?:patients?|subjects?|participants?|people|volunteers?|candidates?|children|adults|women|men"
    r"|cases) (?:with|who have|who had"
    r"|suffering from|undergoing|having)\b[^.;,]{0,60}"
    rf"|\b(?:{ILLS}|sepsis|septic(?: shock)?|grade (?:[345]|iii|iv|v) \w{{2,20}}) (?=(?:patients?|population"
    rf"|cases|study|trial)\b)"
    rf"|\b(?:recruit\w*|enrol\w*|accrual|inclusion|trials?|drugs?|treatments?|care|criteria|guidelines?"
    rf"|at risk|antibod\w+"
    rf"|to study|stud(?:y|ies)) (?:(?:in|for|of|against|to) )?(?:\w{{1,20}} ){{0,2}}?"
    rf"(?:{ILLS}|sepsis|anaphylaxis|(?:liver|kidney|hepatic|renal) (?:failure|injury))\b"
    r"|\bincidence of (?:\w{1,20} ){1,3}(?=(?:is|was) (?:too |very )?low)",
    re.IGNORECASE,
)
_RARE = re.compile(
    r"\b(?:recruit|enrol|accru|inclu|few|lack|eligible|scarc|slow|unable to find|not available|not enough"
    r"|low number|insufficient number|fund|incidence|rare|difficult\w* (?:finding|to find))",
    re.IGNORECASE,
)
_RESEARCH = re.compile(r"\b(?:guidelines?|competing|standard of care|to study)\b", re.IGNORECASE)
_CAUSE = re.compile(
    r"\b(?:because(?: of)?|due to|owing to|as a result of|on account of)\b(.{3,})", re.IGNORECASE
)


def why(text: str | None) -> Why:
    """What a reason for stopping is about, by its words; `UNSPECIFIED` where they do not say."""
    told = _LOST_INVESTIGATOR.sub(" investigator ", text or "")
    if _RARE.search(told) or _RESEARCH.search(told):
        told = _POPULATION.sub(" patients ", told)
    # In this order: boards and good news are gone before denials are looked for, as a denial takes all up to the next
    # concern with it.
    said = _DENIED.sub(" ", _NO_CONCERN.sub(_kept, _FULFILLED.sub(" ", told)))
    found = _sorted(said)
    cause = _CAUSE.search(said)
    if found is Why.BUSINESS and cause and (why_so := _sorted(cause[1])) is not Why.UNSPECIFIED:
        return why_so  # "the sponsor decided to stop because of slow recruitment"
    return found


def _sorted(said: str) -> Why:
    return next((kind for kind, pattern in _PATTERNS if pattern.search(said)), Why.UNSPECIFIED)


def _kept(found: re.Match[str]) -> str:
    """A board is not a concern, and neither is good news; a ministry is still an authority."""
    return " ministry of health " if found[0].lower().startswith("ministry") else " "
