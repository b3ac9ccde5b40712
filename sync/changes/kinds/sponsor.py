"""Sponsor: another organisation, or only another name of the same one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz import fuzz

from sync.changes.compare import Raw
from sync.changes.kinds.base import CHARACTERS, Advice, ChangeKind
from sync.changes.model import Change, Detail, Kind, Op, Pair, Severity
from sync.changes.rule import Facts, Limits, rule, rules_in
from sync.changes.sentences import step
from sync.words import counted

PATH = "protocolSection.sponsorCollaboratorsModule.leadSponsor"
SAME_NAME = 85.0
"""Likeness of two names (0 to 100, words in any order) from which they name one organisation."""

_LEGAL_FORM = re.compile(
    r"\b(?:inc|incorporated|ltd|limited|co|corp|corporation|company|llc|gmbh|ag|sa|bv|plc|kk|pty)\b|[^\w\s]"
)


class SponsorDetail(Detail, frozen=True, kw_only=True, omit_defaults=True):
    """What a change of the lead sponsor says; one of a collaborator says nothing besides."""

    renamed: bool | None = None
    likeness: int | None = None


def refine(raws: Sequence[Raw], pair: Pair) -> list[Change[SponsorDetail]]:
    """The lead sponsor's name and class in one change, with whether it is a rename; collaborators one each."""
    return [raw.change.saying(_detail(raw.change, pair)) for raw in raws]


def _detail(change: Change[Detail], pair: Pair) -> SponsorDetail:
    if change.path != PATH or change.op is not Op.CHANGED:
        return SponsorDetail()
    # Without the legal form, which companies share and change: two strangers would be alike by "Inc.".
    likeness = round(fuzz.token_sort_ratio(_bare(pair.before.sponsor), _bare(pair.after.sponsor)))
    # the registry renames organisations centrally, without an update by the sponsor (29 names on one day in 2026)
    return SponsorDetail(renamed=likeness >= SAME_NAME or not pair.sponsor_updated, likeness=likeness)


def _bare(name: str | None) -> str:
    return " ".join(_LEGAL_FORM.sub(" ", (name or "")[:CHARACTERS].casefold()).split())


def _lead(facts: Facts) -> Change[SponsorDetail] | None:
    return next((change for change in facts.of(SponsorDetail) if change.path == PATH), None)


def _new_name(facts: Facts, *, renamed: bool) -> str | None:
    """The step from one name to another, where it is (or is not) a rename of the same organisation."""
    change, before, after = _lead(facts), facts.pair.before.sponsor, facts.pair.after.sponsor
    if change is None or bool(change.detail.renamed) != renamed or before == after:
        return None
    return f"{before} → {after}"


@rule("sponsor.changed", Severity.MEDIUM)
def sponsor_changed(facts: Facts, _limits: Limits) -> str | None:
    """Another organisation is the lead sponsor."""
    step = _new_name(facts, renamed=False)
    return f"lead sponsor {step}" if step else None


@rule("sponsor.renamed", Severity.INFO)
def sponsor_renamed(facts: Facts, _limits: Limits) -> str | None:
    """The lead sponsor is only called otherwise: a similar name, or a new one without an update by the sponsor."""
    step = _new_name(facts, renamed=True)
    return f"lead sponsor renamed: {step}" if step else None


@rule("sponsor.other", Severity.LOW, otherwise=True)
def sponsor_other(facts: Facts, _limits: Limits) -> str | None:
    """Collaborators, the responsible party or the class of the lead sponsor changed."""
    found = facts.of(SponsorDetail)
    return f"{counted(len(found), 'sponsor detail')} changed" if found else None


def phrase(facts: Facts) -> str:
    """The lead sponsor's step, else how many details changed."""
    change, before, after = _lead(facts), facts.pair.before, facts.pair.after
    if change is None:
        return f"{counted(len(facts.of(SponsorDetail)), 'sponsor detail')} changed"
    if before.sponsor == after.sponsor:
        return f"Class of the sponsor {step(before.sponsor_class, after.sponsor_class)}"
    verb = "renamed" if change.detail.renamed else "changed"
    return f"Sponsor {verb}: {before.sponsor} → {after.sponsor}"


def _subject(own: Sequence[Change[SponsorDetail]]) -> str:
    return "Sponsor renamed" if own[0].detail.renamed else "Sponsor changed"


SPONSOR = ChangeKind(
    kind=Kind.SPONSOR,
    detail=SponsorDetail,
    rules=rules_in(globals()),
    refine=refine,
    phrase=phrase,
    subject=_subject,
    made_by_registry=lambda change: bool(change.detail.renamed),
    advice={
        "sponsor": Advice(
            "Another name does not always mean another owner.",
            "Check who is responsible now, and whether the contacts moved with it.",
        ),
    },
)
