"""Eligibility: who may enter, criterion by criterion, as the criteria engine reads it (and says it in its `detail`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sync.changes.compare import Raw
from sync.changes.criteria.detail import Effect, EligibilityDetail, Lengths, ThresholdChange
from sync.changes.kinds.base import Advice, ChangeKind, Preview, Suppression
from sync.changes.model import Change, Kind, Op, Pair, Severity
from sync.changes.rule import Facts, Limits, rule, rules_in
from sync.changes.sentences import listed, said
from sync.study.statuses import RECRUITING
from sync.words import counted

_MODULE = "protocolSection.eligibilityModule"
_AGES = {f"{_MODULE}.minimumAge", f"{_MODULE}.maximumAge"}

Found = Iterable[Change[EligibilityDetail]]


def refine(raws: Sequence[Raw], pair: Pair) -> list[Change[EligibilityDetail]]:
    """Criterion by criterion; the raw differences where the engine finds none, so that nothing is lost."""
    from sync.changes.criteria.changes import eligibility_changes  # numpy: only where a text is compared

    # The engine reads both whole texts: the raw difference of two long texts says no more than that they differ.
    changes = eligibility_changes(pair.before.record, pair.after.record)
    return changes or [raw.change.saying(EligibilityDetail()) for raw in raws]


def _recruiting(facts: Facts) -> bool:
    return bool(RECRUITING & {facts.pair.before.status, facts.pair.after.status})


def _affects_entry(change: Change[EligibilityDetail]) -> bool:
    return change.detail.effect is not None and change.detail.effect.is_direction


def _affecting_entry(facts: Facts) -> list[Change[EligibilityDetail]]:
    return [change for change in facts.of(EligibilityDetail) if _affects_entry(change)]


def _effects(changes: Found) -> str:
    effects = [change.detail.effect for change in changes]
    return ", ".join(f"{effects.count(effect)} {effect}" for effect in dict.fromkeys(effects))


def _threshold_steps(changes: Found) -> list[str]:
    """The thresholds that changed, in words: "platelets ≥ 50 ×10^9/L → ≥ 30 ×10^9/L, wider"."""
    return [_threshold(threshold) for change in changes for threshold in change.detail.thresholds or ()]


def _threshold(threshold: ThresholdChange) -> str:
    step = f"{threshold.quantity} {said(threshold.old)} → {said(threshold.new)}"
    one_way = threshold.direction in (Effect.WIDER, Effect.NARROWER)
    return f"{step}, {threshold.direction}" if one_way else step


def _examples(changes: Found) -> str:
    steps = listed(_threshold_steps(changes), most=2, between="; ")
    return f" ({steps})" if steps else ""


@rule("eligibility.section_move", Severity.HIGH)
def section_move(facts: Facts, _limits: Limits) -> str | None:
    """A criterion moved between inclusion and exclusion, or under a header that turns it, and its sense with it."""
    # "No active infection" that moves under Exclusion as "active infection" keeps its sense, and nobody's entry changes.
    moved = [c for c in facts.of(EligibilityDetail, Op.MOVED) if c.detail.effect is not Effect.NONE]
    crossed = [change for change in moved if _crossed(change)]
    turned = [c for c in moved if c.detail.effect is Effect.MIXED and not _crossed(c)]
    parts = [
        f"{_criteria(len(crossed))} moved between inclusion and exclusion" if crossed else "",
        f"{_criteria(len(turned))} moved under a header that means the opposite" if turned else "",
    ]
    return ", ".join(part for part in parts if part) or None


def _crossed(change: Change[EligibilityDetail]) -> bool:
    origin = change.detail.moved_from
    return origin is not None and origin.section != change.detail.section


@rule("eligibility.entry_while_recruiting", Severity.HIGH)
def entry_while_recruiting(facts: Facts, _limits: Limits) -> str | None:
    """Who may enter became wider or narrower while the study recruits."""
    found = _affecting_entry(facts)
    if not found or not _recruiting(facts):
        return None
    return f"who may enter changed while recruiting: {_effects(found)}"


@rule("eligibility.entry", Severity.MEDIUM)
def entry(facts: Facts, _limits: Limits) -> str | None:
    """Who may enter became wider or narrower while the study does not recruit."""
    found = _affecting_entry(facts)
    if not found or _recruiting(facts):
        return None
    return f"who may enter changed: {_effects(found)}{_examples(found)}"


@rule("eligibility.substance", Severity.MEDIUM)
def substance(facts: Facts, _limits: Limits) -> str | None:
    """Criteria changed, added or removed, whose effect on who may enter is unclear; or moved with their sense kept."""
    found = [
        change
        for change in facts.of(EligibilityDetail, Op.CHANGED, Op.ADDED, Op.REMOVED, Op.MOVED)
        if not _affects_entry(change)
    ]
    kept = [change for change in found if change.op is Op.MOVED and change.detail.effect is Effect.NONE]
    unread = [_too_long(change.detail.characters) for change in found if change.detail.characters]
    idle = [c for c in found if c.op is not Op.MOVED and c.detail.effect is Effect.NONE]
    rest = len(found) - len(kept) - len(unread) - len(idle)
    parts = [
        f"the criteria changed, {unread[0]}" if unread else "",
        f"{_criteria(rest)} changed, effect unclear" if rest else "",
        f"{_criteria(len(kept))} moved, sense kept" if kept else "",
        f"{_criteria(len(idle))} changed without effect on who may enter" if idle else "",
    ]
    return ", ".join(part for part in parts if part) or None


def _too_long(text: Lengths) -> str:
    """Why a change of the criteria is told as one."""
    longest = max(text.before, text.after)
    return f"as a text of {longest:,} characters, which is too long to be compared criterion by criterion"


def _criteria(number: int) -> str:
    return counted(number, "criterion", "criteria")


@rule("eligibility.reworded", Severity.LOW, otherwise=True)
def eligibility_reworded(facts: Facts, _limits: Limits) -> str | None:
    """Criteria in other words, in the same sense."""
    found = facts.of(EligibilityDetail)
    return f"{_criteria(len(found))} reworded" if found else None


def phrase(facts: Facts) -> str:
    """The thresholds that changed, then how many criteria of each section did what."""
    found = facts.of(EligibilityDetail)
    thresholds = _threshold_steps(found)
    examples = listed(thresholds, most=2, between="; ")
    parts = [f"{counted(len(thresholds), 'threshold')} changed ({examples})"] if thresholds else []
    unread = [change.detail.characters for change in found if change.detail.characters]
    parts += [f"criteria changed, {_too_long(text)}" for text in unread]
    rest = [c for c in found if not c.detail.thresholds and not c.detail.characters]
    groups = [(change.detail.section or "criterion", change.op) for change in rest]
    parts += [
        f"{counted(groups.count(group), *_section(group[0]))} {group[1]}" for group in dict.fromkeys(groups)
    ]
    return f"Eligibility: {', '.join(parts)}"


def _section(name: str) -> tuple[str, str]:
    return (name, f"{name}s") if name in ("inclusion", "exclusion") else ("criterion", "criteria")


def _subject(own: Sequence[Change[EligibilityDetail]]) -> str:
    # Where criteria pull both ways the subject says so: one direction would be half of the truth.
    effects = {change.detail.effect for change in own if _affects_entry(change)}
    if not effects:
        return "Eligibility changed"
    return f"Eligibility changed, {effects.pop() if len(effects) == 1 else Effect.MIXED}"


def _notes(detail: EligibilityDetail) -> Iterator[str]:
    for threshold in detail.thresholds or ():
        old, new = ("none" if side is None else side for side in (threshold.old, threshold.new))
        yield f"{threshold.quantity}: {old} → {new} ({threshold.direction})"


def preview(change: Change[EligibilityDetail]) -> Preview | None:
    """The criterion's redline, the section it stands in or was moved between, and its number."""
    detail = change.detail
    if not detail.words:
        return None
    here, before = detail.section or "", detail.moved_from.section if detail.moved_from else ""
    section = f"{before} → {here}" if before and before != here else here
    return Preview(" ".join(filter(None, (section, detail.numbers.in_words))), detail.words)


