"""What pages say of a study's facts, as values: statuses, phases, numbers and sexes in the ways people write them."""

from __future__ import annotations

import re

from sync.study.published.amounts import whole

_ANY_ACTIVE = frozenset({"RECRUITING", "ENROLLING_BY_INVITATION"})
_ANY_CLOSED = frozenset({"ACTIVE_NOT_RECRUITING", "COMPLETED", "TERMINATED", "WITHDRAWN", "SUSPENDED"})
NOT_RECRUITING = _ANY_CLOSED | {"NOT_YET_RECRUITING"}
"""What "not recruiting" can stand for. Whether a study of unknown status recruits, nobody knows."""
_STATUS = {
    "recruiting": {"RECRUITING"},
    "active, recruiting": {"RECRUITING"},
    "not yet recruiting": {"NOT_YET_RECRUITING"},
    "not yet open": {"NOT_YET_RECRUITING"},
    "not yet enrolling": {"NOT_YET_RECRUITING"},
    "coming soon": {"NOT_YET_RECRUITING"},
    "opening soon": {"NOT_YET_RECRUITING"},
    "active, not recruiting": {"ACTIVE_NOT_RECRUITING"},
    "active, no longer recruiting": {"ACTIVE_NOT_RECRUITING"},
    "active, closed to enrollment": {"ACTIVE_NOT_RECRUITING"},
    "active": _ANY_ACTIVE | {"ACTIVE_NOT_RECRUITING"},
    "ongoing": _ANY_ACTIVE | {"ACTIVE_NOT_RECRUITING", "NOT_YET_RECRUITING"},
    "enrolling by invitation": {"ENROLLING_BY_INVITATION"},
    "by invitation": {"ENROLLING_BY_INVITATION"},
    "enrolling": _ANY_ACTIVE,
    "open": _ANY_ACTIVE,
    "open to enrollment": _ANY_ACTIVE,
    "open for enrollment": _ANY_ACTIVE,
    "open to accrual": _ANY_ACTIVE,
    "open to participants": _ANY_ACTIVE,
    "seeking participants": _ANY_ACTIVE,
    "completed": {"COMPLETED"},
    "complete": {"COMPLETED"},
    "finished": {"COMPLETED"},
    "terminated": {"TERMINATED"},
    "stopped early": {"TERMINATED"},
    "withdrawn": {"WITHDRAWN"},
    "suspended": {"SUSPENDED"},
    "temporarily suspended": {"SUSPENDED"},
    "on hold": {"SUSPENDED"},
    "paused": {"SUSPENDED"},
    "unknown": {"UNKNOWN"},
    "unknown status": {"UNKNOWN"},
    "status unknown": {"UNKNOWN"},
    "closed": _ANY_CLOSED,
    "closed to enrollment": _ANY_CLOSED,
    "closed to accrual": _ANY_CLOSED,
    "enrollment closed": _ANY_CLOSED,
    "recruitment closed": _ANY_CLOSED,
    "not recruiting": set(NOT_RECRUITING),
    "no longer recruiting": _ANY_CLOSED,
    "recruitment complete": _ANY_CLOSED,
    "enrollment complete": _ANY_CLOSED,
    "recruitment completed": _ANY_CLOSED,
    "available": {"AVAILABLE"},
    "no longer available": {"NO_LONGER_AVAILABLE"},
    "approved for marketing": {"APPROVED_FOR_MARKETING"},
    "temporarily not available": {"TEMPORARILY_NOT_AVAILABLE"},
}
_AROUND = re.compile(
    r"(?:^(?:this |the )?(?:study |trial )?(?:is |status )?(?:currently |now |actively )?)|(?:\s(?:participants"
    r"|patients|volunteers|subjects))?[.!\s]{0,4}$"
)
_AS_IT_WAS = re.compile(r"\s?\((?:last known|previously|formerly)[^()]{0,60}\)", re.IGNORECASE)
_NOT_WORDS = re.compile(r"^[^\w(]+|[^\w)]+$")


def status(text: str) -> frozenset[str] | None:
    """The statuses that words can stand for: "open" leaves open whether by invitation."""
    words = (
        _NOT_WORDS.sub("", _AS_IT_WAS.sub("", text))
        .lower()
        .replace("enrolment", "enrollment")
        .replace("_", " ")
    )
    words = " ".join(words.split())
    bare = _AROUND.sub("", words)
    found = next(
        (_STATUS[each] for each in (words, bare, bare.replace(" not", ", not", 1)) if each in _STATUS), None
    )
    return frozenset(found) if found else None


