"""The sentences of a registered page that do not hold: all of them, or those that an event made untrue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set

from sqlalchemy.orm import Session

from storage import versions
from storage.published_pages import PublishedPage
from sync.alerts.content import short
from sync.alerts.published.check import Known, check_page
from sync.alerts.published.comparison import ComparedCriterion
from sync.alerts.published.models import WRONG, CheckedFact, PageCheck
from sync.alerts.published.stored import known_at
from sync.alerts.published.untrue import Untrue
from sync.changes.event import Event
from sync.study.criteria.model import key
from sync.study.published import labels
from sync.study.published.checking import State
from sync.study.published.page import read
from sync.words import capital, counted

LONGEST = 300
"""Characters of a sentence that is quoted."""

_HOLDS = frozenset({"same", "reworded"})


def made_untrue_by(page: PublishedPage, before: Known, after: Known) -> Iterator[Untrue]:
    """What a page says rightly by what was known before, and wrongly by what is known after."""
    checks = (check_page(page.nct_id, page.text, known) for known in (before, after))
    yield from made_untrue(page.text, *checks)


def known_before_and_after(session: Session, event: Event) -> tuple[Known, Known] | None:
    """What the record had said before the event, and with it; None where a version of the two is not stored."""
    infos = versions.versions(session, event.nct_id)
    numbers = [info.number for info in infos]
    ends = [
        numbers.index(ref.version) + 1
        for ref in (event.before, event.after)
        if ref and ref.version in numbers
    ]
    if len(ends) < 2:
        return None
    before, after = known_at(session, event.nct_id, infos, ends)
    return before, after


def made_untrue(text: str, before: PageCheck, after: PageCheck) -> Iterator[Untrue]:
    """What a page says rightly by the first check, and wrongly by the second."""
    if before.other_ids:
        return
    held = {fact.name for fact in before.facts if fact.state == "right"}
    said = {(each.name, each.page) for each in before.sentences if each.state == "right"}
    criteria = {key(row.before) for row in before.comparison.rows if row.before and row.state in _HOLDS}
    # Only a page that has all criteria is wrong for lack of a new one; many give the main ones.
    is_whole = before.verdict == "current" and not before.comparison.counts.get("added")
    facts = [told for fact, told in _facts(text, after.facts, WRONG) if fact.name in held]
    yield from facts
    prose = [
        _untrue(each, each.page)
        for each in after.sentences
        if each.state in WRONG and (each.name, each.page) in said
    ]
    yield from _besides(facts, prose)
    for row in after.comparison.rows:
        if row.state not in _HOLDS and (key(row.before) in criteria if row.before else is_whole):
            yield _criterion(row)


def untrue(text: str, found: PageCheck) -> Iterator[Untrue]:
    """All that does not hold of a page."""
    facts = [told for _, told in _facts(text, found.facts, WRONG)]
    yield from facts
    yield from _besides(facts, [_untrue(each, each.page) for each in found.sentences if each.state in WRONG])
    if found.verdict not in ("outdated", "different"):
        return
    differing = [row for row in found.comparison.rows if row.state not in _HOLDS]
    # What a page leaves out that gives only the main criteria is not counted among those that differ.
    is_whole = len(differing) == found.differing
    since = found.nearest.until if found.nearest else None
    yield from (_criterion(row, since) for row in differing if row.before or is_whole)


def doubted(text: str, found: PageCheck) -> Iterator[Untrue]:
    """What a page says otherwise than the record, and no version ever said; or in words that cannot be read."""
    in_doubt: tuple[State, ...] = ("unclear", "unreadable")
    yield from (told for state in in_doubt for _, told in _facts(text, found.facts, {state}))
    if found.verdict == "unclear":
        said = "told in other words than the record's, in part, or with lines that no version has"
        yield Untrue(title="Criteria", page=said, record="", since=None)


def rests_on(found: PageCheck) -> str:
    """What was found on a page and is right: "status, enrollment, 22 criteria"."""
    right = [fact.title.lower() for fact in (*found.facts, *found.sentences) if fact.state == "right"]
    facts = list(dict.fromkeys(right))
    same = sum(row.state in _HOLDS for row in found.comparison.rows)
    return ", ".join([*facts, *([counted(same, "criterion", "criteria")] if same else [])])


def _facts(
    text: str, checked: Sequence[CheckedFact], states: Set[State]
) -> Iterator[tuple[CheckedFact, Untrue]]:
    facts = [each for each in checked if each.state in states]
    lines = [each.text for each in labels.one_a_line(read(text).lines)] if facts else []
    yield from ((fact, _untrue(fact, _sentence(lines, fact))) for fact in facts)


def _untrue(fact: CheckedFact, said: str) -> Untrue:
    since = fact.since.release if fact.since else None
    return Untrue(
        title=fact.title, page=short(said, LONGEST), record=short(fact.record, LONGEST), since=since
    )


def _besides(facts: Sequence[Untrue], prose: Iterable[Untrue]) -> Iterator[Untrue]:
    """What sentences say wrongly, but for those that a fact was already quoted from."""
    quoted = {(each.title, each.page) for each in facts}
    return (each for each in prose if (each.title, each.page) not in quoted)


def _sentence(lines: list[str], fact: CheckedFact) -> str:
    """The line of the page that says it, where that is a sentence; else the value alone, as the page words it."""
    found = _under_its_label(lines, fact) or _in_a_line(lines, fact.page)
    return found if len(found) <= LONGEST else fact.page


def _under_its_label(lines: list[str], fact: CheckedFact) -> str:
    """The line with the label of this fact and its value: a bare "2" stands in many others ("12 to 65")."""
    for at, each in enumerate(lines):
        found = labels.label(each) or labels.label(each, bare=True)
        if found is None or found.fact != fact.name:
            continue
        if found.rest == fact.page:
            return each
        if not found.rest and fact.page in lines[at + 1 : at + 2]:
            return f"{each.rstrip(' :')}: {fact.page}"
    return ""


def _in_a_line(lines: list[str], said: str) -> str:
    whole = re.compile(rf"(?<!\w){re.escape(said)}(?!\w)")
    return next((each for each in lines if whole.search(each)), said)


def _criterion(row: ComparedCriterion, since: str | None = None) -> Untrue:
    title = f"{capital(row.section)} criterion" if row.section else "Criteria"
    said, record = (short(text or "", LONGEST) for text in (row.before, row.after))
    return Untrue(title=title, page=said, record=record, since=since)
