"""The words of reasons for stopping, by what they are about: the table that `why_stopped` reads."""

from __future__ import annotations

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


# Ills that a treatment may bring, and that studies treat as well: a concern only where they are told as having happened.
ILLS = (
    r"infections?|sepsis|reactions?|complications?|events?|hypoglyc(?:a)?emias?|(?:h(?:a)?ematoma|bleeding"
    r"|h(?:a)?emorrhage)s?"
    r"|heart (?:attacks?|failure)|strokes?|myocardial infarctions?|cardiac arrests?|thrombos[ie]s|embolisms?"
    r"|seizures?"
    r"|falls|injur(?:y|ies)|graft (?:loss|failure)(?:es)?|rejections?|arrhythmias?|\w{2,20}(?:itis|penias?|opathy"
    r"|opathies)|(?:kidney|renal|liver|hepatic|respiratory|organ|multi-?organ) (?:failure|arrest|distress"
    r"|depression|impairment"
    r"|dysfunction)|hyp(?:o|er)[a-z]{3,14}|[a-z]{2,20}emias?|(?!diagnos|prognos)[a-z]{2,20}os[ie]s|weight loss"
    r"|dehydration"
    r"|rash(?:es)?|syndromes?"
)
BAD = (
    r"serious|severe|significant|unexpected|unacceptable|excess(?:ive)?|increased|higher|high (?:rate"
    r"|incidence|number|frequency) of"
    r"|life[- ]threatening|worsening(?: of)?|prolonged|cases? of|occurrences? of|several|imbalances? (?:of|in)"
    r"|risk of|irreversible"
)

# In order of weight: a reason that names several is sorted under the first. Written after the reasons of real records.
# Whole words: "aminotransferase" is not a transfer, "ministry of food and drug safety" no concern (see `why_stopped`).
WORDS: tuple[tuple[Why, tuple[str, ...]], ...] = (
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
            r"(?:secondary|second primary|second|new|therapy-related|t[- ]cell) (?:malignanc\w{1,20}"
            r"|lymphomas?|cancers?"
            r"|leuka?emias?|neoplasms?)"
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
            r"toxicit(?:y|ies)|toxic(?! shock)|toxicolog\w{1,20}|(?:not|poorly|less) (?:well )?tolerat\w{1,20}"
            r"|(?:un|non-?"
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
            r"|contaminat\w{1,20}|recalls?|recalled|black box|carcinogenic\w{0,10}|genotoxic\w{0,10}"
            r"|teratogenic\w{0,10}|injur(?:y|ies|ed)",
            # what happened to people, told by its name: how bad it was, how often, or in how many
            rf"(?:{BAD}) (?:[\w-]{{1,20}} ){{0,3}}?(?:{ILLS})|(?:{ILLS}) (?:\w{{1,20}} ){{0,2}}?in"
            rf" (?:\w{{1,20}} ){{0,4}}?(?:patients?|subjects?|participants?|recipients?|volunteers?|arm|group|cohort)"
            r"|(?:patients?|subjects?|participants?|recipients?|volunteers?) (?:\w{1,20} )?(?:developed"
            r"|experienced|suffered)"
            r"(?! (?:the|an?|no|difficult\w*) )|endanger\w{0,5}|cancer risk|risk of cancer|capillary leak"
            r"|(?:respiratory|kidney|renal|organ|multi-?organ) (?:failure|depression|arrest|distress)"
            r"|in (?:one|two|three|four|five|six|[2-9]|\d\d) (?:of \w{1,5} )?(?:patients?|subjects?"
            r"|participants?|eyes?"
            r"|animals?|recipients?)|(?:aplasia|damage|storm|detachment|fever|aki|gvhd)"
            r"|(?:loss|failure|reactions?|problems?|symptoms?|illness|aplasia|decline|changes"
            r"|[a-z]{2,20}(?:emia|osis|opathy))"
            r" (?:after|following|during) (?:(?:the|first|second|drug|vector|cell) ){0,2}(?:infusion|injection"
            r"|administration"
            r"|vaccination|implantation)|increases? (?:in|of) (?:\w{1,20} ){0,2}(?:kinase|enzymes?"
            r"|transaminases?|troponin"
            r"|creatinine|bilirubin|liver tests?)",
            rf"(?:because of|due to|following|developed|had) (?:\w{{1,20}} ){{0,2}}?(?:{ILLS})"
            rf"|(?:{ILLS}) (?:and (?:\w{{1,20}} ){{0,2}})?(?:exceeded|occurred|were seen|was seen"
            rf"|were observed|was observed)",
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
            r"(?:low|poor|insufficient|no) (?:overall |objective |complete )?(?:response|remission)s?(?: rates?)?"
            r"|unlikely to (?:reach|meet|achieve|show|demonstrate) (?:\w{1,20} ){0,4}(?:end-? ?points?|objectives?"
            r"|significance|benefit|effects?)|disappointing|for benefit|early benefit|therapeutic effects?",
            r"did not work|does not work|did not (?:meet|reveal|show|demonstrate)|failed to (?:meet|show"
            r"|demonstrate)|result of no benefit"
            r"|negative results?|no response",
        ),
    ),
    (
        Why.REGULATORY,
        (
            r"fda|ema|irb|iec|mhra|nmpa|cfda|pmda|anvisa|cdsco|health canada|competent authorit\w{1,20}"
            r"|ministry of health|ministry of food and drug safety|mfds|health authorit\w{1,20}",
            r"regulat\w{1,20}|ethics?|ethical|approv(?:al|als|ed)|authorit(?:y|ies)"
            r"|licen[cs]\w{1,20}(?! agreement)|legislation|policy"
            r"|ind (?:withdrawn|not|on)",
        ),
    ),
    (
        Why.BUSINESS,
        (
            r"business|commercial\w{0,12}|strateg\w{1,20}|priorit\w{1,20}|portfolio|bankrupt\w{0,12}|dissolved"
            r"|acqui(?:red|sition)|merger|agreements?|contracts?|divest\w{1,20}|(?:asset|compound|product"
            r"|rights|company)"
            r" (?:\w{1,20} ){0,2}sold"
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
            r"(?:inadequate|insufficient|low|poor|lack of) participation|nobody|(?:not"
            r"|un)\s?willing to (?:join|participate|take part|enrol|consent)|sample size (?:\w{1,20} ){0,3}not"
            r" (?:\w{1,20} ){0,2}(?:reached|achieved|met|attained)|eligible (?:patients?|subjects?"
            r"|participants?)|enrol\w{1,20} (?:goals?|targets?)|(?:patient|participant"
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
            r"|expir(?:ed|y|ation)|equipment|resourc\w{0,12}|production",
            r"staff\w{0,12}|personnel|pi|investigators?|capacit\w{1,20}|logistic\w{0,12}|transfer(?:red|ring"
            r"|s)?|relocat\w{0,12}"
            r"|moved to (?:another|a different|new)|(?:left|leaving|leaves) (?:the )?(?:institution|university"
            r"|hospital|site|company)|site clos\w{1,20}|lack of time|time constraints?|season\w{0,12}|war"
            r"|earthquake|strike",
        ),
    ),
)
