"""A published text against all that a record said: its quick facts and its criteria (pure)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sync.alerts.content import clean, line
from sync.alerts.published.comparison import ComparedCriterion, Comparison, compare
from sync.alerts.published.models import (
    WRONG,
    CheckedFact,
    Nearest,
    PageCheck,
    PageState,
    Replaced,
    TextState,
)
from sync.study.criteria import parse
from sync.study.criteria.model import key
from sync.study.criteria.pasted import listed
from sync.study.published import eligibility, labels
from sync.study.published.checking import Checked, check_facts, values_of
from sync.study.published.claims import check_claims, claimable, settled
from sync.study.published.page import Line, Page, nct_ids, read
from sync.study.published.prose import names_another
from sync.study.published.prose import sentences as sentences_of
from sync.study.record import Study

_TOLD_ANEW = 0.25
"""Of the record's criteria; where fewer are found on a page, it tells them in words of its own."""
_MOST_UNPLACED = 40


@dataclass(slots=True)
class _KnownText:
    """Criteria that a record had, in one version after the other."""

    text: str
    since: str
    last: int
    until: str | None = None


@dataclass(slots=True)
class Known:
    """What a record said, version by version, oldest first. Where one is damaged, of the newest alone: not `whole`."""

    newest: Study
    texts: list[_KnownText] = field(default_factory=list)
    values: list[tuple[Any, ...]] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)
    versions: list[Replaced] = field(default_factory=list)
    whole: bool = True

    def copy(self) -> Known:
        """As it is now, whatever is added later."""
        texts = [replace(each) for each in self.texts]
        return replace(
            self, texts=texts, values=[*self.values], claims=[*self.claims], versions=[*self.versions]
        )


def known_of(records: Iterable[tuple[Replaced, Study]], *, whole: bool = True) -> Known:
    """What these versions of a record said; at least one, oldest first."""
    *_, known = _growing(records, whole)
    return known


def known_at(records: Iterable[tuple[Replaced, Study]], ends: Sequence[int]) -> list[Known]:
    """What was known after so many of the versions, for each of these numbers: each version is read once."""
    found = {end: known.copy() for end, known in enumerate(_growing(records, whole=True), 1) if end in ends}
    return [found[end] for end in ends]


def _growing(records: Iterable[tuple[Replaced, Study]], whole: bool) -> Iterator[Known]:
    """What is known with each further version: the same object, which grows."""
    known = Known(Study({}), whole=whole)
    for version, study in records:
        known.newest = study
        known.versions.append(version)
        known.values.append(values_of(study))
        known.claims.append(claimable(study))
        _add_text(known.texts, study.eligibility_text, version)
        yield known


def _add_text(texts: list[_KnownText], text: str, version: Replaced) -> None:
    # Most versions leave the criteria as they are, and it is reading them that takes time.
    if texts and texts[-1].text == text:
        texts[-1].last = version.version
        return
    if texts:
        texts[-1].until = version.release
    texts.append(_KnownText(text, version.release, version.version))


def check_page(nct_id: str, text: str, known: Known) -> PageCheck:
    """A text against the newest version of a record; what differs, against those before it."""
    page = read(text)
    record = known.texts[-1].text
    found = eligibility.find(page.lines, (each.text for each in known.texts)) if record else None
    lines = _around(page, found)
    facts = tuple(_fact(settled(each, known.claims), known) for each in check_facts(lines, known.values))
    prose = check_claims(lines, known.claims, {nct_id, *known.newest.aliases})
    sentences = tuple(_fact(each, known) for each in prose.checked)
    undecided = tuple(line(each) for each in prose.undecided[:_MOST_UNPLACED])
    if (
        found
        and not any(each.state != "not_found" for each in (*facts, *sentences))
        and not _is_page(page, found)
    ):
        found = replace(found, text=listed(text), unplaced=())
    others = _other_ids(page, nct_id, known.newest, found)
    if found is None:
        verdict: TextState = "not_found" if record else "nothing"
        return PageCheck(
            state=_state(verdict, (*facts, *sentences), others, undecided), other_ids=others, facts=facts,
            sentences=sentences, undecided=undecided, verdict=verdict,
            nearest=None, comparison=Comparison(rows=(), counts={}), differing=0, unplaced=(),
        )  # fmt: skip
    compared = published(found.text, record, divided=found.divided)
    differing = _differing(compared, abridged=found.abridged)
    nearest = _nearest(known.texts, found.text) if known.whole else None
    verdict = _text_state(compared, differing, found, record, nearest)
    return PageCheck(
        state=_state(verdict, (*facts, *sentences), others, undecided),
        other_ids=others,
        facts=facts,
        sentences=sentences,
        undecided=undecided,
        verdict=verdict,
        nearest=_described(nearest, published(found.text, nearest.text)) if nearest else None,
        comparison=compared,
        differing=differing,
        unplaced=tuple(line(each) for each in found.unplaced[:_MOST_UNPLACED]),
    )


