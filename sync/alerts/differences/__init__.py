"""The changes of an event as a reader sees them: one model for pages, mail, chats and terminals. Nothing is cut here.

Field by field, with the changed words marked and what is equal left out; sites by country, contacts by person; and
what changed alike in many places is told once.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace

from sync.alerts.content import Difference, FieldChange, line
from sync.alerts.differences.alike import told_once
from sync.alerts.differences.contacts import contacts, list_of
from sync.alerts.differences.criteria import criterion
from sync.alerts.differences.elements import element, element_of
from sync.alerts.differences.fields import changed_values, words_of_list
from sync.alerts.differences.sites import sites
from sync.changes.compare.fields import LIST_FIELDS
from sync.changes.kinds import kind_named
from sync.changes.model import Change, Detail, Kind, Op
from sync.changes.sentences import field_name, kind_name
from sync.words import capital

Changes = Sequence[Change[Detail]]

_BY_ELEMENT = frozenset({Kind.OUTCOMES, Kind.ARMS, Kind.REFERENCES, Kind.DOCUMENTS, Kind.RESULTS})
"""Kinds whose changes are of elements of lists, each with fields of its own; the others are told together."""


def differences(changes: Iterable[Change[Detail]]) -> tuple[Difference, ...]:
    """The changes in their order, what belongs together in one and what is equal told once."""
    groups: dict[Hashable, list[Change[Detail]]] = {}
    for change in changes:
        groups.setdefault(_subject(change), []).append(change)
    return tuple(told_once(each for found in groups.values() for each in _told(found)))


def _subject(change: Change[Detail]) -> Hashable:
    """What a change is told together with: all of one subject make one difference, or one list of them."""
    if change.kind is Kind.ELIGIBILITY:
        return id(change)
    if change.kind is Kind.CONTACTS:
        return change.kind, list_of(change.path)
    if change.kind in _BY_ELEMENT:
        return change.kind, element_of(change.path)
    return change.kind


def _told(found: Changes) -> Iterator[Difference]:
    kind = found[0].kind
    if kind is Kind.SITES:
        yield from sites(found)
    elif kind is Kind.CONTACTS:
        yield from contacts(found)
    elif kind is Kind.ELIGIBILITY:
        yield criterion(found[0])
    elif kind in _BY_ELEMENT:
        yield element(found)
    else:
        yield _together(kind, found)


def _together(kind: Kind, found: Changes) -> Difference:
    """Fields of a module: each with its old and its new value; one alone is told under its own name."""
    fields = tuple(_fields(found))
    alone = len(fields) == 1
    return Difference(
        title=fields[0].name if alone else capital(kind_name(kind)),
        op=found[0].op if len({change.op for change in found}) == 1 else Op.CHANGED,
        fields=(replace(fields[0], name=""),) if alone else fields,
        minor=kind_named(kind).minor,
    )


def _fields(found: Changes) -> Iterator[FieldChange]:
    """One a field; what came to a list of words and what went from it are one."""
    lists: dict[str, list[Change[Detail]]] = {}
    said: set[str] = set()
    for change in found:
        name = change.path.partition("[")[0].rpartition(".")[2]
        if name in LIST_FIELDS and isinstance(change.value, str):
            lists.setdefault(name, []).append(change)
        elif change.kind is Kind.DERIVED:
            yield FieldChange(line(capital(field_name(change))), None, "computed anew by the registry")
        else:
            notes = [line(note) for note in kind_named(change.kind).notes_on(change)]
            note = "; ".join(note for note in notes if note not in said)
            said.update(notes)
            fields = changed_values(change.old, change.new, capital(field_name(change)), name)
            yield from (replace(field, note=note) for field in fields)
    yield from (words_of_list(name, changes) for name, changes in lists.items())
