"""Changes of the structured eligibility fields: ages, sex, healthy volunteers and what describes the population."""

from __future__ import annotations

from math import inf
from typing import Any

from sync.changes.criteria import effect, senses, thresholds
from sync.changes.criteria.detail import Effect, EligibilityDetail, Wordings
from sync.changes.criteria.redline import redline
from sync.changes.criteria.thresholds import Threshold
from sync.changes.model import Change, Kind, Op
from sync.study.criteria import parse, units
from sync.study.criteria.quantities import Quantity, quantities
from sync.study.text import normal

MODULE = "protocolSection.eligibilityModule"

Json = Any
_BOUNDS = {"minimumAge": "≥", "maximumAge": "≤"}


def module(record: dict[str, Json]) -> dict[str, Json]:
    """The eligibility module of a record, empty where it is missing or no object."""
    section = record.get("protocolSection")
    found = section.get("eligibilityModule") if isinstance(section, dict) else None
    return found if isinstance(found, dict) else {}


def field_changes(before: dict[str, Json], after: dict[str, Json]) -> list[Change[EligibilityDetail]]:
    """One change for each field of the eligibility module that says something else, the criteria's text aside."""
    old, new = module(before), module(after)
    names = [name for name in dict.fromkeys((*old, *new)) if not _is_text(name, old, new)]
    return [
        _change(name, old.get(name), new.get(name)) for name in names if _form(old, name) != _form(new, name)
    ]


def _is_text(name: str, old: dict[str, Json], new: dict[str, Json]) -> bool:
    both = (old.get(name, ""), new.get(name, ""))
    return name == "eligibilityCriteria" and all(isinstance(value, str) for value in both)


def _form(fields: dict[str, Json], name: str) -> Json:
    """A field without layout and order; a missing one differs from an empty one."""
    value = fields.get(name, ...)
    if isinstance(value, list):
        return sorted(map(repr, value))
    return normal(value) if isinstance(value, str) else value


def _change(name: str, old: Json, new: Json) -> Change[EligibilityDetail]:
    op = _op(old, new)
    threshold = _age_threshold(name, old, new) if name in _BOUNDS else None
    direction = _age_effect(threshold) if threshold else _effect(name, old, new)
    if op is Op.CHANGED and direction == effect.NONE:
        op = Op.REWORDED
    before, after = (None if value is None else _shown(value) for value in (old, new))
    detail = EligibilityDetail(
        section="inclusion",
        place=(),
        criterion=Wordings(before, after),
        words=redline(before or "", after or ""),
        thresholds=(threshold.moved(direction),) if threshold else (),
        effect=direction,
    )
    return Change(Kind.ELIGIBILITY, f"{MODULE}.{name}", op, old, new, detail)


def _op(old: Json, new: Json) -> Op:
    if old is None:
        return Op.ADDED
    return Op.REMOVED if new is None else Op.CHANGED


def _shown(value: Json) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _effect(name: str, old: Json, new: Json) -> Effect:
    """What a field without a number does: each value of `sex`, `stdAges`, `healthyVolunteers` admits a set of people."""
    if name == "studyPopulation" and isinstance(old, str) and isinstance(new, str):
        return effect.UNCLEAR if any(senses.differing(old, new)) else effect.NONE
    admitted = _ADMITS.get(name)
    before, after = (admitted(old), admitted(new)) if admitted else (None, None)
    if before is None or after is None:
        return effect.UNCLEAR
    if before == after:
        return effect.NONE
    if after > before:
        return effect.WIDER
    return effect.NARROWER if after < before else effect.MIXED


def _sexes(value: Json) -> set[str] | None:
    return (
        {None: {"f", "m"}, "ALL": {"f", "m"}, "FEMALE": {"f"}, "MALE": {"m"}}.get(value)
        if _plain(value)
        else None
    )


def _plain(value: Json) -> bool:
    return value is None or isinstance(value, str)


def _age_groups(value: Json) -> set[str] | None:
    return set(map(str, value)) if isinstance(value, list) else None


def _healthy(value: Json) -> set[str] | None:
    return (
        {True: {"patients", "healthy"}, False: {"patients"}}.get(value) if isinstance(value, bool) else None
    )


_ADMITS = {"sex": _sexes, "stdAges": _age_groups, "healthyVolunteers": _healthy}


def _age_threshold(name: str, old: Json, new: Json) -> Threshold | None:
    before, after = (_age(value, _BOUNDS[name]) for value in (old, new))
    readable = all(value is None or _plain(value) for value in (old, new))
    return Threshold("age", before, after) if readable and (before or after) else None


def _age(value: Json, sign: str) -> Quantity | None:
    return next(iter(quantities(f"age {sign} {value}")), None) if isinstance(value, str) else None


def _age_effect(threshold: Threshold) -> Effect:
    """A missing bound is not a bound: setting one narrows, dropping it widens."""
    if threshold.old is None:
        return effect.NARROWER
    if threshold.new is None:
        return effect.WIDER
    if thresholds.same(threshold.old, threshold.new):
        return effect.NONE
    return effect.of_relation(thresholds.relation(threshold.old, threshold.new))


def disagreement(record: dict[str, Json]) -> dict[str, Json] | None:
    """The age that the inclusion criteria ask for and that of the fields, if they are not the same."""
    fields = module(record)
    text = fields.get("eligibilityCriteria")
    found = _ages(text) if isinstance(text, str) else []
    if len(found) != 1:
        return None
    asked = found[0]
    lowest, highest = (_age(fields.get(name), sign) for name, sign in _BOUNDS.items())
    agrees = _near(asked.low, asked, lowest.low if lowest else -inf, lowest) and _near(
        asked.high, asked, highest.high if highest else inf, highest
    )
    if agrees:
        return None
    return {"text": str(asked), **{name: fields.get(name) for name in _BOUNDS}}


def _ages(text: str) -> list[Quantity]:
    """The ages asked for in the inclusion criteria that hold for everybody."""
    everybody = (
        item
        for item in parse(text).items
        if item.section == "inclusion" and not item.where and item.depth == 0
    )
    return [
        found
        for item in everybody
        for found in quantities(item.text)
        if found.name == "age" and found.bounded
    ]


def _near(asked: float, age: Quantity, bound: float, field: Quantity | None) -> bool:
    """Within a year: `< 75 years` in words agrees with a maximum of 74 or 75 in the field. No bound asked is not a claim."""
    if abs(asked) == inf:
        return True
    if field is None or abs(bound) == inf:
        return False
    years, field_years = (units.factor(unit or "year", "year") for unit in (age.unit, field.unit))
    return years is not None and field_years is not None and abs(asked * years - bound * field_years) <= 1.01
