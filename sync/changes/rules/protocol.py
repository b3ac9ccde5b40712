"""Rules for what the study is: eligibility, outcomes, arms, design."""

from __future__ import annotations

from collections.abc import Iterable

from sync.changes.kinds import status
from sync.changes.model import Change, Json, Kind, Op, Severity
from sync.changes.rules.base import Facts, Limits, rule
from sync.changes.rules.words import counted, field_name, listed, said, short

_ENTRY = {"wider", "narrower", "mixed"}


def _recruiting(facts: Facts) -> bool:
    return bool(status.RECRUITING & {facts.pair.before.status, facts.pair.after.status})


def _affecting_entry(facts: Facts) -> list[Change]:
    return [change for change in facts.of(Kind.ELIGIBILITY) if change.detail.get("effect") in _ENTRY]


def _effects(changes: Iterable[Change]) -> str:
    effects = [str(change.detail["effect"]) for change in changes]
    return ", ".join(f"{effects.count(effect)} {effect}" for effect in dict.fromkeys(effects))


def threshold_steps(changes: Iterable[Change]) -> list[str]:
    """The thresholds that changed, in words: "platelets ≥ 50 ×10^9/L → ≥ 30 ×10^9/L, wider"."""
    return [_threshold(each) for change in changes for each in change.detail.get("thresholds", ())]


def _threshold(threshold: dict[str, Json]) -> str:
    step = f"{threshold['quantity']} {said(threshold['old'])} → {said(threshold['new'])}"
    return step + (f", {threshold['direction']}" if threshold["direction"] in ("wider", "narrower") else "")


def _examples(changes: Iterable[Change]) -> str:
    told = listed(threshold_steps(changes), most=2, between="; ")
    return f" ({told})" if told else ""


@rule("eligibility.section_move", Severity.HIGH)
def section_move(facts: Facts, _limits: Limits) -> str | None:
    """A criterion moved between inclusion and exclusion, and its sense with it."""
    moved = [c for c in facts.of(Kind.ELIGIBILITY, Op.MOVED) if c.detail.get("effect") != "none"]
    return f"{_criteria(len(moved))} moved between inclusion and exclusion" if moved else None


@rule("eligibility.entry_while_recruiting", Severity.HIGH)
def entry_while_recruiting(facts: Facts, _limits: Limits) -> str | None:
    """Who may enter became wider or narrower while the study recruits."""
    found = _affecting_entry(facts)
    return (
        f"who may enter changed while recruiting: {_effects(found)}" if found and _recruiting(facts) else None
    )


@rule("eligibility.entry", Severity.MEDIUM)
def entry(facts: Facts, _limits: Limits) -> str | None:
    """Who may enter became wider or narrower while the study does not recruit."""
    found = _affecting_entry(facts)
    return (
        f"who may enter changed: {_effects(found)}{_examples(found)}"
        if found and not _recruiting(facts)
        else None
    )


@rule("eligibility.substance", Severity.MEDIUM)
def substance(facts: Facts, _limits: Limits) -> str | None:
    """Criteria changed, added or removed, whose effect on who may enter is unclear; or moved with their sense kept."""
    found = [
        change
        for change in facts.of(Kind.ELIGIBILITY, Op.CHANGED, Op.ADDED, Op.REMOVED, Op.MOVED)
        if change.detail.get("effect") not in _ENTRY
    ]
    kept = [change for change in found if change.op is Op.MOVED and change.detail.get("effect") == "none"]
    unread = [change for change in found if "characters" in change.detail]
    rest = len(found) - len(kept) - len(unread)
    told = [
        f"the criteria changed, {too_long(unread[0])}" if unread else "",
        f"{_criteria(rest)} changed, effect unclear" if rest else "",
        f"{_criteria(len(kept))} moved, sense kept" if kept else "",
    ]
    return ", ".join(part for part in told if part) or None


def too_long(unread: Change) -> str:
    """Why a change of the criteria is told as one."""
    longest = max(unread.detail["characters"].values())
    return f"as a text of {longest:,} characters, which is too long to be compared criterion by criterion"


def _criteria(number: int) -> str:
    return counted(number, "criterion", "criteria")


@rule("eligibility.reworded", Severity.LOW, otherwise=True)
def eligibility_reworded(facts: Facts, _limits: Limits) -> str | None:
    """Criteria in other words, in the same sense."""
    found = facts.of(Kind.ELIGIBILITY)
    return f"{_criteria(len(found))} reworded" if found else None


def _outcomes(facts: Facts, *ranks: str) -> list[Change]:
    """The outcomes of these ranks, before or after, that changed in more than wording."""
    return [
        change
        for change in facts.of(Kind.OUTCOMES)
        if change.op is not Op.REWORDED and {change.detail["rank"], change.detail.get("was")} & set(ranks)
    ]


def _told(changes: Iterable[Change]) -> str:
    return listed((f"{_verb(change)} “{short(change.detail['measure'], 80)}”" for change in changes), most=2)


def _verb(change: Change) -> str:
    return str(change.detail.get("movement") or "/".join(change.detail["what"]))


def _redefined(change: Change) -> bool:
    return change.op in (Op.ADDED, Op.REMOVED, Op.MOVED) or "redefined" in change.detail["what"]


