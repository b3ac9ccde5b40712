"""What the registry's form does: bookkeeping of an update, fields that are new to us, modules that vanish."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sync.changes.compare import Raw
from sync.changes.compare.fields import UNKNOWN, field_of
from sync.changes.kinds import submission
from sync.changes.kinds.base import Advice, ChangeKind
from sync.changes.model import Change, Detail, Kind, Pair, Severity
from sync.changes.rule import Facts, Limits, rule, rules_in
from sync.changes.sentences import field_name, listed, short
from sync.study.labels import label
from sync.study.record import Record
from sync.words import capital


class AdministrativeDetail(Detail, frozen=True, kw_only=True, omit_defaults=True):
    """What a change of the bookkeeping says."""

    unknown_field: bool = False
    """Whether it is in a field that the table of fields does not name."""


def refine(raws: Sequence[Raw], _pair: Pair) -> list[Change[AdministrativeDetail]]:
    """As found, with whether the registry's form has a field that is new to us."""
    return [
        raw.change.saying(AdministrativeDetail(unknown_field=field_of(raw.keys) is UNKNOWN)) for raw in raws
    ]


def unknown_fields(changes: Iterable[Change[Detail]]) -> list[str]:
    """The places among changes that the table of fields does not name."""
    details = ((change.path, change.detail) for change in changes)
    return [path for path, said in details if isinstance(said, AdministrativeDetail) and said.unknown_field]


def _modules(record: Record) -> set[str]:
    """The modules of the protocol that a record has something in."""
    protocol = record.get("protocolSection")
    return {name for name, module in protocol.items() if module} if isinstance(protocol, dict) else set()


@rule("schema.module_vanished", Severity.CRITICAL, always=True)
def module_vanished(facts: Facts, _limits: Limits) -> str | None:
    """A whole module of the protocol is gone from the record."""
    gone = _modules(facts.pair.before.record) - _modules(facts.pair.after.record)
    grave = sorted(gone - _OPTIONAL)
    return f"gone from the record: {listed(map(label, grave))}" if grave else None


_OPTIONAL = {"referencesModule", "ipdSharingStatementModule", "oversightModule"}
"""Modules that sponsors do take out; what was in them is told by its own kind."""


@rule("schema.unknown_field", Severity.LOW, kind=Kind.ADMINISTRATIVE)
def unknown_field(facts: Facts, _limits: Limits) -> str | None:
    """The record has a field that trialdelta does not know: the registry's form has changed."""
    found = unknown_fields(facts.changes)
    return f"unknown to us: {listed(found)}" if found else None


SCHEMA = ChangeKind(
    kind=Kind.SCHEMA,
    detail=Detail,
    # an unknown field is told as bookkeeping, yet before what is told of anything else
    rules=rules_in(globals()),
    advice={
        "schema": Advice(
            "A part that is gone from the record is gone from the registry's answer, not from the study.",
            "Look at the record on the registry; if it is whole there, tell who runs trialdelta.",
        ),
    },
)


@rule("administrative.changed", Severity.INFO, otherwise=True)
def bookkeeping(facts: Facts, _limits: Limits) -> str | None:
    """Dates of submission, verification and posting, annotations and the like."""
    return listed((field_name(change) for change in facts.of(AdministrativeDetail)), most=4) or None


def _phrase(facts: Facts) -> str:
    unknown = unknown_fields(facts.changes)
    # First of all: a new field means that everything else may be incomplete.
    if unknown:
        return f"The record has a field that is not known: {listed(short(path, 100) for path in unknown)}"
    on_their_way = [step.words for step in submission.steps(facts.pair)]
    if on_their_way:
        return capital("; ".join(on_their_way))
    return f"Bookkeeping only: {listed(map(field_name, facts.of(AdministrativeDetail)))}"


ADMINISTRATIVE = ChangeKind(
    kind=Kind.ADMINISTRATIVE,
    detail=AdministrativeDetail,
    rules=(*submission.RULES, bookkeeping),
    refine=refine,
    phrase=_phrase,
    is_quiet=lambda facts: not unknown_fields(facts.changes) and not submission.steps(facts.pair),
    minor=True,
    made_by_registry=lambda change: change.path.startswith("annotationSection"),
    advice={
        "results.submitted": Advice(
            "Submitted results are not public yet: the registry reviews their form first, often for months.",
            "Expect them to be posted; prepare what rests on them.",
        ),
        "results.withdrawn": Advice(
            "Results that the sponsor took back say nothing about what they held.",
            "Expect another submission; do not announce results meanwhile.",
        ),
        "results.delayed": Advice(
            "A certificate of delay is a matter of law, as for a product that is not approved yet; it is not a result.",
            "Do not expect results by the usual year after the primary completion.",
        ),
        "results.returned": Advice(
            "The registry's review concerns form and completeness, not whether the results are true.",
            "Expect another submission within weeks to months.",
        ),
        "results.resubmitted": Advice(
            "A second submission may be returned like the first.",
            "Expect the results to be posted or returned.",
        ),
        "results.passed_review": Advice(
            "Results that passed the review are posted within days, as a rule.",
            "Look again on the next releases.",
        ),
    },
)
