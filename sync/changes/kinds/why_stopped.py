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
# Whole words: "aminotransferase" is no transfer, "ministry of food and drug safety" no concern (see _NO_CONCERN).
_WORDS: tuple[tuple[Why, tuple[str, ...]], ...] = (
    (
        Why.SAFETY,
        (
            # what happened to people
            r"deaths?|died|fatal(?:ity|ities)?|mortality|susars?|s?aes?|dlts?|teaes?|adverse (?:\w+ )?(?:event"
            r"|reaction|effect|outcome|experience)s?"
            r"|side[- ]effects?|dose[- ]limiting|harm(?:ful|s|ed)?|grade (?:[345]|iii|iv|v)\b(?! (?:disease"
            r"|tumou?rs?))|reactogenicity",
            r"cytokine release(?: syndrome)?|crs|icans|neurotoxicity|tumou?r lysis|hlh|hemophagocytic"
            r"|haemophagocytic|mas-?l?|macrophage activation",
            r"(?:secondary|second primary|t[- ]cell) (?:malignanc\w+|lymphomas?|cancers?)|malignant transformation"
            r"|insertional (?:mutagenesis|oncogenesis)|clonal expansion",
            r"anaphyla\w+|hypersensitivity reactions?|infusion reactions?|liver (?:injury|failure|damage|toxicity)"
            r"|hepatotoxicit\w+|hepatic (?:injury|failure)|dili"
            r"|sepsis|septic|cardiac (?:arrest|events?|toxicity)|cardiotoxicit\w+|myocarditis|arrhythmias?"
            r"|qt prolongation|seizures?|encephalopathy|bleeding|h(?:a)?emorrhag\w+"
            r"|thrombo(?:sis|tic|embol\w+)|transaminase elevations?|elevat(?:ed|ion of|ions in) (?:liver"
            r"|transaminase|aminotransferase|alt|ast)\w*"
            r"|(?:liver|hepatic) enzyme (?:elevation|increase)s?|nephrotoxicit\w+|kidney injury|suicid\w+",
            # what was concluded from it
            r"toxicit(?:y|ies)|toxic|toxicolog\w+|(?:not|poorly|less) (?:well )?tolerat\w+|(?:un|in)tolera\w+"
            r"|(?:poor|lack of|low) tolerability|tolerability (?:issues?|concerns?|problems?|reasons?)",
            r"safety(?! (?:endpoints?|run-?in|follow|profile|monitoring|board|restrictions?|measures?|protocols?"
            r"|lead|phase|study|trial|part|reporting|assessment|review committee))"
            r"|(?:safety|risk) (?:concern|issue|signal|problem|reason|finding|event|risk|review|hold|ground"
            r"|consideration)s?|unsafe|unacceptable (?:risk|safety|toxicity)",
            r"(?:unfavou?rable|negative|poor|unacceptable|adverse) (?:risk|benefit|safety)"
            r"|risk[- /]?(?:to[- ])?benefit|benefit[- /]?(?:to[- ])?risk|clinical hold|stopping (?:rules?|criteri\w+"
            r"|boundar\w+)(?!.*futil)"
            r"|contaminat\w+|recalls?|recalled|black box",
        ),
    ),
    (
        Why.EFFICACY,
        (
            r"efficacy|futil\w*|effectiveness|ineffective\w*|not effective|superiority|non-?inferiority"
            r"|interim (?:analys[ie]s|results?|data|look)|lack of (?:any |clinical )?(?:response|activity)",
            r"(?:no|lack of|insufficient|limited|little|without) (?:clinical |evidence of |sufficient )?(?:benefit"
            r"|effects?|activity|improvement|difference|response)|(?:primary )?end-?points? (?:was "
            r"|were )?not (?:met|reached|achieved)|(?:not|failed to) (?:meet|achieve|reach)\w* (?:\w+ ){0,3}end-?points?",
            r"did not (?:meet|reveal|show|demonstrate)|failed to (?:meet|show|demonstrate)|result of no benefit"
            r"|negative results?|no response",
        ),
    ),
    (
        Why.REGULATORY,
        (
            r"fda|ema|irb|iec|mhra|nmpa|cfda|pmda|anvisa|cdsco|health canada|competent authorit\w+"
            r"|ministry of health|ministry of food and drug safety|mfds|health authorit\w+",
            r"regulat\w+|ethics?|ethical|approval|approvals|licen[cs]\w+|legislation|policy|ind (?:withdrawn|not|on)",
        ),
    ),
    (
        Why.BUSINESS,
        (
            r"business|commercial\w*|strateg\w+|priorit\w+|portfolio|bankrupt\w*|dissolved|acqui(?:red|sition)"
            r"|company(?:'s)? (?:decision|closed|closure|restructur\w+)|corporate"
            r"|(?:sponsor|company|management|manufacturer)(?:'s)? (?:\w+ )?(?:decision|decided|terminated|withdr\w+"
            r"|request|choice|discontinued)|decision (?:of|by) (?:the )?(?:sponsor|company|management)"
            r"|decided by (?:the )?sponsor",
        ),
    ),
    (
        Why.ACCRUAL,
        (
            r"accru\w*|(?:slow|low|poor|lack of|insufficient|no|inadequate|difficult\w*|challeng\w+|fail\w*|unable"
            r"|inability|delay\w*|problems?|issues?|under|few|due to|not)\W+(?:\w+\W+){0,6}?(?:enrol\w*|recruit\w*"
            r"|inclusions?)",
            r"(?:enrol\w*|recruit\w*|inclusions?)\W+(?:\w+\W+){0,4}?(?:slow\w*|low\w*|poor|difficult\w*|challeng\w*"
            r"|issues?|problems?|fail\w*|insufficient|not|rates?|too|below|inadequate|stopped|halted|delay\w*)"
            r"|under-?enrol\w+",
            r"(?:no|never|not|zero|0|lack of|few|too few|not enough|insufficient|low numbers?(?: of)?"
            r"|small numbers?(?: of)?|limited? numbers? of|number of|unable to (?:find|include|recruit|enrol\w*)"
            r"|to include) (?:\w+ ){0,3}(?:patients?|participants?|subjects?|vol\w*teers?|enrol\w+|recruit\w+|eligible)",
            r"eligible (?:patients?|subjects?|participants?)|enrol\w+ (?:goals?|targets?)|(?:patient|participant"
            r"|subject) (?:enrol\w+|recruit\w+|accrual)|^\W*(?:enrol\w*|recruit\w*)\W*$",
        ),
    ),
    (
        Why.BUSINESS,
        (
            r"sponsors?|compan(?:y|ies)|fund\w*|financ\w*|budget\w*|money|grants?|intellectual property|marketed"
            r"|r ?\\?& ?d|econom\w+|costs?|development (?:\w+ )?(?:moved|program\w*|plan\w*|discontinued|terminated"
            r"|stopped)",
        ),
    ),
    (
        Why.LOGISTICS,
        (
            r"covid\w*|pandemic|suppl(?:y|ies|ier)|shortages?|manufactur\w*|unavailab\w+|availab\w+|no medication"
            r"|equipment|resourc\w*|production",
            r"staff\w*|personnel|pi|investigators?|capacit\w+|logistic\w*|transfer(?:red|ring|s)?|relocat\w*"
            r"|moved to (?:another|a different|new)|(?:left|leaving|leaves) (?:the )?(?:institution|university"
            r"|hospital|site|company)|site clos\w+|lack of time|time constraints?|season\w*|war|earthquake|strike",
        ),
    ),
)
_PATTERNS = tuple(
    (why, re.compile(rf"(?<![A-Za-z])(?:{'|'.join(words)})(?![A-Za-z])", re.IGNORECASE))
    for why, words in _WORDS
)

