"""Sponsor: another organisation, or only another name of the same one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz import fuzz

from sync.changes.compare import Raw
from sync.changes.model import Change, Op, Pair
from sync.changes.origin import sponsor_updated
from sync.changes.pairing import CHARACTERS

PATH = "protocolSection.sponsorCollaboratorsModule.leadSponsor"
SAME_NAME = 85.0
"""Likeness of two names (0 to 100, words in any order) from which they name one organisation."""

_LEGAL_FORM = re.compile(
    r"\b(?:inc|incorporated|ltd|limited|co|corp|corporation|company|llc|gmbh|ag|sa|bv|plc|kk|pty)\b|[^\w\s]"
)


def refine(raws: Sequence[Raw], pair: Pair) -> list[Change]:
    """The lead sponsor's name and class in one change, with whether it is a rename; collaborators one each."""
    return [_refined(raw.change, pair) for raw in raws]


def _refined(change: Change, pair: Pair) -> Change:
    if change.path != PATH or change.op is not Op.CHANGED:
        return change
    likeness = round(fuzz.token_sort_ratio(_bare(pair.before.sponsor), _bare(pair.after.sponsor)))
    # the registry renames organisations centrally, without an update by the sponsor (29 names on one day in 2026)
    detail = {"renamed": likeness >= SAME_NAME or not sponsor_updated(pair), "likeness": likeness}
    return replace(change, detail=detail)


def _bare(name: str | None) -> str:
    return " ".join(_LEGAL_FORM.sub(" ", (name or "")[:CHARACTERS].casefold()).split())
