"""Small pieces of sentences: numbers, lists, names and values in words."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sync.changes.model import Change, Detail, Json


def listed(names: Iterable[str], most: int = 3, between: str = ", ") -> str:
    """Names in words, each once, cut after `most`: "a, b, c and 4 more"."""
    known = list(dict.fromkeys(name for name in names if name))
    rest = len(known) - most
    return between.join(known[:most]) + (f" and {rest} more" if rest > 0 else "")


def signed(number: float) -> str:
    """A difference with its sign: "+25", "−1,204"."""
    return f"{number:+,.0f}".replace("-", "−")


def short(text: object, most: int = 160) -> str:
    """A value on one line, cut with an ellipsis."""
    line = " ".join(str(text).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def said(value: Json, most: int = 60) -> str:
    """A value of a record as one says it: "none", "yes", "DOUBLE"."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    return short(value, most)


def field_name(change: Change[Detail]) -> str:
    """The last field in a change's path, as words: "brief title" of `….identificationModule.briefTitle`."""
    name = change.path.partition("[")[0].rpartition(".")[2]
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower().removesuffix(" struct")


def capital(text: str) -> str:
    """With a capital first letter."""
    return text[:1].upper() + text[1:]
