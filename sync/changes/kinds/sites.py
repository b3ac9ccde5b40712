"""Sites: added, removed, renamed, re-coded, their statuses, and the countries entered and left."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from sync.changes.compare import Raw
from sync.changes.kinds.base import CHARACTERS, Advice, ChangeKind, Suppression, paired, text_of
from sync.changes.model import Change, Detail, Kind, Op, Pair, Severity
from sync.changes.rule import Facts, Limits, rule, rules_in
from sync.changes.sentences import listed, short, step
from sync.words import counted

CLEARED = "site.status_cleared"


class SiteDetail(Detail, frozen=True, kw_only=True, omit_defaults=True):
    """What a change of a site, or of a field of one, says."""

    site: str
    """Facility and place, as one would say it."""
    was: str | None = None
    renamed: bool = False
    recoded: bool | None = None
    """Whether it has, or had, a code for a name ("Research Site 12")."""
    likeness: int | None = None
    duplicate: bool | None = None
    """Whether another site has the same facility, city, state, zip and country (5 of 39 real pairs had such)."""
    country_entered: str | None = None
    country_left: str | None = None
    computed: bool = False
    """Whether it is a coordinate, which the registry computes."""


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
        return cls(
            raw, *(text_of(raw.change.value, field) for field in ("facility", "city", "zip", "country"))
        )

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
    elsewhere = paired(rest, _likeness_elsewhere, SAME_NAME_ELSEWHERE)
    return [*pairs, *elsewhere.pairs], elsewhere.single


def _likeness(old: _Site, new: _Site) -> float:
    # a code and a name have no letters in common: only the zip tells that one stands for the other
    if old.coded != new.coded:
        return SAME_NAME if old.zip == new.zip != "" else 0.0
    names = (old.letters.casefold(), new.letters.casefold())
    return max(fuzz.token_set_ratio(*names), fuzz.ratio(*names))


def _likeness_elsewhere(old: _Site, new: _Site) -> float:
    if old.country != new.country or old.coded:
        return 0.0
    names = fuzz.ratio(old.letters, new.letters, score_cutoff=SAME_NAME_ELSEWHERE)
    cities = (old.city[:_CITY], new.city[:_CITY])
    near = names > 0 and (old.zip == new.zip != "" or fuzz.partial_ratio(*cities) >= 80)
    return names if near else 0.0


def _rename(old: _Site, new: _Site, score: float) -> Change[SiteDetail]:
    detail = SiteDetail(
        site=new.name, was=old.name, renamed=True, recoded=old.coded or new.coded, likeness=round(score)
    )
    return replace(old.raw.change.saying(detail, Op.CHANGED), new=new.raw.change.new)


def _single(site: _Site, entered_or_left: set[str]) -> Change[SiteDetail]:
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
    named = (parts[0], parts[1], parts[4]) if len(parts) == 5 else parts
    return raw.change.saying(SiteDetail(site=_joined(named), computed=computed))


def _whole(facts: Facts, op: Op) -> list[Change[SiteDetail]]:
    """The sites added or removed as a whole (not a field of one)."""
    return [change for change in facts.of(SiteDetail, op) if change.path.endswith("]")]


def _renamed(facts: Facts) -> list[Change[SiteDetail]]:
    return [change for change in facts.of(SiteDetail) if change.detail.renamed]


def _statuses(facts: Facts) -> list[Change[SiteDetail]]:
    return [change for change in facts.of(SiteDetail) if change.path.endswith("].status")]


def _computed(facts: Facts) -> list[Change[SiteDetail]]:
    return [change for change in facts.of(SiteDetail) if change.detail.computed]


@rule("sites.country_left", Severity.MEDIUM)
def country_left(facts: Facts, _limits: Limits) -> str | None:
    """The last site of a country was removed."""
    if not _whole(facts, Op.REMOVED):
        return None
    left = facts.pair.before.countries - facts.pair.after.countries
    return f"no site left in {listed(sorted(left))}" if left else None


@rule("sites.many_removed", Severity.MEDIUM)
def many_removed(facts: Facts, limits: Limits) -> str | None:
    """`sites_removed_percent` of the sites or more were removed at once."""
    gone, had = len(_whole(facts, Op.REMOVED)), len(facts.pair.before.locations)
    enough = gone > 1 and had and gone / had * 100 >= limits.sites_removed_percent
    return f"{gone} of {counted(had, 'site')} removed" if enough else None


@rule("sites.country_entered", Severity.LOW)
def country_entered(facts: Facts, _limits: Limits) -> str | None:
    """The first site of a country was added."""
    if not _whole(facts, Op.ADDED):
        return None
    entered = facts.pair.after.countries - facts.pair.before.countries
    return f"first sites in {listed(sorted(entered))}" if entered else None


@rule("sites.added", Severity.LOW)
def sites_added(facts: Facts, _limits: Limits) -> str | None:
    """Sites were added."""
    found = _whole(facts, Op.ADDED)
    return f"{counted(len(found), 'site')} added: {_sites(found)}" if found else None


@rule("sites.removed", Severity.LOW)
def sites_removed(facts: Facts, _limits: Limits) -> str | None:
    """Sites were removed."""
    found = _whole(facts, Op.REMOVED)
    return f"{counted(len(found), 'site')} removed: {_sites(found)}" if found else None


@rule("sites.renamed", Severity.INFO)
def sites_renamed(facts: Facts, _limits: Limits) -> str | None:
    """Sites are listed under another name or code, in the same place."""
    found = _renamed(facts)
    return f"{counted(len(found), 'site')} renamed: {_sites(found)}" if found else None


@rule("sites.cleared", Severity.INFO)
def sites_cleared(facts: Facts, _limits: Limits) -> str | None:
    """Site statuses went blank as a consequence of the overall status; they are not told one by one."""
    cleared = sum(entry.reason == CLEARED for entry in facts.suppressed)
    told = counted(cleared, "site status")
    return f"{told} cleared with the overall status" if cleared else None


@rule("sites.status", Severity.LOW)
def site_status(facts: Facts, _limits: Limits) -> str | None:
    """The status of single sites changed."""
    found = _statuses(facts)
    steps = [step(change.old, change.new) for change in found]
    told = listed(f"{steps.count(each)} × {each}" for each in dict.fromkeys(steps))
    return f"{counted(len(found), 'site status')} changed: {told}" if found else None


@rule("sites.geocoded", Severity.INFO)
def sites_geocoded(facts: Facts, _limits: Limits) -> str | None:
    """The registry computed the coordinates of sites anew, and nothing else about the sites changed."""
    found = _computed(facts)
    only = found and len(found) == len(facts.of(SiteDetail))
    return f"{counted(len(found), 'site')} re-geocoded by the registry: {_sites(found)}" if only else None


@rule("sites.changed", Severity.LOW, otherwise=True)
def sites_changed(facts: Facts, _limits: Limits) -> str | None:
    """Any other change of a site."""
    found = facts.of(SiteDetail)
    return f"{counted(len(found), 'site')} changed: {_sites(found)}" if found else None


def _sites(changes: list[Change[SiteDetail]]) -> str:
    return listed((short(change.detail.site, 70) for change in changes), most=2)


def phrase(facts: Facts) -> str:
    """How many sites came, went or are called otherwise, and the countries: "2 sites added, first in Norway"."""
    renamed, sites = _renamed(facts), [change.detail for change in facts.of(SiteDetail)]
    left = {detail.country_left for detail in sites if detail.country_left}
    entered = {detail.country_entered for detail in sites if detail.country_entered}
    parts = (
        _some(_whole(facts, Op.ADDED), "site added", "sites added"),
        _some(_whole(facts, Op.REMOVED), "site removed", "sites removed"),
        _some([c for c in renamed if not c.detail.recoded], "site renamed", "sites renamed"),
        _some([c for c in renamed if c.detail.recoded], "site re-coded", "sites re-coded"),
        _some(_statuses(facts), "site status changed", "site statuses changed"),
        f"none left in {listed(sorted(left))}" if left else "",
        f"first in {listed(sorted(entered))}" if entered else "",
        _some(_computed(facts), "site re-geocoded by the registry", "sites re-geocoded by the registry"),
    )
    return ", ".join(part for part in parts if part) or "Site details changed"


def _some(changes: Sequence[Change[SiteDetail]], one: str, many: str) -> str:
    return counted(len(changes), one, many) if changes else ""


def _went_blank(change: Change[SiteDetail], pair: Pair, _paths: object) -> bool:
    return pair.status_changed and change.op is Op.REMOVED and change.path.endswith("].status")


SITES = ChangeKind(
    kind=Kind.SITES,
    detail=SiteDetail,
    rules=rules_in(globals()),
    refine=refine,
    phrase=phrase,
    made_by_registry=lambda change: change.detail.computed,
    suppresses=(
        Suppression(
            CLEARED,
            "A site's own status went blank in an update that changed the overall status (620 of 620 real cases did).",
            _went_blank,
        ),
    ),
    advice={
        "sites": Advice(
            "A site that left the list may have finished, or be listed under another name.",
            "Call the site before you send anybody there or tell anybody that it closed.",
        ),
    },
)
