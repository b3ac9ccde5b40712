"""The closed set of frames that a criterion is read into, to know what it asks of those who want to enter.

A direction is proved, not presumed: every word of a criterion that bears on its polarity (a denial, a refusal, a permission,
a prohibition, an exception, a condition, a definition) must be accounted for by a frame. What fits no frame is not known.

A *sign* is +1 where being true, or meeting a bound, helps somebody in, -1 where it keeps somebody out, None where that is
not known. An inclusion begins with +1, an exclusion with -1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sync.study.criteria import titles

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


_PEOPLE = (
    r"(?:patients?|subjects?|participants?|women|men|those|individuals?|children|females?|males?|people"
    r"|persons?|anyone|adults?|volunteers?)"
)
_ENTER = (
    r"(?:enrol(?:l?ed|l)?|be enrol(?:l)?ed|enter(?:ed)?|participate|take part|join|be (?:included|entered|considered"
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
        r"non(?!-?complian|-?adheren)[a-z]{4,}",
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
        rf"(?:can|may|might|could|will) (?:still |also |nevertheless )?{_ENTER}\b",
        r"(?:is|are|be|will be|remain|remains|still) (?:still |also )?(?:allowed|permitted|permissible|acceptable"
        r"|accepted|eligible|exempt\w*|welcome)",
        r"(?:may|can|might|could)(?: still| also)?(?: be)? (?:have|receive|continue|use|take|remain|be on)\b",
        r"need not\b|(?:is|are) not (?:required|needed|necessary|mandatory)|not required",
        r"allowed|permitted|permissible|acceptable(?! (?:method|form|birth|contracepti|level|mean|effective))"
        r"|exempt\w*|\beligible",
    ),
    Bears.PROHIBITS: (
        r"(?:is|are|be|will be|being|deemed|considered) ?(?:not|in)[- ]?eligible",
        r"ineligible|disqualif\w+|prohibit\w*|disallowed|forbidden|contraindicat\w+|exclusionary|barred",
        r"(?:do|does|did|will|would|shall) not (?:qualify|be (?:eligible|enrol\w+|included|allowed|permitted"
        r"|accepted|admitted|considered))",
        r"not (?:be )?(?:eligible|allowed|permitted|acceptable|enrol\w+|included|admitted|accepted|suitable|qualif\w+)",
        rf"(?:cannot|can not|can't|may not|must not|mustn't|should not|shall not|will not|would not) {_ENTER}\b",
        r"(?:must|may|should|shall)(?: not|n't) (?:have|be|receive|use|take|show|suffer|currently|previously"
        r"|concurrently)\b(?: had| been| taken| received| used)?",
        r"rul(?:es?|ed|ing) out\b|preclud\w+|(?:lead|result)(?:s|ing)? (?:to|in) exclusion|(?:reason|grounds?|cause"
        r"|basis) (?:for|of|to) exclu\w+",
        r"(?:is|are|be|will be|being) excluded|excluded(?= (?:if|when|for|because|from))|must be excluded"
        r"|excludes?\b|^excluded\b|excluded$",
    ),
    Bears.UNLESS: (r"unless",),
    Bears.EXCEPTS: (
        r"with the exceptions? (?:of|for)|exceptions?\b:?|except(?:ing|ed)?(?: for| in| when| that)?|excluding"
        r"|other than|apart from|aside from"
        r"|besides|save for|exclusive of|with the exclusion of|but not\b",
    ),
    Bears.FAILS: (
        r"fail(?:s|ed|ing|ure)? to\b|refus\w+(?: to)?|unable|inability|unwilling\w*|incapable|declin(?:e|es|ed"
        r"|ing) to|non-?\s?(?:complian|adheren)\w+(?: (?:with|to))?"
        r"|not (?:able|willing|capable|prepared|ready|agree\w*)",
    ),
    Bears.DENIES: (
        r"(?:has|have|had|is|are|was|were|do|does|did|can|could|must|will|would|should)(?:n't| not)(?: been| be"
        r"| have| had)?",
        r"cannot|can not|neither|nor|none of|none|never|without|absen(?:ce|t)(?: of)?|free (?:of|from)|no longer|no"
        r"|not|lack(?:s|ing|ed)?(?: of)?|nil|n't",
    ),
    Bears.DEFINES: (
        r"(?:is|are|was|be) (?:defined|considered|regarded|deemed|understood|classified)(?: to be| as| by)?|means\b"
        r"|refers? to|where \w+ is",
    ),
    Bears.IF: (
        r"only if|if|when(?:ever)?|in (?:the )?(?:case|event)s? (?:of|that|where)|provided(?: that)?|as long as"
        r"|so long as|where|given that|depending on"
        rf"|(?:for|in|among) (?:the )?{_PEOPLE}(?: (?:with|who|on|under|aged|whose|over))?|instead of|rather than|until",
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
    for found in _BEARS.finditer(text):
        kind = Bears[str(found.lastgroup)]
        if kind is not Bears.LOCAL:
            yield Word(kind, found.start(), found.end())


# --- a bound within its sentence -------------------------------------------------------------------------------------

_SENTENCE_END = re.compile(r"(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)(?<!\bapprox)[;.](?=\s|$)")
_BRACKET = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_STOP = re.compile(r"[,;:]|\b(?:but|however|while|although|whereas)\b", re.IGNORECASE)
_JOIN = re.compile(
    r"[,;:]|\b(?:but|however|while|although|whereas|and|or|who|which|that|whom|whose)\b", re.IGNORECASE
)
_NEXT_ALTERNATIVE = re.compile(r"[,;]\s?(?:and/)?or\b(?!.*\bto\b)", re.IGNORECASE)
_SUBJECT = re.compile(
    rf"\W*(?:(?:the |all )?{_PEOPLE}\s(?:who |that |must |should |shall )?)?(?:must |should |shall )?(?:have |has "
    rf"|had |been |be )*",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    rf"\s*(?:these|those|this|such|they|it)\b(?: {_PEOPLE}| conditions?| treatments?)?", re.IGNORECASE
)
_DIRECTLY_BEFORE_A_VALUE = re.compile(r"\s{0,5}[:=]?\s{0,5}(?:[§¤\d<>≤≥])")
_ABSENT = re.compile(r"no|without|free (?:of|from)|absen(?:ce|t)(?: of)?|off|none of", re.IGNORECASE)
_OUTRIGHT_DENIAL = re.compile(
    r"(?:has|have|had|did|do|does|is|are|was|were)(?:n't| not)|never|without|no\b", re.IGNORECASE
)


class Span(StrEnum):
    """Whether a bound is of a time: a window in which something is looked for (`within 4 weeks`), or how long it lasts."""

    NONE = "none"
    WINDOW = "window"
    LASTING = "lasting"


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound in its criterion: where it stands, whether it is one of time, where the other quantities stand.

    `twins` are those of the same unit on the same side (`≤ 1.5 × ULN … ≤ 3 × ULN`).
    """

    text: str
    start: int
    end: int
    others: tuple[tuple[int, int], ...] = ()
    twins: tuple[tuple[int, int], ...] = ()
    span: Span = Span.NONE


