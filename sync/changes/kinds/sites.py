"""Sites: added, removed, renamed, re-coded, their statuses, and the countries entered and left."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from sync.changes.compare import Raw
from sync.changes.model import Change, Json, Op, Pair
from sync.changes.pairing import CHARACTERS, best_pairs
from sync.study.record import Record
from sync.study.text import plain

SAME_NAME = 60.0
"""Likeness of two facility names (0 to 100) from which, in the same town, one is the other's new name."""
SAME_NAME_ELSEWHERE = 95.0
"""Likeness from which it is the same site though the town is written otherwise ("N. Efkapria-Pavlos Melas")."""

_CITY = 100  # characters of a city's name that are looked at

_PLACEHOLDER = re.compile(
    r"(?:local institution|facility|(?:(?:clinical|investigational|investigative|research|study|trial) )?"
    r"(?:site|cent(?:er|re)))\b.*|[A-Z]{2,}\d[-\d]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Site:
    """A site that was added or removed as a whole, in plain words."""

    raw: Raw
    facility: str
    city: str
    zip: str
    country: str

    @classmethod
    def of(cls, raw: Raw) -> _Site:
        value = raw.change.old if raw.change.op is Op.REMOVED else raw.change.new
        return cls(raw, *(_text(value, field) for field in ("facility", "city", "zip", "country")))

    @property
    def name(self) -> str:
        """The facility and where it is, as one would say it: "City Hospital, Lyon, France"."""
        return _joined((self.facility, self.city, self.country))

    @property
    def coded(self) -> bool:
        """Whether it has a code for a name ("Research Site 12", "Local Institution - 0042")."""
        return bool(_PLACEHOLDER.fullmatch(self.facility))

    @property
    def letters(self) -> str:
        """As much of the facility's name as tells it from others."""
        return self.facility[:CHARACTERS]


def countries(sites: Iterable[Record]) -> set[str]:
    """The countries that sites are in."""
    return {country for site in sites if (country := _text(site, "country"))}


def refine(raws: Sequence[Raw], pair: Pair) -> list[Change]:
    """One change a site; what was removed and added under another name in the same place is one, a rename."""
    whole = [_Site.of(raw) for raw in raws if _is_whole(raw)]
    pairs = _renames(whole)
    renamed = {id(site) for old, new, _ in pairs for site in (old, new)}
    here = countries(pair.after.locations) ^ countries(pair.before.locations)
    changes = [_renamed(old, new, score) for old, new, score in pairs]
    changes += [_single(site, here) for site in whole if id(site) not in renamed]
    return changes + [_field(raw) for raw in raws if not _is_whole(raw)]


def _is_whole(raw: Raw) -> bool:
    value = raw.change.old if raw.change.op is Op.REMOVED else raw.change.new
    return raw.change.op is not Op.CHANGED and len(raw.keys) == 4 and isinstance(value, dict)


def _text(site: Record, field: str) -> str:
    value = site.get(field)
    return plain(value) if isinstance(value, str) else ""


def _joined(parts: Iterable[str]) -> str:
    return ", ".join(part for part in parts if part) or "a site without a name"


def _renames(whole: list[_Site]) -> list[tuple[_Site, _Site, float]]:
    towns: dict[tuple[str, str], list[_Site]] = {}
    for site in whole:
        towns.setdefault((site.city.casefold(), site.country.casefold()), []).append(site)
    pairs = [each for sites in towns.values() for each in best_pairs(*_sides(sites), _likeness, SAME_NAME)]
    taken = {id(site) for old, new, _ in pairs for site in (old, new)}
    rest = [site for site in whole if id(site) not in taken]
    return pairs + best_pairs(*_sides(rest), _likeness_elsewhere, SAME_NAME_ELSEWHERE)


def _sides(sites: Iterable[_Site]) -> tuple[list[_Site], list[_Site]]:
    removed: list[_Site] = []
    added: list[_Site] = []
    for site in sites:
        (removed if site.raw.change.op is Op.REMOVED else added).append(site)
    return removed, added


def _likeness(old: _Site, new: _Site) -> float:
    if old.coded != new.coded:
        return SAME_NAME if old.zip == new.zip != "" else 0.0
    names = (old.letters.casefold(), new.letters.casefold())
    return max(fuzz.token_set_ratio(*names), fuzz.ratio(*names))


def _likeness_elsewhere(old: _Site, new: _Site) -> float:
    if old.country != new.country or old.coded:
        return 0.0
    names = fuzz.ratio(old.letters, new.letters, score_cutoff=SAME_NAME_ELSEWHERE)
    near = names > 0 and (
        old.zip == new.zip != "" or fuzz.partial_ratio(old.city[:_CITY], new.city[:_CITY]) >= 80
    )
    return names if near else 0.0


def _renamed(old: _Site, new: _Site, score: float) -> Change:
    detail = {
        "site": new.name,
        "was": old.name,
        "renamed": True,
        "recoded": old.coded or new.coded,
        "likeness": round(score),
    }
    return replace(old.raw.change, op=Op.CHANGED, new=new.raw.change.new, detail=detail)


def _single(site: _Site, entered_or_left: set[str]) -> Change:
    change = site.raw.change
    detail: dict[str, Json] = {"site": site.name, "duplicate": bool(re.search(r" #\d+$", site.raw.keys[3]))}
    if site.country in entered_or_left:
        detail["country_entered" if change.op is Op.ADDED else "country_left"] = site.country
    return replace(change, detail=detail)


def _field(raw: Raw) -> Change:
    """A field of a site that kept its identity (facility|city|state|zip|country): its status, as a rule."""
    computed = raw.keys[0] == "geoPoints"
    identity = raw.keys[1] if computed else "".join(raw.keys[3:4])
    parts = identity.split("|")
    named = (parts[0], parts[1], parts[4]) if len(parts) == 5 else parts
    detail: dict[str, Json] = {"site": _joined(named)} | ({"computed": True} if computed else {})
    return replace(raw.change, detail=detail)
