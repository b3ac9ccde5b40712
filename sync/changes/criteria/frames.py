"""The closed set of frames that a bound's sentence is read into, to know what meeting the bound does.

A direction is proved, not presumed: every word that bears on polarity must be accounted for by a frame. What fits none is
not known. `lists.py` reads the headers above, `presence.py` criteria that are there or not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from sync.changes.criteria import demands, predicates, unread
from sync.changes.criteria.polarity import BRACKET, PEOPLE, SENTENCE_END, STOP, Bears, Sign, Word, bearing

_JOIN = re.compile(
    r"[,;:]|\s?[-–—]\s|\b(?:but|however|while|although|whereas|and|or|who|which|that|whom|whose)\b",
    re.IGNORECASE,
)
_NEXT_ALTERNATIVE = re.compile(r"[,;]\s?(?:and/)?or\b(?!.*\bto\b)", re.IGNORECASE)
_SUBJECT = re.compile(
    rf"\W*(?:(?:the |all )?{PEOPLE}\s(?:who |that |must |should |shall )?)?(?:must |should |shall )?(?:have |has "
    rf"|had |been |be )*",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    rf"\s*(?:these|those|this|such|they|it)\b(?: {PEOPLE}| conditions?| treatments?)?", re.IGNORECASE
)
_WINDOW = "∙"
_DIRECTLY_BEFORE_A_VALUE = re.compile(r"\s{0,5}[:=]?\s{0,5}(?:[§¤\d<>≤≥])")
_ABSENT = re.compile(r"no|without|free (?:of|from)|absen(?:ce|t)(?: of)?|off|none of", re.IGNORECASE)
_OUTRIGHT_DENIAL = re.compile(
    r"(?:has|have|had|did|do|does|is|are|was|were)(?:n't| not)|never|without|no\b", re.IGNORECASE
)


_ASIDE = re.compile(r"\b(?:after|following|despite|to|with)\b", re.IGNORECASE)
# `Platelets ≥ 50, without transfusion within 7 days`: in an inclusion one more demand.
_NEW_CLAUSE = re.compile(r"^(?!.*\bor\b).*(?:[,;]|\band|[,;] and)\s*$", re.IGNORECASE | re.DOTALL)
_OF_A_THING = re.compile(r"\b(?:that|which)\s$", re.IGNORECASE)


# `BMI outside the range 18–32`: to meet the bound is to be within it.
_OUTSIDE = re.compile(
    r"\b(?:outside|out)(?: of)?(?: (?:the|a|an|this|of|from|between|normal|reference|allowed|permitted"
    r"|acceptable|target|range|ranges|limits?|interval"
    r"|window|values?))*\W*$",
    re.IGNORECASE,
)
# `A is allowed; B > 10 mg is not`: what it denies was said before.
_ELLIPSIS = re.compile(r"\b(?:is|are|was|were|do|does|did|has|have|may|can|must) ?not\W*$", re.IGNORECASE)
_DENYING_SUBJECT = re.compile(r"nobody|no[- ]one|nothing", re.IGNORECASE)
_DEMANDED = re.compile(r"no\b|without|none", re.IGNORECASE)
_TIME_OFF = re.compile(r"\b(?:wash-?out|interval|gap|break|drug[- ]free)\b", re.IGNORECASE)


class Span(StrEnum):
    """Whether a bound is of a time: a window in which something is looked for (`within 4 weeks`), or how long it lasts."""

    NONE = "none"
    WINDOW = "window"
    LASTING = "lasting"


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound in its criterion: where it stands, whether it is one of time, where the other quantities stand.

    `windows` are times in which the bound is to be met (`platelets ≥ 50 within 7 days`); `twins` are those of the same
    unit on the same side (`≤ 1.5 × ULN … ≤ 3 × ULN`).
    """

    text: str
    start: int
    end: int
    others: tuple[tuple[int, int], ...] = ()
    twins: tuple[tuple[int, int], ...] = ()
    windows: tuple[tuple[int, int], ...] = ()
    span: Span = Span.NONE


