"""Eligibility criteria as a tree: one criterion for every bullet, number or letter, each at its place."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sync.study.criteria import titles

# Words with one blank between them in one piece: half as many pieces as words.
_pieces = re.compile(r"\w+(?: \w+)*+|[^\w\s]").findall
_LOOKALIKES = str.maketrans("‘’‚‛′`´“”„‟″«»‐‑‒–—―−∼～×✕╳", "'''''''\"\"\"\"\"\"\"-------~~xxx")
_TRAILING = ".;,:- "
_WORTH_REMEMBERING = 1_000  # characters; longer criteria are rare, and would fill the memory


@dataclass(unsafe_hash=True)
class Criterion:
    """One criterion. `place` holds the titles it stands under, outermost first; `parent` is an index into the items.

    It is never changed; frozen, it would be made in three times as long.
    """

    section: str
    place: tuple[str, ...]
    depth: int
    parent: int | None
    text: str
    verbatim: str = field(compare=False)
    is_title: bool = False

    @cached_property
    def key(self) -> str:
        """The text for comparison: typography (quotes, dashes, spacing, closing punctuation) does not count."""
        return key(self.text)

    @cached_property
    def heads(self) -> str:
        """For a title: its name in the `where` of what stands under it. Empty for a criterion."""
        return titles.canonical(self.text) if self.is_title else ""

    @cached_property
    def where(self) -> tuple[str, ...]:
        """The place for comparison: titles that only name the section left out."""
        return where(self.place)


def where(place: tuple[str, ...]) -> tuple[str, ...]:
    """A place for comparison: titles that only name the section left out."""
    return tuple(filter(None, map(titles.canonical, place)))


def key(text: str) -> str:
    """The tokens of a text, typographic variants made alike, without closing punctuation."""
    return _KEYS[text]


def _key(text: str) -> str:
    # Of ASCII only the accent has a look-alike: asking takes no time, looking for all of them half of it.
    is_typed = text.isascii() and "`" not in text
    return " ".join(_pieces(text if is_typed else text.translate(_LOOKALIKES))).rstrip(_TRAILING)


class _Keys(dict[str, str]):
    """Each text with its key: a criterion is asked for in each form it is compared in, and most stay as they were."""

    MOST = 4_000

    def __missing__(self, text: str) -> str:
        found = _key(text)
        if len(text) <= _WORTH_REMEMBERING:
            if len(self) >= self.MOST:
                self.clear()
            self[text] = found
        return found


_KEYS = _Keys()


@dataclass(frozen=True)
class Criteria:
    """All criteria of one text in their order, and its titles, each with the section it stands in or opens."""

    items: tuple[Criterion, ...]
    titles: tuple[Criterion, ...]

    def canonical(self) -> Any:
        """A JSON value without layout: equal for re-ordered, re-numbered, re-flowed and re-formatted texts."""
        return self._canonical

    @cached_property
    def _canonical(self) -> Any:
        # Asked for by a record's form, and again where two texts are compared.
        below: dict[int | None, list[Any]] = defaultdict(list)
        place: tuple[str, ...] | None = None
        names: list[str] = []
        used: set[str] = set()
        # From the last item to the first, since a parent stands before its children: no recursion, however deep the list.
        for index in range(len(self.items) - 1, -1, -1):
            item = self.items[index]
            if item.place is not place:  # those under one title share one
                place, names = item.place, list(where(item.place))
                used.update(names)
            text = _KEYS[item.text]
            tree: list[Any] = [text] if item.parent is not None else [item.section, names, text]
            if index in below:
                tree.append(_sorted(below.pop(index)))
            below[item.parent].append(tree)
        idle = {
            (title.section, title.heads) for title in self.titles if title.heads and title.heads not in used
        }
        return {"items": _sorted(below[None]), "titles": sorted(map(list, idle))}


def _sorted(trees: list[Any]) -> list[Any]:
    return sorted(trees, key=repr) if len(trees) > 1 else trees
