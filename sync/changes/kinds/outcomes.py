"""Outcomes: added, removed, promoted, demoted, redefined; who assesses, by what, in whom, when; or only reworded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sync.changes.criteria.redline import redline
from sync.changes.excerpts import around
from sync.changes.kinds.base import Advice, ChangeKind, Preview
from sync.changes.kinds.outcome_changes import OutcomeDetail, refine
from sync.changes.kinds.outcome_senses import CRITERIA, SUBSTANCE
from sync.changes.model import Change, Json, Kind, Op, Severity
from sync.changes.rule import Facts, Limits, rule, rules_in
from sync.changes.sentences import listed, short, signed
from sync.words import capital, counted


def _standing(facts: Facts, limits: Limits, *ranks: str) -> list[Change[OutcomeDetail]]:
    """The outcomes of these ranks, before or after, that changed for more than words, and are not back as they were."""
    return [
        change
        for change in facts.of(OutcomeDetail)
        if {change.detail.rank, change.detail.was} & set(ranks)
        and not _is_back(change, limits)
        and not _is_slight(change, limits)
    ]


def _listed_changes(changes: Iterable[Change[OutcomeDetail]]) -> str:
    return listed((f"{_verb(change.detail)} {_named(change)}" for change in changes), most=2)


def _verb(detail: OutcomeDetail) -> str:
    return detail.movement or "/".join(_another(what) for what in detail.what)


def _another(what: str) -> str:
    if what == CRITERIA:
        return "other criteria"
    return f"another {what}" if what in SUBSTANCE else what


def _named(change: Change[OutcomeDetail], most: int = 80) -> str:
    """An outcome by its measure; from the old one to the new one where they differ, and so for its time frame."""
    old, new = (_texts(value) for value in (change.old, change.new))
    if old is None or new is None:
        return f"“{short(change.detail.measure, 80)}”"
    measures = dict.fromkeys(around(old[0], new[0], most))
    frames = ""
    if old[1] != new[1]:
        percent = change.detail.time_frame_percent
        by = f" ({signed(percent)} %)" if percent else ""
        frames = f", {' → '.join(text or 'none' for text in around(old[1], new[1], most // 2))}{by}"
    return " → ".join(f"“{measure}”" for measure in measures) + frames


def _texts(outcome: Json) -> tuple[str, str] | None:
    """Measure and time frame of an outcome; None where it is none."""
    if not isinstance(outcome, dict):
        return None
    measure, frame = (outcome.get(field) for field in ("measure", "timeFrame"))
    return str(measure or ""), str(frame or "")


def _is_redefined(change: Change[OutcomeDetail]) -> bool:
    # a description that is given for the first time is no new outcome, though something was added
    return change.op is Op.MOVED or bool({"added", "removed", "redefined"} & set(change.detail.what))


def _has_substance(change: Change[OutcomeDetail]) -> bool:
    return not _is_redefined(change) and bool(SUBSTANCE & set(change.detail.what))


def _is_far(change: Change[OutcomeDetail], limits: Limits) -> bool:
    """Whether its time frame changed by as much as it takes; not so where nobody knows by how much."""
    percent = change.detail.time_frame_percent
    return percent is not None and abs(percent) >= limits.time_frame_percent


def _is_slight(change: Change[OutcomeDetail], limits: Limits) -> bool:
    """Whether nothing differs but words, and a time frame by less than it takes."""
    detail = change.detail
    if change.op is Op.REWORDED:
        return True
    if detail.in_line_with_results:
        return not _is_far(change, limits)
    known = detail.time_frame_percent is not None and not _is_far(change, limits)
    return change.op is Op.CHANGED and known and set(detail.what) <= {"reworded", "time frame"}


def _is_back(change: Change[OutcomeDetail], limits: Limits) -> bool:
    days = change.detail.back_after_days
    return days is not None and days <= limits.back_days


@rule("outcomes.primary_after_start", Severity.CRITICAL)
def primary_after_start(facts: Facts, limits: Limits) -> str | None:
    """A primary outcome was added, removed, redefined, promoted or demoted after the study had started."""
    # Only where the record itself says that the study had started: unknown (None) is not a ground for the gravest of
    # verdicts.
    found = [c for c in _standing(facts, limits, "primary") if _is_redefined(c) and c.detail.after_start]
    late = ""
    if any(change.detail.after_primary_completion for change in found):
        late = " and after the primary completion date"
    return f"primary outcome changed after the start{late}: {_listed_changes(found)}" if found else None


@rule("outcomes.primary_substance", Severity.HIGH)
def primary_substance(facts: Facts, limits: Limits) -> str | None:
    """Who assesses a primary outcome, by which criteria, in whom or at what time changed after the study had started."""
    found = [c for c in _standing(facts, limits, "primary") if _has_substance(c) and c.detail.after_start]
    return f"primary outcome changed in part after the start: {_listed_changes(found)}" if found else None


@rule("outcomes.primary_time_frame", Severity.HIGH)
def primary_time_frame(facts: Facts, limits: Limits) -> str | None:
    """The time frame of a primary outcome changed by `time_frame_percent` or more after the study had started."""
    found = [
        change
        for change in _standing(facts, limits, "primary")
        if _is_far(change, limits) and not _is_redefined(change) and change.detail.after_start
    ]
    return (
        f"time frame of a primary outcome changed after the start: {_listed_changes(found)}"
        if found
        else None
    )


@rule("outcomes.primary", Severity.MEDIUM)
def primary(facts: Facts, limits: Limits) -> str | None:
    """A primary outcome changed before the start, in its description, or in a time frame of no known length."""
    found = [
        change
        for change in _standing(facts, limits, "primary")
        if not change.detail.after_start
        or not (_is_redefined(change) or _has_substance(change) or _is_far(change, limits))
    ]
    return f"primary outcome changed: {_listed_changes(found)}" if found else None


@rule("outcomes.secondary", Severity.MEDIUM)
def secondary(facts: Facts, limits: Limits) -> str | None:
    """A secondary or other outcome was added, removed or redefined, in whole or in part, or got another time frame."""
    found = _standing(facts, limits, "secondary", "other")
    return f"{counted(len(found), 'secondary outcome')} changed: {_listed_changes(found)}" if found else None


@rule("outcomes.back", Severity.MEDIUM)
def outcomes_back(facts: Facts, limits: Limits) -> str | None:
    """An outcome is again as it was, within `back_days`: removed and back, or added and gone again."""
    found = [change for change in facts.of(OutcomeDetail) if _is_back(change, limits)]
    steps = listed((f"{_back_told(c.detail)}: {_named(c)}" for c in found), most=2, between="; ")
    return f"{counted(len(found), 'outcome')} as before, {steps}" if found else None


def _back_told(detail: OutcomeDetail) -> str:
    days = counted(detail.back_after_days or 0, "day")
    return f"gone again after {days}" if detail.what == ("removed",) else f"back after {days}"


@rule("outcomes.in_line_with_results", Severity.LOW)
def in_line_with_results(facts: Facts, _limits: Limits) -> str | None:
    """The wording of outcomes was brought in line with the results that the same version posts."""
    found = [change for change in facts.of(OutcomeDetail) if change.detail.in_line_with_results]
    return (
        f"{counted(len(found), 'outcome')} worded as in the results: {_listed_changes(found)}"
        if found
        else None
    )


@rule("outcomes.reworded", Severity.LOW, otherwise=True)
def outcomes_reworded(facts: Facts, _limits: Limits) -> str | None:
    """Outcomes in other words of the same sense, or with a time frame of about the same length."""
    found = facts.of(OutcomeDetail)
    return f"{counted(len(found), 'outcome')} reworded: {_listed_changes(found)}" if found else None


def phrase(facts: Facts) -> str:
    """How many outcomes of each rank changed how: "1 primary outcome added, after the start"."""
    found = facts.of(OutcomeDetail)
    if any(change.detail.swapped for change in found):
        return "Outcomes swapped: a primary one demoted and another promoted"
    groups: dict[tuple[str, str], list[Change[OutcomeDetail]]] = {}
    for change in found:
        groups.setdefault((change.detail.rank, _verb_told(change.detail)), []).append(change)
    told = [
        f"{counted(len(group), f'{rank} outcome')} {verb}{_steps(group)}"
        for (rank, verb), group in groups.items()
    ]
    is_late = any(change.detail.after_start and change.detail.rank == "primary" for change in found)
    return capital(listed(told)) + (", after the start" if is_late else "")


def _steps(group: list[Change[OutcomeDetail]]) -> str:
    """From what to what, of the first of a group: " (“Response at month 6” → “Response at month 12”)"."""
    steps = [step for change in group if " → " in (step := _named(change, 60))]
    if not steps:
        return ""
    return f" ({steps[0]} and {len(steps) - 1} more)" if len(steps) > 1 else f" ({steps[0]})"


def _verb_told(detail: OutcomeDetail) -> str:
    if detail.back_after_days is not None:
        return _back_told(detail)
    aspects = [_another(what) for what in detail.what if what in SUBSTANCE]
    rest = [_VERBS.get(what, what) for what in detail.what if what not in SUBSTANCE]
    parts = [*([f"with {' and '.join(aspects)}"] if aspects else []), *rest]
    return detail.movement or " and ".join(parts)


_VERBS = {"time frame": "with another time frame", "description": "described anew"}


def _notes(detail: OutcomeDetail) -> Iterator[str]:
    if detail.movement:
        yield f"{detail.movement}: {detail.was} → {detail.rank}" if detail.was else detail.movement
    if detail.back_after_days is not None:
        yield f"as before, {_back_told(detail)}"


def preview(change: Change[OutcomeDetail]) -> Preview | None:
    """Its measure, what of it was reworded, and between which lists it went."""
    detail = change.detail
    if not detail.measure:
        return None
    if detail.was:
        return Preview("", (("-", detail.was), ("+", detail.rank), ("=", detail.measure)))
    if change.op is Op.CHANGED:
        reworded = redline(_read(change.old), _read(change.new))
        if len(reworded) > 1:
            return Preview(detail.rank, reworded)
    mark = {Op.ADDED: "+", Op.REMOVED: "-"}.get(change.op, "=")
    return Preview(detail.rank, ((mark, detail.measure),))


def _read(outcome: Json) -> str:
    """Measure and time frame."""
    parts = (outcome.get("measure"), outcome.get("timeFrame")) if isinstance(outcome, dict) else ()
    return " · ".join(part for part in parts if isinstance(part, str) and part)


def _order(change: Change[OutcomeDetail]) -> int:
    """Primary ones before the others, new definitions before new time frames; what only reads otherwise last."""
    steps = (_is_redefined(change), _has_substance(change), "time frame" in change.detail.what, True)
    rank = ("primary", "secondary").index(change.detail.rank) if change.detail.rank != "other" else 2
    return 100 * _is_slight(change, Limits()) + len(steps) * rank + steps.index(True)


OUTCOMES = ChangeKind(
    kind=Kind.OUTCOMES,
    detail=OutcomeDetail,
    rules=rules_in(globals()),
    refine=refine,
    phrase=phrase,
    order=_order,
    notes=_notes,
    preview=preview,
    advice={
        "outcomes": Advice(
            "A changed outcome in the registry may correct the entry rather than the protocol.",
            "Compare it with the protocol or the analysis plan, where one is posted.",
        ),
        "outcomes.back": Advice(
            "An outcome that was removed and is back was a slip of the entry, as a rule.",
            "Close what you opened when it went; look once more at the next release.",
        ),
        "outcomes.in_line_with_results": Advice(
            "The registry's review asks for names that say what was counted; the outcome is the same.",
            "Take over the new wording where you quote it.",
        ),
        "outcomes.primary_after_start": Advice(
            "A primary outcome changed after the start is not by itself misconduct; an amendment may explain it.",
            "Note the date against the primary completion date, and keep both versions for the review.",
        ),
    },
)
