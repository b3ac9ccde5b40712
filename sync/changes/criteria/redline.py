"""The redline of two wordings: runs of words kept, struck out and put in."""

from __future__ import annotations

from collections.abc import Iterator

from rapidfuzz.distance import Indel

from sync.changes.criteria.detail import Words

_LIMIT = (
    4_000_000  # word pairs; above it (two very long criteria) the middle is shown as replaced in one piece
)


def redline(before: str, after: str) -> Words:
    """Runs `("=", words)`, `("-", words)`, `("+", words)`: = and - give the old text, = and + the new one."""
    old, new = before.split(), after.split()
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    kept, struck, put = old[:head], old[head : len(old) - tail], new[head : len(new) - tail]
    runs = [("=", kept), *_middle(struck, put), ("=", old[len(old) - tail :])]
    return tuple((sign, " ".join(words)) for sign, words in runs if words)


def _common(old: list[str], new: list[str]) -> int:
    """How many words two lists share at their start."""
    differences = (at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b)
    return next(differences, min(len(old), len(new)))


def _middle(old: list[str], new: list[str]) -> Iterator[tuple[str, list[str]]]:
    if len(old) * len(new) > _LIMIT:
        yield from (("-", old), ("+", new))
        return
    struck: list[str] = []
    put: list[str] = []
    for step in Indel.opcodes(old, new):
        if step.tag == "equal":
            yield from (("-", struck), ("+", put), ("=", old[step.src_start : step.src_end]))
            struck, put = [], []
        else:
            struck = struck + old[step.src_start : step.src_end]
            put = put + new[step.dest_start : step.dest_end]
    yield from (("-", struck), ("+", put))
