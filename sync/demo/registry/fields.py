"""The fields of a record that the local registry knows: where they stand, their names, what they hold."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sync.demo.registry.answers import QueryError
from sync.demo.registry.tree import TREE

Kind = Literal["text", "date", "number"]
Record = dict[str, Any]


@dataclass(frozen=True)
class Field:
    """One field: its path in a record, and what it holds."""

    path: tuple[str, ...]
    kind: Kind

    def values(self, record: Record) -> Iterator[Any]:
        """Every value that `record` has at this field, lists opened."""
        return _values(record, self.path)


def _values(node: Any, path: tuple[str, ...]) -> Iterator[Any]:
    if isinstance(node, list):
        for item in node:
            yield from _values(item, path)
    elif not path:
        yield node
    elif isinstance(node, dict) and path[0] in node:
        yield from _values(node[path[0]], path[1:])


def _read_tree(tree: str) -> Iterator[tuple[str, Field]]:
    path: list[str] = []
    for line in tree.strip().splitlines():
        label, _, kind = line.strip().partition(" ")
        name, _, piece = label.partition("=")
        path[(len(line) - len(line.lstrip())) // 2 :] = [name]
        yield piece or name[0].upper() + name[1:], Field(tuple(path), kind or "text")  # type: ignore[arg-type]


FIELDS: dict[str, Field] = dict(_read_tree(TREE))
_BY_PATH = {".".join(field.path): field for field in FIELDS.values()}

AREAS: dict[str, tuple[str, ...]] = {
    "ConditionSearch": (
        "Condition",
        "BriefTitle",
        "OfficialTitle",
        "Keyword",
        "ConditionMeshTerm",
        "ConditionAncestorTerm",
    ),
    "InterventionSearch": (
        "InterventionName",
        "InterventionOtherName",
        "InterventionDescription",
        "ArmGroupLabel",
        "ArmGroupDescription",
        "BriefTitle",
        "OfficialTitle",
        "Keyword",
        "InterventionMeshTerm",
        "InterventionAncestorTerm",
    ),
    "TitleSearch": ("Acronym", "BriefTitle", "OfficialTitle"),
    "IdSearch": ("NCTId", "NCTIdAlias", "Acronym", "OrgStudyId", "SecondaryId"),
    "LocationSearch": ("LocationFacility", "LocationCity", "LocationState", "LocationZip", "LocationCountry"),
    "OutcomeSearch": (
        "PrimaryOutcomeMeasure",
        "PrimaryOutcomeDescription",
        "SecondaryOutcomeMeasure",
        "SecondaryOutcomeDescription",
        "OtherOutcomeMeasure",
        "OtherOutcomeDescription",
    ),
    "SponsorSearch": ("LeadSponsorName", "CollaboratorName", "OrgFullName"),
    "PatientSearch": (
        "Condition",
        "BriefTitle",
        "OfficialTitle",
        "BriefSummary",
        "Keyword",
        "EligibilityCriteria",
    ),
    "BasicSearch": ("ProtocolSection", "ConditionBrowseModule", "InterventionBrowseModule"),
}


def field(name: str) -> Field:
    """The field of that piece name (`OverallStatus`) or dotted path. Raises QueryError for an unknown one."""
    found = FIELDS.get(name) or _BY_PATH.get(name)
    if found is None:
        raise QueryError(f"`{name}` is unknown field")
    return found


def fields_of(name: str) -> tuple[Field, ...]:
    """The fields of a search area, or the one field of that name."""
    return tuple(FIELDS[piece] for piece in AREAS[name]) if name in AREAS else (field(name),)


def project(record: Record, names: Iterable[str]) -> Record:
    """`record` with the named fields (and all under them) alone."""
    kept: Record = {}
    for name in names:
        for wanted in fields_of(name):
            _copy(record, kept, wanted.path)
    return kept


def _copy(source: Record, target: Record, path: tuple[str, ...]) -> None:
    name, rest = path[0], path[1:]
    if name not in source:
        return
    value = source[name]
    if not rest:
        target[name] = value
    elif isinstance(value, dict):
        _copy(value, target.setdefault(name, {}), rest)
    elif isinstance(value, list):
        # Elements stay in their places, also those that lack the field, as the registry's projections keep them.
        items = target.setdefault(name, [{} for _ in value])
        for item, copied in zip(value, items, strict=True):
            if isinstance(item, dict) and copied is not item:
                _copy(item, copied, rest)
