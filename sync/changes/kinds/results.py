"""Results: posted for the first time, changed, or gone."""

from __future__ import annotations

from sync.changes.kinds import submission
from sync.changes.kinds.base import Advice, ChangeKind
from sync.changes.model import Detail, Kind, Severity
from sync.changes.rule import Facts, Limits, rule, rules_in
from sync.words import counted


def _results(facts: Facts) -> tuple[bool, bool]:
    # By the section itself, not by `hasResults`: a flag that is wrong for a day must not say that results are gone.
    return "resultsSection" in facts.pair.before.record, "resultsSection" in facts.pair.after.record


@rule("results.vanished", Severity.CRITICAL, always=True)
def results_vanished(facts: Facts, _limits: Limits) -> str | None:
    """Posted results are gone."""
    return "the results are gone from the record" if _results(facts) == (True, False) else None


@rule("results.posted", Severity.MEDIUM, always=True)
def results_posted(facts: Facts, _limits: Limits) -> str | None:
    """Results are posted for the first time."""
    if _results(facts) != (False, True):
        return None
    return f"results are posted{submission.took_to_post(facts.pair.after)}"


@rule("results.changed", Severity.LOW, otherwise=True)
def results_changed(facts: Facts, _limits: Limits) -> str | None:
    """Posted results changed."""
    found = facts.of_kind(Kind.RESULTS)
    return f"{counted(len(found), 'part')} of the results changed" if found else None


def phrase(facts: Facts) -> str:
    """Posted, removed or changed, by the registry's own flag."""
    before, after = facts.pair.before.has_results, facts.pair.after.has_results
    if before == after:
        return "Results changed"
    return f"Results posted{submission.took_to_post(facts.pair.after)}" if after else "Results removed"


RESULTS = ChangeKind(
    kind=Kind.RESULTS,
    detail=Detail,
    rules=rules_in(globals()),
    phrase=phrase,
    advice={
        "results": Advice(
            "Posted results are the sponsor's entry; the registry reviews their form, not their truth.",
            "Read the primary outcome and the adverse events first.",
        ),
        "results.vanished": Advice(
            "Results that vanish may return within days after a correction.",
            "Keep the stored version; look again on the next releases.",
        ),
    },
)
