"""Rules for how the study runs: dates, sites, sponsor."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sync.changes.consequences import CLEARED
from sync.changes.kinds import sponsor
from sync.changes.kinds.sites import countries
from sync.changes.model import Change, Kind, Op, Severity
from sync.changes.rules.base import Facts, Limits, rule
from sync.changes.rules.words import counted, listed, short, signed


def in_days(change: Change, field: str = "slip_days") -> str:
    """A slip in words: "+92 days", "about +365 days" where a date names a month only."""
    days = change.detail[field]
    about = "about " if change.detail.get("approximate") else ""
    return f"{about}{signed(days)} day{'' if abs(days) == 1 else 's'}"


def _slips(facts: Facts, within: Callable[[int], bool], names: Iterable[str] = ()) -> str | None:
    found = [
        change
        for change in facts.of(Kind.DATES)
        if within(change.detail["slip_days"] or 0) and (not names or change.detail["date"] in names)
    ]
    return (
        "; ".join(f"{c.detail['date']} {_date(c.old)} → {_date(c.new)} ({in_days(c)})" for c in found) or None
    )


def _date(value: object) -> str:
    return str(value.get("date", "none")) if isinstance(value, dict) else "none"


_ENDS = ("primary completion", "completion")


@rule("dates.long_slip", Severity.HIGH)
def long_slip(facts: Facts, limits: Limits) -> str | None:
    """Completion or primary completion slips by `long_slip_days` or more."""
    return _slips(facts, lambda days: days >= limits.long_slip_days, _ENDS)


@rule("dates.slip", Severity.MEDIUM)
def slip(facts: Facts, limits: Limits) -> str | None:
    """A date slips by `slip_days` or more (the start also by a year or more)."""
    ends = _slips(facts, lambda days: limits.slip_days <= days < limits.long_slip_days, _ENDS)
    start = _slips(facts, lambda days: days >= limits.slip_days, ("start",))
    return "; ".join(part for part in (ends, start) if part) or None


@rule("dates.cumulative_slip", Severity.MEDIUM)
def cumulative_slip(facts: Facts, limits: Limits) -> str | None:
    """A date that slips again is `long_slip_days` or more behind the first one known."""
    found = [
        change
        for change in facts.of(Kind.DATES)
        if (change.detail["slip_days"] or 0) > 0
        and (change.detail.get("since_first_days") or 0) >= limits.long_slip_days
        and change.detail["since_first_days"] > change.detail["slip_days"]
    ]
    return (
        "; ".join(f"{c.detail['date']} {in_days(c, 'since_first_days')} since first known" for c in found)
        or None
    )


@rule("dates.small_slip", Severity.LOW)
def small_slip(facts: Facts, limits: Limits) -> str | None:
    """A date slips by less than `slip_days`."""
    return _slips(facts, lambda days: 0 < days < limits.slip_days)


@rule("dates.earlier", Severity.LOW)
def earlier(facts: Facts, _limits: Limits) -> str | None:
    """A date comes earlier than planned."""
    return _slips(facts, lambda days: days < 0)


@rule("dates.passed", Severity.LOW)
def passed(facts: Facts, _limits: Limits) -> str | None:
    """A date is newly given, as an estimate, that has already passed."""
    found = [change for change in facts.of(Kind.DATES) if change.detail.get("passed")]
    return "; ".join(f"{c.detail['date']} {_date(c.new)} is past, yet estimated" for c in found) or None


@rule("dates.actual", Severity.LOW)
def actual_date(facts: Facts, _limits: Limits) -> str | None:
    """An estimated date became actual."""
    found = [change for change in facts.of(Kind.DATES) if change.detail.get("became_actual")]
    return "; ".join(f"{c.detail['date']} {_date(c.new)} is now actual" for c in found) or None


@rule("dates.changed", Severity.INFO, otherwise=True)
def dates_changed(facts: Facts, _limits: Limits) -> str | None:
    """Any other change of a date: a gain of precision, a date given for the first time or taken out."""
    return (
        "; ".join(f"{c.detail['date']} {_date(c.old)} → {_date(c.new)}" for c in facts.of(Kind.DATES)) or None
    )


def whole_sites(facts: Facts, op: Op) -> list[Change]:
    """The sites added or removed as a whole (not a field of one)."""
    return [change for change in facts.of(Kind.SITES, op) if change.path.endswith("]")]


@rule("sites.country_left", Severity.MEDIUM)
def country_left(facts: Facts, _limits: Limits) -> str | None:
    """The last site of a country was removed."""
    if not whole_sites(facts, Op.REMOVED):
        return None
    left = countries(facts.pair.before.locations) - countries(facts.pair.after.locations)
    return f"no site left in {listed(sorted(left))}" if left else None


@rule("sites.many_removed", Severity.MEDIUM)
def many_removed(facts: Facts, limits: Limits) -> str | None:
    """`sites_removed_percent` of the sites or more were removed at once."""
    gone, had = len(whole_sites(facts, Op.REMOVED)), len(facts.pair.before.locations)
    enough = gone > 1 and had and gone / had * 100 >= limits.sites_removed_percent
    return f"{gone} of {counted(had, 'site')} removed" if enough else None


@rule("sites.country_entered", Severity.LOW)
def country_entered(facts: Facts, _limits: Limits) -> str | None:
    """The first site of a country was added."""
    if not whole_sites(facts, Op.ADDED):
        return None
    entered = countries(facts.pair.after.locations) - countries(facts.pair.before.locations)
    return f"first sites in {listed(sorted(entered))}" if entered else None


@rule("sites.added", Severity.LOW)
def sites_added(facts: Facts, _limits: Limits) -> str | None:
    """Sites were added."""
    found = whole_sites(facts, Op.ADDED)
    return f"{counted(len(found), 'site')} added: {_sites(found)}" if found else None


@rule("sites.removed", Severity.LOW)
def sites_removed(facts: Facts, _limits: Limits) -> str | None:
    """Sites were removed."""
    found = whole_sites(facts, Op.REMOVED)
    return f"{counted(len(found), 'site')} removed: {_sites(found)}" if found else None


@rule("sites.renamed", Severity.INFO)
def sites_renamed(facts: Facts, _limits: Limits) -> str | None:
    """Sites are listed under another name or code, in the same place."""
    found = [change for change in facts.of(Kind.SITES) if change.detail.get("renamed")]
    return f"{counted(len(found), 'site')} renamed: {_sites(found)}" if found else None


@rule("sites.cleared", Severity.INFO)
def sites_cleared(facts: Facts, _limits: Limits) -> str | None:
    """Site statuses went blank as a consequence of the overall status; they are not told one by one."""
    cleared = sum(entry.reason == CLEARED for entry in facts.suppressed)
    return (
        f"{counted(cleared, 'site status', 'site statuses')} cleared with the overall status"
        if cleared
        else None
    )


@rule("sites.status", Severity.LOW)
def site_status(facts: Facts, _limits: Limits) -> str | None:
    """The status of single sites changed."""
    found = [change for change in facts.of(Kind.SITES) if change.path.endswith("].status")]
    steps = [f"{change.old or 'none'} → {change.new or 'none'}" for change in found]
    told = listed(f"{steps.count(step)} × {step}" for step in dict.fromkeys(steps))
    return f"{counted(len(found), 'site status', 'site statuses')} changed: {told}" if found else None


@rule("sites.geocoded", Severity.INFO)
def sites_geocoded(facts: Facts, _limits: Limits) -> str | None:
    """The registry computed the coordinates of sites anew, and nothing else about the sites changed."""
    found = facts.of(Kind.SITES)
    only = found and all(change.detail.get("computed") for change in found)
    return f"{counted(len(found), 'site')} re-geocoded by the registry: {_sites(found)}" if only else None


@rule("sites.changed", Severity.LOW, otherwise=True)
def sites_changed(facts: Facts, _limits: Limits) -> str | None:
    """Any other change of a site."""
    found = facts.of(Kind.SITES)
    return f"{counted(len(found), 'site')} changed: {_sites(found)}" if found else None


def _sites(changes: list[Change]) -> str:
    return listed((short(change.detail["site"], 70) for change in changes), most=2)


@rule("sponsor.changed", Severity.MEDIUM)
def sponsor_changed(facts: Facts, _limits: Limits) -> str | None:
    """Another organisation is the lead sponsor."""
    change = facts.at(sponsor.PATH)
    if (
        change is None
        or change.detail.get("renamed")
        or facts.pair.before.sponsor == facts.pair.after.sponsor
    ):
        return None
    return f"lead sponsor {facts.pair.before.sponsor} → {facts.pair.after.sponsor}"


@rule("sponsor.renamed", Severity.INFO)
def sponsor_renamed(facts: Facts, _limits: Limits) -> str | None:
    """The lead sponsor is only called otherwise: a similar name, or a new one without an update by the sponsor."""
    change = facts.at(sponsor.PATH)
    if (
        change is None
        or not change.detail.get("renamed")
        or facts.pair.before.sponsor == facts.pair.after.sponsor
    ):
        return None
    return f"lead sponsor renamed: {facts.pair.before.sponsor} → {facts.pair.after.sponsor}"


@rule("sponsor.other", Severity.LOW, otherwise=True)
def sponsor_other(facts: Facts, _limits: Limits) -> str | None:
    """Collaborators, the responsible party or the class of the lead sponsor changed."""
    found = facts.of(Kind.SPONSOR)
    return f"{counted(len(found), 'sponsor detail')} changed" if found else None
