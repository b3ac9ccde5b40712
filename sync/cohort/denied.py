"""What a record says that it is not, or is compared with: no construct of its study is named there (pure)."""

from __future__ import annotations

import re

from sync.cohort.terms import terms

NEAR = 90
"""So many characters beside a construct may hold what speaks of it: beyond that the sentence has moved on."""
_CLAUSE = re.compile(r"[,;()]|\.\s|: ")
_WORD = re.compile(r"[a-z0-9]+")


def is_denied(text: str, start: int, end: int) -> bool:
    """Whether what stands here in a folded text is denied: "no CAR-T cells are used", "unlike CAR-T", "CAR-T-free"."""
    before = clause_before(text, start).split()
    return bool(terms().denied_after.match(text[end : end + NEAR])) or any(
        terms().denied_before.search(" ".join(head)) for head in heads(before, terms().describing)
    )


def clause_before(text: str, at: int) -> str:
    """What stands before a place in its clause."""
    return _CLAUSE.split(text[max(0, at - NEAR) : at])[-1].rstrip(" -/")


def heads(words: list[str], linking: frozenset[str]) -> list[list[str]]:
    """Beginnings of a clause, from the longest on, that are parted from its end by linking words and antigens alone."""
    found = [words]
    for length in range(1, min(len(words), 8) + 1):
        if not _links(words[-length], linking):
            break
        found.append(words[:-length])
    return found


def _links(word: str, linking: frozenset[str]) -> bool:
    return all(part in linking for part in _WORD.findall(terms().antigen.sub("", word)))
