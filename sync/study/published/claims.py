"""Sentences of a page against all values that the record ever gave: which hold, and which do not (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from typing import Any, NamedTuple

from sync.study.labels import in_words
from sync.study.labels import phases as phases_in_words
from sync.study.published.admission import check_admission
from sync.study.published.ages import ages_agree, ages_of, ages_shown, some_agree
from sync.study.published.amounts import Amount
from sync.study.published.checking import Checked, State
from sync.study.published.countries import known_as
from sync.study.published.dates import Span, any_agrees, completion, completion_shown, date_of, dates_agree
from sync.study.published.page import Line, nct_ids
from sync.study.published.prose import sentences
from sync.study.published.readings import leaves_open
from sync.study.published.statements import Stated, stated
from sync.study.published.undecided import asks_to_be_read
from sync.study.record import Study, at


class Claim(NamedTuple):
    """A fact as sentences state it. `agrees` says None where the two neither agree nor contradict each other."""

    name: str
    title: str
    of: Callable[[Study], Any]
    agrees: Callable[[Any, Any], bool | None]
    shown: Callable[[Any], str]


def _enrollment(study: Study) -> tuple[int, bool] | None:
    """How many take part, and whether that is the plan."""
    count = study.enrollment.count
    return (count, study.enrollment.type != "ACTUAL") if count is not None else None


def _enrollment_agrees(page: Amount, record: tuple[int, bool]) -> bool | None:
    """How many are to come; how many came in the end does not contradict it."""
    count, is_plan = record
    found = page.agrees(count)
    return found if is_plan or found else None


def _enrolled(study: Study) -> int | None:
    """How many took part, where that is what the record counts."""
    return study.enrollment.count if study.enrollment.type == "ACTUAL" else None


def _status_agrees(page: frozenset[str], record: str) -> bool | None:
    """Whether a study of unknown status recruits is not known: that it does not is neither right nor wrong."""
    return None if leaves_open(page, record) else record in page


class Places(NamedTuple):
    """How many sites a record has: all, those that recruit, those of different names."""

    all: int
    recruiting: int
    named: int


def _sites(study: Study) -> Places | None:
    sites = study.locations
    if not sites:
        return None
    named = {(site.get("facility"), site.get("city")) for site in sites}
    recruiting = sum(site.get("status") in ("RECRUITING", "ENROLLING_BY_INVITATION") for site in sites)
    return Places(len(sites), recruiting, len(named))


def _sites_agree(page: Amount, record: Places) -> bool | None:
    found = {page.agrees(number) for number in record}
    if True in found:
        return True
    return None if None in found else False


def _countries(study: Study) -> frozenset[str] | None:
    return known_as(str(site["country"]) for site in study.locations if site.get("country")) or None


def _countries_agree(page: tuple[frozenset[str], bool], record: frozenset[str]) -> bool:
    names, only = page
    return names == record if only else names <= record


def _phases(study: Study) -> frozenset[str] | None:
    return frozenset(study.phases) - {"NA"} if study.phases else None


def _phases_agree(page: frozenset[str], record: frozenset[str]) -> bool | None:
    if page == record:
        return True
    # A page may mean the first part of a study of two phases, or not tell phase 1 from what comes before it.
    early = {"EARLY_PHASE1": "PHASE1"}
    wider = {*record, *(early.get(each, each) for each in record)}
    return None if page and {early.get(each, each) for each in page} <= wider else False


def _ends_by(page: tuple[Span, ...], record: tuple[Any, Any]) -> bool | None:
    """By a day: to be done sooner is no contradiction."""
    if any_agrees(page, record):
        return True
    ends = [each.first for each in record if each is not None]
    return None if any(first <= last for first in ends for _, last in page) else False


def _completion(study: Study) -> tuple[Any, Any] | None:
    found = completion(study)
    return found if any(found) else None


_COMMON = frozenset(
    re.findall(
        r"\w+",
        "the of and for inc ltd llc co corp company gmbh ag sa plc university hospital medical center centre institute "
        "clinic therapeutics pharmaceuticals pharma biotech biologics bio national research health college school",
    )
)
"""Words that stand in the names of many."""


class Names(NamedTuple):
    """Who stands behind a study: its sponsor, and others that pages may mean."""

    sponsor: str
    others: tuple[str, ...]


def _sponsors(study: Study) -> Names | None:
    module = at(study.record, "protocolSection", "sponsorCollaboratorsModule")
    collaborators = at(module, "collaborators")
    others = (
        [each.get("name") for each in collaborators if isinstance(each, dict)]
        if isinstance(collaborators, list)
        else []
    )
    others.append(at(module, "responsibleParty", "investigatorAffiliation"))
    return (
        Names(study.sponsor, tuple(each for each in others if isinstance(each, str)))
        if study.sponsor
        else None
    )


def _sponsor_agrees(page: str, record: Names) -> bool | None:
    """Names are written in many ways: one word that is their own in both is enough."""
    said = _own_words(page)
    if _is_of(page, said, record.sponsor):
        return True
    is_doubtful = not said or any(_is_of(page, said, other) for other in record.others)
    return None if is_doubtful else False


def _is_of(page: str, said: frozenset[str], name: str) -> bool:
    initials = "".join(word[0] for word in re.findall(r"[A-Z]\w+", name))
    return bool(said & _own_words(name)) or (len(initials) > 1 and page.strip(". ") == initials)


def _own_words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W_]{2,}", name.lower())) - _COMMON


def _sex(study: Study) -> str | None:
    value = at(study.record, "protocolSection", "eligibilityModule", "sex")
    return value if isinstance(value, str) else None


def _one_sex_agrees(page: str, record: str) -> bool | None:
    """That women may take part does not say that men may not."""
    return None if record == "ALL" else page == record


def _number(value: int) -> str:
    return f"{value:,}"


_CLAIMS = (
    Claim("status", "Status", lambda study: study.status, _status_agrees, in_words),
    Claim("enrollment", "Enrollment", _enrollment, _enrollment_agrees, lambda value: _number(value[0])),
    Claim("enrolled", "Enrollment", _enrolled, Amount.agrees, _number),
    Claim("sites", "Sites", _sites, _sites_agree, lambda value: _number(value.all)),
    Claim("countries", "Countries", _countries, _countries_agree, lambda value: ", ".join(sorted(value))),
    Claim("country_count", "Countries", _countries, lambda page, record: page.agrees(len(record)),
          lambda value: f"{len(value)}: {', '.join(sorted(value))}"),
    Claim("start", "Start", date_of("start"), dates_agree, str),
    Claim("completion", "Completion", _completion, any_agrees, completion_shown),
    Claim("complete_by", "Completion", _completion, _ends_by, completion_shown),
    Claim("phase", "Phase", _phases, _phases_agree, lambda value: phases_in_words(sorted(value)) or "Not applicable"),
    Claim("sponsor", "Sponsor", _sponsors, _sponsor_agrees, lambda value: value.sponsor),
    Claim("ages", "Ages", ages_of, ages_agree, ages_shown),
    Claim("some_ages", "Ages", ages_of, some_agree, ages_shown),
    Claim("sex", "Sex", _sex, lambda page, record: page == record, in_words),
    Claim("one_sex", "Sex", _sex, _one_sex_agrees, in_words),
)  # fmt: skip
CLAIMS = {claim.name: claim for claim in _CLAIMS}


def claimable(study: Study) -> dict[str, Any]:
    """What a version gives for sentences to be held against."""
    return {claim.name: claim.of(study) for claim in _CLAIMS} | {"criteria": study.eligibility_text}


class Prose(NamedTuple):
    """What sentences state plainly; and those that speak of who takes part, how many or how it stands, but were not read."""

    checked: tuple[Checked, ...]
    undecided: tuple[str, ...]


def check_claims(lines: Sequence[Line], versions: Sequence[dict[str, Any]], ids: Set[str]) -> Prose:
    """The sentences in these lines that name no study but this one, by its ids; oldest version first."""
    checked: list[Checked] = []
    undecided: list[str] = []
    for sentence in sentences(lines):
        if not nct_ids(sentence.text) <= ids:
            continue
        said = list(stated(sentence))
        found = [_check(each, [version[each.fact] for version in versions]) for each in said]
        if not any(found):
            found.append(check_admission(sentence.text, [version["criteria"] for version in versions]))
        checked += filter(None, found)
        if not any(found) and (said or asks_to_be_read(sentence.text)):
            undecided.append(sentence.text)
    return Prose(tuple(checked), tuple(dict.fromkeys(undecided)))


_A_NAME = re.compile(
    r"(?!(?:Our|The (?:study|sponsor)|This|See|Contact|To be|Not|Various|Multiple|N/?A|None|Unknown)\b)[A-Z]\S*(?: \S+){0,9}"
)
_SHORT = re.compile(r"[A-Z&]{2,6}")


def settled(fact: Checked, versions: Sequence[dict[str, Any]]) -> Checked:
    """A sponsor behind a label that no version had so, by the words that are its own: as in sentences."""
    names = versions[-1]["sponsor"]
    said = fact.page.strip(" .;,")
    if fact.name != "sponsor" or fact.state != "unclear" or not names or not _A_NAME.fullmatch(said):
        return fact
    # An abbreviation ("GSK") may be of a name that does not show it.
    agrees = None if _SHORT.fullmatch(said) else _sponsor_agrees(said, names)
    if agrees is None:
        return fact
    return replace(fact, state="right" if agrees else "different")


def _check(said: Stated, values: Sequence[Any]) -> Checked | None:
    claim, now = CLAIMS[said.fact], values[-1]
    if now is None:
        return None
    holds = claim.agrees(said.value, now)
    last = next((at for at in range(len(values) - 2, -1, -1) if _held(claim, said.value, values[at])), None)
    state: State = "right"
    if holds is not True:
        if last is None and holds is None:
            return None
        state = "outdated" if last is not None else "different"
    since = last + 1 if state == "outdated" and last is not None else None
    return Checked(claim.name, claim.title, state, said.sentence, claim.shown(now), since)


def _held(claim: Claim, said: Any, value: Any) -> bool:
    return value is not None and claim.agrees(said, value) is True
