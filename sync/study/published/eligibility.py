"""Where on a page the eligibility criteria stand, found by their titles and by what the record's criteria ever said."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sync.study.criteria import parse
from sync.study.criteria.model import key
from sync.study.criteria.pasted import title_in
from sync.study.published import labels
from sync.study.published.page import Line

_APART = 60
"""Lines between two criteria of one list; more is another part of the page."""
_TITLE_ABOVE = 12
_JOINED = 8
"""Lines that a criterion is broken into at most."""
_MOST_LINES = 2_000
_ALIKE = 0.5
"""Share of words that a line and a criterion have in common, from which on one may be the other in other words."""
_TAIL = 3
_EXCLUDES = re.compile(r"exclu|\bnot\b|ineligib|contra-?ind", re.IGNORECASE)
_ABRIDGED = re.compile(r"\b(?:key|main|major|selected|some|summary)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """The criteria of a page as a text of their own; lines between them that may be a criterion, or furniture.

    `divided`: whether the page says where the exclusions begin; `abridged`: whether it says that it has only the main ones.
    """

    text: str
    unplaced: tuple[str, ...]
    divided: bool
    abridged: bool
    lines: range


class _Known:
    """All criteria that a record ever had."""

    def __init__(self, texts: Iterable[str]) -> None:
        parsed = [parse(text) for text in texts]
        self.keys = {item.key for each in parsed for item in each.items if item.key}
        self.titles = {key(title.text) for each in parsed for title in each.titles}
        # By its first word, what a line may be the beginning of.
        self._openings: dict[str, list[str]] = defaultdict(list)
        self._with: dict[str, set[int]] = defaultdict(set)
        self._sizes: list[int] = []
        for number, each in enumerate(sorted(self.keys)):
            words = each.split()
            self._openings[words[0]].append(each)
            self._sizes.append(len(set(words)))
            for word in set(words):
                self._with[word].add(number)

    def joined(self, lines: Sequence[Line], at: int) -> int:
        """How many lines from here on are one criterion; 0 where none is."""
        bare = key(lines[at].text)
        if bare in self.keys:
            return 1
        longer = [each for each in self._openings.get(bare.partition(" ")[0], ()) if each.startswith(bare)]
        text = lines[at].text
        for size, line in enumerate(lines[at + 1 : at + _JOINED] if longer else (), 2):
            text = f"{text} {line.text}"
            bare = key(text)
            if bare in self.keys:
                return size
            if not any(each.startswith(bare) for each in longer):
                return 0
        return 0

    def resembles(self, text: str) -> bool:
        """Whether a line shares half of its words, and of theirs, with a criterion."""
        words = set(key(text).split())
        shared: dict[int, int] = defaultdict(int)
        for word in words:
            for number in self._with.get(word, ()):
                shared[number] += 1
        return any(count >= _ALIKE * max(len(words), self._sizes[number]) for number, count in shared.items())


def find(lines: Sequence[Line], texts: Iterable[str]) -> Found | None:
    """The criteria on a page, or None where neither a title nor a criterion shows where they are."""
    known = _Known(texts)
    hits = {at: size for at in range(len(lines)) if (size := known.joined(lines, at))}
    titles = {at: title for at, line in enumerate(lines) if (title := title_in(line.text))}
    # The value below "Sex" says what a criterion says that is no more than "Male".
    breaks = {
        at
        for at, line in enumerate(lines)
        if at not in hits
        and at not in titles
        and labels.is_label(line.text)
        and not known.resembles(line.text)
    }
    span = _span(lines, sorted(hits), titles, breaks)
    if span is None:
        return None
    return _Reading(lines, known, hits, titles).within(span)


def _span(
    lines: Sequence[Line], hits: Sequence[int], titles: dict[int, str], breaks: set[int]
) -> range | None:
    """From the title above the first criterion to the last criterion; without any, the titles and what follows them."""
    if not hits:
        sections = [at for at in titles if at + 1 < len(lines)]
        if not sections:
            return None
        return range(sections[0], _end_of_list(lines, sections[-1] + 1))
    clusters = _clusters(hits, breaks)
    longest = max(map(len, clusters))
    # One line far away that happens to say the same ("Adults") is not a list of criteria.
    kept = [
        each
        for each in clusters
        if len(each) == longest or len(each) >= 3 or _title_above(each[0], titles, breaks) is not None
    ]
    first, last = kept[0][0], kept[-1][-1]
    above = _title_above(first, titles, breaks)
    return range(first if above is None else above, last + 1)


def _clusters(hits: Sequence[int], breaks: set[int]) -> list[list[int]]:
    """Criteria that stand together: not far apart, and no label of a fact between them."""
    clusters: list[list[int]] = []
    for at in hits:
        before = clusters[-1][-1] if clusters else -_APART - 1
        if at - before <= _APART and not breaks.intersection(range(before, at)):
            clusters[-1].append(at)
        else:
            clusters.append([at])
    return clusters


def _title_above(at: int, titles: dict[int, str], breaks: set[int]) -> int | None:
    for each in range(at - 1, max(at - 1 - _TITLE_ABOVE, -1), -1):
        if each in breaks:
            return None
        if each in titles:
            return each
    return None


def _end_of_list(lines: Sequence[Line], start: int) -> int:
    end = start
    while end < min(len(lines), start + _APART) and not _ends(lines[end]):
        end += 1
    return end


def _ends(line: Line) -> bool:
    return line.heading or labels.is_label(line.text) or labels.is_furniture(line.text)


@dataclass
class _Reading:
    """Tells criteria from what stands between them."""

    all: Sequence[Line]
    known: _Known
    hits: dict[int, int]
    titles: dict[int, str]

    def within(self, span: range) -> Found:
        rows: list[str] = []
        unplaced: list[str] = []
        at = span.start
        end = self._with_tail(span, unplaced)
        while at < end:
            size = self.hits.get(at, 0)
            line = self.all[at]
            if at in self.titles and not size:
                rows.append(f"\n{self.titles[at]}\n")
            elif size:
                rows.append(_row(line, " ".join(each.text for each in self.all[at : at + size])))
            elif self._is_criterion(line, at - span.start):
                rows.append(_row(line, line.text))
            elif self._may_be_criterion(line):
                unplaced.append(line.text)
            at += size or 1
        titles = [title for each, title in self.titles.items() if span.start <= each < end]
        return Found(
            "\n".join(rows),
            tuple(unplaced),
            divided=any(_EXCLUDES.search(title) for title in titles),
            abridged=any(_ABRIDGED.search(title) for title in titles),
            lines=range(span.start, end),
        )

    def _is_criterion(self, line: Line, distance: int) -> bool:
        if line.heading or key(line.text) in self.known.titles or distance > _MOST_LINES:
            return False
        # A criterion may begin as a fact does ("Age: 18 to 70"); what resembles none is then the fact.
        if not labels.is_furniture(line.text) and self.known.resembles(line.text):
            return True
        return not _ends(line) and (line.marked or not self.hits)

    def _may_be_criterion(self, line: Line) -> bool:
        is_known_title = key(line.text) in self.known.titles or line.text.endswith(":")
        return not (_ends(line) or is_known_title)

    def _with_tail(self, span: range, unplaced: list[str]) -> int:
        """Where the criteria end: what follows the last known one in its list, or in similar words, is one too."""
        if not self.hits or span.stop > len(self.all):
            return span.stop
        last = max(at for at in self.hits if at < span.stop)
        end = last + self.hits[last]
        block = self.all[end - 1].block
        marked = self.all[last].marked
        while end < len(self.all) and end not in self.titles:
            line = self.all[end]
            in_list = marked and line.marked and line.block == block and not _ends(line)
            alike = not line.heading and line.block - block <= 1 and self.known.resembles(line.text)
            if not in_list and not alike:
                break
            end += 1
        unplaced += self._loose_tail(end) if marked else []
        return end

    def _loose_tail(self, end: int) -> Iterator[str]:
        """Bullets right behind the list, though not in it: a list that is spaced out, or a menu."""
        for line in self.all[end : end + _TAIL]:
            if not line.marked or _ends(line):
                return
            yield line.text


def _row(line: Line, text: str) -> str:
    return f"{' ' * line.indent}* {text}"
