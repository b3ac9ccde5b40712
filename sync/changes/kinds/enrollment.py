"""Enrollment: a target re-planned, a target replaced by the number reached, numbers that stand in for none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from sync.changes.compare import Raw
from sync.changes.kinds.base import Advice, ChangeKind
from sync.changes.model import Change, Detail, Kind, Pair, Severity
from sync.changes.rule import Facts, Limits, rule, rules_in
from sync.changes.sentences import coded, signed
from sync.study.record import Enrollment

_STAND_IN = re.compile(r"9{5,}")


class StatusStep(msgspec.Struct, frozen=True):
    """The change of status that brought another enrollment (62 of 97 real ones came with one)."""

    old: str | None
    new: str | None


class EnrollmentDetail(Detail, frozen=True, kw_only=True, omit_defaults=True):
    """What a change of count or type says."""

    percent: float | None
    """By how much the count changed; None where that says nothing."""
    replaced_by_actual: bool
    stand_in: bool
    shortfall: int | None = None
    """Fewer people than planned, where the actual number replaced the target."""
    with_status: StatusStep | None = None


def refine(raws: Sequence[Raw], pair: Pair) -> list[Change[EnrollmentDetail]]:
    """Count and type in one change, with the difference in per cent and the status change that brought it."""
    return [raw.change.saying(_detail(pair)) for raw in raws]


def _detail(pair: Pair) -> EnrollmentDetail:
    old, new = pair.before.enrollment, pair.after.enrollment
    reached = new.type == "ACTUAL" and old.type != "ACTUAL"
    shortfall = None
    if reached and old.count is not None and new.count is not None and not is_stand_in(old.count):
        shortfall = old.count - new.count
    return EnrollmentDetail(
        percent=percent(old.count, new.count),
        replaced_by_actual=reached,
        stand_in=is_stand_in(old.count) or is_stand_in(new.count),
        shortfall=shortfall,
        with_status=StatusStep(pair.before.status, pair.after.status) if pair.status_changed else None,
    )


def is_stand_in(count: int | None) -> bool:
    """Whether a count is no number of people but a stand-in for "not known" (99999 and its longer kin)."""
    return count is not None and bool(_STAND_IN.fullmatch(str(count)))


def percent(old: int | None, new: int | None) -> float | None:
    """By how much a count changed, in per cent of the old one; None where that says nothing."""
    if not old or new is None or is_stand_in(old) or is_stand_in(new):
        return None
    return round((new - old) / old * 100, 1)


def _change(facts: Facts) -> Change[EnrollmentDetail] | None:
    return next(iter(facts.of(EnrollmentDetail)), None)


def _counts(facts: Facts) -> str:
    old, new = facts.pair.before.enrollment, facts.pair.after.enrollment
    return f"{_number(old.count)} → {_number(new.count)}{_by(old, new)}"


def _by(old: Enrollment, new: Enrollment) -> str:
    difference = percent(old.count, new.count)
    return f" ({signed(difference)} %)" if difference is not None else ""


def _number(count: int | None) -> str:
    return "none" if count is None else f"{count:,}"


@rule("enrollment.zero", Severity.CRITICAL)
def zero(facts: Facts, _limits: Limits) -> str | None:
    """Enrollment went to 0, and the study is not WITHDRAWN."""
    if not _went_to_zero(facts) or facts.pair.after.status == "WITHDRAWN":
        return None
    return f"enrollment {_counts(facts)}, though the status is {coded(facts.pair.after.status)}"


@rule("enrollment.withdrawn", Severity.INFO)
def withdrawn(facts: Facts, _limits: Limits) -> str | None:
    """Enrollment went to 0 with the status WITHDRAWN, as it must."""
    if not _went_to_zero(facts) or facts.pair.after.status != "WITHDRAWN":
        return None
    return f"enrollment {_counts(facts)}, with the status Withdrawn"


def _went_to_zero(facts: Facts) -> bool:
    was, now = facts.pair.before.enrollment.count, facts.pair.after.enrollment.count
    return _change(facts) is not None and now == 0 and was != 0


def _planned_change(facts: Facts) -> float | None:
    """The change of a target in per cent; None where it is not one target replaced by another."""
    change, planned = _change(facts), facts.pair.after.enrollment
    if change is None or change.detail.replaced_by_actual or planned.type == "ACTUAL" or planned.count == 0:
        return None
    return change.detail.percent or None


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
    change = _change(facts)
    if change is None or not change.detail.replaced_by_actual or facts.pair.after.enrollment.count == 0:
        return None
    return None if change.detail.percent is None else abs(change.detail.percent)


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
    change = _change(facts)
    if change is None:
        return None
    stand_in = ", one of them a stand-in number" if change.detail.stand_in else ""
    return f"enrollment {_counts(facts)}{stand_in}"


def phrase(facts: Facts) -> str:
    """Both counts, and the type: "Enrollment 24 → 30 (+25 %), estimated"."""
    old, new = facts.pair.before.enrollment, facts.pair.after.enrollment
    same = old.count == new.count
    counts = _number(new.count) if same else _counts(facts)
    kind = (new.type or "").lower()
    types = f"{(old.type or 'none').lower()} → {kind}" if same and old.type != new.type else kind
    return f"Enrollment {counts}" + (f", {types}" if types else "")


def host(facts: Facts) -> Kind | None:
    """The status, where it changed with the enrollment: that is one piece of news, not two."""
    brought = any(change.detail.with_status for change in facts.of(EnrollmentDetail))
    told = any(change.path.endswith(".overallStatus") for change in facts.of_kind(Kind.STATUS))
    return Kind.STATUS if brought and told else None


def _subject(own: Sequence[Change[EnrollmentDetail]]) -> str:
    old, new = own[0].old, own[0].new
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return "Enrollment changed"
    return f"Enrollment {old.get('count')} → {new.get('count')}"


def _notes(detail: EnrollmentDetail) -> Iterator[str]:
    if detail.shortfall:
        yield f"{detail.shortfall:,} fewer than planned"


ENROLLMENT = ChangeKind(
    kind=Kind.ENROLLMENT,
    detail=EnrollmentDetail,
    rules=rules_in(globals()),
    refine=refine,
    phrase=phrase,
    joins=host,
    subject=_subject,
    notes=_notes,
    advice={
        "enrollment": Advice(
            "An estimated number is a plan; only an actual one counts people.",
            "See whether the status or the completion date moved with it.",
        ),
        "enrollment.zero": Advice(
            "A target of 0 does not say that nobody was treated.",
            "Look for a withdrawal that has not been entered yet.",
        ),
        "enrollment.replanned": Advice(
            "Another target is another plan: it says nothing yet about who was enrolled.",
            "Check whether a cohort, an arm or a phase was added or dropped at the same time.",
        ),
        "enrollment.off_plan": Advice(
            "Fewer people than planned does not say why.",
            "Read the reason given with the status; check whether the outcomes still have their power.",
        ),
    },
)
