"""Dates: slips in days with precision respected, cumulative slips, estimates that became actual, dates that have passed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from msgspec import UNSET, UnsetType, structs

from sync.changes.compare import Raw
from sync.changes.kinds.base import Advice, ChangeKind
from sync.changes.model import Change, Detail, Json, Kind, Pair, Severity
from sync.changes.rule import Facts, Limits, rule, rules_in
from sync.study.dates import PartialDate
from sync.study.record import DateStruct, Study
from sync.words import capital, signed_days

NAMES = {
    "startDateStruct": "start",
    "primaryCompletionDateStruct": "primary completion",
    "completionDateStruct": "completion",
}
_ENDS = ("primary completion", "completion")
_PRECISIONS = ("year", "month", "day")


class DateDetail(Detail, frozen=True, kw_only=True, omit_defaults=True):
    """What a change of one of the study's dates says. A date that was taken out has nothing but its name."""

    date: str
    slip_days: int | None
    """How far it moved, later or (below 0) earlier; None where there is no date to move from or to."""
    since_first_days: int | UnsetType | None = UNSET
    """How far it is from the first one known, where one is."""
    passed: bool | None = None
    """Whether it is an estimate that had already passed when it was seen."""
    became_actual: bool | None = None
    was_actual: bool = False
    """Whether it was actual before, and is another day, or no longer actual, now."""
    approximate: bool | None = None
    """Whether the slip is one of months or years rather than of days."""
    precision: Literal["gained", "lost", "same"] | None = None


def refine(raws: Sequence[Raw], pair: Pair) -> list[Change[DateDetail]]:
    """One change a date, with how far it moved."""
    return [raw.change.saying(_detail(NAMES[raw.keys[-1]], pair)) for raw in raws]


def date_of(study: Study, name: str) -> DateStruct | None:
    """The date that `NAMES` calls so."""
    return {
        "start": study.start,
        "primary completion": study.primary_completion,
        "completion": study.completion,
    }[name]


def _detail(name: str, pair: Pair) -> DateDetail:
    old, new = date_of(pair.before, name), date_of(pair.after, name)
    if new is None:
        return DateDetail(date=name, slip_days=None)
    first = pair.prior.first_dates.get(name)
    detail = DateDetail(
        date=name,
        slip_days=None,
        since_first_days=first.days_to(new.date) if first else None,
        # By the last day that it can mean: "2026-09" has not passed before the month has.
        passed=pair.as_of is not None and new.date.last < pair.as_of and new.type != "ACTUAL",
        became_actual=new.type == "ACTUAL" and (old is None or old.type != "ACTUAL"),
    )
    if old is None:
        return detail
    moved = _moved(detail, old.date, new.date)
    # What had happened has not, or happened on another day: a correction of the past, not another plan.
    taken_back = old.type == "ACTUAL" and (new.type != "ACTUAL" or bool(moved.slip_days))
    return structs.replace(moved, was_actual=taken_back)


def _moved(detail: DateDetail, old: PartialDate, new: PartialDate) -> DateDetail:
    return structs.replace(
        detail,
        slip_days=old.days_to(new),
        # The days between a month and a day depend on which day of the month is meant: they are said with "about".
        approximate="day" not in (old.precision, new.precision) or old.precision != new.precision,
        precision=_precision(old, new),
    )


def _precision(old: PartialDate, new: PartialDate) -> Literal["gained", "lost", "same"]:
    step = _PRECISIONS.index(new.precision) - _PRECISIONS.index(old.precision)
    if step == 0:
        return "same"
    return "gained" if step > 0 else "lost"


def _in_days(days: int, detail: DateDetail) -> str:
    """A slip in words: "+92 days", "about +365 days" where a date names a month only."""
    about = "about " if detail.approximate else ""
    return f"{about}{signed_days(days)}"


def _slips(facts: Facts, within: Callable[[DateDetail], bool]) -> str | None:
    """The dates that moved as `within` asks for, each with how far."""
    found = [change for change in facts.of(DateDetail) if within(change.detail)]
    steps = (
        f"{change.detail.date} {_step(change)} ({_in_days(change.detail.slip_days or 0, change.detail)})"
        for change in found
    )
    return "; ".join(steps) or None


def _step(change: Change[DateDetail]) -> str:
    return f"{_date(change.old)} → {_date(change.new)}"


def _date(value: object) -> str:
    return str(value.get("date", "none")) if isinstance(value, dict) else "none"


@rule("dates.long_slip", Severity.HIGH)
def long_slip(facts: Facts, limits: Limits) -> str | None:
    """A date slips by `very_long_slip_days` or more; or by `long_slip_days` or more, and not for the first time."""
    return _slips(facts, lambda detail: _is_grave(detail, limits))


def _is_grave(detail: DateDetail, limits: Limits) -> bool:
    slip = detail.slip_days or 0
    again = slip >= limits.long_slip_days and _behind(detail) - slip >= limits.long_slip_days
    return slip >= limits.very_long_slip_days or again


@rule("dates.slip", Severity.MEDIUM)
def slip(facts: Facts, limits: Limits) -> str | None:
    """A date slips by `slip_days` or more, yet not by as much as weighs more."""
    return _slips(
        facts,
        lambda detail: (detail.slip_days or 0) >= limits.slip_days and not _is_grave(detail, limits),
    )


