"""A text that somebody published, such as the criteria on a page for patients, against what the record says."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from pydantic import Field
from sqlalchemy.orm import Session

from storage import versions
from storage.errors import UnknownVersion, VersionCorrupt
from storage.studies import studies
from sync.study.criteria import parse
from sync.study.criteria.model import key
from sync.study.criteria.pasted import listed
from sync.study.record import Study, read_record
from sync.versions.history import history
from sync.web.views.base import View
from sync.web.views.comparison import ComparedCriterion, Comparison, compare
from sync.web.views.study.compare import Side, side_of

LONGEST = 40_000
"""Characters of a text to check; the registry's own ends at 20,000."""

TextState = Literal["current", "outdated", "different", "nothing"]


class Nearest(View):
    """The criteria, of all that the record ever had, that the text is nearest to."""

    version: int = Field(description="The last version with these criteria.")
    since: str = Field(description="The release in which they were first seen.")
    until: str | None = Field(
        description="The release in which others took their place; null for the newest."
    )
    differs: int = Field(description="How many criteria of the text differ from them; 0: it is a copy.")


class About(View):
    """The study whose record a text can be checked against."""

    nct_id: str
    title: str
    newest: Side


class CheckView(About):
    """What a text and a record's eligibility criteria have in common."""

    verdict: TextState = Field(
        description="current: no criterion differs from the record; outdated: it is nearer to an older version; "
        "different; or the record has no criteria."
    )
    nearest: Nearest | None = Field(
        description="Null where the record has no criteria, or a version is damaged."
    )
    comparison: Comparison = Field(description="Before: the text. After: the newest version.")


def about(session: Session, nct_id: str) -> About:
    """The study and its newest version. Raises UnknownVersion where none is stored."""
    stored = history(session, nct_id)
    if not stored:
        raise UnknownVersion(
            f"No version of {nct_id} is stored, so there is nothing to check a text against."
        )
    title = studies(session, [nct_id])[nct_id].title or ""
    return About(nct_id=nct_id, title=title, newest=side_of(stored[-1]))


def load(session: Session, nct_id: str, text: str) -> CheckView:
    """A text against the newest version of a study. Raises UnknownVersion, VersionCorrupt where that one is damaged."""
    study, ours = about(session, nct_id), listed(text)
    try:
        texts = _known_texts(session, nct_id)
        record = texts[-1].text
    except VersionCorrupt:  # which one is damaged stands on the study's page; the newest may not hang on it
        texts = []
        record = _criteria(versions.payload(session, nct_id, study.newest.number))
    compared = published(ours, record)
    nearest = _nearest(texts, ours) if texts and record else None
    return CheckView(
        **dict(study),
        verdict=_text_state(compared, record, nearest),
        nearest=_described(nearest, published(ours, nearest.text)) if nearest else None,
        comparison=compared,
    )


def published(text: str, record: str) -> Comparison:
    """The criteria of a published text beside the record's; where in its section one stands does not count.

    A page has other headings, and a copied one has lost its nesting. That the texts as a whole are written otherwise (a row
    without a section, beside the criteria) says nothing here either.
    """
    compared = compare(text, record).rows
    rows = tuple(
        _settled(row) for row in compared if not row.is_heading and (row.section or len(compared) == 1)
    )
    return Comparison(rows=rows, counts=dict(Counter(row.state for row in rows)))


def _settled(row: ComparedCriterion) -> ComparedCriterion:
    # From inclusion to exclusion is not a matter of layout: it turns the meaning around.
    if row.moved_from and row.moved_from.section != row.section:
        return row
    if row.before is None or row.after is None or key(row.before) != key(row.after):
        return row.model_copy(update={"moved_from": None})
    return row.model_copy(
        update={"state": "same", "effect": "", "moved_from": None, "words": (), "parts": ()}
    )


@dataclass(slots=True)
class _KnownText:
    """Criteria that a record had, in one version after the other."""

    text: str
    since: str
    last: int
    until: str | None = None


def _known_texts(session: Session, nct_id: str) -> list[_KnownText]:
    """All criteria that the record had, oldest first. Raises VersionCorrupt."""
    releases = {version.number: version.release for version in versions.versions(session, nct_id)}
    texts: list[_KnownText] = []
    for number, payload in versions.payloads(session, nct_id):
        text = _criteria(payload)
        # Most versions leave the criteria as they are, and it is reading them that takes time.
        if texts and texts[-1].text == text:
            texts[-1].last = number
            continue
        if texts:
            texts[-1].until = releases[number]
        texts.append(_KnownText(text, releases[number], number))
    return texts


def _nearest(texts: list[_KnownText], text: str) -> _KnownText:
    """Those that fewest criteria set apart from the text, of such the newest; the newest of all where none shares any."""
    # Compared by what criteria amount to when layout is taken away: a page never has the record's own.
    ours = _keys(text)
    with_keys = [(candidate, _keys(candidate.text)) for candidate in reversed(texts)]
    # A text that shares nothing is not a copy of an older version, however few criteria that one has.
    sharing = [(candidate, theirs) for candidate, theirs in with_keys if ours & theirs] or with_keys[:1]
    return min(sharing, key=lambda pair: _apart(ours, pair[1]))[0]


def _described(nearest: _KnownText, compared: Comparison) -> Nearest:
    return Nearest(version=nearest.last, since=nearest.since, until=nearest.until, differs=compared.changed)


def _keys(text: str) -> Counter[str]:
    return Counter(item.key for item in parse(text).items)


def _apart(these: Counter[str], those: Counter[str]) -> int:
    """How many criteria only one of the two has."""
    return (these - those).total() + (those - these).total()


def _criteria(payload: bytes) -> str:
    return Study(read_record(payload)).eligibility_text


def _text_state(compared: Comparison, record: str, nearest: _KnownText | None) -> TextState:
    # Before all else: a record without criteria differs from every text, and that says nothing about the text.
    if not record:
        return "nothing"
    if not compared.changed:
        return "current"
    return "outdated" if nearest and nearest.text != record else "different"
