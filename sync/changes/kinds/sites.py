"""Sites: added, removed, renamed, re-coded, their statuses, and the countries entered and left."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from sync.changes.compare import Raw
from sync.changes.kinds.base import Advice, ChangeKind, Suppression, paired, text_of
from sync.changes.kinds.site_names import SAME_NAME, name_likeness
from sync.changes.model import Change, Detail, Kind, Op, Pair, Severity
from sync.changes.rule import Facts, Limits, rule, rules_in
from sync.changes.sentences import coded, listed, short, step
from sync.study.record import Study
from sync.study.statuses import OPEN, RECRUITING
from sync.words import counted

CLEARED = "site.status_cleared"
CAME_BACK = "site.status_came_back"
FOLLOWED = "site.status_followed"


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
    # A name may hold a bar itself; then all of it is shown rather than the wrong part.
    named = (parts[0], parts[1], parts[4]) if len(parts) == 5 else parts
    return raw.change.saying(SiteDetail(site=_joined(named), computed=computed))


def _whole(facts: Facts, op: Op) -> list[Change[SiteDetail]]:
    """The sites added or removed as a whole (not a field of one)."""
    # A path that ends in a bracket is an element; one that goes on behind it is a field of an element that stayed.
    return [change for change in facts.of(SiteDetail, op) if change.path.endswith("]")]


def _renamed(facts: Facts) -> list[Change[SiteDetail]]:
    return [change for change in facts.of(SiteDetail) if change.detail.renamed]


def _readdressed(facts: Facts) -> list[Change[SiteDetail]]:
    return [change for change in facts.of(SiteDetail) if change.detail.readdressed]


def _computed(facts: Facts) -> list[Change[SiteDetail]]:
    return [change for change in facts.of(SiteDetail) if change.detail.computed]


@rule("sites.all_closed", Severity.HIGH)
def all_closed(facts: Facts, _limits: Limits) -> str | None:
    """Every site is suspended, withdrawn or closed, while the study is told to recruit: nobody can enter."""
    before, after = facts.pair.before, facts.pair.after
    if after.status not in RECRUITING or not _are_closed(after) or _are_closed(before):
        return None
    statuses = listed(sorted({coded(site["status"]) for site in after.locations}))
    told = counted(len(after.locations), "site is", "sites are")
    return f"the study is {coded(after.status)}, yet {'its' if len(after.locations) == 1 else 'all'} {told} {statuses}"


_CLOSED = frozenset({"SUSPENDED", "WITHDRAWN", "TERMINATED", "COMPLETED", "ACTIVE_NOT_RECRUITING"})


def _are_closed(study: Study) -> bool:
    return bool(study.locations) and all(site.get("status") in _CLOSED for site in study.locations)


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
    enough = gone and had and gone / had * 100 >= limits.sites_removed_percent
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
    steps = listed((_name_step(change.detail) for change in found), most=2)
    return f"{counted(len(found), 'site')} renamed: {steps}" if found else None


def _name_step(detail: SiteDetail) -> str:
    """From one name to the other: "Serenity Clinic, Austin, United States → Serenity Center"."""
    place = detail.site.partition(", ")[2]
    old = (detail.was or "none").removesuffix(f", {place}")
    return f"{short(old, 70)} → {short(detail.site, 70)}"


@rule("sites.readdressed", Severity.INFO)
def sites_readdressed(facts: Facts, _limits: Limits) -> str | None:
    """Sites of the same name have another address."""
    found = _readdressed(facts)
    steps = listed((_address_step(change.detail) for change in found), most=2, between="; ")
    return f"{counted(len(found), 'site')} re-addressed: {steps}" if found else None


def _address_step(detail: SiteDetail) -> str:
    return f"{short(detail.site.partition(',')[0], 50)}, {detail.readdressed}"


@rule("sites.cleared", Severity.INFO)
def sites_cleared(facts: Facts, _limits: Limits) -> str | None:
    """Site statuses went blank, came back or took the same step as a consequence of the overall status."""
    folded = [entry.reason for entry in facts.suppressed]
    number = (
        f"{counted(folded.count(reason), 'site status')} {what} with the overall status"
        for reason, what in ((CLEARED, "cleared"), (CAME_BACK, "came back"), (FOLLOWED, "changed"))
        if reason in folded
    )
    return listed(number) or None


@rule("sites.status", Severity.LOW)
def site_status(facts: Facts, _limits: Limits) -> str | None:
    """The status of single sites changed."""
    return _status_steps(facts) or None


def _status_steps(facts: Facts) -> str:
    """How many statuses changed, and from what to what: "3 site statuses changed: 2 × Recruiting → Completed …"."""
    found = [change for change in facts.of(SiteDetail) if change.path.endswith("].status")]
    steps = [step(change.old, change.new) for change in found]
    told = listed(f"{steps.count(step)} × {step}" for step in dict.fromkeys(steps))
    return f"{counted(len(found), 'site status')} changed: {told}" if found else ""


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
    names = dict.fromkeys(change.detail.site for change in found)
    return f"{counted(len(names), 'site')} changed: {_sites(found)}" if found else None


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
        _some(_readdressed(facts), "site re-addressed", "sites re-addressed"),
        _status_steps(facts),
        f"none left in {listed(sorted(left))}" if left else "",
        f"first in {listed(sorted(entered))}" if entered else "",
        _some(_computed(facts), "site re-geocoded by the registry", "sites re-geocoded by the registry"),
    )
    return ", ".join(part for part in parts if part) or "Site details changed"


def _some(changes: Sequence[Change[SiteDetail]], one: str, many: str) -> str:
    return counted(len(changes), one, many) if changes else ""


def _is_status(change: Change[SiteDetail], pair: Pair) -> bool:
    return pair.status_changed and change.path.endswith("].status")


def _went_blank(change: Change[SiteDetail], pair: Pair, _paths: object) -> bool:
    return _is_status(change, pair) and change.op is Op.REMOVED


def _came_back(change: Change[SiteDetail], pair: Pair, _paths: object) -> bool:
    # the registry shows site statuses while a study recruits; one that comes with WITHDRAWN or COMPLETED is news
    return _is_status(change, pair) and change.op is Op.ADDED and change.new in OPEN


def _followed(change: Change[SiteDetail], pair: Pair, _paths: object) -> bool:
    # The very step of the study, and no other: a site that closes in an update that opens the study is news.
    step = (change.old, change.new)
    return _is_status(change, pair) and step == (pair.before.status, pair.after.status)


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
        Suppression(
            CAME_BACK,
            "A site's own status, one of an open site, came in an update that changed the overall status.",
            _came_back,
        ),
        Suppression(
            FOLLOWED,
            "A site's own status took the same step as the overall status, in the same update.",
            _followed,
        ),
    ),
    advice={
        "sites.all_closed": Advice(
            "Sites that closed while the study is told to recruit may be a pause that the record does not name.",
            "Do not refer anybody; ask the contact whether the study still recruits, and where.",
        ),
        "sites": Advice(
            "A site that left the list may have finished, or be listed under another name.",
            "Call the site before you send anybody there or tell anybody that it closed.",
        ),
    },
)
