"""Arms and interventions: added, removed, renamed, with another dose, or described in other words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
from msgspec import structs
from rapidfuzz import fuzz

from sync.changes.compare import Raw
from sync.changes.kinds.base import CHARACTERS, Advice, ChangeKind, paired, same_numbers, text_of
from sync.changes.model import Change, Detail, Kind, Op, Pair, Severity
from sync.changes.rule import Facts, Limits, rule, rules_in
from sync.changes.sentences import capital, listed, short
from sync.study.plain import plain
from sync.words import counted

SAME_ARM = 65.0
"""Likeness (0 to 100) of two arms or interventions, by name or description, from which one is the other renamed."""

_ELEMENTS = {"armGroups": "arm", "interventions": "intervention"}
_LISTINGS = {"interventionNames", "armGroupLabels", "otherNames"}
# not the 17 of "LC-17 cells" nor the 19 of "CD19"
_DOSE = re.compile(
    r"(?<![A-Za-z]-)(?<![\w.,])\d{1,15}(?:[.,]\d{1,15})*(?:\s*(?:[x×*]\s*)?10\s*(?:\^\s*)?\d{1,15})?\s*"
    r"(?:mg|mcg|µg|μg|ug|ng|g|ml|iu|gy|mmol|cells?|car\W?t(?:\W?cells?)?|units?|tablets?|capsules?)\b"
    r"(?:\s*/\s*(?:kg|m2|m\^2|day|d|week|dose|ml|l)\b)*",
    re.IGNORECASE,
)


class Doses(msgspec.Struct, frozen=True):
    """The doses that went, and those that came."""

    old: tuple[str, ...]
    new: tuple[str, ...]


class ArmDetail(Detail, frozen=True, kw_only=True, omit_defaults=True, rename={"element": "is"}):
    """What a change of an arm or an intervention, or of a field of one, says."""

    element: str
    """arm, intervention, or list."""
    name: str
    was: str | None = None
    what: str
    """added, removed, renamed, dose, description, listing, or the name of another field."""
    doses: Doses | None = None


@dataclass(frozen=True, slots=True)
class _Element:
    """An arm or an intervention that was added or removed as a whole, in plain words."""

    raw: Raw
    element: str
    name: str
    description: str

    @classmethod
    def of(cls, raw: Raw) -> _Element:
        value = raw.change.value
        name = text_of(value, "label") or text_of(value, "name")
        return cls(raw, _ELEMENTS[raw.keys[2]], name, text_of(value, "description"))

    @property
    def beginning(self) -> str:
        """As much of the description as tells it from others."""
        return self.description[:CHARACTERS]


def refine(raws: Sequence[Raw], _pair: Pair) -> list[Change[ArmDetail]]:
    """One change an arm or intervention, or a field of one; `detail.what` says what it amounts to."""
    # The canonical form knows an arm by its label: under another label it looks like one that went and one that came.
    found = paired([_Element.of(raw) for raw in raws if raw.is_whole], _likeness, SAME_ARM)
    changes = [_renamed(old, new) for old, new, _ in found.pairs]
    changes += [_single(element) for element in found.single]
    return changes + [_field(raw) for raw in raws if not raw.is_whole]


def _likeness(old: _Element, new: _Element) -> float:
    if old.element != new.element:
        return 0.0
    # One that kept its description word for word is the same, whatever it is called now.
    if old.description and old.description == new.description:
        return 100.0
    # Short descriptions ("oral, once daily") are alike by chance.
    long = min(len(old.description), len(new.description)) > 40
    described = fuzz.ratio(old.beginning, new.beginning, score_cutoff=SAME_ARM) if long else 0.0
    # ABC-288 and ABC-289 are alike in letters only: two products
    names = (old.name[:CHARACTERS], new.name[:CHARACTERS])
    named = fuzz.token_sort_ratio(*names) if same_numbers(*names) else 0.0
    return max(named, described)


def _renamed(old: _Element, new: _Element) -> Change[ArmDetail]:
    detail = ArmDetail(element=new.element, name=new.name, was=old.name, what="renamed")
    texts = (f"{old.name} {old.description}", f"{new.name} {new.description}")
    change = old.raw.change.saying(_with_doses(detail, *texts), Op.CHANGED)
    return replace(change, new=new.raw.change.new)


def _single(element: _Element) -> Change[ArmDetail]:
    change = element.raw.change
    return change.saying(ArmDetail(element=element.element, name=element.name, what=str(change.op)))


def _field(raw: Raw) -> Change[ArmDetail]:
    """A field of an arm or an intervention that kept its identity (label, or type|name)."""
    change = raw.change
    if len(raw.keys) < 5 or raw.keys[2] not in _ELEMENTS:
        return change.saying(ArmDetail(element="list", name=raw.keys[-1], what="listing"))
    what = "listing" if raw.keys[4] in _LISTINGS else raw.keys[4]
    detail = ArmDetail(element=_ELEMENTS[raw.keys[2]], name=raw.keys[3].split("|", 1)[-1], what=what)
    if what != "description":
        return change.saying(detail)
    old, new = (plain(value) if isinstance(value, str) else "" for value in (change.old, change.new))
    # Numbers are what changes the treatment; words around the same numbers are taken for wording.
    reworded = change.op is Op.CHANGED and same_numbers(old, new)
    return change.saying(_with_doses(detail, old, new), Op.REWORDED if reworded else change.op)


def _with_doses(detail: ArmDetail, old: str, new: str) -> ArmDetail:
    before, after = doses(old), doses(new)
    # In any order: a description that names the same doses the other way round is not news about them.
    if sorted(before) == sorted(after):
        return detail
    gone = tuple(dose for dose in before if dose not in after)
    come = tuple(dose for dose in after if dose not in before)
    return structs.replace(detail, what="dose", doses=Doses(gone, come))


def doses(text: str) -> list[str]:
    """The doses in a text: a number with a unit of amount, such as `5 mg/kg` or `1×10^6 cells/kg`."""
    return [" ".join(found.group().lower().split()) for found in _DOSE.finditer(text)]


def _arms(facts: Facts, *what: str) -> str | None:
    found = [change.detail for change in facts.of(ArmDetail) if change.detail.what in what]
    return listed(f"{each.element} “{short(each.name, 60)}” {each.what}" for each in found) or None


@rule("arms.changed", Severity.HIGH)
def arms_changed(facts: Facts, _limits: Limits) -> str | None:
    """An arm or an intervention was added or removed, or an arm's type changed."""
    return _arms(facts, "added", "removed", "type")


