"""Elements of lists (outcomes, arms, publications, documents, results), each with the fields of it that changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sync.alerts.content import Difference, FieldChange, line, short
from sync.alerts.differences.fields import changed_values, words_of_list
from sync.changes.kinds import kind_named
from sync.changes.model import Change, Detail, Kind, Op
from sync.changes.sentences import field_name
from sync.study.labels import label
from sync.words import capital

_ELEMENT = re.compile(
    # the identity ends at the first bracket behind which a field's name follows, or nothing
    r"(?:\w+Section\.)?(?:\w+Module\.)?(\w+)\[(.*?)\](?=$|\.[A-Za-z]\w*(?:[.\[]|$))(?:\.(.*))?",
    re.DOTALL,
)
_CALLED_BY = {"interventions": 1, "primaryOutcomes": 0, "secondaryOutcomes": 0, "otherOutcomes": 0}
"""Which part of an identity of several is the name: "DRUG|LC-17", "Overall survival|2 years"."""
_NAMES = ("measure", "label", "name", "title", "citation", "term", "filename", "pmid", "id")
"""What an element is called by: the first of these that it has."""
_LONGEST_NAME = 160
MOST_VALUES = 12
"""Values of one element that are told by themselves; tables of results have hundreds."""


def element_of(path: str) -> str:
    """The path up to the element of the outermost list; the whole path where it leads to none."""
    found = _ELEMENT.fullmatch(path)
    return path[: found.end(2) + 1] if found else path


def element(found: Sequence[Change[Detail]]) -> Difference:
    """The changes of one element: what it is called, and each of its fields that differs."""
    first = found[0]
    title, name = _called(first)
    fields = list(_fields(found, name))
    kind = kind_named(first.kind)
    notes = [line(note) for change in found for note in kind.notes_on(change)]
    if len(fields) > MOST_VALUES:
        notes.append(f"and {len(fields) - MOST_VALUES:,} more values, which the record has")
    return Difference(
        title=title,
        name=name,
        op=first.op if len({change.op for change in found}) == 1 else Op.CHANGED,
        fields=tuple(fields[:MOST_VALUES]),
        notes=tuple(dict.fromkeys(notes)),
        minor=kind.minor,
    )


def _called(change: Change[Detail]) -> tuple[str, str]:
    """Which list it is of, and its name there: "Secondary outcome", "Overall survival"."""
    found = _ELEMENT.fullmatch(change.path)
    if not found:
        return line(capital(field_name(change))), ""
    lead, identity, within = found.groups()
    value = change.old if change.new is None else change.new
    known = value if isinstance(value, dict) and not within else {}
    own = next((known[key] for key in _NAMES if isinstance(known.get(key), str)), None)
    parts = re.sub(r" #\d+$", "", identity).split("|")
    name = (
        parts[_CALLED_BY[lead]] if lead in _CALLED_BY and len(parts) == 2 else ", ".join(filter(None, parts))
    )
    return capital(label(lead)), short(own or name, _LONGEST_NAME)


def _fields(found: Sequence[Change[Detail]], name: str) -> Iterator[FieldChange]:
    """What differs of the element as a whole, then its fields, and its lists of words with what came and went."""
    lists: dict[str, list[Change[Detail]]] = {}
    for change in found:
        field = change.path[len(element_of(change.path)) :].lstrip(".")
        if field.endswith("]") and isinstance(change.value, str):
            lists.setdefault(field.partition("[")[0], []).append(change)
        elif field:
            title = " › ".join(capital(label(step)) for step in field.split("."))
            yield from changed_values(change.old, change.new, title, field.rpartition(".")[2])
        elif change.kind is Kind.RESULTS and change.op is not Op.CHANGED:
            yield from _held(change)
        else:
            yield from _whole(change, name)
    yield from (words_of_list(name, changes) for name, changes in lists.items())


def _whole(change: Change[Detail], name: str) -> Iterator[FieldChange]:
    """The fields of an element that differ; of one that came or went, all but its name."""
    came_or_went = change.op in (Op.ADDED, Op.REMOVED)
    list_name = change.path.partition("[")[0].rpartition(".")[2]
    for each in changed_values(change.old, change.new, name=list_name):
        if not (came_or_went and name and short(each.new or each.old or "", _LONGEST_NAME) == name):
            yield each


def _held(change: Change[Detail]) -> Iterator[FieldChange]:
    """The parts of tables that came or went: their values are hundreds."""
    if not isinstance(change.value, dict):
        yield from changed_values(change.old, change.new)
    elif "[" not in change.path:
        told = ", ".join(label(str(part)) for part in change.value)
        yield FieldChange("", *((told, None) if change.op is Op.REMOVED else (None, told)))
