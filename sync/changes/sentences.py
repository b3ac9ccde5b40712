"""Small pieces of sentences: numbers, lists, names and values in words."""

from __future__ import annotations

from collections.abc import Iterable

from sync.changes.model import Change, Detail, Json, Kind
from sync.study.labels import in_words, label
from sync.study.plain import plain


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
    """A value of a record as one says it: "none", "yes"; an element of a list by its name."""
    return short(value if isinstance(value, str) else as_text(value), most)


_NAMES = (
    *("name", "label", "title", "measure", "fullName", "id", "filename", "citation", "term", "url", "date"),
)


def as_text(value: Json) -> str:
    """A value of a record in words: an element of a list by its name."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    if isinstance(value, dict):
        return str(next((value[name] for name in _NAMES if value.get(name)), "")) or listed(map(str, value))
    if isinstance(value, list):
        return listed(map(as_text, value)) or "none"
    return plain(value) if isinstance(value, str) else str(value)


def coded(value: Json) -> str:
    """A code of the registry as one says it: "Double", "none"."""
    return said(in_words(value) if isinstance(value, str) else value)


def step(old: Json, new: Json) -> str:
    """From one code of the registry to another: "Recruiting → Completed"."""
    return f"{coded(old)} → {coded(new)}"


def field_name(change: Change[Detail]) -> str:
    """What a change is about, by the registry's own label: "plan to share IPD" of `….ipdSharing`."""
    place, _, name = change.path.partition("[")[0].rpartition(".")
    return label(name, place.rpartition(".")[2])


_KINDS: dict[str, str] = {
    Kind.IPD: "IPD sharing",
    Kind.DERIVED: "computed by the registry",
    Kind.ADMINISTRATIVE: "bookkeeping",
    Kind.REENTERED: "back in the watch",
    Kind.UNKNOWN_FORECAST: "Unknown foretold",
    Kind.ALIAS: "other NCT ID",
    Kind.SCHEMA: "shape of the data",
}


def kind_name(kind: str) -> str:
    """A kind in words for people: "IPD sharing"."""
    return _KINDS.get(kind, kind)