@rule("arms.dose", Severity.HIGH)
def dose(facts: Facts, _limits: Limits) -> str | None:
    """A dose in the description of an arm or an intervention changed."""
    steps = [f"{name}: {step}" for name, step in _dose_steps(facts)]
    return f"dose changed: {listed(steps)}" if steps else None


def _dose_steps(facts: Facts) -> list[tuple[str, str]]:
    """Whose dose changed, and how: "1×10^6 cells/kg → 3×10^6 cells/kg"."""
    found = [(change.detail.name, change.detail.doses) for change in facts.of(ArmDetail)]
    return [
        (name, f"{listed(doses.old) or 'none'} → {listed(doses.new) or 'none'}")
        for name, doses in found
        if doses
    ]


@rule("arms.described", Severity.MEDIUM)
def described(facts: Facts, _limits: Limits) -> str | None:
    """An arm or an intervention was renamed, or its description changed in more than wording."""
    found = [
        change.detail.name
        for change in facts.of(ArmDetail)
        if change.detail.what in ("renamed", "description", "label", "name") and change.op is not Op.REWORDED
    ]
    return f"described anew: {listed(found)}" if found else None


@rule("arms.reworded", Severity.LOW, otherwise=True)
def arms_reworded(facts: Facts, _limits: Limits) -> str | None:
    """Arms or interventions in other words with the same numbers, or with other names and listings."""
    found = facts.of(ArmDetail)
    return f"{counted(len(found), 'detail')} of arms or interventions changed" if found else None


def phrase(facts: Facts) -> str:
    """The first dose that changed, else the arms and interventions, with what became of each."""
    steps = _dose_steps(facts)
    if steps:
        return "Dose of {} {}".format(*steps[0])
    phrases = (f"{c.detail.element} “{short(c.detail.name, 50)}” {_verb(c)}" for c in facts.of(ArmDetail))
    return capital(listed(phrases, most=2))


def _verb(change: Change[ArmDetail]) -> str:
    if change.detail.what in ("added", "removed", "renamed"):
        return change.detail.what
    return "reworded" if change.op is Op.REWORDED else "changed"


ARMS = ChangeKind(
    kind=Kind.ARMS,
    detail=ArmDetail,
    rules=rules_in(globals()),
    refine=refine,
    phrase=phrase,
    advice={
        "arms": Advice(
            "An arm in the record is not yet an arm that enrols.",
            "Check dose, eligibility and enrollment of the same update.",
        ),
    },
)
