"""Rules for status and enrollment."""

from __future__ import annotations

from sync.changes.kinds import enrollment, status
from sync.changes.kinds.status import Transition
from sync.changes.kinds.why_stopped import Why, why
from sync.changes.model import Change, Json, Kind, Severity
from sync.changes.rules.base import Facts, Limits, rule
from sync.changes.rules.words import field_name, said, short, signed


def _status_became(facts: Facts, *meanings: Transition) -> str | None:
    change = facts.at(status.PATH)
    if change is None or change.detail.get("transition") not in meanings:
        return None
    return f"{_step(facts)}: {change.detail['transition']}"


def _step(facts: Facts) -> str:
    return f"{facts.pair.before.status or 'none'} → {facts.pair.after.status or 'none'}"


def _stop(facts: Facts) -> str | None:
    return _status_became(facts, Transition.STOPPED, Transition.PAUSED)


@rule("status.stopped_safety", Severity.CRITICAL)
def stopped_safety(facts: Facts, _limits: Limits) -> str | None:
    """The study is suspended, terminated or withdrawn, and the reason given is about safety."""
    after = facts.pair.after
    stopped_before = facts.pair.before.status in status.STOPPED
    known = stopped_before and why(facts.pair.before.why_stopped) is Why.SAFETY
    if known or after.status not in status.STOPPED or why(after.why_stopped) is not Why.SAFETY:
        return None
    return f"{after.status}, for safety: “{short(after.why_stopped)}”"


@rule("status.stopped_unexplained", Severity.CRITICAL)
def stopped_unexplained(facts: Facts, _limits: Limits) -> str | None:
    """The study is suspended, terminated or withdrawn, and no reason is given."""
    stop = _stop(facts)
    return f"{stop}, and no reason is given" if stop and not facts.pair.after.why_stopped else None


@rule("status.stopped", Severity.HIGH)
def stopped(facts: Facts, _limits: Limits) -> str | None:
    """The study is suspended, terminated or withdrawn for a reason other than safety."""
    stop, words = _stop(facts), facts.pair.after.why_stopped
    if stop is None or not words or why(words) is Why.SAFETY:
        return None
    return f"{stop}, reason given ({why(words)}): “{short(words)}”"


@rule("status.impossible", Severity.HIGH)
def impossible(facts: Facts, _limits: Limits) -> str | None:
    """A study that had ended is open again."""
    return _status_became(facts, Transition.IMPOSSIBLE)


@rule("status.withheld", Severity.HIGH)
def withheld(facts: Facts, _limits: Limits) -> str | None:
    """The record is withheld: the registry shows a stub."""
    return _status_became(facts, Transition.WITHHELD)


@rule("status.unknown", Severity.MEDIUM)
def unknown(facts: Facts, _limits: Limits) -> str | None:
    """The registry set UNKNOWN: an open study past its completion date, not verified for two years."""
    if facts.at(status.PATH) is None or facts.pair.after.status != "UNKNOWN":
        return None
    return f"{_step(facts)}: set by the registry, not by the sponsor{why_unknown(facts)}"


def why_unknown(facts: Facts) -> str:
    """What the registry saw when it set UNKNOWN, as far as the record tells: " (not verified since 2023-09; …)"."""
    study = facts.pair.after
    seen = [f"not verified since {study.verified}"] if study.verified else []
    end, name = (
        (study.completion, "completion")
        if study.completion
        else (study.primary_completion, "primary completion")
    )
    if end is not None and facts.pair.as_of is not None and end.date.last < facts.pair.as_of:
        seen.append(f"{name} date passed")
    return f" ({'; '.join(seen)})" if seen else ""


@rule("status.back", Severity.MEDIUM)
def back(facts: Facts, _limits: Limits) -> str | None:
    """The sponsor has spoken again after UNKNOWN."""
    return _status_became(facts, Transition.BACK)


@rule("status.reopened", Severity.MEDIUM)
def reopened(facts: Facts, _limits: Limits) -> str | None:
    """A pause is over, recruitment opens again, or the study went a step back."""
    return _status_became(facts, Transition.RESUMED, Transition.REOPENED, Transition.BACKWARDS)


@rule("status.flip_flop", Severity.MEDIUM)
def flip_flop(facts: Facts, limits: Limits) -> str | None:
    """The status has gone back to an earlier one again and again."""
    change = facts.at(status.PATH)
    times = change.detail.get("flips", 0) if change else 0
    return f"the status came back to an earlier one {times} times" if times >= limits.flips else None