@rule("dates.cumulative_slip", Severity.MEDIUM)
def cumulative_slip(facts: Facts, limits: Limits) -> str | None:
    """A date that slips again is `long_slip_days` or more behind the first one known."""
    found = [
        (change.detail.date, _in_days(change.detail.since_first_days or 0, change.detail))
        for change in facts.of(DateDetail)
        if _behind(change.detail) >= limits.long_slip_days
    ]
    return "; ".join(f"{name} {days} since first known" for name, days in found) or None


# the first slip is told by its own length; only from the second on the sum says more
def _behind(detail: DateDetail) -> int:
    """How far a date that slips again is behind the first one known; 0 where this slip is the only one."""
    slip, since_first = detail.slip_days or 0, detail.since_first_days or 0
    return since_first if 0 < slip < since_first else 0


@rule("dates.small_slip", Severity.LOW)
def small_slip(facts: Facts, limits: Limits) -> str | None:
    """A date slips by less than `slip_days`."""
    return _slips(facts, lambda detail: 0 < (detail.slip_days or 0) < limits.slip_days)


@rule("dates.pulled_forward", Severity.MEDIUM)
def pulled_forward(facts: Facts, limits: Limits) -> str | None:
    """Completion or primary completion comes earlier than planned by `long_slip_days` or more."""
    return _slips(facts, lambda detail: _is_pulled_forward(detail, limits))


def _is_pulled_forward(detail: DateDetail, limits: Limits) -> bool:
    return detail.date in _ENDS and -(detail.slip_days or 0) >= limits.long_slip_days


@rule("dates.earlier", Severity.LOW)
def earlier(facts: Facts, limits: Limits) -> str | None:
    """A date comes earlier than planned."""
    return _slips(
        facts, lambda detail: (detail.slip_days or 0) < 0 and not _is_pulled_forward(detail, limits)
    )


@rule("dates.actual_moved", Severity.MEDIUM)
def actual_moved(facts: Facts, _limits: Limits) -> str | None:
    """A date that was actual is another one now, or an estimate again."""
    found = [change for change in facts.of(DateDetail) if change.detail.was_actual]
    steps = (f"{c.detail.date} {_step(c)} (was actual{_estimated_again(c)})" for c in found)
    return "; ".join(steps) or None


def _estimated_again(change: Change[DateDetail]) -> str:
    return "" if _is_actual(change.new) else ", now estimated"


@rule("dates.passed", Severity.LOW)
def passed(facts: Facts, _limits: Limits) -> str | None:
    """A date is newly given, as an estimate, that has already passed."""
    found = [change for change in facts.of(DateDetail) if change.detail.passed]
    return "; ".join(f"{c.detail.date} {_date(c.new)} is past, yet estimated" for c in found) or None


@rule("dates.actual", Severity.LOW)
def actual_date(facts: Facts, _limits: Limits) -> str | None:
    """An estimated date became actual."""
    found = [change for change in facts.of(DateDetail) if change.detail.became_actual]
    return "; ".join(f"{c.detail.date} {_date(c.new)} is now actual" for c in found) or None


@rule("dates.changed", Severity.INFO, otherwise=True)
def dates_changed(facts: Facts, _limits: Limits) -> str | None:
    """Any other change of a date: a gain of precision, a date given for the first time or taken out."""
    return "; ".join(f"{change.detail.date} {_step(change)}" for change in facts.of(DateDetail)) or None


def phrase(facts: Facts) -> str:
    """Every date that changed: "Primary completion 2027-06 → 2028-01 (about +214 days)"."""
    return capital("; ".join(_date_phrase(change) for change in facts.of(DateDetail)))


def _date_phrase(change: Change[DateDetail]) -> str:
    detail, (old, new) = change.detail, (_date_or_none(value) for value in (change.old, change.new))
    actual = ", actual" if detail.became_actual else _no_longer_actual(change)
    if old == new:
        return f"{detail.date} {new or 'none'}, {_type(change.old)} → {_type(change.new)}"
    # "2026-09" that becomes "2026-09-14" is the same plan, said more exactly.
    if detail.precision == "gained" and not detail.slip_days:
        return f"{detail.date} {old} → {new} (more precise{actual})"
    step = f"{detail.date} {old or 'none'} → {new or 'none'}"
    return f"{step} ({_in_days(detail.slip_days, detail)}{actual})" if detail.slip_days else step + actual


def _no_longer_actual(change: Change[DateDetail]) -> str:
    if not change.detail.was_actual:
        return ""
    return ", was actual" if _is_actual(change.new) else ", actual → estimated"


def _date_or_none(value: Json) -> Json:
    return value.get("date") if isinstance(value, dict) else None


def _is_actual(value: Json) -> bool:
    return isinstance(value, dict) and value.get("type") == "ACTUAL"


def _type(value: Json) -> str:
    return str(value.get("type", "without a type")).lower() if isinstance(value, dict) else "without a type"


def _notes(detail: DateDetail) -> Iterator[str]:
    if detail.slip_days:
        yield signed_days(detail.slip_days)


def _order(change: Change[DateDetail]) -> int:
    """The longest slip first; a date that comes earlier weighs half as much."""
    slip = change.detail.slip_days or 0
    return -slip if slip > 0 else slip // 2


DATES = ChangeKind(
    kind=Kind.DATES,
    detail=DateDetail,
    rules=rules_in(globals()),
    refine=refine,
    phrase=phrase,
    order=_order,
    notes=_notes,
    advice={
        "dates": Advice(
            "An estimated date is a plan; a slip alone does not say that the study is in trouble.",
            "Look at earlier slips and at the enrollment; move your own reminders.",
        ),
    },
)
