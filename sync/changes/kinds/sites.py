"""Sites: added, removed, renamed, re-coded, re-addressed, their statuses, and the countries entered and left."""

from __future__ import annotations

from collections.abc import Sequence

from sync.changes.kinds.base import Advice, ChangeKind, Suppression, text_of
from sync.changes.kinds.site_changes import SiteDetail, refine
from sync.changes.model import Change, Kind, Op, Pair, Severity
from sync.changes.rule import Facts, Limits, rule, rules_in
from sync.changes.sentences import coded, listed, short, step
from sync.study.record import Study
from sync.study.statuses import OPEN, RECRUITING
from sync.words import capital, counted

CLEARED = "site.status_cleared"
CAME_BACK = "site.status_came_back"
FOLLOWED = "site.status_followed"


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


@rule("sites.all_closed", Severity.HIGH, always=True)
def all_closed(facts: Facts, _limits: Limits) -> str | None:
    """Every site is suspended, withdrawn or closed, while the study is told to recruit: nobody can enter."""
    return _all_closed(facts)


def _all_closed(facts: Facts) -> str | None:
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
    renamed, recoded = _by_recoded(facts)
    parts = (
        f"{counted(len(found), 'site')} {verb}: {listed(map(_name_step, found), most=2)}"
        for found, verb in ((renamed, "renamed"), (recoded, "re-coded"))
        if found
    )
    return "; ".join(parts) or None


def _by_recoded(facts: Facts) -> tuple[list[Change[SiteDetail]], list[Change[SiteDetail]]]:
    """Sites of another name, and those that have or had a code for one."""
    found = _renamed(facts)
    return [c for c in found if not c.detail.recoded], [c for c in found if c.detail.recoded]


def _name_step(change: Change[SiteDetail]) -> str:
    """From one name to the other: "Serenity Clinic → Serenity Center, Austin, United States"."""
    old = text_of(change.old, "facility") if isinstance(change.old, dict) else ""
    return f"{short(old or 'none', 70)} → {short(change.detail.site, 90)}"


@rule("sites.readdressed", Severity.INFO)
def sites_readdressed(facts: Facts, _limits: Limits) -> str | None:
    """Sites of the same name have another address."""
    found = _readdressed(facts)
    steps = listed((_address_step(change.detail) for change in found), most=2, between="; ")
    return f"{counted(len(found), 'site')} re-addressed: {steps}" if found else None


def _address_step(detail: SiteDetail) -> str:
    return f"{short(detail.site.partition(',')[0], 50)}, {detail.readdressed}"


@rule("sites.cleared", Severity.INFO, always=True)
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


def _sites(changes: Sequence[Change[SiteDetail]]) -> str:
    return listed((short(change.detail.site, 70) for change in changes), most=2)


def phrase(facts: Facts) -> str:
    """How many sites came, went or are called otherwise, and the countries: "2 sites added, first in Norway"."""
    (renamed, recoded), sites = _by_recoded(facts), [change.detail for change in facts.of(SiteDetail)]
    left = {detail.country_left for detail in sites if detail.country_left}
    entered = {detail.country_entered for detail in sites if detail.country_entered}
    parts = (
        capital(_all_closed(facts) or ""),
        _some(_whole(facts, Op.ADDED), "site added", "sites added"),
        _some(_whole(facts, Op.REMOVED), "site removed", "sites removed"),
        _some(renamed, "site renamed", "sites renamed"),
        _some(recoded, "site re-coded", "sites re-coded"),
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