_CONCERN = (
    r"(?:safety|efficacy|effectiveness|adverse|toxicit\w*|tolerab\w*|risk|deaths?|harm\w*|s?aes?|dlts?"
    r"|dose[- ]limiting|side[- ]effects?|mortality|futility|serious|unexpected"
    r"|crs|icans|unacceptable|regulatory)\w*"
)
# "Business decision, not related to safety or efficacy": what a reason denies is not the reason.
_DENIED = re.compile(
    rf"\b(?:not|no|non|unrelated|without|neither|never|nor|rather than|independent of|absence of)\b"
    rf"(?:(?!\b(?:but|well|meet|met|show|tolerated|effective|acceptable|favou?rable)\b)[^.;,()]){{0,60}}?\b{_CONCERN}"
    rf"(?:[\s,/]+(?:or|and|nor|{_CONCERN}|concerns?|issues?|events?|signals?|findings?|reasons?|quality|toxicit\w+"
    rf"|were|was|seen|observed|reported))*",
    re.IGNORECASE,
)
# What names a body, a place or good news is no concern: "safety profile favourable", "ministry of food and drug safety".
_NO_CONCERN = re.compile(
    r"(?:data (?:and |& )?)?safety (?:and )?(?:data )?monitoring (?:board|committee)|drug safety monitoring board"
    r"|(?:food and )?drug safety(?= (?:ministry|authority|administration))"
    r"|ministry of food and drug safety|safety (?:review|monitoring) (?:board|committee)"
    r"|(?:good|favou?rable|acceptable|excellent|sufficient|adequate|manageable|expected"
    r"|well[- ]characteri[sz]ed) (?:\w+ ){0,2}(?:safety|tolerability)(?: (?:profile|data))?"
    r"|(?:safety|tolerability)(?: and \w+)? (?:profile |data |endpoints? )?(?:(?:is|are|was|were|has been"
    r"|have been) )?(?:favou?rable|acceptable|good|met|reached|achieved|demonstrated|established|confirmed"
    r"|sufficient|collected|completed|excellent)"
    r"|(?<!not )(?<!poorly )(?<!less )(?:well|good|safe and well)[- ](?:tolerated|tolerability)|(?:lower|reduced"
    r"|reduction (?:in|of)|decreas\w+|improved?) (?:\w+ )?mortality|safe(?:ly)? and effective|anti-?toxic\w*"
    r"|(?:pandemic|covid\w*|lockdown|site|staff|public) (?:\w+ )?safety(?: \w+)?",
    re.IGNORECASE,
)
_FULFILLED = re.compile(
    r"(?:enrol\w*|recruit\w*|accrual|inclusions?) (?:\w+ ){0,2}(?:complet\w+|fulfil\w*|finished|closed as planned"
    r"|reached|achieved|met)|(?:complet\w+|fulfil\w*|reached) (?:\w+ ){0,2}(?:enrol\w*|recruit\w*|accrual)",
    re.IGNORECASE,
)


def why(text: str | None) -> Why:
    """What a reason for stopping is about, by its words; `UNSPECIFIED` where they do not say."""
    said = _DENIED.sub(" ", _NO_CONCERN.sub(_kept, _FULFILLED.sub(" ", text or "")))
    return next((kind for kind, pattern in _PATTERNS if pattern.search(said)), Why.UNSPECIFIED)


def _kept(found: re.Match[str]) -> str:
    """A board is no concern, and neither is good news; a ministry is still an authority."""
    return " ministry of health " if found[0].lower().startswith("ministry") else " "
