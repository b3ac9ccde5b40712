"""Sites: added, removed, renamed, re-coded, their statuses, and the countries entered and left."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rapidfuzz import fuzz

from sync.changes.compare import Raw
from sync.changes.model import Change, Json, Op, Pair
from sync.changes.pairing import best_pairs
from sync.study.record import Record
from sync.study.text import plain

SAME_NAME = 60.0
"""Likeness of two facility names (0 to 100) from which one counts as the other's new name, in the same place."""

_PLACEHOLDER = re.compile(
    r"(?:local institution|facility|(?:(?:clinical|investigational|investigative|research|study|trial) )?"
    r"(?:site|cent(?:er|re)))\b.*|[A-Z]{2,}\d+[-\d]*",
    re.IGNORECASE,
)


def name_of(site: Record) -> str:
    """The facility and where it is, as one would say it: "City Hospital, Lyon, France"."""
    parts = (site.get("facility"), site.get("city"), site.get("country"))
    return (
        ", ".join(plain(part) for part in parts if isinstance(part, str) and part) or "a site without a name"
    )


def countries(sites: Iterable[Record]) -> set[str]:
    """The countries that sites are in."""
    return {
        plain(site["country"]) for site in sites if isinstance(site.get("country"), str) and site["country"]
    }


def is_placeholder(site: Record) -> bool:
    """Whether a site has a code for a name ("Research Site 12", "Local Institution - 0042")."""
    return bool(_PLACEHOLDER.fullmatch(_text(site, "facility")))


def refine(raws: Sequence[Raw], pair: Pair) -> list[Change]:
    """One change a site; what was removed and added under another name in the same place is one, a rename."""
    removed = [raw for raw in raws if _is_whole(raw, Op.REMOVED)]
    added = [raw for raw in raws if _is_whole(raw, Op.ADDED)]
    pairs = _renames(removed, added)
    renamed = {id(raw) for old, new, _ in pairs for raw in (old, new)}
    changes = [_renamed(old, new, score) for old, new, score in pairs]
    left = countries(pair.before.locations) - countries(pair.after.locations)
    entered = countries(pair.after.locations) - countries(pair.before.locations)
    return changes + [_detailed(raw, left, entered) for raw in raws if id(raw) not in renamed]


def _is_whole(raw: Raw, op: Op) -> bool:
    return raw.change.op is op and isinstance(_site(raw.change), dict)


def _site(change: Change) -> Json:
    return change.old if change.op is Op.REMOVED else change.new


def _renames(removed: list[Raw], added: list[Raw]) -> list[tuple[Raw, Raw, float]]:
    by_place: dict[tuple[str, str], tuple[list[Raw], list[Raw]]] = {}
    for side, raws in enumerate((removed, added)):
        for raw in raws:
            by_place.setdefault(_place(_site(raw.change)), ([], []))[side].append(raw)
    pairs = [
        each for olds, news in by_place.values() for each in best_pairs(olds, news, _likeness, SAME_NAME)
    ]
    # a correction of the town itself: the same name in the same country, elsewhere on no other list
    taken = {id(raw) for old, new, _ in pairs for raw in (old, new)}
    olds, news = ([raw for raw in raws if id(raw) not in taken] for raws in (removed, added))
    return pairs + best_pairs(olds, news, _moved_likeness, 95.0)


def _place(site: Record) -> tuple[str, str]:
    return _text(site, "city").casefold(), _text(site, "country").casefold()


def _likeness(old: Raw, new: Raw) -> float:
    before, after = _site(old.change), _site(new.change)
    if is_placeholder(before) != is_placeholder(after):
        return SAME_NAME if _text(before, "zip") == _text(after, "zip") != "" else SAME_NAME - 1
    names = (_text(before, "facility").casefold(), _text(after, "facility").casefold())
    return max(fuzz.token_set_ratio(*names), fuzz.ratio(*names))


def _moved_likeness(old: Raw, new: Raw) -> float:
    before, after = _site(old.change), _site(new.change)
    if is_placeholder(before) or _text(before, "country") != _text(after, "country"):
        return 0.0
    same_area = fuzz.partial_ratio(_text(before, "city"), _text(after, "city")) >= 80 or (
        _text(before, "zip") == _text(after, "zip") != ""
    )
    return fuzz.ratio(_text(before, "facility"), _text(after, "facility")) if same_area else 0.0


def _text(site: Record, field: str) -> str:
    value = site.get(field)
    return plain(value) if isinstance(value, str) else ""


def _renamed(old: Raw, new: Raw, score: float) -> Change:
    before, after = old.change.old, new.change.new
    recoded = is_placeholder(before) or is_placeholder(after)
    detail = {
        "site": name_of(after),
        "was": name_of(before),
        "renamed": True,
        "recoded": recoded,
        "likeness": round(score),
    }
    return replace(old.change, op=Op.CHANGED, new=after, detail=detail)


def _detailed(raw: Raw, left: set[str], entered: set[str]) -> Change:
    change = raw.change
    site = _site(change)
    if not isinstance(site, dict) or len(raw.keys) != 4:
        return replace(change, detail={"site": _name_in_key(raw)})
    country = _text(site, "country")
    detail: dict[str, Json] = {"site": name_of(site), "duplicate": bool(re.search(r" #\d+$", raw.keys[3]))}
    if change.op is Op.ADDED and country in entered:
        detail["country_entered"] = country
    if change.op is Op.REMOVED and country in left:
        detail["country_left"] = country
    return replace(change, detail=detail)


def _name_in_key(raw: Raw) -> str:
    """The site's name out of its identity (facility|city|state|zip|country)."""
    parts = raw.keys[3].split("|") if len(raw.keys) > 3 else []
    named = (parts[0], parts[1], parts[4]) if len(parts) == 5 else parts
    return ", ".join(part for part in named if part) or "a site without a name"