def of_bound(bound: Bound, sign: Sign) -> Sign:
    """The sign of meeting a bound, in a criterion whose being true has `sign`."""
    if sign is None:
        return None
    said = _sentence_of(bound)
    if said is None or _DIRECTLY_BEFORE_A_VALUE.match(said.after):
        return None  # it keys a table: `age 2 to 6 years: 0.8 mg/dL`
    if unread.is_unread(said.before, bound.text[bound.start : bound.end], said.after):
        return None
    stated = demands.sign(
        said.before, said.after, sign, of_time=bound.span is not Span.NONE, lasting=bound.span is Span.LASTING
    )
    read = None if stated is None else _Reading(said, bound.span, stated).sign()
    return -read if read and _OUTSIDE.search(said.before) else read


@dataclass(frozen=True, slots=True)
class _Said:
    """The sentence of a bound, cut at it; other quantities and brackets that do not hold it are blanked."""

    before: str
    after: str


def _sentence_of(bound: Bound) -> _Said | None:
    text = bound.text
    for sign, places in (("¤", bound.others), ("§", bound.twins), (_WINDOW, bound.windows)):
        for start, end in places:
            text = text[:start] + sign * (end - start) + text[end:]
    text = BRACKET.sub(lambda b: b[0] if b.start() <= bound.start < b.end() else " " * len(b[0]), text)
    ends = [found.end() for found in SENTENCE_END.finditer(text)]
    begin = max((end for end in ends if end <= bound.start), default=0)
    stop = min((end for end in ends if end >= bound.end), default=len(text))
    follows = text[stop:]
    points_back = _POINTS_BACK.match(follows)
    if points_back and _says_something(follows[points_back.end() :].partition(".")[0]):
        return None  # `… 10 mg/day. This is allowed.`: the next sentence turns this one
    return _Said(text[begin : bound.start], text[bound.end : stop])


def _says_something(text: str) -> bool:
    return any(True for _ in bearing(text)) or predicates.unknown(text)