def of_bound(bound: Bound, sign: Sign) -> Sign:
    """The sign of meeting a bound, in a criterion whose being true has `sign`."""
    if sign is None:
        return None
    said = _sentence_of(bound)
    if said is None or _DIRECTLY_BEFORE_A_VALUE.match(said.after):
        return None  # it keys a table: `age 2 to 6 years: 0.8 mg/dL`
    return _Reading(said, bound.span, sign).sign()


@dataclass(frozen=True, slots=True)
class _Said:
    """The sentence of a bound, cut at it; other quantities and brackets that do not hold it are blanked."""

    before: str
    after: str


def _sentence_of(bound: Bound) -> _Said | None:
    text = bound.text
    for sign, places in (("¤", bound.others), ("§", bound.twins)):
        for start, end in places:
            text = text[:start] + sign * (end - start) + text[end:]
    text = _BRACKET.sub(lambda b: b[0] if b.start() <= bound.start < b.end() else " " * len(b[0]), text)
    ends = [found.end() for found in _SENTENCE_END.finditer(text)]
    begin = max((end for end in ends if end <= bound.start), default=0)
    stop = min((end for end in ends if end >= bound.end), default=len(text))
    follows = text[stop:]
    points_back = _POINTS_BACK.match(follows)
    if points_back and any(True for _ in bearing(follows[points_back.end() :].partition(".")[0])):
        return None  # `… 10 mg/day. This is allowed.`: the next sentence turns this one
    return _Said(text[begin : bound.start], text[bound.end : stop])


