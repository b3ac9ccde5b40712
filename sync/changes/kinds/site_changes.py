"""How a change of a site is found, and what it says: which sites are one under another name, code or address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from sync.changes.compare import Raw
from sync.changes.kinds.base import paired, text_of
from sync.changes.kinds.site_names import SAME_NAME, name_likeness
from sync.changes.model import Change, Detail, Op, Pair


class SiteDetail(Detail, frozen=True, kw_only=True, omit_defaults=True):
    """What a change of a site, or of a field of one, says."""

    site: str
    """Facility and place, as one would say it."""
    was: str | None = None
    renamed: bool = False
    readdressed: str | None = None
    """From which address to which, where nothing but that changed."""
    recoded: bool | None = None
    """Whether it has, or had, a code for a name ("Research Site 12")."""
    likeness: int | None = None
    duplicate: bool | None = None
    """Whether another site has the same facility, city, state, zip and country (5 of 39 real pairs had such)."""
    country_entered: str | None = None
    country_left: str | None = None
    computed: bool = False
    """Whether it is a coordinate, which the registry computes."""


SAME_NAME_ELSEWHERE = 95.0
"""Likeness from which it is the same site though the town is written otherwise ("N. Efkapria-Pavlos Melas")."""
SAME_ZIP = 90.0
"""The likeness that a code and a name, or two codes, are given in one town where the postal code is the same."""

_CITY = 100  # characters of a city's name that are looked at

_PLACEHOLDER = re.compile(
    r"(?:local institution|facility|(?:(?:clinical|investigational|investigative|research|study|trial) )?"
    r"(?:site|cent(?:er|re)))\b.*|\w+ investigati(?:ve|onal) site\b.*|[A-Z]{1,4}[- ]?\d[-\d]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Site:
    """A site that was added or removed as a whole, in plain words."""

    raw: Raw
    facility: str
    city: str
    state: str
    zip: str
    country: str

    @classmethod
    def of(cls, raw: Raw) -> _Site:
        fields = ("facility", "city", "state", "zip", "country")
        return cls(raw, *(text_of(raw.change.value, field) for field in fields))

    @property
    def name(self) -> str:
        """The facility and where it is, as one would say it: "City Hospital, Lyon, France"."""
        return _joined((self.facility, self.city, self.country))

    @property
    def address(self) -> str:
        """Where it is, to the postal code: "Reno, Nevada 89501, United States"."""
        return _joined((self.city, " ".join(part for part in (self.state, self.zip) if part), self.country))

    @property
    def coded(self) -> bool:
        """Whether it has a code for a name ("Research Site 12", "Local Institution - 0042")."""
        return not self.facility or bool(_PLACEHOLDER.fullmatch(self.facility))


def refine(raws: Sequence[Raw], pair: Pair) -> list[Change[SiteDetail]]:
    """One change a site; what was removed and added under another name in the same place is one, a rename."""
    pairs, single = _renames([_Site.of(raw) for raw in raws if raw.is_whole])
    here = pair.after.countries ^ pair.before.countries
    changes = [_rename(old, new, score) for old, new, score in pairs]
    changes += [_single(site, here) for site in single]
    return changes + [_field(raw) for raw in raws if not raw.is_whole]


def _joined(parts: Iterable[str]) -> str:
    return ", ".join(part for part in parts if part) or "a site without a name"


def _renames(whole: list[_Site]) -> tuple[list[tuple[_Site, _Site, float]], Sequence[_Site]]:
    """Town by town first: 56 % of removed sites had one added in the same city in the same update."""
    towns: dict[tuple[str, str], list[_Site]] = {}
    for site in whole:
        towns.setdefault((site.city.casefold(), site.country.casefold()), []).append(site)
    pairs = [pair for sites in towns.values() for pair in paired(sites, _likeness, SAME_NAME).pairs]
    taken = {id(site) for old, new, _ in pairs for site in (old, new)}
    rest = [site for site in whole if id(site) not in taken]
    # Then across towns, with a higher bar: hospitals of one name stand in many towns.
    elsewhere = paired(rest, _likeness_elsewhere, SAME_NAME_ELSEWHERE)
    return [*pairs, *elsewhere.pairs], elsewhere.single


def _likeness(old: _Site, new: _Site) -> float:
    same_zip = _bare_zip(old) == _bare_zip(new) != ""
    nearer = 1.0 if same_zip else 0.0
    if old.facility == new.facility != "":
        return 100.0 + nearer
    # a code and a name have no letters in common: only the postal code tells that one stands for the other
    if old.coded or new.coded:
        return SAME_ZIP if same_zip else 0.0
    likeness = name_likeness(old.facility, new.facility)
    return likeness and likeness + nearer


# "260 8677", "260-8677" and "2608677" are one postal code
def _bare_zip(site: _Site) -> str:
    return re.sub(r"\W", "", site.zip).casefold()


def _likeness_elsewhere(old: _Site, new: _Site) -> float:
    if old.country != new.country or (old.coded and old.facility != new.facility):
        return 0.0
    cities = (old.city[:_CITY], new.city[:_CITY])
    near = _bare_zip(old) == _bare_zip(new) != "" or fuzz.partial_ratio(*cities) >= 80
    return name_likeness(old.facility, new.facility) if near else 0.0


def _rename(old: _Site, new: _Site, score: float) -> Change[SiteDetail]:
    likeness = min(round(score), 100)
    if old.facility == new.facility:
        detail = SiteDetail(
            site=new.name, was=old.name, readdressed=f"{old.address} → {new.address}", likeness=likeness
        )
    else:
        recoded = old.coded or new.coded
        detail = SiteDetail(site=new.name, was=old.name, renamed=True, recoded=recoded, likeness=likeness)
    return replace(old.raw.change.saying(detail, Op.CHANGED), new=new.raw.change.new)


def _single(site: _Site, entered_or_left: frozenset[str]) -> Change[SiteDetail]:
    change = site.raw.change
    country = site.country if site.country in entered_or_left else None
    detail = SiteDetail(
        site=site.name,
        # the canonical form counts elements of one identity: "Facility|City|… #2"
        duplicate=bool(re.search(r" #\d+$", site.raw.keys[3])),
        country_entered=country if change.op is Op.ADDED else None,
        country_left=country if change.op is Op.REMOVED else None,
    )
    return change.saying(detail)


def _field(raw: Raw) -> Change[SiteDetail]:
    """A field of a site that kept its identity (facility|city|state|zip|country): its status, as a rule."""
    computed = raw.keys[0] == "geoPoints"
    identity = raw.keys[1] if computed else "".join(raw.keys[3:4])
    parts = identity.split("|")
    # A name may hold a bar itself; then all of it is shown rather than the wrong part.
    named = (parts[0], parts[1], parts[4]) if len(parts) == 5 else parts
    return raw.change.saying(SiteDetail(site=_joined(named), computed=computed))
