"""Status: what a transition means, why a study stopped, and how often its status has gone back and forth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import UNSET, UnsetType

from sync.changes.compare import Raw
from sync.changes.excerpts import step_of
from sync.changes.kinds import enrollment
from sync.changes.kinds.base import Advice, ChangeKind, Suppression, fields_changed
from sync.changes.kinds.transitions import Transition, transition
from sync.changes.kinds.why_stopped import Why, why
from sync.changes.model import Change, Detail, Kind, Pair, Severity
from sync.changes.rule import Facts, Limits, rule, rules_in
from sync.changes.sentences import coded, field_name, short, step
from sync.study.statuses import PATH, STOPPED
from sync.study.unknown_rule import against_rule

WHY_PATH = "protocolSection.statusModule.whyStopped"
LAST_KNOWN_PATH = "protocolSection.statusModule.lastKnownStatus"


class StatusDetail(Detail, frozen=True, kw_only=True, omit_defaults=True):
    """What a change of the status says. The reason for a stop is told, as none, even where none is given."""

    transition: Transition | None = None
    flips: int | None = None
    """How often the study has come back to a status that it had left."""
    against_rule: str | None = None
    """Where the registry set UNKNOWN against its own rule: what in the record speaks against it."""
    why_stopped: str | UnsetType | None = UNSET
    why: Why | UnsetType | None = UNSET


def refine(raws: Sequence[Raw], pair: Pair) -> list[Change[StatusDetail]]:
    """The change of status with its meaning, and those of the words beside it."""
    return [raw.change.saying(_detail(raw.change, pair)) for raw in raws]


def _detail(change: Change[Detail], pair: Pair) -> StatusDetail:
    words = pair.after.why_stopped
    if change.path == WHY_PATH and change.new:
        return StatusDetail(why=why(words))
    if change.path != PATH:
        return StatusDetail()
    meaning, times = transition(pair.before.status, pair.after.status), flips(pair)
    # Nobody chose UNKNOWN, so it has no reason given; what can be asked is whether the registry went by its own rule.
    if pair.after.status == "UNKNOWN":
        odd = against_rule(pair.after, pair.as_of) if pair.as_of else None
        return StatusDetail(transition=meaning, flips=times, against_rule=odd)
    if pair.after.status not in STOPPED:
        return StatusDetail(transition=meaning, flips=times)
    about = why(words) if words else None
    return StatusDetail(transition=meaning, flips=times, why_stopped=words, why=about)


def flips(pair: Pair) -> int:
    """How often the study has come back to a status that it had left; 0 where it does not do so now."""
    known = [status for _, status in pair.prior.statuses]
    # the past may end before the older version, or with it
    statuses = [
        *known,
        *((pair.before.status,) if known[-1:] != [pair.before.status] else ()),
        pair.after.status,
    ]
    steps = [
        status
        for status, following in zip(statuses, [*statuses[1:], None], strict=True)
        if status != following
    ]
    returns = [status in steps[:position] for position, status in enumerate(steps)]
    # Counted only when it happens again now: a study that once went back and forth is not restless for ever.
    return sum(returns) if returns[-1:] == [True] else 0


def _overall(facts: Facts) -> Change[StatusDetail] | None:
    return next((change for change in facts.of(StatusDetail) if change.path == PATH), None)


def _status_became(facts: Facts, *meanings: Transition) -> str | None:
    change = _overall(facts)
    if change is None or change.detail.transition not in meanings:
        return None
    return f"{_step(facts)}: {_meaning(change.detail.transition)}"


def _meaning(transition: Transition | None) -> str:
    """What a step means: "back from Unknown"."""
    return (transition or "").replace("UNKNOWN", coded("UNKNOWN"))


def _step(facts: Facts) -> str:
    return step(facts.pair.before.status, facts.pair.after.status)


def _stop(facts: Facts) -> str | None:
    return _status_became(facts, Transition.STOPPED, Transition.PAUSED)


@rule("status.stopped_safety", Severity.CRITICAL, always=True)
def stopped_safety(facts: Facts, _limits: Limits) -> str | None:
    """The study is suspended, terminated or withdrawn, and the reason given is about safety."""
    before, after = facts.pair.before, facts.pair.after
    # told once: not again with each later update of a study that was stopped for safety before
    stopped_before = before.status in STOPPED
    if after.status not in STOPPED or (stopped_before and before.why_stopped == after.why_stopped):
        return None
    if why(after.why_stopped) is not Why.SAFETY or (stopped_before and why(before.why_stopped) is Why.SAFETY):
        return None
    return f"{coded(after.status)}, for safety: “{short(after.why_stopped)}”"


@rule("status.stopped_unexplained", Severity.CRITICAL)
def stopped_unexplained(facts: Facts, _limits: Limits) -> str | None:
    """The study is suspended or terminated, or withdrawn though people were enrolled, and no reason is given."""
    stop = _stop(facts)
    # A stop without a word may be one for safety: it weighs like one until somebody knows better.
    unexplained = stop and not facts.pair.after.why_stopped and not _nobody_enrolled(facts)
    return f"{stop}, and no reason is given" if unexplained else None


@rule("status.withdrawn_unexplained", Severity.HIGH)
def withdrawn_unexplained(facts: Facts, _limits: Limits) -> str | None:
    """The study is withdrawn before anyone was enrolled, and no reason is given."""
    stop = _stop(facts)
    unexplained = stop and not facts.pair.after.why_stopped and _nobody_enrolled(facts)
    return f"{stop} before anyone was enrolled, and no reason is given" if unexplained else None


# the registry defines WITHDRAWN as stopped before the first participant; a record with people in it contradicts that
def _nobody_enrolled(facts: Facts) -> bool:
    counts = (study.enrollment for study in (facts.pair.before, facts.pair.after))
    enrolled = any(each.type == "ACTUAL" and each.count for each in counts)
    return facts.pair.after.status == "WITHDRAWN" and not enrolled


@rule("status.stopped", Severity.HIGH)
def stopped(facts: Facts, _limits: Limits) -> str | None:
    """The study is suspended, terminated or withdrawn for a reason other than safety."""
    stop = _stop(facts)
    words = facts.pair.after.why_stopped if stop else None
    if not words or why(words) is Why.SAFETY:
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
    if _overall(facts) is None or facts.pair.after.status != "UNKNOWN":
        return None
    return f"{_step(facts)}: set by the registry, not by the sponsor{why_unknown(facts)}"


def why_unknown(facts: Facts) -> str:
    """What the registry saw when it set UNKNOWN, as far as the record tells: " (not verified since 2023-09; …)"."""
    study, flip = facts.pair.after, _overall(facts)
    if flip and flip.detail.against_rule:
        return f", against the registry's own rule: {flip.detail.against_rule}"
    seen = [f"not verified since {study.verified}"] if study.verified else []
    end, name = study.completion, "completion"
    if end is None:
        end, name = study.primary_completion, "primary completion"
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


@rule("status.flip_flop", Severity.MEDIUM, always=True)
def flip_flop(facts: Facts, limits: Limits) -> str | None:
    """The status has gone back to an earlier one again and again."""
    change = _overall(facts)
    times = (change.detail.flips or 0) if change else 0
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
    return "; ".join(map(_other_step, facts.of(StatusDetail))) or None


def _other_step(change: Change[StatusDetail]) -> str:
    return f"{field_name(change)} {step_of(change, 100)}"


def phrase(facts: Facts) -> str:
    """The step, what it means, and the enrollment that came with it: both are told in one breath."""
    together = f", with {enrollment.phrase(facts).lower()}" if enrollment.host(facts) else ""
    return _step_phrase(facts) + together


def _step_phrase(facts: Facts) -> str:
    change, study = _overall(facts), facts.pair.after
    if change is None:
        return fields_changed(Kind.STATUS, facts)
    told = f"Status {_step(facts)}"
    if study.status == "UNKNOWN":
        return f"{told}: set by the registry, not by the sponsor{why_unknown(facts)}"
    if study.status in STOPPED:
        words = study.why_stopped
        return f"{told}: “{short(words, 120)}” ({why(words)})" if words else f"{told}, without a reason"
    meaning = change.detail.transition
    return told if meaning in (None, Transition.OTHER) else f"{told}: {_meaning(meaning)}"


def _subject(own: Sequence[Change[StatusDetail]]) -> str:
    first = own[0]
    if first.path != PATH:
        return "Status changed"
    return f"Status {step(first.old, first.new)}"


def _notes(detail: StatusDetail) -> Iterator[str]:
    if detail.why:
        yield f"sorted as: {detail.why}"


def _set_by_registry(change: Change[StatusDetail]) -> bool:
    # No sponsor can enter UNKNOWN; 17 % of all changes of status are this one, without an update of the record.
    return change.new == "UNKNOWN" or change.path == LAST_KNOWN_PATH


def _goes_with_unknown(change: Change[StatusDetail], pair: Pair, _paths: object) -> bool:
    statuses = (pair.before.status, pair.after.status)
    return change.path == LAST_KNOWN_PATH and pair.status_changed and "UNKNOWN" in statuses


STATUS = ChangeKind(
    kind=Kind.STATUS,
    detail=StatusDetail,
    rules=rules_in(globals()),
    refine=refine,
    phrase=phrase,
    order=lambda change: change.path != PATH,
    subject=_subject,
    notes=_notes,
    made_by_registry=_set_by_registry,
    suppresses=(
        Suppression(
            "status.last_known",
            "The last known status comes and goes with the status Unknown.",
            _goes_with_unknown,
        ),
    ),
    advice={
        "status": Advice(
            "A status is what the sponsor reports; sites may open or close on other days.",
            "See whether your pages and referrals still say the old status.",
        ),
        "status.unknown": Advice(
            "UNKNOWN does not say that the study stopped: the registry computes it when an open study has passed its "
            "completion date and has not been verified for two years.",
            "Ask the study's contact whether it still recruits; until then, do not show it as recruiting.",
        ),
        "status.stopped_safety": Advice(
            "A pause for safety does not say that the treatment caused it, nor that the study will not resume.",
            "Read the reason in full, tell those who refer patients, and look for a statement by the sponsor.",
        ),
        "status.stopped_unexplained": Advice(
            "No reason in the record does not mean that there is none, nor that it is about safety.",
            "Look for a statement by the sponsor; ask the contact why the study stopped.",
        ),
        "status.withdrawn_unexplained": Advice(
            "Nobody was treated; no reason in the record does not mean that there is none.",
            "Take the study out of open lists; ask the contact why it was withdrawn.",
        ),
        "status.stopped": Advice(
            "The reason is the sponsor's own, sorted by words; it is not a verdict on the treatment.",
            "Take the study out of open lists; look for sister studies of the same sponsor.",
        ),
        "status.back": Advice(
            "Back from UNKNOWN says that the sponsor has spoken again, not that the study ran all along.",
            "Check dates and sites of the same update before showing the study as open.",
        ),
        "status.impossible": Advice(
            "A study that had ended and is open again is more often a corrected entry than a restart.",
            "Compare the versions on the registry; expect a second correction.",
        ),
    },
)
