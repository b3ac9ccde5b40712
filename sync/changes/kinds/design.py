"""Design: phase, masking, allocation, model, purpose and type of the study; and its minor details."""

from __future__ import annotations

from sync.changes.excerpts import step_of
from sync.changes.kinds.base import Advice, ChangeKind, fields_changed, steps_of
from sync.changes.model import Change, Detail, Kind, Severity
from sync.changes.rule import Facts, Limits, rule, rules_in
from sync.changes.sentences import field_name, listed
from sync.study.labels import phases
from sync.words import capital

_GRAVE = (".phases", ".maskingInfo", ".allocation", ".interventionModel", ".studyType", ".primaryPurpose")


@rule("design.changed", Severity.MEDIUM)
def design_changed(facts: Facts, _limits: Limits) -> str | None:
    """Phase, masking, allocation, model, purpose or type of the study changed."""
    return listed(_steps(facts)) or None


def _steps(facts: Facts) -> list[str]:
    """What changed in the design, in words: "masking None → Double"; the phases as one."""
    found = [change for change in facts.of_kind(Kind.DESIGN) if _is_grave(change)]
    single = [f"{field_name(c)} {step_of(c)}" for c in found if ".phases" not in c.path]
    # From the records rather than the differences: phases are a list, and "Phase 1/2 → Phase 2" is one step, not an
    # element gone.
    told = (phases(study.phases) or "no phase" for study in (facts.pair.before, facts.pair.after))
    return [*([" → ".join(told)] if len(single) < len(found) else []), *single]


def _is_grave(change: Change[Detail]) -> bool:
    # a description of the model or the masking is prose about it, not another model
    return any(name in change.path for name in _GRAVE) and not change.path.endswith("Description")


@rule("design.detail", Severity.LOW, otherwise=True)
def design_detail(facts: Facts, _limits: Limits) -> str | None:
    """Any other detail of the design changed."""
    return steps_of(facts.of_kind(Kind.DESIGN), most=3) or None


def phrase(facts: Facts) -> str:
    """The steps of what is grave; the names of the fields where nothing is."""
    return capital(listed(_steps(facts))) or fields_changed(Kind.DESIGN, facts)


DESIGN = ChangeKind(
    kind=Kind.DESIGN,
    detail=Detail,
    rules=rules_in(globals()),
    phrase=phrase,
    advice={
        "design": Advice(
            "Another phase or masking in the record may follow an amendment made much earlier.",
            "Correct phase and design wherever you show them.",
        ),
    },
)
