"""The headline: one sentence that says what happened, the weightiest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sync.changes.kinds import enrollment, sponsor, status
from sync.changes.kinds.why_stopped import why
from sync.changes.model import Change, Kind, Op, Reason, Severity
from sync.changes.rules.base import Facts
from sync.changes.rules.operations import in_days, whole_sites
from sync.changes.rules.protocol import design_steps, threshold_steps, too_long
from sync.changes.rules.recruitment import why_unknown
from sync.changes.rules.words import capital, counted, field_name, listed, said, short, signed

Phrase = Callable[[Facts], str]
LONGEST = 300


def headline(kinds: Sequence[Kind], facts: Facts, reasons: Sequence[Reason]) -> str:
    """What happened, `kinds` in order of weight: "Status A → B; also 2 sites added"; what is computed only where alone."""
    worth: list[Kind] = [kind for kind in kinds if kind is not Kind.DERIVED] or [Kind.DERIVED]
    loud = [kind for kind in worth if kind is not Kind.ADMINISTRATIVE or _unknown_fields(facts)] or worth
    grave = [reason for reason in reasons if reason.rule.startswith("schema.")]
    phrases = [short(reason.fact) for reason in grave if reason.severity is Severity.CRITICAL]
    phrases += [_PHRASES.get(kind, _named(kind))(facts) for kind in _causes_first(loud, facts)]
    return _sentence(phrases)


def _sentence(phrases: Sequence[str]) -> str:
    """The phrases in one sentence, as many as fit."""
    text = short("".join(phrases[:1]), LONGEST)
    for number, phrase in enumerate(phrases[1:], start=1):
        longer = f"{text}{'; also ' if number == 1 else '; '}{phrase[:1].lower()}{phrase[1:]}"
        if len(longer) > LONGEST:
            return f"{text}; and {len(phrases) - number} more"
        text = longer
    return text


def _causes_first(kinds: Sequence[Kind], facts: Facts) -> list[Kind]:
    """The kinds to tell, in order; an enrollment that came with a status is told in one breath with it, at its weight."""
    if not _joined(facts):
        return list(kinds)
    heavier = next(kind for kind in kinds if kind in (Kind.STATUS, Kind.ENROLLMENT))
    return [
        Kind.STATUS if kind is heavier else kind
        for kind in kinds
        if kind not in (Kind.STATUS, Kind.ENROLLMENT) or kind is heavier
    ]


def _joined(facts: Facts) -> bool:
    return facts.at(status.PATH) is not None and any(
        "with_status" in c.detail for c in facts.of(Kind.ENROLLMENT)
    )


def _status(facts: Facts) -> str:
    return _step(facts) + (f", with {_enrollment(facts).lower()}" if _joined(facts) else "")


def _step(facts: Facts) -> str:
    change = facts.at(status.PATH)
    if change is None:
        return _named(Kind.STATUS)(facts)
    new = facts.pair.after.status
    step = f"Status {facts.pair.before.status or 'none'} → {new or 'none'}"
    if new == "UNKNOWN":
        return f"{step}: set by the registry, not by the sponsor{why_unknown(facts)}"
    if new in status.STOPPED:
        words = facts.pair.after.why_stopped
        return f"{step}: “{short(words, 120)}” ({why(words)})" if words else f"{step}, without a reason"
    meaning = change.detail["transition"]
    return step if meaning == status.Transition.OTHER else f"{step}: {meaning}"


def _enrollment(facts: Facts) -> str:
    old, new = facts.pair.before.enrollment, facts.pair.after.enrollment
    by = enrollment.percent(old.count, new.count)
    percent = f" ({signed(by)} %)" if by is not None else ""
    same = old.count == new.count
    counts = f"{_count(new.count)}" if same else f"{_count(old.count)} → {_count(new.count)}{percent}"
    kind = (new.type or "").lower()
    types = f"{(old.type or 'none').lower()} → {kind}" if same and old.type != new.type else kind
    return f"Enrollment {counts}" + (f", {types}" if types else "")


def _count(count: int | None) -> str:
    return "none" if count is None else f"{count:,}"


def _eligibility(facts: Facts) -> str:
    found = facts.of(Kind.ELIGIBILITY)
    thresholds = threshold_steps(found)
    told = listed(thresholds, most=2, between="; ")
    parts = [f"{counted(len(thresholds), 'threshold')} changed ({told})"] if thresholds else []
    parts += [f"criteria changed, {too_long(change)}" for change in found if "characters" in change.detail]
    rest = [c for c in found if not c.detail.get("thresholds") and "characters" not in c.detail]
    groups = [(str(change.detail.get("section") or "criterion"), str(change.op)) for change in rest]
    parts += [
        f"{counted(groups.count(group), *_criteria(group[0]))} {group[1]}" for group in dict.fromkeys(groups)
    ]
    return f"Eligibility: {', '.join(parts)}"


def _criteria(section: str) -> tuple[str, str]:
    return (section, f"{section}s") if section in ("inclusion", "exclusion") else ("criterion", "criteria")


def _dates(facts: Facts) -> str:
    return capital("; ".join(_date(change) for change in facts.of(Kind.DATES)))


def _date(change: Change) -> str:
    old, new = (value.get("date") if isinstance(value, dict) else None for value in (change.old, change.new))
    slip, name = change.detail["slip_days"], change.detail["date"]
    actual = ", actual" if change.detail.get("became_actual") else ""
    if old == new:
        return f"{name} {new or 'none'} now {_type(change.new)}"
    if change.detail.get("precision") == "gained" and not slip:
        return f"{name} {old} → {new} (more precise{actual})"
    return f"{name} {old or 'none'} → {new or 'none'}" + (f" ({in_days(change)}{actual})" if slip else actual)


def _type(value: object) -> str:
    return str(value.get("type", "without a type")).lower() if isinstance(value, dict) else "without a type"


def _sites(facts: Facts) -> str:
    renamed = [change for change in facts.of(Kind.SITES) if change.detail.get("renamed")]
    parts = [
        _some(whole_sites(facts, Op.ADDED), "site added", "sites added"),
        _some(whole_sites(facts, Op.REMOVED), "site removed", "sites removed"),
        _some([c for c in renamed if not c.detail["recoded"]], "site renamed", "sites renamed"),
        _some([c for c in renamed if c.detail["recoded"]], "site re-coded", "sites re-coded"),
        _some(
            [c for c in facts.of(Kind.SITES) if c.path.endswith("].status")],
            "site status changed",
            "site statuses changed",
        ),
    ]
    left = {c.detail["country_left"] for c in facts.of(Kind.SITES) if "country_left" in c.detail}
    entered = {c.detail["country_entered"] for c in facts.of(Kind.SITES) if "country_entered" in c.detail}
    parts += [f"none left in {listed(sorted(left))}"] if left else []
    parts += [f"first in {listed(sorted(entered))}"] if entered else []
    geocoded = [c for c in facts.of(Kind.SITES) if c.detail.get("computed")]
    parts += [_some(geocoded, "site re-geocoded by the registry", "sites re-geocoded by the registry")]
    return ", ".join(part for part in parts if part) or "Site details changed"


def _some(changes: Sequence[Change], one: str, many: str) -> str:
    return counted(len(changes), one, many) if changes else ""


def _outcomes(facts: Facts) -> str:
    found = facts.of(Kind.OUTCOMES)
    if any(change.detail.get("swapped") for change in found):
        return "Outcomes swapped: a primary one demoted and another promoted"
    groups = [(str(change.detail["rank"]), _outcome_verb(change)) for change in found]
    told = [f"{counted(groups.count(g), f'{g[0]} outcome')} {g[1]}" for g in dict.fromkeys(groups)]
    late = (
        ", after the start"
        if any(c.detail.get("after_start") and c.detail["rank"] == "primary" for c in found)
        else ""
    )
    return capital(listed(told)) + late


def _outcome_verb(change: Change) -> str:
    return str(
        change.detail.get("movement")
        or " and ".join(_VERBS.get(what, what) for what in change.detail["what"])
    )


_VERBS = {"time frame": "with another time frame", "description": "described anew"}


def _arms(facts: Facts) -> str:
    doses = [change for change in facts.of(Kind.ARMS) if change.detail.get("what") == "dose"]
    if doses:
        shown = doses[0].detail["doses"]
        return f"Dose of {doses[0].detail['name']} {listed(shown['old']) or 'none'} → {listed(shown['new']) or 'none'}"
    told = (
        f"{c.detail.get('is', '')} “{short(c.detail.get('name'), 50)}” {_arm_verb(c)}"
        for c in facts.of(Kind.ARMS)
    )
    return capital(listed(told, most=2))


def _arm_verb(change: Change) -> str:
    what = str(change.detail.get("what"))
    return (
        what
        if what in ("added", "removed", "renamed")
        else "reworded"
        if change.op is Op.REWORDED
        else "changed"
    )


def _sponsor(facts: Facts) -> str:
    change = facts.at(sponsor.PATH)
    if change is None:
        return f"{counted(len(facts.of(Kind.SPONSOR)), 'sponsor detail')} changed"
    before, after = facts.pair.before.sponsor, facts.pair.after.sponsor
    if before == after:
        return f"Class of the sponsor {facts.pair.before.sponsor_class} → {facts.pair.after.sponsor_class}"
    return f"Sponsor {'renamed' if change.detail.get('renamed') else 'changed'}: {before} → {after}"


def _results(facts: Facts) -> str:
    before, after = (study.has_results for study in (facts.pair.before, facts.pair.after))
    return (
        "Results posted"
        if after and not before
        else "Results removed"
        if before and not after
        else "Results changed"
    )


def _references(facts: Facts) -> str:
    found = facts.of(Kind.REFERENCES)
    linked = all(change.detail.get("linked_by_registry") for change in found)
    return f"{counted(len(found), 'reference')} changed" + (", linked by the registry" if linked else "")


def _contacts(facts: Facts) -> str:
    return f"{counted(len(facts.of(Kind.CONTACTS)), 'contact')} changed"


def _bookkeeping(facts: Facts) -> str:
    unknown = _unknown_fields(facts)
    if unknown:
        return f"The record has a field that is not known: {listed(short(change.path, 100) for change in unknown)}"
    return f"Bookkeeping only: {listed(field_name(change) for change in facts.of(Kind.ADMINISTRATIVE))}"


def _unknown_fields(facts: Facts) -> list[Change]:
    return [change for change in facts.of(Kind.ADMINISTRATIVE) if change.detail.get("unknown_field")]


def _design(facts: Facts) -> str:
    return capital(listed(design_steps(facts))) or _named(Kind.DESIGN)(facts)


def _conditions(facts: Facts) -> str:
    return capital(
        listed(f"{_singular(c)} “{said(c.new or c.old, 50)}” {c.op}" for c in facts.of(Kind.CONDITIONS))
    )


def _singular(change: Change) -> str:
    return field_name(change).removesuffix("s")


def _plain(facts: Facts, kind: Kind) -> str:
    return f"{capital(listed(field_name(change) for change in facts.of(kind)))} changed"


def _named(kind: Kind) -> Phrase:
    return lambda facts: f"{capital(kind)} changed: {listed(field_name(change) for change in facts.of(kind))}"


def _computed(facts: Facts) -> str:
    return (
        f"Only what the registry computes: {listed(field_name(change) for change in facts.of(Kind.DERIVED))}"
    )


_PHRASES: dict[Kind, Phrase] = {
    Kind.STATUS: _status,
    Kind.ENROLLMENT: _enrollment,
    Kind.ELIGIBILITY: _eligibility,
    Kind.DATES: _dates,
    Kind.SITES: _sites,
    Kind.OUTCOMES: _outcomes,
    Kind.ARMS: _arms,
    Kind.DESIGN: _design,
    Kind.SPONSOR: _sponsor,
    Kind.RESULTS: _results,
    Kind.REFERENCES: _references,
    Kind.CONDITIONS: _conditions,
    Kind.CONTACTS: _contacts,
    Kind.IDENTIFICATION: lambda facts: _plain(facts, Kind.IDENTIFICATION),
    Kind.DESCRIPTION: lambda facts: _plain(facts, Kind.DESCRIPTION),
    Kind.ADMINISTRATIVE: _bookkeeping,
    Kind.DERIVED: _computed,
}