def _follows_from_ages(change: Change[EligibilityDetail], _pair: Pair, paths: Iterable[str]) -> bool:
    return change.path.startswith(f"{_MODULE}.stdAges") and not _AGES.isdisjoint(paths)


def _order(change: Change[EligibilityDetail]) -> int:
    """What changes who may enter first, what only reads otherwise last."""
    is_other_section = change.op is Op.MOVED and change.detail.effect is not Effect.NONE
    if is_other_section or _affects_entry(change):
        return 0
    return 2 if change.op is Op.REWORDED else 1


ELIGIBILITY = ChangeKind(
    kind=Kind.ELIGIBILITY,
    detail=EligibilityDetail,
    rules=rules_in(globals()),
    refine=refine,
    phrase=phrase,
    order=_order,
    subject=_subject,
    notes=_notes,
    preview=preview,
    suppresses=(
        Suppression(
            "eligibility.age_groups",
            "The age groups follow from the minimum and the maximum age.",
            _follows_from_ages,
        ),
    ),
    advice={
        "eligibility": Advice(
            "Wider and narrower are read from the text; the protocol decides who may enter.",
            "Run your screening lists against the criterion as it stands now.",
        ),
        "eligibility.section_move": Advice(
            "A criterion under the other heading may be a mistake of entry.",
            "Ask the contact which sense is meant before you act on it.",
        ),
    },
)
