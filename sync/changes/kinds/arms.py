"""Arms and interventions: added, removed, renamed, with another dose, or described in other words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec
from msgspec import structs
from rapidfuzz import fuzz

from sync.changes.compare import Raw
from sync.changes.excerpts import around, step_of
from sync.changes.kinds.base import CHARACTERS, Advice, ChangeKind, paired, same_numbers, text_of
from sync.changes.kinds.doses import doses, without_doses
from sync.changes.model import Change, Detail, Kind, Op, Pair, Severity
from sync.changes.rule import Facts, Limits, rule, rules_in
from sync.changes.sentences import listed, short
from sync.study.labels import label
from sync.study.plain import plain
from sync.words import capital, counted

SAME_ARM = 65.0
"""Likeness (0 to 100) of two arms or interventions, by name or description, from which one is the other renamed."""

_ELEMENTS = {"armGroups": "arm", "interventions": "intervention"}
_LISTINGS = {"interventionNames", "armGroupLabels", "otherNames"}


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
    reworded = change.op is Op.CHANGED and _is_reworded(old, new)
    return change.saying(_with_doses(detail, old, new), Op.REWORDED if reworded else change.op)


def _with_doses(detail: ArmDetail, old: str, new: str) -> ArmDetail:
    """With the doses that differ in amount; a text that names none, before or after, says of no dose that it changed."""
    before, after = doses(old), doses(new)
    gone = tuple(dose.text for dose in before if dose not in after)
    come = tuple(dose.text for dose in after if dose not in before)
    changed = before and after and (gone or come)
    return structs.replace(detail, what="dose", doses=Doses(gone, come)) if changed else detail


def _is_reworded(old: str, new: str) -> bool:
    """Whether two texts say the same amounts and numbers, doses by what they amount to."""
    # Numbers are what changes the treatment; words around the same numbers are taken for wording.
    amounts = [Counter(doses(text)) for text in (old, new)]
    return amounts[0] == amounts[1] and same_numbers(without_doses(old), without_doses(new))


def _arms(changes: Iterable[Change[ArmDetail]]) -> str | None:
    return listed(map(_came, changes)) or None


def _came(change: Change[ArmDetail]) -> str:
    detail = change.detail
    step = f" {step_of(change)}" if detail.what == "type" else ""
    return f"{detail.element} “{short(detail.name, 60)}” {detail.what}{step}"


def _field_of(change: Change[ArmDetail]) -> str:
    """The field of an arm or an intervention that changed: "description"."""
    return label(change.path.rpartition(".")[2].partition("[")[0])


_LOOKED_AT = re.compile(
    r"\b(?:biops(?:y|ies)|biospecimens?|bone marrow (?:aspirat\w{1,4}|examination)|lumbar punctures?"
    r"|(?:blood|urine|stool|saliva|tissue|specimen|sample|pharmacokinetic|biomarker|laborator\w{1,3}) ?"
    r"(?:draws?|sampl\w{1,4}|collections?|tests?|testing|analys[ei]s|stud(?:y|ies)|biomarker analysis)"
    r"|imaging|scans?|scintigraphy|tomography|pet|ct|mri|mra|fmri|ultrasound|ultrasonography|x-?rays?"
    r"|radiograph\w{0,3}|mammogra\w{1,5}|dexa|dxa|muga|ecg|ekg|electrocardiogra\w{1,3}|echocardiogra\w{1,3}"
    r"|endoscop\w{1,4}|colonoscopy|bronchoscopy|spirometry|questionnaires?|surveys?|interviews?"
    r"|quality[- ]of[- ]life assessments?|physical examinations?|skin prick tests?|genetic testing)\b"
)
"""Procedures by which people are looked at, not treated."""
_TREATING = frozenset(
    {"DRUG", "BIOLOGICAL", "GENETIC", "DIETARY_SUPPLEMENT", "COMBINATION_PRODUCT", "RADIATION"}
)


def _is_looked_at(change: Change[ArmDetail]) -> bool:
    """Whether an intervention is one by which people are examined: a biopsy, imaging, a questionnaire."""
    value = change.value
    if change.detail.element != "intervention" or not isinstance(value, dict):
        return False
    if value.get("type") == "DIAGNOSTIC_TEST":
        return True
    return value.get("type") not in _TREATING and bool(_LOOKED_AT.search(change.detail.name.casefold()))


def _came_or_went(facts: Facts, *, looked_at: bool) -> list[Change[ArmDetail]]:
    return [
        change
        for change in facts.of(ArmDetail)
        if change.detail.what in ("added", "removed", "type") and _is_looked_at(change) is looked_at
    ]


@rule("arms.changed", Severity.HIGH)
def arms_changed(facts: Facts, _limits: Limits) -> str | None:
    """An arm or an intervention was added or removed, or an arm's type changed; procedures of examination aside."""
    return _arms(_came_or_went(facts, looked_at=False))


