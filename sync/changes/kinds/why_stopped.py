"""Why a study stopped: the sponsor's words, sorted by what they are about. The words themselves are always told too."""

from __future__ import annotations

import re
from enum import StrEnum


class Why(StrEnum):
    """What a reason for stopping is about."""

    SAFETY = "safety"
    EFFICACY = "efficacy"
    ACCRUAL = "accrual"
    BUSINESS = "business"
    REGULATORY = "regulatory"
    LOGISTICS = "logistics"
    UNSPECIFIED = "unspecified"


# In order of weight: a reason that names several is sorted under the first. Written after the reasons of real records.
# Whole words: "aminotransferase" is not a transfer, "ministry of food and drug safety" no concern (see _NO_CONCERN).
_WORDS: tuple[tuple[Why, tuple[str, ...]], ...] = (
    (
        Why.SAFETY,
        (
            # what happened to people
            r"deaths?|died|fatal(?:ity|ities)?|mortality|susars?|s?aes?|dlts?|teaes?|adverse (?:\w{1,20} )?(?:event"
            r"|reaction|effect|outcome|experience)s?"
            r"|side[- ]effects?|dose[- ]limiting|harm(?:ful|s|ed)?|grade (?:[345]|iii|iv|v)\b(?! (?:disease"
            r"|tumou?rs?))|reactogenicity",
            r"cytokine release(?: syndrome)?|crs|icans|neurotoxicity|tumou?r lysis|hlh|hemophagocytic"
            r"|haemophagocytic|mas-?l?|macrophage activation",
            r"(?:secondary|second primary|t[- ]cell) (?:malignanc\w{1,20}|lymphomas?|cancers?)"
            r"|malignant transformation"
            r"|insertional (?:mutagenesis|oncogenesis)|clonal expansion",
            r"anaphyla\w{1,20}|hypersensitivity reactions?|infusion reactions?|liver (?:injury|failure|damage"
            r"|toxicity)"
            r"|hepatotoxicit\w{1,20}|hepatic (?:injury|failure)|dili"
            r"|sepsis|septic|cardiac (?:arrest|events?|toxicity)|cardiotoxicit\w{1,20}|myocarditis|arrhythmias?"
            r"|qt prolongation|seizures?|encephalopathy|bleeding|h(?:a)?emorrhag\w{1,20}"
            r"|thrombo(?:sis|tic|embol\w{1,20})|transaminase elevations?|elevat(?:ed|ion of|ions in) (?:liver"
            r"|transaminase|aminotransferase|alt|ast)\w{0,12}"
            r"|(?:liver|hepatic) enzyme (?:elevation|increase)s?|nephrotoxicit\w{1,20}|kidney injury|suicid\w{1,20}",
            # what was concluded from it
            r"toxicit(?:y|ies)|toxic|toxicolog\w{1,20}|(?:not|poorly|less) (?:well )?tolerat\w{1,20}|(?:un"
            r"|in)tolera\w{1,20}"
            r"|(?:poor|lack of|low) tolerability|tolerability (?:issues?|concerns?|problems?|reasons?)",
            r"safety(?! (?:endpoints?|run-?in|follow|profile|monitoring|board|restrictions?|measures?|protocols?"
            r"|lead|phase|study|trial|part|reporting|assessment|review committee))"
            r"|(?:safety|risk) (?:concern|issue|signal|problem|reason|finding|event|risk|review|hold|ground"
            r"|consideration)s?|unsafe|unacceptable (?:risk|safety|toxicity)",
            r"(?:unfavou?rable|negative|poor|unacceptable|adverse) (?:risk|benefit|safety)"
            r"|risk[- /]?(?:to[- ])?benefit|benefit[- /]?(?:to[- ])?risk|clinical hold|stopping (?:rules?"
            r"|criteri\w{1,20}"
            r"|boundar\w{1,20})(?!.{0,200}futil)"
            r"|contaminat\w{1,20}|recalls?|recalled|black box",
        ),
    ),
    (
        Why.EFFICACY,
        (
            r"efficacy|futil\w{0,12}|effectiveness|ineffective\w{0,12}|not effective|superiority|non-?inferiority"
            r"|interim (?:analys[ie]s|results?|data|look)|lack of (?:any |clinical )?(?:response|activity)",
            r"(?:no|lack of|insufficient|limited|little|without) (?:clinical |evidence of |sufficient )?(?:benefit"
            r"|effects?|activity|improvement|difference|response)|(?:primary )?end-?points? (?:was "
            r"|were )?not (?:met|reached|achieved)|(?:not|failed to) (?:meet|achieve"
            r"|reach)\w{0,12} (?:\w{1,20} ){0,3}end-?points?",
            r"did not (?:meet|reveal|show|demonstrate)|failed to (?:meet|show|demonstrate)|result of no benefit"
            r"|negative results?|no response",
        ),
    ),
    (
        Why.REGULATORY,
        (
            r"fda|ema|irb|iec|mhra|nmpa|cfda|pmda|anvisa|cdsco|health canada|competent authorit\w{1,20}"
            r"|ministry of health|ministry of food and drug safety|mfds|health authorit\w{1,20}",
            r"regulat\w{1,20}|ethics?|ethical|approval|approvals|licen[cs]\w{1,20}|legislation|policy"
            r"|ind (?:withdrawn|not|on)",
        ),
    ),
    (
        Why.BUSINESS,
        (
            r"business|commercial\w{0,12}|strateg\w{1,20}|priorit\w{1,20}|portfolio|bankrupt\w{0,12}|dissolved"
            r"|acqui(?:red|sition)"
            r"|company(?:'s)? (?:decision|closed|closure|restructur\w{1,20})|corporate"
            r"|(?:sponsor|company|management|manufacturer)(?:'s)? (?:\w{1,20} )?(?:decision|decided|terminated"
            r"|withdr\w{1,20}"
            r"|request|choice|discontinued)|decision (?:of|by) (?:the )?(?:sponsor|company|management)"
            r"|decided by (?:the )?sponsor",
        ),
    ),
    (
        Why.ACCRUAL,
        (
            r"accru\w{0,12}|(?:slow|low|poor|lack of|insufficient|no|inadequate|difficult\w{0,12}"
            r"|challeng\w{1,20}|fail\w{0,12}|unable"
            r"|inability|delay\w{0,12}|problems?|issues?|under|few|due to"
            r"|not)\W{1,5}(?:\w{1,20}\W{1,5}){0,6}?(?:enrol\w{0,12}|recruit\w{0,12}"
            r"|inclusions?)",
            r"(?:enrol\w{0,12}|recruit\w{0,12}|inclusions?)\W{1,5}(?:\w{1,20}\W{1,5}){0,4}?(?:slow\w{0,12}"
            r"|low\w{0,12}|poor|difficult\w{0,12}|challeng\w{0,12}"
            r"|issues?|problems?|fail\w{0,12}|insufficient|not|rates?|too|below|inadequate|stopped|halted"
            r"|delay\w{0,12})"
            r"|under-?enrol\w{1,20}",
            r"(?:no|never|not|zero|0|lack of|few|too few|not enough|insufficient|low numbers?(?: of)?"
            r"|small numbers?(?: of)?|limited? numbers? of|number of|unable to (?:find|include|recruit|enrol\w{0,12})"
            r"|to include) (?:\w{1,20} ){0,3}(?:patients?|participants?|subjects?|vol\w{0,12}teers?"
            r"|enrol\w{1,20}|recruit\w{1,20}|eligible)",
            r"eligible (?:patients?|subjects?|participants?)|enrol\w{1,20} (?:goals?|targets?)|(?:patient|participant"
            r"|subject) (?:enrol\w{1,20}|recruit\w{1,20}|accrual)|^\W{0,5}(?:enrol\w{0,12}|recruit\w{0,12})\W{0,5}$",
        ),
    ),
    (
        Why.BUSINESS,
        (
            r"sponsors?|compan(?:y|ies)|fund\w{0,12}|financ\w{0,12}|budget\w{0,12}|money|grants?"
            r"|intellectual property|marketed"
            r"|r ?\\?& ?d|econom\w{1,20}|costs?|development (?:\w{1,20} )?(?:moved|program\w{0,12}"
            r"|plan\w{0,12}|discontinued|terminated"
            r"|stopped)",
        ),
    ),
    (
        Why.LOGISTICS,
        (
            r"covid\w{0,12}|pandemic|suppl(?:y|ies|ier)|shortages?|manufactur\w{0,12}|unavailab\w{1,20}"
            r"|availab\w{1,20}|no medication"
            r"|equipment|resourc\w{0,12}|production",
            r"staff\w{0,12}|personnel|pi|investigators?|capacit\w{1,20}|logistic\w{0,12}|transfer(?:red|ring"
            r"|s)?|relocat\w{0,12}"
            r"|moved to (?:another|a different|new)|(?:left|leaving|leaves) (?:the )?(?:institution|university"
            r"|hospital|site|company)|site clos\w{1,20}|lack of time|time constraints?|season\w{0,12}|war"
            r"|earthquake|strike",
        ),
    ),
)
_PATTERNS = tuple(
    (why, re.compile(rf"(?<![A-Za-z])(?:{'|'.join(words)})(?![A-Za-z])", re.IGNORECASE))
    for why, words in _WORDS
)

