"""Sponsor: another organisation, or only another name of the same one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz import fuzz

from sync.changes.compare import Raw
from sync.changes.model import Change, Op, Pair
from sync.changes.origin import sponsor_updated

PATH = "protocolSection.sponsorCollaboratorsModule.leadSponsor"
SAME_NAME = 85.0
"""Likeness of two names (0 to 100, words in any order) from which they name one organisation."""


def refine(raws: Sequence[Raw], pair: Pair) -> list[Change]:
    """The lead sponsor's name and class in one change, with whether it is a rename; collaborators one each."""
    return [_refined(raw.change, pair) for raw in raws]


def _refined(change: Change, pair: Pair) -> Change:
    if change.path != PATH or change.op is not Op.CHANGED:
        return change
    old, new = pair.before.sponsor or "", pair.after.sponsor or ""
    likeness = round(fuzz.token_sort_ratio(old.casefold(), new.casefold()))
    # the registry renames organisations centrally, without an update by the sponsor (29 names on one day in 2026)
    detail = {"renamed": likeness >= SAME_NAME or not sponsor_updated(pair), "likeness": likeness}
    return replace(change, detail=detail)