@rule("status.forward", Severity.LOW)
def forward(facts: Facts, _limits: Limits) -> str | None:
    """An expected step: opened, closed to recruitment, finished."""
    return _status_became(
        facts, Transition.OPENED, Transition.CLOSED, Transition.FINISHED, Transition.FORWARD
    )


@rule("status.changed", Severity.LOW, otherwise=True)
def status_changed(facts: Facts, _limits: Limits) -> str | None:
    """Any other change of the status, its reason or the last known status."""
    found = facts.of(Kind.STATUS)
    return (
        "; ".join(f"{field_name(change)} {said(change.old)} → {said(change.new)}" for change in found) or None
    )


def _enrollment(facts: Facts) -> Change | None:
    return next(iter(facts.of(Kind.ENROLLMENT)), None)


def _counts(facts: Facts) -> str:
    old, new = facts.pair.before.enrollment, facts.pair.after.enrollment
    change = enrollment.percent(old.count, new.count)
    by = f" ({signed(change)} %)" if change is not None else ""
    return f"{_number(old.count)} → {_number(new.count)}{by}"


def _number(count: int | None) -> str:
    return "none" if count is None else f"{count:,}"


@rule("enrollment.zero", Severity.CRITICAL)
def zero(facts: Facts, _limits: Limits) -> str | None:
    """Enrollment went to 0, and the study is not WITHDRAWN."""
    if not _went_to_zero(facts) or facts.pair.after.status == "WITHDRAWN":
        return None
    return f"enrollment {_counts(facts)}, though the status is {facts.pair.after.status}"


@rule("enrollment.withdrawn", Severity.INFO)
def withdrawn(facts: Facts, _limits: Limits) -> str | None:
    """Enrollment went to 0 with the status WITHDRAWN, as it must."""
    return (
        f"enrollment {_counts(facts)}, with WITHDRAWN"
        if _went_to_zero(facts) and not zero.check(facts, _limits)
        else None
    )


def _went_to_zero(facts: Facts) -> bool:
    was, now = facts.pair.before.enrollment.count, facts.pair.after.enrollment.count
    return _enrollment(facts) is not None and now == 0 and was != 0


def _planned_change(facts: Facts) -> float | None:
    """The change of a target in per cent; None where it is not one target replaced by another."""
    change = _enrollment(facts)
    if change is None or change.detail["replaced_by_actual"] or facts.pair.after.enrollment.type == "ACTUAL":
        return None
    return None if facts.pair.after.enrollment.count == 0 else _number_or_none(change.detail["percent"])


def _number_or_none(value: Json) -> float | None:
    return float(value) if value else None


@rule("enrollment.replanned", Severity.HIGH)
def replanned(facts: Facts, limits: Limits) -> str | None:
    """The target was re-planned by `replanned_percent` or more."""
    by = _planned_change(facts)
    return (
        f"target re-planned {_counts(facts)}"
        if by is not None and abs(by) >= limits.replanned_percent
        else None
    )


@rule("enrollment.adjusted", Severity.LOW)
def adjusted(facts: Facts, limits: Limits) -> str | None:
    """The target was re-planned by less than `replanned_percent`."""
    by = _planned_change(facts)
    return (
        f"target adjusted {_counts(facts)}" if by is not None and abs(by) < limits.replanned_percent else None
    )


def _off_plan(facts: Facts) -> float | None:
    change = _enrollment(facts)
    if change is None or not change.detail["replaced_by_actual"] or facts.pair.after.enrollment.count == 0:
        return None
    percent = change.detail["percent"]
    return None if percent is None else abs(float(percent))


@rule("enrollment.off_plan", Severity.MEDIUM)
def off_plan(facts: Facts, limits: Limits) -> str | None:
    """The actual number replaced the target and is off it by more than `near_plan_percent`."""
    by = _off_plan(facts)
    return (
        f"{_counts(facts)}, actual: off the plan"
        if by is not None and by > limits.near_plan_percent
        else None
    )


@rule("enrollment.actual", Severity.LOW)
def actual(facts: Facts, limits: Limits) -> str | None:
    """The actual number replaced the target, near the plan."""
    by = _off_plan(facts)
    return (
        f"{_counts(facts)}, actual: near the plan"
        if by is not None and by <= limits.near_plan_percent
        else None
    )


@rule("enrollment.changed", Severity.LOW, otherwise=True)
def enrollment_changed(facts: Facts, _limits: Limits) -> str | None:
    """Any other change of the enrollment: its type, a correction, a stand-in number."""
    change = _enrollment(facts)
    if change is None:
        return None
    return f"enrollment {_counts(facts)}" + (
        ", one of them a stand-in number" if change.detail["stand_in"] else ""
    )