def published(text: str, record: str, *, divided: bool = True) -> Comparison:
    """The criteria of a published text beside the record's; where in its section one stands does not count.

    A page has other headings, and a copied one has lost its nesting. That the texts as a whole are written otherwise (a row
    without a section, beside the criteria) says nothing here either; nor does the section, on a page that names none.
    """
    compared = compare(text, record).rows
    rows = tuple(
        _settled(row, divided)
        for row in compared
        if not row.is_heading and (row.section or len(compared) == 1)
    )
    return Comparison(rows=rows, counts=dict(Counter(row.state for row in rows)))


def _settled(row: ComparedCriterion, divided: bool) -> ComparedCriterion:
    # From inclusion to exclusion is not a matter of layout: it turns the meaning around.
    if divided and row.moved_from and row.moved_from.section != row.section:
        return row
    if row.before is None or row.after is None or key(row.before) != key(row.after):
        return row.model_copy(update={"moved_from": None})
    return row.model_copy(
        update={"state": "same", "effect": "", "moved_from": None, "words": (), "parts": ()}
    )


def _differing(compared: Comparison, *, abridged: bool) -> int:
    """How many criteria say something else. What a page leaves out that gives only the main ones is none."""
    same = {"same", "reworded", *({"added"} if abridged else ())}
    return sum(row.state not in same for row in compared.rows)


def _is_page(page: Page, found: eligibility.Found) -> bool:
    """Whether a text holds anything but criteria; where they alone were copied, all of it is criteria."""
    around = page.without(found.lines)
    return bool(around.nct_ids) or any(labels.is_not_criteria(each.text) for each in around.lines)


def _around(page: Page, found: eligibility.Found | None) -> list[Line]:
    """The lines of a page outside of its criteria, and before it comes to other studies."""
    inside = found.lines if found else range(0)
    related = next((at for at, each in enumerate(page.lines) if labels.opens_related(each.text)), None)
    return [
        each
        for at, each in enumerate(page.lines)
        if at not in inside and (related is None or at < max(related, inside.stop))
    ]


def _fact(checked: Checked, known: Known) -> CheckedFact:
    since = known.versions[checked.replaced_by] if checked.replaced_by is not None else None
    return CheckedFact(
        name=checked.name,
        title=checked.title,
        state=checked.state,
        page=line(checked.page),
        record=clean(checked.record),
        since=since,
    )


def _other_ids(page: Page, nct_id: str, newest: Study, found: eligibility.Found | None) -> tuple[str, ...]:
    """The ids that the text names outside of its criteria, where none of them is this study's, nor stands in its record."""
    named = page.nct_ids
    if not named or {nct_id, *newest.aliases} & {*named}:
        return ()
    around = page.without(found.lines) if found else page
    told_of = {
        each
        for sentence in sentences_of(around.lines)
        if not names_another(sentence.text)
        for each in nct_ids(sentence.text)
    }
    # A study is named by those before it, too: the record says of which it is the continuation.
    record = json.dumps(newest.record)
    return tuple(each for each in around.nct_ids if each in told_of and each not in record)


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


def _text_state(
    compared: Comparison,
    differing: int,
    found: eligibility.Found,
    record: str,
    nearest: _KnownText | None,
) -> TextState:
    told = sum(row.after is not None for row in compared.rows)
    paired = sum(row.before is not None and row.after is not None for row in compared.rows)
    if paired < _TOLD_ANEW * told:
        return "unclear"
    if not differing:
        return "unclear" if found.unplaced else "current"
    return "outdated" if nearest and nearest.text != record else "different"


def _state(
    verdict: TextState, facts: Sequence[CheckedFact], others: Sequence[str], undecided: Sequence[str]
) -> PageState:
    states = {each.state for each in facts}
    if others:
        return "other_study"
    if verdict in ("outdated", "different") or states & WRONG:
        return "differs"
    # Green only with proof: something was found, and nothing of it is in doubt.
    holds = verdict == "current" or (verdict in ("not_found", "nothing") and "right" in states)
    if not holds or states & {"unclear", "unreadable"}:
        return "unclear"
    return "holds_in_part" if undecided else "holds"