class _Reading:
    """The frames of a bound, tried one after the other."""

    def __init__(self, said: _Said, span: Span, sign: int) -> None:
        self.said, self.span, self.outer = said, span, sign
        self.before = list(bearing(said.before))
        self.predicate, self.beyond = self._after()

    def _after(self) -> tuple[list[Word], list[Word]]:
        """Words behind the bound: those of its own predicate, and those of what is joined to it."""
        after = self.said.after
        joint = _JOIN.search(after)
        edge = joint.start() if joint else len(after)
        words = list(bearing(after))
        near = [word for word in words if word.start < edge and not _restricts(word, after)]
        return near, [word for word in words if word.start >= edge]

    def sign(self) -> Sign:
        kinds = [word.bears for word in self.before]
        if Bears.DEFINES in kinds:
            return None
        for introducing, frame in (
            (Bears.UNLESS, self._in_unless),
            (Bears.EXCEPTS, self._in_exception),
            (Bears.IF, self._in_condition),
        ):
            if introducing in kinds:
                return frame(len(kinds) - 1 - kinds[::-1].index(introducing))
        return self._agreed(self._plain(self.before, self.predicate))

    def _agreed(self, sign: Sign) -> Sign:
        """What is joined to a bound says nothing of it, but for a verdict on the whole sentence, which must agree."""
        for word in self.beyond:
            if word.bears in (Bears.PERMITS, Bears.PROHIBITS, Bears.UNCOUNTED):
                verdict = -1 if word.bears is Bears.PROHIBITS else 1
                if sign is None or verdict == sign:
                    continue
                if "," in self.said.after[: word.start] or self.before or self.predicate:
                    return None
                sign = verdict
        return sign

    # the frames

    def _plain(self, before: list[Word], predicate: list[Word]) -> Sign:
        words = [word.bears for word in (*before, *predicate)]
        if not words:
            return self.outer
        verdicts = [word for word in words if word in (Bears.PERMITS, Bears.PROHIBITS)]
        rest = [word for word in words if word not in (Bears.PERMITS, Bears.PROHIBITS)]
        if len(verdicts) > 1 or len(rest) > 1:
            return None
        sign = self._of_verdict(before, verdicts[0]) if verdicts else self.outer
        if sign is None or not rest:
            return sign
        if verdicts and rest[0] is Bears.UNCOUNTED:
            return None
        return self._turned(before, predicate, rest[0], sign)

    def _of_verdict(self, before: list[Word], verdict: Bears) -> Sign:
        """`… are eligible`, `… cannot participate`, `must not have had …`: what is allowed or barred, in either section."""
        sign = 1 if verdict is Bears.PERMITS else -1
        if sign == self.outer:
            return sign
        given_before = next((word for word in before if word.bears is verdict), None)
        link = self.said.before[given_before.end :] if given_before else ""
        return None if given_before and _STOP.search(link.lstrip(" :")) else sign

    def _turned(self, before: list[Word], predicate: list[Word], kind: Bears, sign: int) -> Sign:
        """One denial, refusal or failure over the bound."""
        if any(word.bears is kind for word in predicate):
            if kind is Bears.UNCOUNTED:
                return 1 if self.outer < 0 else None
            return -sign if kind is Bears.DENIES else None
        word = next(word for word in before if word.bears is kind)
        link = self.said.before[word.end :]
        if kind is Bears.DENIES and self.span is Span.LASTING:
            return self._absence_that_lasts(word, link, sign)
        if kind is Bears.DENIES:
            return -sign if self._governs(word, link) else None
        if kind is Bears.FAILS:
            if _NEXT_ALTERNATIVE.search(link):
                return sign  # `Unable to swallow, or surgery within 2 weeks`
            return None if self.span is Span.WINDOW or _JOIN.search(link) else -sign
        return None

    def _absence_that_lasts(self, word: Word, link: str, sign: int) -> Sign:
        """`No A for at least 4 weeks`: the absence lasts. `Has not been stable for at least 4 weeks`: this does not."""
        denial = self.said.before[word.start : word.end]
        if sign > 0:
            return (
                sign
                if _SUBJECT.fullmatch(self.said.before[: word.start]) and _ABSENT.fullmatch(denial)
                else None
            )
        return (
            -sign
            if _OUTRIGHT_DENIAL.match(denial) and not _ABSENT.fullmatch(denial) and not _JOIN.search(link)
            else None
        )

    def _governs(self, word: Word, link: str) -> bool:
        """Whether a denial reaches the bound: `No A, B or C within 4 weeks` at the start, else nothing between them."""
        denial = self.said.before[word.start : word.end]
        if self.span is not Span.WINDOW:
            is_bare = (
                denial.lower() == "not"
            )  # `not responding to ≥ 2 drugs`: each of so many, or fewer than so many
            return not is_bare and _JOIN.search(link) is None and len(link.split()) <= 8
        if self.outer < 0:
            return bool(_OUTRIGHT_DENIAL.fullmatch(denial.split(" been")[0])) and not _JOIN.search(link)
        begins = _SUBJECT.fullmatch(self.said.before[: word.start])
        return bool(begins) and not re.search(r"[;:]|\b(?:who|which|that|but|with)\b", link)

    def _in_unless(self, at: int) -> Sign:
        """`A unless Q`: whoever meets Q is let in, in an inclusion as in an exclusion; `allowed unless Q` bars."""
        if self.before[at + 1 :] or self.predicate:
            return None
        outer = [word.bears for word in self.before[:at]]
        if "§" in self.said.before[: self.before[at].start] and self.outer < 0:
            return None
        if not outer or outer in ([Bears.PROHIBITS], [Bears.DENIES], [Bears.FAILS]):
            return 1
        return -1 if outer == [Bears.PERMITS] else None

    def _in_exception(self, at: int) -> Sign:
        """`A except Q`: the opposite of what A itself does. A window behind it may be A's own."""
        if self.before[at + 1 :] or self.predicate:
            return None
        if "§" in self.said.before[: self.before[at].start]:
            return self._alternative(at)
        if self.span is Span.WINDOW:
            return None
        stop = self.before[at].start
        outer = _Reading(_Said(self.said.before[:stop], ""), Span.NONE, self.outer)
        sign = outer._plain(outer.before, [])
        return None if sign is None else -sign

    def _alternative(self, at: int) -> Sign:
        """`A ≤ x, except in some, A ≤ y`: the exception has a bound of its own, which does as the first one does."""
        return None if self.before[:at] else self.outer

    def _in_condition(self, at: int) -> Sign:
        """`allowed if Q`, `excluded if Q`, and in exclusions `A if Q`."""
        inner = [*self.before[at + 1 :], *self.predicate]
        outer = [word.bears for word in self.before[:at]]
        if inner or outer not in ([], [Bears.PERMITS], [Bears.PROHIBITS]):
            return None
        if outer:
            return 1 if outer == [Bears.PERMITS] else -1
        leads = bool(self.said.before[: self.before[at].start].strip(" ,"))
        return self.outer if leads and self.outer < 0 else None