def leaves_open(page: frozenset[str], record: str | None) -> bool:
    """Whether nobody can say if a page's status is the record's: "not recruiting" of a study of unknown status."""
    return record == "UNKNOWN" and page == NOT_RECRUITING


_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_PHASE_NUMBER = r"(?:[1-4]|iv|i{1,3})(?:\s?[ab])?(?![a-z0-9])"
_PHASES = re.compile(
    rf"(?P<early>early\s+)?(?:phases?\s*)?(?P<numbers>{_PHASE_NUMBER}(?:\s?(?:/|,|&|-|–|and|to)?\s?(?:phase\s?)?{_PHASE_NUMBER})*)",
    re.IGNORECASE,
)
_BEHIND_PHASE = re.compile(
    r"\s{0,4}(?:clinical )?(?:study|trial)?\s{0,4}(?:\([^()]{0,30}\))?[\s.;,)]{0,4}", re.IGNORECASE
)
_ONE_PHASE = re.compile(_PHASE_NUMBER, re.IGNORECASE)
_NO_PHASE = re.compile(r"(?:n\.?/?a\.?|not applicable|none|no phase)", re.IGNORECASE)


def phases(text: str) -> frozenset[str] | None:
    """The phases in "1", "Phase I/II", "Phase 1, Phase 2", "Early Phase 1"; those of "N/A" are none."""
    bare = text.strip(" .;,()")
    if _NO_PHASE.fullmatch(bare):
        return frozenset()
    found = _PHASES.match(bare)
    if found is None or not _BEHIND_PHASE.fullmatch(bare, found.end()):
        return None
    if found["early"]:
        return frozenset({"EARLY_PHASE1"})
    numbers = (each.lower().rstrip("ab ") for each in _ONE_PHASE.findall(found["numbers"]))
    return frozenset(f"PHASE{_ROMAN.get(each, each)}" for each in numbers)


NUMBER = re.compile(r"(?<![\d.,/-])(\d{1,3}(?:[,.\u00a0\u202f ]\d{3})+|\d{1,9})(?![\d%])(?!\.\d)")
OTHER_UNITS = re.compile(
    r"\s?-?(?:years?|months?|weeks?|days?|hours?|sites?|locations?|centers?|centres?|arms?|groups?|countries|mg"
    r"|ml|kg|%|or older|and older)\b",
    re.IGNORECASE,
)
_OF_PEOPLE = re.compile(
    r"(?:(?:about|approximately|approx\.?|up to|n ?= ?|total(?: of)?|estimated"
    r"|actual)\s{0,4}:?\s{0,4})?(?P<number>\d{1,3}(?:[,\u00a0\u202f ]\d{3})+|\d{1,9})\s{1,4}"
    r"(?:(?:estimated|actual|planned|anticipated|enrolled|adult|study|total)\s)?(?:participants?|patients?|subjects?|volunteers?|people)"
    r"(?:\s(?:planned|enrolled|needed|expected|anticipated|\(?(?:estimated|actual|anticipated)\)?))?[.\s]{0,4}",
    re.IGNORECASE,
)


def number(text: str) -> int | None:
    """The first whole number in a text that counts nothing else than what is asked for."""
    for found in NUMBER.finditer(text):
        if not OTHER_UNITS.match(text, found.end()):
            return whole(found[1])
    return None


def people(text: str) -> int | None:
    """The number in "24 participants", where that is all a text says."""
    found = _OF_PEOPLE.fullmatch(text.strip())
    return whole(found["number"]) if found else None


_SEXES = (
    (
        re.compile(
            r"(?:all|both|any|(?:fe)?males? (?:and|&|or) (?:fe)?males?|men (?:and|&|or) women|women (?:and|&"
            r"|or) men|every(?:one|body)|all sexes|all genders|both sexes)(?: eligible)?",
            re.IGNORECASE,
        ),
        "ALL",
    ),
    (re.compile(r"(?:females?|women|woman|girls)(?: only)?", re.IGNORECASE), "FEMALE"),
    (re.compile(r"(?:males?|men|man|boys)(?: only)?", re.IGNORECASE), "MALE"),
)


def sex(text: str) -> str | None:
    """ALL, FEMALE or MALE."""
    bare = text.strip(" .;,()")
    return next((code for pattern, code in _SEXES if pattern.fullmatch(bare)), None)
