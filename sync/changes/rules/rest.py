"""Rules for results, papers, people and bookkeeping, and for what the registry's form itself does."""

from __future__ import annotations

from sync.changes.model import Change, Kind, Op, Severity
from sync.changes.rules.base import Facts, Limits, rule
from sync.changes.rules.words import counted, field_name, listed, said, short
from sync.study.record import Record


def modules(record: Record) -> set[str]:
    """The modules that a record has something in, `section.module`, and `resultsSection`; computed ones left out."""
    sections = {
        name: value for name, value in record.items() if name != "derivedSection" and isinstance(value, dict)
    }
    return {
        f"{name}.{module}" for name, section in sections.items() for module, value in section.items() if value
    }


@rule("schema.module_vanished", Severity.CRITICAL)
def module_vanished(facts: Facts, _limits: Limits) -> str | None:
    """A whole module of the protocol is gone from the record."""
    gone = modules(facts.pair.before.record) - modules(facts.pair.after.record)
    grave = sorted(name for name in gone if name.startswith("protocolSection.") and name not in _OPTIONAL)
    return f"gone from the record: {listed(name.rpartition('.')[2] for name in grave)}" if grave else None


_OPTIONAL = {
    f"protocolSection.{name}" for name in ("referencesModule", "ipdSharingStatementModule", "oversightModule")
}
"""Modules that sponsors do take out; what was in them is told by its own kind."""


@rule("schema.unknown_field", Severity.LOW, kind=Kind.ADMINISTRATIVE)
def unknown_field(facts: Facts, _limits: Limits) -> str | None:
    """The record has a field that trialdelta does not know: the registry's form has changed."""
    found = [change for change in facts.of(Kind.ADMINISTRATIVE) if change.detail.get("unknown_field")]
    return f"unknown to us: {listed(change.path for change in found)}" if found else None


def _results(facts: Facts) -> tuple[bool, bool]:
    return "resultsSection" in facts.pair.before.record, "resultsSection" in facts.pair.after.record


@rule("results.vanished", Severity.CRITICAL)
def results_vanished(facts: Facts, _limits: Limits) -> str | None:
    """Posted results are gone."""
    return "the results are gone from the record" if _results(facts) == (True, False) else None


@rule("results.posted", Severity.MEDIUM)
def results_posted(facts: Facts, _limits: Limits) -> str | None:
    """Results are posted for the first time."""
    return "results are posted" if _results(facts) == (False, True) else None


@rule("results.changed", Severity.LOW, otherwise=True)
def results_changed(facts: Facts, _limits: Limits) -> str | None:
    """Posted results changed."""
    found = facts.of(Kind.RESULTS)
    return f"{counted(len(found), 'part')} of the results changed" if found else None


@rule("references.retraction", Severity.MEDIUM)
def retraction(facts: Facts, _limits: Limits) -> str | None:
    """A linked publication was retracted."""
    found = [
        change
        for change in facts.of(Kind.REFERENCES, Op.ADDED)
        if "retractions" in change.path or _retracted(change)
    ]
    return f"{counted(len(found), 'linked publication')} retracted" if found else None


def _retracted(change: Change) -> bool:
    return isinstance(change.new, dict) and bool(change.new.get("retractions"))


@rule("oversight.violation", Severity.HIGH)
def violation(facts: Facts, _limits: Limits) -> str | None:
    """The registry marks the study as in violation of FDAAA 801, or takes the mark back."""
    found = [change for change in facts.of(Kind.OVERSIGHT) if change.path.endswith("fdaaa801Violation")]
    return f"marked as a violation: {said(found[0].old)} → {said(found[0].new)}" if found else None


@rule("identification.alias", Severity.LOW)
def alias(facts: Facts, _limits: Limits) -> str | None:
    """An obsolete NCT ID leads to this study now, or no longer."""
    found = [change for change in facts.of(Kind.IDENTIFICATION) if ".nctIdAliases" in change.path]
    return (
        f"aliases {listed(f'{change.op} {change.new or change.old}' for change in found)}" if found else None
    )


@rule("identification.changed", Severity.INFO, otherwise=True)
def titles(facts: Facts, _limits: Limits) -> str | None:
    """A title, the acronym, an id or the organisation's name changed."""
    return _fields(facts, Kind.IDENTIFICATION)


@rule("description.changed", Severity.LOW, otherwise=True)
def description(facts: Facts, _limits: Limits) -> str | None:
    """The summary or the detailed description changed."""
    return _fields(facts, Kind.DESCRIPTION)


@rule("conditions.changed", Severity.LOW, otherwise=True)
def conditions(facts: Facts, _limits: Limits) -> str | None:
    """Conditions or keywords changed."""
    found = facts.of(Kind.CONDITIONS)
    return listed(f"{change.op} “{short(change.new or change.old, 60)}”" for change in found) or None


@rule("contacts.changed", Severity.INFO, otherwise=True)
def contacts(facts: Facts, _limits: Limits) -> str | None:
    """Contacts or officials changed."""
    found = facts.of(Kind.CONTACTS)
    return f"{counted(len(found), 'contact')} changed" if found else None


@rule("documents.changed", Severity.INFO, otherwise=True)
def documents(facts: Facts, _limits: Limits) -> str | None:
    """Documents (protocol, analysis plan, consent form) changed."""
    found = facts.of(Kind.DOCUMENTS)
    return f"{counted(len(found), 'document detail')} changed" if found else None


@rule("references.changed", Severity.INFO, otherwise=True)
def references(facts: Facts, _limits: Limits) -> str | None:
    """Publications or links changed."""
    found = facts.of(Kind.REFERENCES)
    linked = sum(bool(change.detail.get("linked_by_registry")) for change in found)
    by = f", {linked} linked by the registry" if linked else ""
    return f"{counted(len(found), 'reference')} changed{by}" if found else None


@rule("oversight.changed", Severity.LOW, otherwise=True)
def oversight(facts: Facts, _limits: Limits) -> str | None:
    """Oversight by FDA or a data monitoring committee changed."""
    return _fields(facts, Kind.OVERSIGHT)


@rule("ipd.changed", Severity.INFO, otherwise=True)
def ipd(facts: Facts, _limits: Limits) -> str | None:
    """The plan to share individual participant data changed."""
    return _fields(facts, Kind.IPD)


@rule("administrative.changed", Severity.INFO, otherwise=True)
def bookkeeping(facts: Facts, _limits: Limits) -> str | None:
    """Dates of submission, verification and posting, annotations and the like."""
    return _fields(facts, Kind.ADMINISTRATIVE)


def _fields(facts: Facts, kind: Kind) -> str | None:
    return listed((field_name(change) for change in facts.of(kind)), most=4) or None


@rule("derived.changed", Severity.INFO, otherwise=True)
def derived(facts: Facts, _limits: Limits) -> str | None:
    """Nothing changed but what the registry computes (MeSH terms, submission tracking)."""
    found = facts.of(Kind.DERIVED)
    alone = found and len(found) == len(facts.changes)
    return (
        f"computed anew by the registry: {listed(field_name(change) for change in found)}" if alone else None
    )
