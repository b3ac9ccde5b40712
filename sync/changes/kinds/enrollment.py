"""Enrollment: a target re-planned, a target replaced by the number reached, numbers that stand in for none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from sync.changes.compare import Raw
from sync.changes.kinds.base import Advice, ChangeKind
from sync.changes.model import Change, Detail, Kind, Pair, Severity
from sync.changes.rule import Facts, Limits, rule, rules_in
from sync.changes.sentences import coded, signed
from sync.study.record import Enrollment
from sync.study.statuses import ENDED

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
    # Between two plans nobody is missing yet: only a number that was reached can fall short of one.
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
    """Whether a count is not a number of people but a stand-in for "not known" (99999 and its longer kin)."""
    return count is not None and bool(_STAND_IN.fullmatch(str(count)))


def percent(old: int | None, new: int | None) -> float | None:
    """By how much a count changed, in per cent of the old one; None where that says nothing."""
    # From 0 there is no percentage, and from 99999 there is one that means nothing.
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
    # The registry defines WITHDRAWN as stopped before the first participant: its 0 says nothing that the status does not.
    if not _went_to_zero(facts) or facts.pair.after.status != "WITHDRAWN":
        return None
    return f"enrollment {_counts(facts)}, with the status Withdrawn"


def _went_to_zero(facts: Facts) -> bool:
    was, now = facts.pair.before.enrollment.count, facts.pair.after.enrollment.count
    return _change(facts) is not None and now == 0 and was != 0


@dataclass(frozen=True, slots=True)
class _Replanned:
    """One target that took the place of another: by how much, and by how many people."""

    percent: float
    people: int


def _replanned(facts: Facts) -> _Replanned | None:
    """The change of a target; None where it is not one of a study under way, replaced by another."""
    change, old, new = _change(facts), facts.pair.before.enrollment, facts.pair.after.enrollment
    # After the end, and once the numbers count people, another number is a correction and no plan.
    planned = old.type == new.type == "ESTIMATED"
    if change is None or not planned or facts.pair.after.status in ENDED:
        return None
    if not change.detail.percent or not old.count or not new.count:
        return None
    return _Replanned(abs(change.detail.percent), abs(new.count - old.count))


def _is_large(step: _Replanned, limits: Limits) -> bool:
    # Both: 4 → 6 is half as many again and two people; 3000 → 3040 is forty people and nothing.
    return step.percent >= limits.replanned_percent and step.people >= limits.replanned_persons


@rule("enrollment.replanned", Severity.HIGH)
def replanned(facts: Facts, limits: Limits) -> str | None:
    """The target was re-planned by `replanned_percent` or more, and by `replanned_persons` or more."""
    step = _replanned(facts)
    return f"target re-planned {_counts(facts)}" if step and _is_large(step, limits) else None


@rule("enrollment.replanned_in_part", Severity.MEDIUM)
def replanned_in_part(facts: Facts, limits: Limits) -> str | None:
    """The target was re-planned by `adjusted_percent` or more, yet not by as much as weighs more."""
    step = _replanned(facts)
    if step is None or step.percent < limits.adjusted_percent or _is_large(step, limits):
        return None
    return f"target re-planned {_counts(facts)}"


@rule("enrollment.adjusted", Severity.LOW)
def adjusted(facts: Facts, limits: Limits) -> str | None:
    """The target was re-planned by less than `adjusted_percent`."""
    step = _replanned(facts)
    small = step and step.percent < limits.adjusted_percent and not _is_large(step, limits)
    return f"target adjusted {_counts(facts)}" if small else None


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
    """Any other change of the enrollment: its type, a correction after the end, a stand-in number."""
    change = _change(facts)
    if change is None:
        return None
    stand_in = ", one of them a stand-in number" if change.detail.stand_in else ""
    return f"enrollment {_counts(facts)}{_types(facts)}{stand_in}"


def _types(facts: Facts) -> str:
    """What the numbers are, in words: ", estimated", or both types where they differ."""
    old, new = (study.enrollment.type for study in (facts.pair.before, facts.pair.after))
    words = [(kind or "type not given").lower() for kind in (old, new)]
    return f", {words[1]}" if old == new else f", {' → '.join(words)}"


def phrase(facts: Facts) -> str:
    """Both counts, and the type: "Enrollment 24 → 30 (+25 %), estimated"."""
    old, new = facts.pair.before.enrollment, facts.pair.after.enrollment
    same = old.count == new.count
    counts = _number(new.count) if same else _counts(facts)
    kind = (new.type or "").lower()
    steps_back = old.type == "ACTUAL" != new.type
    types = _types(facts).removeprefix(", ") if (same and old.type != new.type) or steps_back else kind
    return f"Enrollment {counts}" + (f", {types}" if types else "")


def host(facts: Facts) -> Kind | None:
    """The status, where it changed with the enrollment: that is one piece of news, not two."""
    brought = any(change.detail.with_status for change in facts.of(EnrollmentDetail))
    status_changed = any(change.path.endswith(".overallStatus") for change in facts.of_kind(Kind.STATUS))
    return Kind.STATUS if brought and status_changed else None


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
        "enrollment.replanned_in_part": Advice(
            "Another target is another plan: it says nothing yet about who was enrolled.",
            "Note the new number; see whether the dates moved with it.",
        ),
        "enrollment.off_plan": Advice(
            "Fewer people than planned does not say why.",
            "Read the reason given with the status; check whether the outcomes still have their power.",
        ),
    },
)