_RESTRICTING = frozenset((Bears.EXCEPTS, Bears.UNLESS, Bears.IF))
_PREDICATE_DENIAL = re.compile(
    r"(?:has|have|had|is|are|was|were|do|does|did|can|could)(?:n't| not)\b|cannot|can not", re.IGNORECASE
)


def _restricts(word: Word, after: str) -> bool:
    """A condition or exception behind a bound, and `without …`, leave the bound's own direction as it is."""
    if word.bears in _RESTRICTING:
        return True
    return word.bears is Bears.DENIES and not _PREDICATE_DENIAL.match(after, word.start)


# --- what a list stands under ----------------------------------------------------------------------------------------


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
_REQUIREMENT = re.compile(
    r"\b(?:adequate|must|shall|should|required|requirements?|need\w*|meet\w*|fulfil\w*|satisf\w*|laborator\w+"
    r"|(?:organ|marrow|renal|hepatic|cardiac|liver"
    r"|kidney|pulmonary|hematologic\w*|haematologic\w*) functions?|lab(?:oratory)? (?:values?|parameters?|tests?)"
    r"|criteria)\b",
    re.IGNORECASE,
)
_NORMAL_BELOW = re.compile(
    r"\b(?:inadequate|insufficient|deficient|impaired|poor|abnormal)\b.{0,200}\b(?:where adequate|adequate means"
    r"|adequate is|normal (?:values?|ranges?|limits?) (?:below|are|is)|required values?|requirements? (?:below|are))\b",
    re.IGNORECASE,
)
_INADEQUATE = re.compile(r"\b(?:inadequate|insufficient|deficient|impaired)\b", re.IGNORECASE)
_NOT_MEETING = re.compile(
    r"\b(?:not|fail(?:s|ed|ing|ure)? to|does not|do not|unable to)\b(?: be able to)? (?:meet|fulfil|satisf|hav"
    r"|achiev|maintain)\w*|\bfailure (?:of|in)\b|\black of\b",
    re.IGNORECASE,
)
_NONE_OF = re.compile(
    r"\b(?:none|absence|absent|free|no evidence|no history|no)\b(?: of| from)?(?: any| the| all| these)*"
    r"|\bmust be absent\b|\b(?:must|may|should|do|does|did|have|has) not\b",
    re.IGNORECASE,
)