class _Reading:
    """The frames of a bound, tried one after the other."""

    def __init__(self, said: _Said, span: Span, sign: int) -> None:
        self.said, self.span, self.outer = said, span, sign
        self.before = _bearing(said.before)
        self.predicate, self.beyond = self._after()

    def _after(self) -> tuple[list[Word], list[Word]]:
        """Words behind the bound: those of its own predicate, and those of what is joined to it."""
        after = self.said.after
        joint = _JOIN.search(after)
        edge = joint.start() if joint else len(after)
        words = _bearing(after)
        # What a condition, an exception or `unless` brings is its own: `5 mg or less is allowed provided it is not changed`.
        own = next((word.start for word in words if word.bears in _RESTRICTING), len(after))
        near = [word for word in words if word.start < min(edge, own) and not _restricts(word, after)]
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
        """What is joined to a bound says nothing of it, but for a stance on the whole sentence, which must agree."""
        for word in self.beyond:
            if word.bears in (Bears.PERMITS, Bears.PROHIBITS, Bears.UNCOUNTED):
                stance = -1 if word.bears is Bears.PROHIBITS else 1
                if sign is None or stance == sign:
                    continue
                if "," in self.said.after[: word.start] or self.before or self.predicate:
                    return None
                sign = stance
        return sign

    # the frames

    def _plain(self, before: list[Word], predicate: list[Word]) -> Sign:
        words = [word.bears for word in (*before, *predicate)]
        if not words:
            return self.outer
        stances = [word for word in words if word in (Bears.PERMITS, Bears.PROHIBITS)]
        rest = [word for word in words if word not in (Bears.PERMITS, Bears.PROHIBITS)]
        if len(stances) > 1 or len(rest) > 1:
            return None
        sign = self._of_stance(before, stances[0]) if stances else self.outer
        if sign is None or not rest:
            return sign
        if stances and rest[0] is Bears.UNCOUNTED:
            return None
        return self._turned(before, predicate, rest[0], sign)

    def _of_stance(self, before: list[Word], stance: Bears) -> Sign:
        """`… are eligible`, `… cannot participate`, `must not have had …`: what is allowed or barred, in either section."""
        sign = 1 if stance is Bears.PERMITS else -1
        if sign == self.outer:
            return sign
        given_before = next((word for word in before if word.bears is stance), None)
        link = self.said.before[given_before.end :] if given_before else ""
        return None if given_before and STOP.search(link.lstrip(" :")) else sign

    def _turned(self, before: list[Word], predicate: list[Word], kind: Bears, sign: int) -> Sign:
        """One denial, refusal or failure over the bound."""
        if any(word.bears is kind for word in predicate):
            if kind is Bears.UNCOUNTED:
                return 1 if self.outer < 0 else None
            return -sign if kind is Bears.DENIES and not _ELLIPSIS.search(self.said.after) else None
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
        if _TIME_OFF.search(link) and not _JOIN.search(link):
            return -sign
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
        if re.search(r"[(\[]", link) and self.span is Span.NONE:
            return False  # `no dementia (MMSE > 24)` proves that there is none, `no fever (> 38 °C)` says what it is
        if self.outer < 0 and _DENYING_SUBJECT.fullmatch(denial):
            return False  # `Nobody over 80` among the exclusions is as a rule a demand
        if self.span is not Span.WINDOW:
            # `not responding to ≥ 2 drugs`, `lack of response after ≥ 2`: each of so many, or fewer than so many
            of_a_thing = "(" in link and _OF_A_THING.search(self.said.before[: word.start]) is not None
            aside = denial.lower() == "not" or of_a_thing or _ASIDE.search(link) is not None
            return not aside and _JOIN.search(link) is None and len(link.split()) <= 8
        if _OF_A_THING.search(self.said.before[: word.start]):
            return False  # `a drug that has not been approved within 30 days`
        if self.outer < 0 and _DEMANDED.match(denial) and _SUBJECT.fullmatch(self.said.before[: word.start]):
            return False  # an exclusion `No X within 6 months` is as a rule a demand that went to the wrong section
        if self.outer < 0:
            return bool(_OUTRIGHT_DENIAL.fullmatch(denial.split(" been")[0])) and not _JOIN.search(link)
        begins = _SUBJECT.fullmatch(self.said.before[: word.start])
        begins = begins or _NEW_CLAUSE.search(self.said.before[: word.start])
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
        if "," in self.said.before[self.before[at].end :]:
            return None  # `A, other than for exercise, on 3 or more days`: the exception may have ended
        if "§" in self.said.before[: self.before[at].start]:
            return self._alternative(at)
        if self.span is Span.WINDOW:
            return None
        stop = self.before[at].start
        outer = _Reading(_Said(self.said.before[:stop], ""), Span.NONE, self.outer)
        if self.outer > 0 and not outer.before:
            return None  # a demand is lifted for what it excepts, a kind that is let in is not: no word says which
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


def _bearing(text: str) -> list[Word]:
    """The words that bear on polarity, but for obligations, which `demands` has read."""
    return [word for word in bearing(text) if word.bears is not Bears.OBLIGES]


_RESTRICTING = frozenset((Bears.EXCEPTS, Bears.UNLESS, Bears.IF))
_PREDICATE_DENIAL = re.compile(
    r"(?:has|have|had|is|are|was|were|do|does|did|can|could)(?:n't| not)\b|cannot|can not"
    r"|not (?:yet |been |fully )*(?:completed|finished|elapsed|passed|observed|met|reached|achieved|done"
    r"|performed|respected|kept)\b",
    re.IGNORECASE,
)


def _restricts(word: Word, after: str) -> bool:
    """A condition or exception behind a bound, and `without …`, leave the bound's own direction as it is."""
    if word.bears in _RESTRICTING:
        return True
    return word.bears is Bears.DENIES and not _PREDICATE_DENIAL.match(after, word.start)
