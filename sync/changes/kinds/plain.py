"""The kinds that are no more than a list of fields: people, words, papers, bookkeeping, and what the registry computes."""

from __future__ import annotations

from sync.changes.kinds.base import Advice, ChangeKind, steps_of
from sync.changes.model import Change, Detail, Kind, Severity
from sync.changes.rule import Facts, Limits, rule, rules_in
from sync.changes.sentences import field_name, listed, said, short
from sync.words import capital, counted


def _fields(facts: Facts, kind: Kind) -> str | None:
    return steps_of(facts.of_kind(kind), most=4) or None


def _named(facts: Facts, kind: Kind) -> str:
    return capital(steps_of(facts.of_kind(kind)))


@rule("identification.alias", Severity.LOW)
def alias(facts: Facts, _limits: Limits) -> str | None:
    """An obsolete NCT ID leads to this study now, or no longer."""
    found = [change for change in facts.of_kind(Kind.IDENTIFICATION) if ".nctIdAliases" in change.path]
    aliases = listed(f"{change.op} {change.new or change.old}" for change in found)
    return f"aliases {aliases}" if found else None


@rule("identification.changed", Severity.INFO, otherwise=True)
def titles(facts: Facts, _limits: Limits) -> str | None:
    """A title, the acronym, an id or the organisation's name changed."""
    return _fields(facts, Kind.IDENTIFICATION)


IDENTIFICATION = ChangeKind(
    kind=Kind.IDENTIFICATION,
    detail=Detail,
    rules=rules_in(globals(), Kind.IDENTIFICATION),
    phrase=lambda facts: _named(facts, Kind.IDENTIFICATION),
    advice={
        "identification": Advice(
            "A new title is the same study.", "Correct title and ids wherever you show them."
        ),
    },
)


@rule("description.changed", Severity.LOW, otherwise=True)
def description(facts: Facts, _limits: Limits) -> str | None:
    """The summary or the detailed description changed."""
    return _fields(facts, Kind.DESCRIPTION)


DESCRIPTION = ChangeKind(
    kind=Kind.DESCRIPTION,
    detail=Detail,
    rules=rules_in(globals(), Kind.DESCRIPTION),
    phrase=lambda facts: _named(facts, Kind.DESCRIPTION),
    advice={
        "description": Advice("A new description need not be a new plan.", "Correct it where you quote it."),
    },
)


@rule("conditions.changed", Severity.LOW, otherwise=True)
def conditions(facts: Facts, _limits: Limits) -> str | None:
    """Conditions or keywords changed."""
    found = facts.of_kind(Kind.CONDITIONS)
    return listed(f"{change.op} “{short(change.new or change.old, 60)}”" for change in found) or None


def _conditions(facts: Facts) -> str:
    return capital(listed(_condition(change) for change in facts.of_kind(Kind.CONDITIONS)))


def _condition(change: Change[Detail]) -> str:
    return f"{field_name(change).removesuffix('s')} “{said(change.new or change.old, 50)}” {change.op}"


CONDITIONS = ChangeKind(
    kind=Kind.CONDITIONS,
    detail=Detail,
    rules=rules_in(globals(), Kind.CONDITIONS),
    phrase=_conditions,
    advice={
        "conditions": Advice(
            "A condition added to the list may have been studied from the start.",
            "See whether searches and pages that go by condition still fit.",
        ),
    },
)


@rule("documents.changed", Severity.INFO, otherwise=True)
def documents(facts: Facts, _limits: Limits) -> str | None:
    """Documents (protocol, analysis plan, consent form) changed."""
    found = facts.of_kind(Kind.DOCUMENTS)
    return f"{counted(len(found), 'document detail')} changed" if found else None


DOCUMENTS = ChangeKind(
    kind=Kind.DOCUMENTS,
    detail=Detail,
    rules=rules_in(globals(), Kind.DOCUMENTS),
    advice={
        "documents": Advice(
            "A posted document may be older than the record.", "Look at its date, then read it."
        ),
    },
)


@rule("oversight.violation", Severity.HIGH)
def violation(facts: Facts, _limits: Limits) -> str | None:
    """The registry marks the study as in violation of FDAAA 801, or takes the mark back."""
    found = [change for change in facts.of_kind(Kind.OVERSIGHT) if change.path.endswith("fdaaa801Violation")]
    return f"marked as a violation: {said(found[0].old)} → {said(found[0].new)}" if found else None


@rule("oversight.changed", Severity.LOW, otherwise=True)
def oversight(facts: Facts, _limits: Limits) -> str | None:
    """Oversight by FDA or a data monitoring committee changed."""
    return _fields(facts, Kind.OVERSIGHT)


OVERSIGHT = ChangeKind(
    kind=Kind.OVERSIGHT,
    detail=Detail,
    rules=rules_in(globals(), Kind.OVERSIGHT),
    advice={
        "oversight": Advice(
            "A mark about FDAAA 801 concerns reporting, not the conduct of the study.",
            "Note it in the file of the study.",
        ),
    },
)


@rule("ipd.changed", Severity.INFO, otherwise=True)
def ipd(facts: Facts, _limits: Limits) -> str | None:
    """The plan to share individual participant data changed."""
    return _fields(facts, Kind.IPD)


IPD = ChangeKind(
    kind=Kind.IPD,
    detail=Detail,
    rules=rules_in(globals(), Kind.IPD),
    advice={
        "ipd": Advice("A plan to share data is not data yet.", "Note it if you wait for the data."),
    },
)


@rule("derived.changed", Severity.INFO, otherwise=True)
def derived(facts: Facts, _limits: Limits) -> str | None:
    """Nothing changed but what the registry computes (MeSH terms, submission tracking)."""
    found = facts.of_kind(Kind.DERIVED)
    # Beside any other change it is left out: MeSH terms follow from what the sponsor wrote.
    alone = found and len(found) == len(facts.changes)
    return f"computed anew by the registry: {listed(map(field_name, found))}" if alone else None


def _computed(facts: Facts) -> str:
    return f"Only what the registry computes: {listed(map(field_name, facts.of_kind(Kind.DERIVED)))}"


DERIVED = ChangeKind(
    kind=Kind.DERIVED,
    detail=Detail,
    rules=rules_in(globals(), Kind.DERIVED),
    phrase=_computed,
    is_quiet=lambda _facts: True,
    minor=True,
)
