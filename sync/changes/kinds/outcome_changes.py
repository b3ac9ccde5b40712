"""How a change of an outcome is found, and what it says: which aspects differ, when in the study, and whether it is back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Literal

from msgspec import structs
from rapidfuzz import fuzz

from sync.changes.compare import Raw
from sync.changes.kinds.base import CHARACTERS, paired, same_numbers, text_of
from sync.changes.kinds.outcome_senses import OTHER, SCOPE, SUBSTANCE, Language, Reading, difference, replaced
from sync.changes.kinds.time_frames import longer_by
from sync.changes.model import Change, Detail, Json, Op, Pair
from sync.study.dates import PartialDate
from sync.study.plain import plain
from sync.study.record import DateStruct, at

RANKS = {"primaryOutcomes": "primary", "secondaryOutcomes": "secondary", "otherOutcomes": "other"}
_WEIGHT = {"primary": 2, "secondary": 1, "other": 0}

SAME_OUTCOME = 72.0
"""Likeness of two measures (0 to 100) from which one is the other redefined."""
_SAME_SENSE, _SAME_SUBJECT = 100.0, 90.0
"""The likeness given to two measures of one sense, and of one subject that differ in an aspect."""


class OutcomeDetail(Detail, frozen=True, kw_only=True, omit_defaults=True):
    """What a change of an outcome says."""

    rank: str
    """primary, secondary or other, now (for one that was removed: as it was)."""
    measure: str
    what: tuple[str, ...]
    """added, removed, redefined, reworded, time frame, description; assessor, criteria, population, time point, scope."""
    was: str | None = None
    """The rank it had before, where that changed."""
    movement: Literal["promoted", "demoted"] | None = None
    after_start: bool | None
    """Whether the study had started; None where neither its start date nor its status tells."""
    after_primary_completion: bool | None
    swapped: bool = False
    """Whether another one went the other way in the same update."""
    time_frame_percent: float | None = None
    """By how much its time frame changed; None where either names no span."""
    back_after_days: int | None = None
    """After how many days it is again as it was: removed and back, or added and gone again."""
    in_line_with_results: bool = False
    """Whether only its wording changed, in the version that posts the results, to what they call it."""


@dataclass(frozen=True)
class _Outcome:
    """An outcome that was added or removed as a whole, in plain words."""

    raw: Raw
    rank: str
    measure: str
    frame: str
    description: str
    language: Language

    @classmethod
    def of(cls, raw: Raw, language: Language) -> _Outcome:
        value = raw.change.value
        measure, frame, description = (
            text_of(value, field) for field in ("measure", "timeFrame", "description")
        )
        return cls(raw, RANKS[raw.keys[2]], measure, frame, description, language)

    @cached_property
    def reading(self) -> Reading:
        """Its measure as it is compared."""
        return self.language.read(self.measure)

    @cached_property
    def letters(self) -> str:
        """As much of its measure as likeness is told by."""
        return self.measure[:CHARACTERS].casefold()


def refine(raws: Sequence[Raw], pair: Pair) -> list[Change[OutcomeDetail]]:
    """One change an outcome; what left one place and came to another is one change, moved or redefined."""
    when = _When.of(pair)
    language = _language(pair)
    # The canonical form knows an outcome by its measure, in its list: redefined or promoted it looks like one gone and
    # one come.
    found = paired([_Outcome.of(raw, language) for raw in raws if raw.is_whole], _likeness, SAME_OUTCOME)
    changes = [_matched(old, new, when) for old, new, _ in found.pairs]
    changes += [_single(outcome, when) for outcome in found.single]
    changes += [_field(raw, when) for raw in raws if not raw.is_whole]
    titles = _titles_of_results(pair)
    return _swaps([_in_line(_back(change, pair), titles, language) for change in changes])


@dataclass(frozen=True, slots=True)
class _When:
    after_start: bool | None
    after_primary_completion: bool | None

    @classmethod
    def of(cls, pair: Pair) -> _When:
        return cls(_started(pair), _passed(pair.after.primary_completion, pair.as_of))

    def detail(self, rank: str, measure: str, *what: str) -> OutcomeDetail:
        return OutcomeDetail(
            rank=rank,
            measure=measure,
            what=what,
            after_start=self.after_start,
            after_primary_completion=self.after_primary_completion,
        )


def _language(pair: Pair) -> Language:
    """The abbreviations and products of both versions."""
    measures, products = [], []
    for study in (pair.before, pair.after):
        for field in RANKS:
            listed = at(study.record, "protocolSection", "outcomesModule", field)
            outcomes = listed if isinstance(listed, list) else []  # a record may hold anything there
            measures += [text_of(each, "measure") for each in outcomes if isinstance(each, dict)]
        products += [text_of(intervention, "name") for intervention in study.interventions]
    return Language.of(measures, products)


def _likeness(old: _Outcome, new: _Outcome) -> float:
    # of several that are alike, the one of the same rank and time frame
    nearer = (0.2 if old.rank == new.rank else 0) + (0.1 if old.frame == new.frame else 0)
    if old.letters == new.letters:
        return _SAME_SENSE + 1 + nearer
    # two measures without a word in common need no reading
    if old.reading.core & new.reading.core or not (old.reading.core and new.reading.core):
        differs = difference(old.reading, new.reading)
        if old.measure and new.measure and differs <= SUBSTANCE:
            return (_SAME_SUBJECT if differs else _SAME_SENSE) + nearer
    return fuzz.ratio(old.letters, new.letters, score_cutoff=SAME_OUTCOME - 1) + nearer


def _matched(old: _Outcome, new: _Outcome, when: _When) -> Change[OutcomeDetail]:
    detail = when.detail(new.rank, new.measure, *_what(old, new))
    op = Op.REWORDED if detail.what == ("reworded",) else Op.CHANGED
    if "time frame" in detail.what:
        detail = structs.replace(detail, time_frame_percent=longer_by(old.frame, new.frame))
    if old.rank != new.rank:
        up = _WEIGHT[new.rank] > _WEIGHT[old.rank]
        detail = structs.replace(detail, was=old.rank, movement="promoted" if up else "demoted")
        op = Op.MOVED
    return replace(old.raw.change.saying(detail, op), new=new.raw.change.new)


def _what(old: _Outcome, new: _Outcome) -> Iterator[str]:
    """What differs between two outcomes that are one, in the words of `OutcomeDetail.what`."""
    if old.measure != new.measure:
        yield from _of_measure(old, new)
    if old.frame != new.frame:
        yield "time frame"
    if old.description != new.description:
        yield "description"


def _of_measure(old: _Outcome, new: _Outcome) -> list[str]:
    if max(len(old.measure), len(new.measure)) > CHARACTERS:
        return ["redefined"]  # what was not looked at may say anything
    differs = difference(old.reading, new.reading)
    if not differs:
        return ["reworded"]
    return sorted(differs) if differs <= SUBSTANCE else ["redefined"]


def _single(outcome: _Outcome, when: _When) -> Change[OutcomeDetail]:
    change = outcome.raw.change
    return change.saying(when.detail(outcome.rank, outcome.measure, str(change.op)))


def _field(raw: Raw, when: _When) -> Change[OutcomeDetail]:
    """A field of an outcome that kept its identity: its description, as a rule."""
    change = raw.change
    rank = RANKS.get(raw.keys[2] if len(raw.keys) > 2 else "", "other")
    measure = raw.keys[3].split("|")[0] if len(raw.keys) > 3 else ""
    if not (isinstance(change.old, str) and isinstance(change.new, str)):
        return change.saying(when.detail(rank, measure, "description"))
    # the version of a grading scale is no number of the outcome
    old, new = (_WITHOUT_VERSION.sub(" ", plain(text)) for text in (change.old, change.new))
    aspects = sorted(replaced(old, new))
    op = Op.REWORDED if same_numbers(old, new) and not aspects else change.op
    return change.saying(when.detail(rank, measure, "description", *aspects), op)


_WITHOUT_VERSION = re.compile(r"(?i)\b(?:ctcae|meddra)\W{0,3}(?:version|ver|v)?\W{0,2}\d{1,2}(?:\.\d{1,2})?")


def _back(change: Change[OutcomeDetail], pair: Pair) -> Change[OutcomeDetail]:
    """Marks an outcome that is again as an earlier version had it: removed and back, added and gone again."""
    undone = [step for step in pair.prior.outcomes if _undoes(change, step.path, step.old, step.new)]
    since = PartialDate.parse(undone[-1].release[:10]) if undone else None
    if since is None or pair.as_of is None or since.first > pair.as_of:
        return change
    days = (pair.as_of - since.first).days
    return change.saying(structs.replace(change.detail, back_after_days=days))


def _undoes(change: Change[OutcomeDetail], path: str, old: Json, new: Json) -> bool:
    """Whether a change takes an earlier one back: what that took away is there again, or what it brought is gone."""
    if change.op is Op.REMOVED:
        return old is None and _same(new, change.old) and _list_of(path) == _list_of(change.path)
    restored = _same(old, change.new) and RANKS.get(_list_of(path)) == change.detail.rank
    return restored and (change.old is None or new is None or _same(new, change.old))


def _same(one: Json, other: Json) -> bool:
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return False
    return all(text_of(one, field) == text_of(other, field) for field in ("measure", "timeFrame"))


def _list_of(path: str) -> str:
    return path.partition("[")[0].rpartition(".")[2]


def _in_line(
    change: Change[OutcomeDetail], titles: frozenset[str] | None, language: Language
) -> Change[OutcomeDetail]:
    """Marks wording that was brought in line with results: of one outcome in one list, with nothing of weight changed."""
    detail = change.detail
    if titles is None or detail.movement or detail.what in (("added",), ("removed",)):
        return change
    if not isinstance(change.new, dict):
        return change.saying(structs.replace(detail, in_line_with_results=detail.what == ("description",)))
    old, new = (language.read(text_of(side, "measure")) for side in (change.old, change.new))
    named = not titles or new.texts in {language.read(title).texts for title in titles}
    if not named or difference(old, new) - {SCOPE, OTHER}:
        return change
    kept = tuple(what for what in detail.what if what in ("time frame", "description"))
    what = kept if old == new else ("reworded", *kept)
    return change.saying(structs.replace(detail, what=what, in_line_with_results=True))


def _titles_of_results(pair: Pair) -> frozenset[str] | None:
    """What the results call their outcomes, where the newer version is the first with results; None where it is not."""
    if pair.before.has_results or not pair.after.has_results:
        return None
    listed = at(pair.after.record, "resultsSection", "outcomeMeasuresModule", "outcomeMeasures")
    return frozenset(text_of(each, "title") for each in listed or () if isinstance(each, dict))


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
