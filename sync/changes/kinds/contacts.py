"""Contacts and officials: who came, went or was replaced, and which of their details changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest

from sync.changes.excerpts import step_of
from sync.changes.kinds.base import Advice, ChangeKind, Suppression
from sync.changes.model import Change, Detail, Json, Kind, Op, Pair, Severity
from sync.changes.rule import Facts, Limits, rule, rules_in
from sync.changes.sentences import listed
from sync.study.canonical import by_identity
from sync.study.labels import label
from sync.study.record import Study, at
from sync.study.statuses import RECRUITING
from sync.words import capital, counted

_PERSON = re.compile(r"(.+?(?:centralContacts|overallOfficials|\]\.contacts))(?:\[.*|$)", re.DOTALL)
_MODULE = "protocolSection.contactsLocationsModule."
_SITE_CONTACTS = re.compile(rf"{re.escape(_MODULE)}locations\[(.*)\]\.contacts(?:\[.*|$)", re.DOTALL)
_WAITING = RECRUITING | {"NOT_YET_RECRUITING"}


@dataclass(frozen=True, slots=True)
class _Step:
    """What happened to one person: replaced, added, removed, or a detail of theirs changed."""

    role: str
    """contact or official"""
    words: str


def _steps(facts: Facts) -> list[_Step]:
    """One entry a person, however many details changed; one who went and one who came in the same list are one."""
    lists: dict[str, list[Change[Detail]]] = {}
    for change in facts.of_kind(Kind.CONTACTS):
        found = _PERSON.fullmatch(change.path)
        lists.setdefault(found[1] if found else change.path, []).append(change)
    return [step for where, changes in lists.items() for step in _in_list(where, changes)]


def _in_list(where: str, changes: Sequence[Change[Detail]]) -> Iterator[_Step]:
    role = "official" if where.endswith("overallOfficials") else "contact"
    gone = [name for change in changes for name in _names(change, change.old)]
    come = [name for change in changes for name in _names(change, change.new)]
    # Whoever went and whoever came in one list are told as a replacement: it is what a reader wants to enter somewhere.
    for old, new in zip_longest(gone, come):
        yield _Step(role, f"{role} {old or 'none'} → {new or 'none'}")
    details: dict[str, list[str]] = {}
    for change in changes:
        if change.op is Op.CHANGED or not _is_person(change):
            name, _, field = change.path[len(where) :].removeprefix("[").rpartition("].")
            told = f"{label(field or 'entry')} {step_of(change, 80)}"
            details.setdefault(name, []).append(told)
    for name, fields in details.items():
        yield _Step(role, f"{role} {name}: {listed(fields)}")


def _is_person(change: Change[Detail]) -> bool:
    """Whether a person, or a whole list of them, came or went: not a detail of one."""
    return change.path.endswith(("]", "s")) and isinstance(change.value, (dict, list))


def _names(change: Change[Detail], value: Json) -> list[str]:
    if change.op is Op.CHANGED or not _is_person(change):
        return []
    people = value if isinstance(value, list) else [value]
    return [str(person.get("name") or "without a name") for person in people if isinstance(person, dict)]


@rule("contacts.changed", Severity.INFO, otherwise=True)
def contacts(facts: Facts, _limits: Limits) -> str | None:
    """Contacts or officials changed."""
    found = _steps(facts)
    told = listed((each.words for each in found), most=2, between="; ")
    return f"{counted(len(found), 'contact')} changed: {told}" if found else None


def phrase(facts: Facts) -> str:
    """From whom to whom, where it is one or two; else how many."""
    found = _steps(facts)
    if len(found) > 2:
        return f"{counted(len(found), 'contact')} changed"
    return capital("; ".join(each.words for each in found)) or "Contacts changed"


def _goes_with_closing(change: Change[Detail], pair: Pair, _paths: object) -> bool:
    """Whether contacts went because their study or their site closed, and nobody is named in their place."""
    if change.op is not Op.REMOVED:
        return False
    site = _SITE_CONTACTS.fullmatch(change.path)
    if site:
        closed = _closed_now(pair) or _site_closed(site[1], pair)
        # Where somebody is named in their place it is a replacement, and news, even in the update that closed the site.
        return closed and not _site(pair.after, site[1]).get("contacts")
    central = at(pair.after.record, *f"{_MODULE}centralContacts".split("."))
    return ".centralContacts" in change.path and _closed_now(pair) and not central


def _closed_now(pair: Pair) -> bool:
    return pair.status_changed and pair.before.status in _WAITING and pair.after.status not in _WAITING


def _site_closed(identity: str, pair: Pair) -> bool:
    before, after = (_site(study, identity).get("status") for study in (pair.before, pair.after))
    return before != after and after not in _WAITING


def _site(study: Study, identity: str) -> dict[str, Json]:
    site = _sites(study).get(identity)
    return site if isinstance(site, dict) else {}


# asked for each contact of the same two versions
@lru_cache(maxsize=2)
def _sites(study: Study) -> dict[str, Json]:
    return by_identity(list(study.locations), "locations")


CONTACTS = ChangeKind(
    kind=Kind.CONTACTS,
    detail=Detail,
    rules=rules_in(globals()),
    phrase=phrase,
    suppresses=(
        Suppression(
            "contacts.closed",
            "Contacts went in the update that closed their study or their site: the registry shows them while it recruits.",
            _goes_with_closing,
        ),
    ),
    advice={
        "contacts": Advice("A new contact says nothing about the study.", "Correct it wherever you show it."),
    },
)
