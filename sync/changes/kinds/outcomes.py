"""Outcomes: added, removed, promoted, demoted, time frame changed, redefined or only reworded, and when in the study."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from msgspec import structs
from rapidfuzz import fuzz

from sync.changes.compare import Raw
from sync.changes.criteria.redline import redline
from sync.changes.kinds.base import CHARACTERS, Advice, ChangeKind, Preview, paired, same_numbers, text_of
from sync.changes.model import Change, Detail, Json, Kind, Op, Pair, Severity
from sync.changes.rule import Facts, Limits, rule, rules_in
from sync.changes.sentences import capital, listed, short
from sync.study.record import DateStruct
from sync.words import counted

RANKS = {"primaryOutcomes": "primary", "secondaryOutcomes": "secondary", "otherOutcomes": "other"}
_WEIGHT = {"primary": 2, "secondary": 1, "other": 0}

SAME_OUTCOME = 72.0
"""Likeness of two measures (0 to 100) from which one is the other redefined."""
SAME_SENSE = 92.0
"""Likeness from which, with the same numbers, a measure is only reworded."""


class OutcomeDetail(Detail, frozen=True, kw_only=True, omit_defaults=True):
    """What a change of an outcome says."""

    rank: str
    """primary, secondary or other, now (for one that was removed: as it was)."""
    measure: str
    what: tuple[str, ...]
    """added, removed, redefined, reworded, time frame, description."""
    was: str | None = None
    """The rank it had before, where that changed."""
    movement: Literal["promoted", "demoted"] | None = None
    after_start: bool | None
    """Whether the study had started; None where neither its start date nor its status tells."""
    after_primary_completion: bool | None
    swapped: bool = False
    """Whether another one went the other way in the same update."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """An outcome that was added or removed as a whole, in plain words."""

    raw: Raw
    rank: str
    measure: str
    frame: str
    description: str

    @classmethod
    def of(cls, raw: Raw) -> _Outcome:
        texts = (text_of(raw.change.value, field) for field in ("measure", "timeFrame", "description"))
        return cls(raw, RANKS[raw.keys[2]], *texts)


def refine(raws: Sequence[Raw], pair: Pair) -> list[Change[OutcomeDetail]]:
    """One change an outcome; what left one place and came to another is one change, moved or redefined."""
    when = _When(_started(pair), _passed(pair.after.primary_completion, pair.as_of))
    # The canonical form knows an outcome by its measure, in its list: redefined or promoted it looks like one gone and
    # one come.
    found = paired([_Outcome.of(raw) for raw in raws if raw.is_whole], _likeness, SAME_OUTCOME)
    changes = [_matched(old, new, when) for old, new, _ in found.pairs]
    changes += [_single(outcome, when) for outcome in found.single]
    changes += [_field(raw, when) for raw in raws if not raw.is_whole]
    return _swaps(changes)


@dataclass(frozen=True, slots=True)
class _When:
    after_start: bool | None
    after_primary_completion: bool | None

    def detail(self, rank: str, measure: str, *what: str) -> OutcomeDetail:
        return OutcomeDetail(
            rank=rank,
            measure=measure,
            what=what,
            after_start=self.after_start,
            after_primary_completion=self.after_primary_completion,
        )


def _likeness(old: _Outcome, new: _Outcome) -> float:
    # of several that are alike, the one of the same rank and time frame
    nearer = (0.2 if old.rank == new.rank else 0) + (0.1 if old.frame == new.frame else 0)
    return fuzz.ratio(_letters(old), _letters(new), score_cutoff=SAME_OUTCOME - 1) + nearer


def _letters(outcome: _Outcome) -> str:
    return outcome.measure[:CHARACTERS].casefold()


def _matched(old: _Outcome, new: _Outcome, when: _When) -> Change[OutcomeDetail]:
    detail = when.detail(new.rank, new.measure, *_what(old, new))
    op = Op.REWORDED if detail.what == ("reworded",) else Op.CHANGED
    if old.rank != new.rank:
        up = _WEIGHT[new.rank] > _WEIGHT[old.rank]
        detail = structs.replace(detail, was=old.rank, movement="promoted" if up else "demoted")
        op = Op.MOVED
    return replace(old.raw.change.saying(detail, op), new=new.raw.change.new)


def _what(old: _Outcome, new: _Outcome) -> list[str]:
    """What differs between two outcomes that are one: `redefined`, `reworded`, `time frame`, `description`."""
    found = []
    if old.measure != new.measure:
        found.append("reworded" if _is_reworded(old, new) else "redefined")
    if old.frame != new.frame:
        found.append("time frame")
    if old.description != new.description:
        found.append("description")
    return found


def _is_reworded(old: _Outcome, new: _Outcome) -> bool:
    if max(len(old.measure), len(new.measure)) > CHARACTERS:
        return False  # what was not looked at may say anything
    alike = fuzz.ratio(_letters(old), _letters(new)) >= SAME_SENSE
    return alike and same_numbers(old.measure, new.measure)


def _single(outcome: _Outcome, when: _When) -> Change[OutcomeDetail]:
    change = outcome.raw.change
    return change.saying(when.detail(outcome.rank, outcome.measure, str(change.op)))


def _field(raw: Raw, when: _When) -> Change[OutcomeDetail]:
    """A field of an outcome that kept its identity: its description, as a rule."""
    change = raw.change
    rank = RANKS.get(raw.keys[2] if len(raw.keys) > 2 else "", "other")
    measure = raw.keys[3].split("|")[0] if len(raw.keys) > 3 else ""
    texts = isinstance(change.old, str) and isinstance(change.new, str)
    op = Op.REWORDED if texts and same_numbers(change.old, change.new) else change.op
    return change.saying(when.detail(rank, measure, "description"), op)


def _swaps(changes: list[Change[OutcomeDetail]]) -> list[Change[OutcomeDetail]]:
    """Marks outcomes that changed places: one promoted and one demoted in the same update."""
    # A primary outcome that changes places with a secondary one in one update is told in those words: two moves would
    # hide it.
    if not {"promoted", "demoted"} <= {change.detail.movement for change in changes}:
        return changes
    return [
        change.saying(structs.replace(change.detail, swapped=True)) if change.op is Op.MOVED else change
        for change in changes
    ]


def _started(pair: Pair) -> bool | None:
    """Whether the study had started: by its start date, else by its status; None where neither tells."""
    if pair.after.start is not None:
        return _passed(pair.after.start, pair.as_of)
    # without a start date the older status tells, where it is one that a sponsor gave
    if pair.before.status in (None, "UNKNOWN", "WITHHELD"):
        return None
    return pair.before.status not in ("NOT_YET_RECRUITING", "WITHDRAWN")


def _passed(known: DateStruct | None, day: date | None) -> bool | None:
    if known is None:
        return None
    # An actual start has happened, whatever day it names; an estimated one counts once its last possible day is over.
    return known.type == "ACTUAL" or (day is not None and known.date.last < day)


def _substantial(facts: Facts, *ranks: str) -> list[Change[OutcomeDetail]]:
    """The outcomes of these ranks, before or after, that changed in more than wording."""
    return [
        change
        for change in facts.of(OutcomeDetail)
        if change.op is not Op.REWORDED and {change.detail.rank, change.detail.was} & set(ranks)
    ]


def _listed_changes(changes: Iterable[Change[OutcomeDetail]]) -> str:
    return listed((f"{_verb(change)} “{short(change.detail.measure, 80)}”" for change in changes), most=2)


def _verb(change: Change[OutcomeDetail]) -> str:
    return change.detail.movement or "/".join(change.detail.what)


def _redefined(change: Change[OutcomeDetail]) -> bool:
    return change.op in (Op.ADDED, Op.REMOVED, Op.MOVED) or "redefined" in change.detail.what


@rule("outcomes.primary_after_start", Severity.CRITICAL)
def primary_after_start(facts: Facts, _limits: Limits) -> str | None:
    """A primary outcome was added, removed, redefined, promoted or demoted after the study had started."""
    # Only where the record itself says that the study had started: unknown (None) is not a ground for the gravest of
    # verdicts.
    found = [c for c in _substantial(facts, "primary") if _redefined(c) and c.detail.after_start]
    late = ""
    if any(change.detail.after_primary_completion for change in found):
        late = " and after the primary completion date"
    return f"primary outcome changed after the start{late}: {_listed_changes(found)}" if found else None


@rule("outcomes.primary_time_frame", Severity.HIGH)
def primary_time_frame(facts: Facts, _limits: Limits) -> str | None:
    """The time frame of a primary outcome changed after the study had started."""
    found = [
        change
        for change in _substantial(facts, "primary")
        if not _redefined(change) and "time frame" in change.detail.what and change.detail.after_start
    ]
    return (
        f"time frame of a primary outcome changed after the start: {_listed_changes(found)}"
        if found
        else None
    )


@rule("outcomes.primary", Severity.MEDIUM)
def primary(facts: Facts, _limits: Limits) -> str | None:
    """A primary outcome changed before the start, or in its description."""
    found = [
        change
        for change in _substantial(facts, "primary")
        if not change.detail.after_start or change.detail.what == ("description",)
    ]
    return f"primary outcome changed: {_listed_changes(found)}" if found else None


@rule("outcomes.secondary", Severity.MEDIUM)
def secondary(facts: Facts, _limits: Limits) -> str | None:
    """A secondary or other outcome was added, removed, redefined or got another time frame."""
    found = _substantial(facts, "secondary", "other")
    return f"{counted(len(found), 'secondary outcome')} changed: {_listed_changes(found)}" if found else None


@rule("outcomes.reworded", Severity.LOW, otherwise=True)
def outcomes_reworded(facts: Facts, _limits: Limits) -> str | None:
    """Outcomes in other words, with the same numbers."""
    found = facts.of(OutcomeDetail)
    return f"{counted(len(found), 'outcome')} reworded: {_listed_changes(found)}" if found else None


def phrase(facts: Facts) -> str:
    """How many outcomes of each rank changed how: "1 primary outcome added, after the start"."""
    found = facts.of(OutcomeDetail)
    if any(change.detail.swapped for change in found):
        return "Outcomes swapped: a primary one demoted and another promoted"
    groups = [(change.detail.rank, _verb_phrase(change.detail)) for change in found]
    phrases = [f"{counted(groups.count(g), f'{g[0]} outcome')} {g[1]}" for g in dict.fromkeys(groups)]
    is_late = any(change.detail.after_start and change.detail.rank == "primary" for change in found)
    return capital(listed(phrases)) + (", after the start" if is_late else "")


def _verb_phrase(detail: OutcomeDetail) -> str:
    verbs = {"time frame": "with another time frame", "description": "described anew"}
    return detail.movement or " and ".join(verbs.get(what, what) for what in detail.what)


def _notes(detail: OutcomeDetail) -> Iterator[str]:
    if detail.movement:
        yield f"{detail.movement}: {detail.was} → {detail.rank}" if detail.was else detail.movement


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


OUTCOMES = ChangeKind(
    kind=Kind.OUTCOMES,
    detail=OutcomeDetail,
    rules=rules_in(globals()),
    refine=refine,
    phrase=phrase,
    notes=_notes,
    preview=preview,
    advice={
        "outcomes": Advice(
            "A changed outcome in the registry may correct the entry rather than the protocol.",
            "Compare it with the protocol or the analysis plan, where one is posted.",
        ),
        "outcomes.primary_after_start": Advice(
            "A primary outcome changed after the start is not by itself misconduct; an amendment may explain it.",
            "Note the date against the primary completion date, and keep both versions for the review.",
        ),
    },
)
