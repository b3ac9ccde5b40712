"""What a record says that it is not, or is compared with: no construct of its study is named there (pure)."""

from __future__ import annotations

import re

from sync.cohort.terms import terms

NEAR = 90
"""So many characters beside a construct may hold what speaks of it: beyond that the sentence has moved on."""
_CLAUSE = re.compile(r"[,;()]|(?<! vs)\.\s|: ")
_CONTRACTED = re.compile(
    r"\b(can(?=t\b)|(?:are|is|were|was|do|does|did|have|has|had|could|must)(?=nt\b))n?t\b"
)
"""Folded text has no apostrophes: "aren't" is "arent"."""
_SHARED = re.compile(r", (?P<nearer>or [^,;().:]{1,60}),$")
_LATELY = re.compile(
    r"(?: (?:cells?|therap(?:y|ies)|treatments?|infusions?))* (?:within|(?:in|during) the (?:last|past|previous))\b"
)
"""What was not had of late may have been had before."""
_WORD = re.compile(r"[a-z0-9]+")


def is_denied(text: str, start: int, end: int) -> bool:
    """Whether what stands here in a folded text is denied: "no CAR-T cells are used", "unlike CAR-T", "CAR-T-naive"."""
    before = _CONTRACTED.sub(r"\1 not", clause_before(text, start)).split()
    after = text[end : end + NEAR]
    return (
        bool(terms().denied_after.match(after))
        or _ends(terms().denied_before, before, terms().describing)
        or _is_lacking(text[max(0, start - NEAR) : start], before, after)
    )


def _is_lacking(beside: str, before: list[str], after: str) -> bool:
    """Whether participants have not had it, cannot have it or do not want it, all of them."""
    lacks = bool(terms().lacking_after.match(after)) or _ends(
        terms().lacking_before, before, terms().lacking_links
    )
    return lacks and not (
        terms().lacking_unless.search(re.split(r"[.;]\s", beside)[-1]) or _LATELY.match(after)
    )


def _ends(pattern: re.Pattern[str], before: list[str], linking: frozenset[str]) -> bool:
    return any(pattern.search(" ".join(head)) for head in heads(before, linking))


def clause_before(text: str, at: int) -> str:
    """What stands before a place in its clause; where two share it, "not fit for, or refusing, CAR-T", the nearer one."""
    before = text[max(0, at - NEAR) : at].rstrip(" -/")
    shared = _SHARED.search(before)
    return shared["nearer"] if shared else _CLAUSE.split(before)[-1].rstrip(" -/")


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