def header(text: str, section: str) -> Header | None:
    """How a header bears on the items under it, in a section; None where it fits no frame."""
    if _EXAMPLES.search(text):
        return None
    join = _join_of(text)
    if _NORMAL_BELOW.search(text):
        return Header(Turn.FAILS, Join.ANY)
    kinds = {word.bears for word in bearing(text)}
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
    if kinds or _INADEQUATE.search(text):
        return None
    return Header(Turn.SAME, join)


def _join_of(text: str) -> Join:
    found = next((join for join, words in _JOIN_OF if words.search(text)), None)
    return found or (Join.KINDS if _KINDS.match(text) else Join.PLAIN)


def _of_failure(text: str, join: Join) -> Header | None:
    """`Not meeting all of`, `Failure of any of`: one more requirement is one more to fail at."""
    all_fail = re.search(r"\b(?:failure (?:of|in)|lack of)\b", text, re.IGNORECASE) and join is Join.ALL
    return None if all_fail or join in (Join.SOME, Join.KINDS) else Header(Turn.FAILS, Join.ANY)


_SIGN: dict[Turn, int] = {Turn.BARS: -1, Turn.PERMITS: 1}


def opens_section(text: str) -> bool:
    """Whether a header is nothing but the title of a section, which turns nothing: the section itself is known."""
    return titles.section_title(text) is not None


def under(headers: Sequence[str], section: str) -> Sign:
    """The sign of a criterion's being true in a section, under headers that are given nearest first."""
    sign = 1 if section == "inclusion" else -1
    for text in reversed(headers):
        if opens_section(text):
            continue
        found = header(text, section)
        if found is None:
            return None
        sign = _SIGN.get(found.turn, -sign if found.turn in (Turn.FAILS, Turn.EXCEPTS) else sign)
    return sign


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
        return outer
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


