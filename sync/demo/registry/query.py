"""The registry's search expressions: words, "phrases", AND, OR, NOT, (…), AREA[…], RANGE[…], MISSING, ALL."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sync.demo.registry.answers import QueryError
from sync.demo.registry.corpus import Version, words
from sync.demo.registry.fields import Field, field, fields_of

# From about 14 terms the registry calls a query too complicated.
MAX_TERMS = 13

_TOKEN = re.compile(r'\s*(?:(AREA|RANGE)\[([^\]]*)\]|"([^"]*)"|([()])|([^\s()"]+))')
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")

Test = Callable[[Version], bool]


@dataclass(frozen=True)
class Token:
    """One token: `kind` is AREA, RANGE, PHRASE, WORD, or the operator or parenthesis itself."""

    kind: str
    value: str = ""


def compile_query(expression: str, area: str) -> Test:
    """Turns an expression over a search area into a test of a version. Raises QueryError."""
    tokens = _tokens(expression)
    # Refused here too, so that a watch whose search is too long fails on a developer's machine.
    if sum(token.kind in ("WORD", "PHRASE") for token in tokens) > MAX_TERMS:
        raise QueryError("Too complicated query")
    parser = _Parser(tokens, area)
    test = parser.alternatives()
    if parser.kind:
        raise QueryError(f"Cannot parse query: unexpected `{parser.kind}`")
    return test


def _tokens(expression: str) -> list[Token]:
    tokens, at, end = [], 0, len(expression.rstrip())
    while at < end:
        match = _TOKEN.match(expression, at)
        if match is None:
            raise QueryError(f"Cannot parse query at position {at}")
        tokens.append(_token(match))
        at = match.end()
    return tokens


def _token(match: re.Match[str]) -> Token:
    function, argument, phrase, parenthesis, word = match.groups()
    if function:
        return Token(function, argument)
    if phrase is not None:
        return Token("PHRASE", phrase)
    if parenthesis:
        return Token(parenthesis)
    return Token(word) if word in ("AND", "OR", "NOT", "MISSING", "ALL") else Token("WORD", word)


class _Parser:
    """Recursive descent: OR binds loosest, then AND (or nothing) between terms, then NOT."""

    def __init__(self, tokens: list[Token], area: str) -> None:
        self.tokens = tokens
        self.area = area

    @property
    def kind(self) -> str:
        return self.tokens[0].kind if self.tokens else ""

    def take(self) -> Token:
        if not self.tokens:
            raise QueryError("Cannot parse query: it ends too early")
        return self.tokens.pop(0)

    def alternatives(self) -> Test:
        tests = [self.requirements()]
        while self.kind == "OR":
            self.take()
            tests.append(self.requirements())
        return tests[0] if len(tests) == 1 else lambda version: any(test(version) for test in tests)

    def requirements(self) -> Test:
        tests = [self.requirement()]
        while self.kind not in ("", "OR", ")"):
            if self.kind == "AND":
                self.take()
            tests.append(self.requirement())
        return tests[0] if len(tests) == 1 else lambda version: all(test(version) for test in tests)

    def requirement(self) -> Test:
        token = self.take()
        match token.kind:
            case "NOT":
                negated = self.requirement()
                return lambda version: not negated(version)
            case "(":
                return self.group()
            case "AREA":
                return self.within(token.value.strip())
            case "RANGE":
                return _in_range(field(self.area), token.value)
            case "MISSING":
                wanted = field(self.area)
                return lambda version: not any(True for _ in wanted.values(version.study or {}))
            case "ALL":
                return lambda _: True
            case "WORD" | "PHRASE":
                return _mentions(token.value, self.area)
        raise QueryError(f"Cannot parse query: unexpected `{token.kind}`")

    def group(self) -> Test:
        inner = self.alternatives()
        if self.take().kind != ")":
            raise QueryError("Cannot parse query: `)` is missing")
        return inner

    def within(self, area: str) -> Test:
        fields_of(area)  # raises QueryError for an unknown one
        # An area holds for the one requirement behind it, also where that is a whole group.
        outer, self.area = self.area, area
        try:
            return self.requirement()
        finally:
            self.area = outer


def _mentions(term: str, area: str) -> Test:
    wanted = f" {words(term)} "
    return lambda version: wanted in version.words(area)


def _in_range(wanted: Field, bounds: str) -> Test:
    low, comma, high = (part.strip() for part in bounds.partition(","))
    if not comma:
        raise QueryError(f"Cannot parse query: `RANGE[{bounds}]` needs two bounds")
    within = _number_test(low, high) if wanted.kind == "number" else _date_test(wanted, low, high)
    return lambda version: any(within(value) for value in wanted.values(version.study or {}))


def _number_test(low: str, high: str) -> Callable[[Any], bool]:
    try:
        least = float("-inf") if low == "MIN" else float(low)
        most = float("inf") if high == "MAX" else float(high)
    except ValueError as fault:
        raise QueryError(f"Cannot parse query: {fault}") from fault
    return lambda value: isinstance(value, (int, float)) and least <= value <= most


def _date_test(wanted: Field, low: str, high: str) -> Callable[[Any], bool]:
    if wanted.kind != "date" or not all(
        _DATE.fullmatch(bound) or bound in ("MIN", "MAX") for bound in (low, high)
    ):
        raise QueryError(f"Cannot parse query: `RANGE[{low},{high}]` is not a range of dates")

    # A bound of a month or year takes in all of it: compared as far as both sides are precise.
    def within(value: Any) -> bool:
        late_enough = low == "MIN" or value[: len(low)] >= low[: len(value)]
        return late_enough and (high == "MAX" or value[: len(high)] <= high[: len(value)])

    return lambda value: isinstance(value, str) and within(value)