@rule("outcomes.primary_after_start", Severity.CRITICAL)
def primary_after_start(facts: Facts, _limits: Limits) -> str | None:
    """A primary outcome was added, removed, redefined, promoted or demoted after the study had started."""
    found = [c for c in _outcomes(facts, "primary") if _redefined(c) and c.detail["after_start"]]
    late = (
        " and after the primary completion date"
        if any(c.detail["after_primary_completion"] for c in found)
        else ""
    )
    return f"primary outcome changed after the start{late}: {_told(found)}" if found else None


@rule("outcomes.primary_time_frame", Severity.HIGH)
def primary_time_frame(facts: Facts, _limits: Limits) -> str | None:
    """The time frame of a primary outcome changed after the study had started."""
    found = [
        change
        for change in _outcomes(facts, "primary")
        if not _redefined(change) and "time frame" in change.detail["what"] and change.detail["after_start"]
    ]
    return f"time frame of a primary outcome changed after the start: {_told(found)}" if found else None


@rule("outcomes.primary", Severity.MEDIUM)
def primary(facts: Facts, _limits: Limits) -> str | None:
    """A primary outcome changed before the start, or in its description."""
    found = [
        change
        for change in _outcomes(facts, "primary")
        if not change.detail["after_start"] or change.detail["what"] == ["description"]
    ]
    return f"primary outcome changed: {_told(found)}" if found else None


@rule("outcomes.secondary", Severity.MEDIUM)
def secondary(facts: Facts, _limits: Limits) -> str | None:
    """A secondary or other outcome was added, removed, redefined or got another time frame."""
    found = _outcomes(facts, "secondary", "other")
    return f"{counted(len(found), 'secondary outcome')} changed: {_told(found)}" if found else None


@rule("outcomes.reworded", Severity.LOW, otherwise=True)
def outcomes_reworded(facts: Facts, _limits: Limits) -> str | None:
    """Outcomes in other words, with the same numbers."""
    found = facts.of(Kind.OUTCOMES)
    return f"{counted(len(found), 'outcome')} reworded: {_told(found)}" if found else None


def _arms(facts: Facts, *what: str) -> str | None:
    found = [change for change in facts.of(Kind.ARMS) if change.detail.get("what") in what]
    names = (
        f"{change.detail['is']} “{short(change.detail['name'], 60)}” {change.detail['what']}"
        for change in found
    )
    return listed(names) or None


@rule("arms.changed", Severity.HIGH)
def arms_changed(facts: Facts, _limits: Limits) -> str | None:
    """An arm or an intervention was added or removed, or an arm's type changed."""
    return _arms(facts, "added", "removed", "type")


@rule("arms.dose", Severity.HIGH)
def dose(facts: Facts, _limits: Limits) -> str | None:
    """A dose in the description of an arm or an intervention changed."""
    found = [change for change in facts.of(Kind.ARMS) if change.detail.get("what") == "dose"]
    told = (f"{change.detail['name']}: {_doses(change, 'old')} → {_doses(change, 'new')}" for change in found)
    return f"dose changed: {listed(told)}" if found else None


def _doses(change: Change, side: str) -> str:
    return listed(change.detail["doses"][side]) or "none"


@rule("arms.described", Severity.MEDIUM)
def described(facts: Facts, _limits: Limits) -> str | None:
    """An arm or an intervention was renamed, or its description changed in more than wording."""
    found = [
        change
        for change in facts.of(Kind.ARMS)
        if change.detail.get("what") in ("renamed", "description", "label", "name")
        and change.op is not Op.REWORDED
    ]
    return f"described anew: {listed(str(change.detail['name']) for change in found)}" if found else None


@rule("arms.reworded", Severity.LOW, otherwise=True)
def arms_reworded(facts: Facts, _limits: Limits) -> str | None:
    """Arms or interventions in other words with the same numbers, or with other names and listings."""
    found = facts.of(Kind.ARMS)
    return f"{counted(len(found), 'detail')} of arms or interventions changed" if found else None


_GRAVE_DESIGN = (
    ".phases",
    ".maskingInfo",
    ".allocation",
    ".interventionModel",
    ".studyType",
    ".primaryPurpose",
)


@rule("design.changed", Severity.MEDIUM)
def design_changed(facts: Facts, _limits: Limits) -> str | None:
    """Phase, masking, allocation, model, purpose or type of the study changed."""
    return listed(design_steps(facts)) or None


def design_steps(facts: Facts) -> list[str]:
    """What changed in the design, in words: "masking NONE → DOUBLE"; the phases as one."""
    found = [c for c in facts.of(Kind.DESIGN) if any(name in c.path for name in _GRAVE_DESIGN)]
    single = [f"{field_name(c)} {said(c.old)} → {said(c.new)}" for c in found if ".phases" not in c.path]
    phases = ("/".join(study.phases) or "none" for study in (facts.pair.before, facts.pair.after))
    return [*([f"phase {' → '.join(phases)}"] if len(single) < len(found) else []), *single]


@rule("design.detail", Severity.LOW, otherwise=True)
def design_detail(facts: Facts, _limits: Limits) -> str | None:
    """Any other detail of the design changed."""
    return listed(field_name(change) for change in facts.of(Kind.DESIGN)) or None