# --- a criterion that is there or not --------------------------------------------------------------------------------


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
    r"\W*(?:none|nil|n/?a|not applicable|no (?:exclusion|inclusion) criteria|no|(?:both )?(?:males? (?:and|or|&"
    r"|/) females?|females? (?:and|or|&|/) males?"
    r"|men (?:and|or) women|women (?:and|or) men|m/f)(?: (?:patients|subjects|participants))?(?: (?:are"
    r"|can be) (?:eligible|included|accepted))?"
    r"|(?:pre-?|peri-?)(?: ?(?:and|or|,|/) ?(?:peri-?|post-?))*\s?(?:or|and|/)?\s?(?:post-?)?menopausal(?: women)?"
    r"|either (?:sex|gender)|any (?:sex|gender)|all (?:sexes|genders)|no limits?(?: on [\w\s]+)?)\W*",
    re.IGNORECASE,
)
_NO_LIMIT = re.compile(
    r"\b(?:(?:of )?(?:any|all|every) (?:race|ethnic\w*|gender|sex|nationality|religion)|regardless of (?:sex|gender"
    r"|race)|no (?:upper |lower )?limits?\b|no restrictions?\b"
    r"|re-?screening (?:is|will be|may be) (?:possible|allowed|permitted)|may be re-?screened|no exclusion criteria)",
    re.IGNORECASE,
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
    r"|re-?screening|for further information)\b",
    re.IGNORECASE,
)
_UNSURE = re.compile(
    r"^\W*(?:note|nb|n\.b\.|remark|definitions?|for clarification|for the purpose)\b|\b(?:(?:is|are) (?:defined"
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
_OR_ITEM = re.compile(r"^\W*(?:or|and/or|either)\b|\b(?:or|and/or)\W*$", re.IGNORECASE)
_GROUP = re.compile(
    r"\W*(?:for )?(?:parts?|cohorts?|groups?|arms?|phase|stratum|strata|module|sub-?study)\s+(?:[A-Z0-9]{1,4}|[IVX]+)\b",
    re.IGNORECASE,
)
_GROUP_OF_PEOPLE = re.compile(
    rf"{_GROUP.pattern}\s*[:–—-]\s*(?:adults?|children|healthy|{_PEOPLE})\b", re.IGNORECASE
)
_DEMAND = re.compile(
    rf"^\W*(?:signed|written|willing\w*|able|ability|capable|must|confirmed|documented|histolog\w+|cytolog\w+"
    rf"|diagnos\w+|adequate|sufficient|history of|negative|positive|no|not"
    rf"|absence|without|free|age[ds]?|at least|minimum|life expectancy|expected survival|ECOG|karnofsky|patients?"
    rf"|subjects?|participants?|individuals?|women|men|males?|females?"
    rf"|adults?|provi\w+|understand\w*|agree\w*|consent\w*|informed|voluntar\w+|measurable|relapsed|refractory|prior"
    rf"|previous\w*|received?|has|have|had|is|are|known|stable|active"
    rf"|presence|evidence|{_PEOPLE}|voluntarily|fulfil\w*|meet\w*|on\b|currently|recover\w*|weight|body|bmi|serum"
    rf"|platelet\w*|hemoglobin|haemoglobin|absolute|anc|creatinine"
    rf"|bilirubin|ast|alt|lvef|left ventricular|oxygen|ability|compliance|use of|effective)\b|\b(?:must|required"
    rf"|requires?|has to|have to|need to)\b|[≥≤<>]",
    re.IGNORECASE,
)


def says(text: str, section: str) -> Says:
    """What a criterion says by itself, read in a section."""
    if (
        _VOID.fullmatch(text)
        or _NO_LIMIT.search(text)
        or (section == "inclusion" and _BOTH_KINDS.fullmatch(text))
    ):
        return Says.NOTHING
    if _REMARK.search(text):
        return Says.NOTHING
    if (
        _UNSURE.search(text)
        or _OFTEN_EXEMPT.match(text)
        or _OR_ITEM.search(text)
        or text.rstrip().endswith(":")
    ):
        return _of_words(text, section, sure=False)
    if _GROUP.match(text):
        return _of_group(text, section)
    return _of_words(text, section, sure=True)


def _of_group(text: str, section: str) -> Says:
    """A group of the study: its people are let in, where it says who they are; a bar for it alone is a bar."""
    if section == "exclusion":
        return Says.BARS if len(text.split()) > 4 and not list(bearing(text)) else Says.UNKNOWN
    admits = _GROUP_OF_PEOPLE.match(text) and not re.search(r"\b(?:only|must|should)\b", text, re.IGNORECASE)
    return Says.ADMITS if admits and not list(bearing(text)) else Says.UNKNOWN


def _of_words(text: str, section: str, *, sure: bool) -> Says:
    plain = _BRACKET.sub(" ", text)
    kinds = [word.bears for word in bearing(plain)]
    verdicts = {kind for kind in kinds if kind in (Bears.PERMITS, Bears.PROHIBITS, Bears.UNCOUNTED)}
    if verdicts in ({Bears.PERMITS}, {Bears.UNCOUNTED}):
        return _of_permission(plain, kinds, section)
    if verdicts == {Bears.PROHIBITS}:
        return Says.BARS if kinds[-1] is Bears.PROHIBITS or Bears.IF in kinds else Says.UNKNOWN
    if verdicts or not sure or Bears.DEFINES in kinds:
        return Says.UNKNOWN
    if kinds and kinds[0] is Bears.EXCEPTS and not plain[: next(bearing(plain)).start].strip(" -*"):
        return Says.PERMITS if section == "exclusion" and len(kinds) == 1 else Says.UNKNOWN
    if section == "exclusion":
        return Says.DEMANDS
    return Says.DEMANDS if _DEMAND.search(plain) else Says.NAMES


def _of_permission(text: str, kinds: list[Bears], section: str) -> Says:
    """A permission lets in, unless it is the one part of a bar or demand that has an end of its own."""
    if set(kinds) - {Bears.PERMITS, Bears.UNCOUNTED, Bears.IF}:
        return Says.UNKNOWN
    whole = len([sentence for sentence in _SENTENCE_END.split(text) if sentence.strip()]) == 1
    if not whole or _STOP.search(text.partition(":")[2] or text):
        return Says.UNKNOWN
    if section == "inclusion":
        eligible = re.search(rf"\b(?:eligible|accepted|{_ENTER})\b", text, re.IGNORECASE)
        return Says.PERMITS if eligible and Bears.IF not in kinds else Says.UNKNOWN
    return Says.PERMITS
