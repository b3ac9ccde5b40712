"""Sponsor: another organisation, or only another name of the same one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from rapidfuzz import fuzz

from sync.changes.compare import Raw
from sync.changes.excerpts import around
from sync.changes.kinds.base import CHARACTERS, Advice, ChangeKind
from sync.changes.model import Change, Detail, Json, Kind, Op, Pair, Severity
from sync.changes.rule import Facts, Limits, rule, rules_in
from sync.changes.sentences import coded, field_name, listed, said, step
from sync.words import capital, counted

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
    change = _lead(facts)
    if change is None or bool(change.detail.renamed) != renamed:
        return None
    before, after = facts.pair.before.sponsor, facts.pair.after.sponsor
    return None if before == after else f"{before or 'none'} → {after or 'none'}"


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
    told = _others(facts) or [field_name(change) for change in facts.of(SponsorDetail)]
    return f"{counted(len(told), 'sponsor detail')} changed: {listed(told, between='; ')}" if told else None


def _others(facts: Facts) -> list[str]:
    """What changed beside the lead sponsor's name, from what to what; a collaborator in the place of another is one."""
    changes = [change for change in facts.of(SponsorDetail) if change.path != PATH]
    partners = [change for change in changes if ".collaborators[" in change.path]
    gone = [_name(change.old) for change in partners if change.op is Op.REMOVED]
    come = [_name(change.new) for change in partners if change.op is Op.ADDED]
    told = [f"collaborator {old} → {new}" for old, new in zip_longest(gone, come, fillvalue="none")]
    classes = [study.sponsor_class for study in (facts.pair.before, facts.pair.after)] if _lead(facts) else []
    if len(set(classes)) > 1:
        told.append(f"class of the sponsor {step(*classes)}")
    rest = [change for change in changes if change not in partners or change.op is Op.CHANGED]
    return [*told, *(f"{field_name(change)} {_party_step(change)}" for change in rest)]


def _name(value: Json) -> str:
    return str(value.get("name") or "without a name") if isinstance(value, dict) else "none"


def _party_step(change: Change[Any]) -> str:
    """From one responsible party to another: "Sponsor → Ada Moon (Principal investigator)"."""
    return " → ".join(around(_party(change.old), _party(change.new), 80))


def _party(value: Json) -> str:
    if not isinstance(value, dict):
        return said(value)
    name = value.get("investigatorFullName") or value.get("oldNameTitle") or value.get("name")
    kind = coded(value.get("type") or value.get("class"))
    return f"{name} ({kind})" if name else kind


def phrase(facts: Facts) -> str:
    """The lead sponsor's step; else what changed about who is behind the study, from what to what."""
    change, before, after = _lead(facts), facts.pair.before, facts.pair.after
    if change is None or before.sponsor == after.sponsor:
        return capital(listed(_others(facts), most=2, between="; ")) or "Sponsor details changed"
    verb = "renamed" if change.detail.renamed else "changed"
    return f"Sponsor {verb}: {before.sponsor or 'none'} → {after.sponsor or 'none'}"


def _subject(own: Sequence[Change[SponsorDetail]]) -> str:
    return "Sponsor renamed" if own[0].detail.renamed else "Sponsor changed"


SPONSOR = ChangeKind(
    kind=Kind.SPONSOR,
    detail=SponsorDetail,
    rules=rules_in(globals()),
    refine=refine,
    phrase=phrase,
    order=lambda change: change.path != PATH,
    subject=_subject,
    made_by_registry=lambda change: bool(change.detail.renamed),
    advice={
        "sponsor": Advice(
            "Another name does not always mean another owner.",
            "Check who is responsible now, and whether the contacts moved with it.",
        ),
    },
)
