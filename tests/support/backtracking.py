"""Counts the steps of a backtracking match, from Python's own parse of an expression: what its engine does, at any speed."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

BOUND = 4
"""What is repeated a bounded number of times is repeated so often at most: a bound is a constant, whatever it is."""

_CATEGORIES = {
    codes.CATEGORY_DIGIT: str.isdigit,
    codes.CATEGORY_SPACE: str.isspace,
    codes.CATEGORY_WORD: lambda char: char.isalnum() or char == "_",
    codes.CATEGORY_NOT_DIGIT: lambda char: not char.isdigit(),
    codes.CATEGORY_NOT_SPACE: lambda char: not char.isspace(),
    codes.CATEGORY_NOT_WORD: lambda char: not (char.isalnum() or char == "_"),
}
_CHARACTERS = (codes.LITERAL, codes.NOT_LITERAL, codes.ANY, codes.IN)
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)


def tree_of(pattern: re.Pattern[Any]) -> Any:
    """The parse of an expression; one over bytes as if it were over Latin-1."""
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    return parser.parse(text, pattern.flags & ~re.UNICODE & ~re.LOCALE)


class Matcher:
    """A backtracking matcher that counts; made once for an expression, it remembers what its parts can begin with."""

    def __init__(self, pattern: re.Pattern[Any]) -> None:
        self.tree = tree_of(pattern).data
        self.fold = bool(pattern.flags & re.IGNORECASE)
        self._beginnings: dict[tuple[int, int, str], bool] = {}

    def steps_in(self, text: str, most: int, *, anchored: bool, whole: bool) -> int:
        """The steps until a match is found, or none anywhere; no more than `most`."""
        self.text, self.most = text, most
        self.steps = 0
        self.groups: dict[int, str] = {}
        return self._search(anchored=anchored, whole=whole)

    def _search(self, *, anchored: bool, whole: bool) -> int:
        sys.setrecursionlimit(max(sys.getrecursionlimit(), 60_000))
        at = 0
        while at <= (0 if anchored else len(self.text)) and self.steps < self.most:
            ends = self._sequence(self.tree, 0, at)
            found = next((end for end in ends if not whole or end == len(self.text)), None)
            # What follows a match is searched for from its end, as finditer and sub do.
            at = max(at + 1, found or 0)
        return self.steps

    def _sequence(self, nodes: list[Any], index: int, at: int) -> Iterator[int]:
        self.steps += 1
        if self.steps > self.most:
            return
        if index == len(nodes):
            yield at
            return
        if not self._may_begin(nodes, index, self.text[at : at + 1]):
            return
        for end in self._node(*nodes[index], at):
            yield from self._sequence(nodes, index + 1, end)

    def _may_begin(self, nodes: list[Any], index: int, char: str) -> bool:
        """Whether what is from here on may begin with a character, or be empty; what looks around is always tried."""
        known = self._beginnings.get((id(nodes), index, char))
        if known is None:
            told = (self._begins(*each, char) for each in nodes[index:])
            known = next((each for each in told if each is not None), True)
            self._beginnings[id(nodes), index, char] = known
        return known

    def _begins(self, code: Any, value: Any, char: str) -> bool | None:
        """The same of one node; None where what follows it decides."""
        if code in _REPEATS:
            optional = value[0] == 0
            return self._may_begin(value[2].data, 0, char) or (None if optional else False)
        if code is codes.SUBPATTERN:
            return self._may_begin(value[-1].data, 0, char)
        if code is codes.BRANCH:
            return any(self._may_begin(branch.data, 0, char) for branch in value[1])
        if code is codes.AT:
            return None
        if code in _CHARACTERS:
            return bool(char) and self._is(code, value, char)
        return True

    def _node(self, code: Any, value: Any, at: int) -> Iterator[int]:
        if code in _REPEATS:
            yield from self._repeat(code, *value, at)
        elif code is codes.SUBPATTERN:
            for end in self._sequence(value[-1].data, 0, at):
                if value[0] is not None:
                    self.groups[value[0]] = self.text[at:end]
                yield end
        elif code is codes.BRANCH:
            for branch in value[1]:
                yield from self._sequence(branch.data, 0, at)
        elif code is codes.ATOMIC_GROUP:
            yield from self._first(value, at)
        elif code in (codes.ASSERT, codes.ASSERT_NOT):
            start = at if value[0] > 0 else at - value[1].getwidth()[0]
            holds = start >= 0 and any(self._first(value[1], start))
            if holds == (code is codes.ASSERT) or (holds and at == 0 and code is codes.ASSERT):
                yield at
        elif code is codes.AT:
            if self._is_at(value, at):
                yield at
        elif code is codes.GROUPREF:
            word = self.groups.get(value, "")
            if self.text.startswith(word, at):
                yield at + len(word)
        elif at < len(self.text) and self._is(code, value, self.text[at]):
            yield at + 1

    def _first(self, nodes: Any, at: int) -> Iterator[int]:
        found = next(self._sequence(nodes.data, 0, at), None)
        if found is not None:
            yield found

    def _repeat(self, code: Any, low: int, high: int, inner: Any, at: int) -> Iterator[int]:
        if high is not codes.MAXREPEAT:
            high = min(high, BOUND)
        low = min(low, BOUND)
        if code is codes.POSSESSIVE_REPEAT:
            count = 0
            while count < high and (end := next(self._sequence(inner.data, 0, at), at)) > at:
                count, at = count + 1, end
            if count >= low:
                yield at
            return
        yield from self._again(code is codes.MAX_REPEAT, low, high, inner.data, at, 0)

    def _again(
        self, greedy: bool, low: int, high: int, inner: list[Any], at: int, count: int
    ) -> Iterator[int]:
        if not greedy and count >= low:
            yield at
        if count < high:
            for end in self._sequence(inner, 0, at):
                if end > at:
                    yield from self._again(greedy, low, high, inner, end, count + 1)
                elif count < low:
                    yield at
        if greedy and count >= low:
            yield at

    def _is_at(self, where: Any, at: int) -> bool:
        if where in (codes.AT_BEGINNING, codes.AT_BEGINNING_STRING):
            return at == 0
        if where in (codes.AT_END, codes.AT_END_STRING):
            return at == len(self.text)
        word = _CATEGORIES[codes.CATEGORY_WORD]
        sides = (
            [word(char) for char in self.text[max(at - 1, 0) : at]],
            [word(c) for c in self.text[at : at + 1]],
        )
        return (sides[0] == [True]) != (sides[1] == [True]) if where is codes.AT_BOUNDARY else True

    def _is(self, code: Any, value: Any, char: str) -> bool:
        if code is codes.ANY:
            return True
        if code is codes.IN:
            negated = value[0][0] is codes.NEGATE
            return any(self._is(*each, char) for each in value[negated:]) != negated
        if code is codes.RANGE:
            return any(value[0] <= ord(each) <= value[1] for each in self._cases(char))
        if code is codes.CATEGORY:
            return _CATEGORIES[value](char)
        same = any(ord(each) == value for each in self._cases(char))
        return same != (code is codes.NOT_LITERAL)

    def _cases(self, char: str) -> str:
        return char.lower() + char.upper() if self.fold else char


def sample(nodes: Any) -> str:
    """A text that the nodes match, looked-around ones left aside."""
    return "".join(_sample(code, value) for code, value in nodes)


def _sample(code: Any, value: Any) -> str:
    if code in _REPEATS:
        return sample(value[2]) * max(min(value[0], BOUND), 1)
    if code is codes.SUBPATTERN:
        return sample(value[-1])
    if code is codes.ATOMIC_GROUP:
        return sample(value)
    if code is codes.BRANCH:
        return sample(value[1][0])
    if code is codes.LITERAL:
        return chr(value)
    if code in (codes.ANY, codes.NOT_LITERAL):
        return "a"
    return next((char for char in 'a1 -*"(;<xX>é•' if _fits(value, char)), "") if code is codes.IN else ""


def _fits(value: Any, char: str) -> bool:
    return Matcher(re.compile(""))._is(codes.IN, value, char)


def pumps(nodes: Any, before: str = "") -> Iterator[str]:
    """Texts worth repeating: what is repeated without end, what leads there, and both."""
    whole = list(nodes)
    for index, (code, value) in enumerate(whole):
        lead = sample(whole[:index])
        if code in _REPEATS:
            if value[1] is codes.MAXREPEAT:
                yield from (sample(value[2]), before + lead, lead + sample(value[2]))
            yield from pumps(value[2], before + lead)
        elif code is codes.SUBPATTERN:
            yield from pumps(value[-1], before + lead)
        elif code is codes.BRANCH:
            for branch in value[1]:
                yield from pumps(branch, before + lead)