_CONCERN = (
    r"(?:safety|efficacy|effectiveness|adverse|toxicit\w{0,12}|tolerab\w{0,12}|risk|deaths?|harm\w{0,12}|s?aes?|dlts?"
    r"|dose[- ]limiting|side[- ]effects?|mortality|futility|serious|unexpected"
    r"|crs|icans|unacceptable|regulatory)\w{0,12}"
)
# "Business decision, not related to safety or efficacy": what a reason denies is not the reason.
_DENIED = re.compile(
    rf"\b(?:not|no|non|unrelated|without|neither|never|nor|rather than|independent of|absence of)\b"
    rf"(?:(?!\b(?:but|well|meet|met|show|tolerated|effective|acceptable|favou?rable)\b)[^.;,()]){{0,60}}?\b{_CONCERN}"
    rf"(?:[\s,/]+(?:or|and|nor|{_CONCERN}|concerns?|issues?|events?|signals?|findings?|reasons?|quality"
    rf"|toxicit\w{{1,20}}"
    rf"|were|was|seen|observed|reported))*",
    re.IGNORECASE,
)
# What names a body, a place or good news is not a concern: "safety profile favourable", "ministry of food and drug safety".
_NO_CONCERN = re.compile(
    r"(?:data (?:and |& )?)?safety (?:and )?(?:data )?monitoring (?:board|committee)|drug safety monitoring board"
    r"|(?:food and )?drug safety(?= (?:ministry|authority|administration))"
    r"|ministry of food and drug safety|safety (?:review|monitoring) (?:board|committee)"
    r"|(?:good|favou?rable|acceptable|excellent|sufficient|adequate|manageable|expected"
    r"|well[- ]characteri[sz]ed) (?:\w{1,20} ){0,2}(?:safety|tolerability)(?: (?:profile|data))?"
    r"|(?:safety|tolerability)(?: and \w{1,20})? (?:profile |data |endpoints? )?(?:(?:is|are|was|were|has been"
    r"|have been) )?(?:favou?rable|acceptable|good|met|reached|achieved|demonstrated|established|confirmed"
    r"|sufficient|collected|completed|excellent)"
    r"|(?<!not )(?<!poorly )(?<!less )(?:well|good|safe and well)[- ](?:tolerated|tolerability)|(?:lower|reduced"
    r"|reduction (?:in|of)|decreas\w{1,20}|improved?) (?:\w{1,20} )?mortality|safe(?:ly)? and effective"
    r"|anti-?toxic\w{0,12}"
    r"|(?:pandemic|covid\w{0,12}|lockdown|site|staff|public) (?:\w{1,20} )?safety(?: \w{1,20})?",
    re.IGNORECASE,
)
_FULFILLED = re.compile(
    r"(?:enrol\w{0,12}|recruit\w{0,12}|accrual|inclusions?) (?:\w{1,20} ){0,2}(?:complet\w{1,20}"
    r"|fulfil\w{0,12}|finished|closed as planned"
    r"|reached|achieved|met)|(?:complet\w{1,20}|fulfil\w{0,12}|reached) (?:\w{1,20} ){0,2}(?:enrol\w{0,12}"
    r"|recruit\w{0,12}|accrual)",
    re.IGNORECASE,
)


def why(text: str | None) -> Why:
    """What a reason for stopping is about, by its words; `UNSPECIFIED` where they do not say."""
    # In this order: boards and good news are gone before denials are looked for, as a denial takes all up to the next
    # concern with it.
    said = _DENIED.sub(" ", _NO_CONCERN.sub(_kept, _FULFILLED.sub(" ", text or "")))
    return next((kind for kind, pattern in _PATTERNS if pattern.search(said)), Why.UNSPECIFIED)


def _kept(found: re.Match[str]) -> str:
    """A board is not a concern, and neither is good news; a ministry is still an authority."""
    return " ministry of health " if found[0].lower().startswith("ministry") else " "