@rule("arms.procedure", Severity.LOW)
def procedure(facts: Facts, _limits: Limits) -> str | None:
    """A procedure by which people are examined, not treated (a biopsy, imaging), is or is no longer an intervention."""
    return _arms(_came_or_went(facts, looked_at=True))


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
        _step(change)
        for change in facts.of(ArmDetail)
        if change.detail.what in ("renamed", "description", "label", "name") and change.op is not Op.REWORDED
    ]
    return f"described anew: {listed(found, between='; ')}" if found else None


def _step(change: Change[ArmDetail]) -> str:
    """From what to what: its name where it is called otherwise, else the field that changed, cut around what differs."""
    detail = change.detail
    if detail.what == "renamed":
        names = around(detail.was or "none", detail.name, 60)
        return f"{detail.element} {' → '.join(f'“{name}”' for name in names)}"
    name = f"{detail.element} “{short(detail.name, 50)}”"
    return f"{name}: {_field_of(change)} {step_of(change)}"


@rule("arms.reworded", Severity.LOW, otherwise=True)
def arms_reworded(facts: Facts, _limits: Limits) -> str | None:
    """Arms or interventions in other words with the same numbers, or with other names and listings."""
    found = facts.of(ArmDetail)
    steps = listed(map(_step, found), most=2, between="; ")
    return f"{counted(len(found), 'detail')} of arms or interventions changed: {steps}" if found else None


def phrase(facts: Facts) -> str:
    """The first dose that changed, else the arms and interventions, with what became of each."""
    steps = _dose_steps(facts)
    if steps:
        return "Dose of {} {}".format(*steps[0])
    # what came or went, or is called otherwise, before listings that follow from it
    found = sorted(facts.of(ArmDetail), key=lambda change: change.detail.what == "listing")
    return capital(listed(map(_phrased, found), most=2))


def _phrased(change: Change[ArmDetail]) -> str:
    detail = change.detail
    name = f"{detail.element} “{short(detail.name, 50)}”"
    if detail.what in ("added", "removed"):
        return f"{name} {detail.what}"
    if detail.what == "listing":
        return f"{name}: {_field_of(change)} {step_of(change)}"
    verb = "reworded" if change.op is Op.REWORDED else "changed"
    return (
        f"{name} {verb} ({_step(change).partition(': ')[2]})" if detail.what != "renamed" else _step(change)
    )


def _order(change: Change[ArmDetail]) -> int:
    """What came or went and new doses, then what is described anew, then what is worded anew; listings last."""
    if change.detail.what in ("added", "removed") or change.detail.doses:
        return 0
    if change.detail.what == "listing":
        return 3
    return 2 if change.op is Op.REWORDED else 1


ARMS = ChangeKind(
    kind=Kind.ARMS,
    detail=ArmDetail,
    rules=rules_in(globals()),
    refine=refine,
    phrase=phrase,
    order=_order,
    advice={
        "arms": Advice(
            "An arm in the record is not yet an arm that enrols.",
            "Check dose, eligibility and enrollment of the same update.",
        ),
    },
)
