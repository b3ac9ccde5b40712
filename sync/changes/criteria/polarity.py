"""The words that bear on polarity: what a criterion denies, refuses, permits, prohibits, excepts, or makes a condition.

A *sign* is +1 where being true, or meeting a bound, helps somebody in, -1 where it keeps somebody out, None where that is
not known. An inclusion begins with +1, an exclusion with -1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

Sign = int | None

LONGEST = 4_000
"""Characters of a criterion that is read into frames: the longest of 26,669 real ones has 2,159."""


class Bears(StrEnum):
    """How a word bears on the polarity of what is said."""

    LOCAL = "local"
    UNCOUNTED = "uncounted"
    PROHIBITS = "prohibits"
    PERMITS = "permits"
    UNLESS = "unless"
    EXCEPTS = "excepts"
    FAILS = "fails"
    DENIES = "denies"
    IF = "condition"
    DEFINES = "defines"
    OBLIGES = "obliges"


PEOPLE = (
    r"(?:patients?|subjects?|participants?|women|men|those|individuals?|children|females?|males?|people"
    r"|persons?|anyone|adults?|volunteers?)"
)
ENTER = (
    r"(?:enrol(?:l?ed|l)?|be enrol(?:l)?ed|enter(?:ed)?|participate|take part|join|be (?:included|entered"
    r"|considered(?! for (?!(?:(?:the|this|our) )?(?:study|trial|enrol|inclusion|participation|entry|eligib)))"
    r"|eligible|allowed"
    r"|permitted|accepted|admitted|randomi[sz]ed|treated in|recruited))"
)
_EXCLUSIONARY = (
    r"(?:exclud\w+|exclusionary|(?:an? )?exclusions?(?: criterion)?|disqualif\w+|preclud\w+|prohibit\w*|barred|bar\b"
    r"|rule\w* out|a contraindication"
    r"|contraindicat\w+|(?:an? )?(?:reason|grounds?|cause|basis) (?:for|to|of) exclu\w+)"
)

# Read in this order: a word belongs to the first line that has it. Examples of what each line is there for:
_TABLE: dict[Bears, tuple[str, ...]] = {
    # say nothing of polarity though a word in them could
    Bears.LOCAL: (
        r"(?:includ\w+|such as|,)? ?but (?:is |are )?not (?:be )?(?:limited|restricted) to",
        r"(?:includ\w+,? )?not limited to",
        r"(?:(?<=which )|(?<=that )|(?<=who ))(?:may|might|could|can) (?:also |still )?have\b",
        r"whether or not|with or without|if (?:any|applicable|available|known|present)\b|as if"
        r"|regardless of(?: whether)?|irrespective of",
        r"not (?:otherwise|yet|necessarily|previously)\b",
        r"(?:that |which )?(?:is |are |was |were )?not (?:approved|licen[sc]ed|authori[sz]ed|marketed|registered"
        r"|listed|specified|mentioned"
        r"|related|attributable|due|caused|attributed|commercially)\b",
        r"no later than|not later than|no (?:upper |lower )?limit",
        r"non-?\s?(?:small|hodgkin\w*|melanoma\w*|alcoholic|metastatic|myeloablative|measurable|steroidal|malignant"
        r"|invasive|viral"
        r"|live|biologic\w*|target|ischa?emic|insulin|st|smok\w+|hormonal|secretory|clear|squamous|fasting|germinal"
        r"|transplant\w*"
        r"|investigational|cardiac|index|pregnant|lactating|childbearing)\b",
        r"non(?!-?complian|-?adheren|etheless)[a-z]{4,}",
        r"not applicable",
    ),
    # leaves out of account: in exclusions that is a permission
    Bears.UNCOUNTED: (
        r"(?:is|are|will|shall|do|does)(?: be)? not (?:be )?(?:consider\w*|count\w*|regard\w*|deem\w*|constitute\w*"
        r"|apply|classif\w*|treated as)\b",
    ),
    Bears.PERMITS: (
        rf"(?:is|are|was|were|do|does|will|shall|would|should|need|may|can)(?: be)?(?: not|n't) (?:by itself "
        rf"|themselves |itself |automatically )?(?:be )?"
        rf"(?:considered )?{_EXCLUSIONARY}",
        rf"(?:is|are) (?:no|not an?) (?:{_EXCLUSIONARY}|(?:reason|grounds?|cause|basis) (?:for|to) exclu\w+)",
        r"(?:no|not an?) (?:reason|grounds?|cause|basis|exclusion)\b(?: (?:for|to) exclu\w+)?",
        rf"not (?:be )?{_EXCLUSIONARY}",
        rf"(?:can|may|might|could|will) (?:still |also |nevertheless )?{ENTER}\b",
        r"(?:is|are|be|will be|remain|remains|still) (?:still |also )?(?:allowed|permitted|permissible|acceptable"
        r"|accepted|eligible|exempt\w*(?! from (?!th(?:is|e) (?:criteri|exclusion|rule|restriction)))|welcome)",
        r"(?:may|can|might|could)(?: still| also)?(?: be)? (?:have|receive|continue|use|take|remain|be on)\b",
        r"(?:is|are|remains?) (?:still |also |quite |perfectly )?(?:fine|ok|okay|(?:well )?tolerated"
        r"|sufficient|enough|unproblematic"
        r"|excepted|exempted)\b",
        r"(?:is|are|poses?|presents?) no (?:obstacle|problem|hindrance|impediment|bar|barrier|objection|issue"
        r"|concern)(?: (?:to|for|against)"
        r"\b)?",
        r"(?:may|can|might) (?:still |also )?be (?:continued|kept|used|taken|given|maintained|received"
        r"|prescribed|administered)",
        r"(?:may|can|might) (?:still |also )?(?:continue|stay|keep)\b",
        r"(?:do|does|will|would|shall|should|need)(?: not|n't) (?:lead|result|amount)(?: to"
        r"| in)? (?:an? )?(?:exclu\w+|disqualif\w+|ineligib\w+)",
        rf"(?:do|does|will|would|shall)(?: not|n't) (?:bar|prevent|hinder"
        rf"|keep) (?:{PEOPLE} )?(?:from )?(?:enrol\w+|entry|entering|participati\w+"
        rf"|inclusion|joining|taking part)",
        r"need not (?:be (?:excluded|stopped|discontinued|interrupted|withheld)|stop|discontinue)",
        r"allowed|permitted|permissible|acceptable(?! (?:method|form|birth|contracepti|level|mean|effective))"
        r"|exempt\w*(?! from (?!th(?:is|e) (?:criteri|exclusion|rule|restriction)))|excepted|\beligible",
    ),
    Bears.PROHIBITS: (
        rf"exclusions? of (?:all |any |the )?{PEOPLE}",
        r"(?:need not|should not|must not|may not|can ?not) (?:apply|volunteer|sign up)\b(?! to)",
        rf"(?:(?:makes?|renders?) (?:(?:an?|the|any) )?{PEOPLE} |is |are |be |will be |being |deemed "
        rf"|considered )(?:not |in)[- ]?eligible",
        r"(?:is|are) (?:an? )?(?:absolute |relative |further )?(?:contraindications?"
        r"|exclusions?(?: criteri(?:on|a))?)\b",
        r"ineligible|disqualif\w+|prohibit\w*|disallowed|forbidden|contraindicat\w+|exclusionary|barred",
        r"(?:do|does|did|will|would|shall) not (?:qualify|be (?:eligible|enrol\w+|included|allowed|permitted"
        r"|accepted|admitted|considered))",
        r"(?:(?:is|are|was|were|be|been) )?not (?:be )?(?:eligible|allowed|permitted|acceptable|enrol\w+"
        r"|included|admitted|accepted|suitable|qualif\w+)",
        rf"(?:cannot|can not|can't|may not|must not|mustn't|should not|shall not|will not|would not) {ENTER}\b",
        r"(?:must|may|should|shall)(?: not|n't) (?:have|be|receive|use|take|show|suffer|meet|fulfil\w*|satisfy"
        r"|undergo|exhibit|present with|currently|previously"
        r"|concurrently)\b(?: had| been| taken| received| used)?",
        r"(?:must|may|should|shall|can)(?: ?not)(?=\W*$)",
        r"rul(?:es?|ed|ing) out\b|preclud\w+|(?:lead|result)(?:s|ing)? (?:to|in) exclusion|(?:reason|grounds?|cause"
        r"|basis) (?:for|of|to) exclu\w+",
        r"(?:is|are|be|will be|being) excluded|excluded(?= (?:if|when|for|because|from))|must be excluded"
        r"|excludes?\b|^excluded\b|excluded$",
    ),
    Bears.UNLESS: (r"unless",),
    Bears.EXCEPTS: (
        r"with the exceptions? (?:of|for)|exceptions?\b:?|except(?:ing)?(?: for| in| when| that)?|excluding"
        r"|other than|apart from|aside from"
        r"|besides|save for|exclusive of|with the exclusion of|but not\b"
        r"|(?<=\()(?:bar|barring|save|minus|sans|omitting|ignoring|disregarding|discounting|(?:leaving|setting"
        r"|putting) aside|not counting)\b",
    ),
    Bears.FAILS: (
        r"(?:has |have |had )?not (?:yet |fully |adequately |completely )?(?:recovered|resolved)"
        r"|(?:unresolved|unrecovered)(?=[^.;≥>]{0,80}\bto\b)",
        r"(?:unlikely|not likely|not expected) to\b|fail(?:s|ed|ing|ure)? to\b|refus\w+(?: to)?|unable"
        r"|inability|unwilling\w*|incapable|declin(?:e|es|ed"
        r"|ing) to|non-?\s?(?:complian|adheren)\w+(?: (?:with|to))?"
        r"|not (?:able|willing|capable|prepared|ready|agree\w*)",
    ),
    Bears.DENIES: (
        r"(?:has|have|had|is|are|was|were|do|does|did|can|could|must|will|would|should)(?:n't| not)(?: been| be"
        r"| have| had)?",
        r"nobody|no[- ]one|nothing|cannot|can not|neither|nor|none of|none|never|without|absen(?:ce|t)(?: of)?"
        r"|free (?:of|from)|no longer|no"
        r"|not|lack(?:s|ing|ed)?(?: of)?|nil|n't",
    ),
    Bears.DEFINES: (
        r"(?:is|are|was|were|be) (?:not |neither )(?:required|needed|necessary|mandatory|prohibited)"
        r"|not required|exempt\w*",
        r"(?:is|are|was|were|be) (?:defined|considered|regarded|deemed|understood|classified)(?: to be| as"
        r"| by)?|means\b"
        r"|refers? to|where \w+ is",
    ),
    Bears.OBLIGES: (
        r"must|should|shall|ought to|(?:has|have|had|needs?) to",
        r"(?:is|are|be) (?:required|needed|obliged|necessary|mandatory|compulsory|essential|obligatory"
        r"|imperative)(?: to)?",
    ),
    Bears.IF: (
        r"only if|if|when(?:ever)?|in (?:the )?(?:case|event)s? (?:of|that|where)|provided(?: that)?|as long as"
        r"|so long as|where|given that|depending on"
        rf"|(?:for|in|among) (?:the )?{PEOPLE}(?: (?:with|who|on|under|aged|whose|over))?|instead of"
        rf"|rather than|until",
    ),
}
_BEARS = re.compile(
    "|".join(f"(?P<{kind.name}>(?<![\\w-])(?:{'|'.join(words)})(?![\\w]))" for kind, words in _TABLE.items()),
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word that bears on polarity, and where it stands."""

    bears: Bears
    start: int
    end: int


def bearing(text: str) -> Iterator[Word]:
    """The words of a text that bear on its polarity, in order; those that only seem to are left out."""
    return (word for word in accounted(text) if word.bears is not Bears.LOCAL)


def accounted(text: str) -> Iterator[Word]:
    """The words of a text that the table has, those too that only seem to bear on polarity."""
    return (Word(Bears[str(found.lastgroup)], found.start(), found.end()) for found in _BEARS.finditer(text))


SENTENCE_END = re.compile(r"(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)(?<!\bapprox)[;.](?=\s|$)")
BRACKET = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
STOP = re.compile(r"[,;:]|\b(?:but|however|while|although|whereas)\b", re.IGNORECASE)
