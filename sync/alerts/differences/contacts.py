"""Contacts and officials: one person for another, or a field of one, with the old and the new value of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from sync.alerts.content import Difference, line
from sync.alerts.differences.fields import changed_values
from sync.changes.model import Change, Detail, Op
from sync.study.labels import label
from sync.words import capital


def list_of(path: str) -> str:
    """The list that a person stands in: those of a site, the study's, the officials."""
    site = _site_of(path)
    return path.partition("[")[0] if site is None else f"locations[{site}].contacts"


def _site_of(path: str) -> str | None:
    """The site whose contacts a path leads to, by what identifies it: names may hold dots and brackets."""
    _, _, rest = path.partition("locations[")
    site, found, _ = rest.rpartition("].contacts")
    return site if found else None


def contacts(found: Sequence[Change[Detail]]) -> Iterator[Difference]:
    """Who went and who came in one list, paired; then the fields of those who stayed."""
    where, place = _where(found[0].path)
    gone = [each for c in found if _is_whole(c) and c.op is not Op.ADDED for each in _people(c.old)]
    come = [each for c in found if _is_whole(c) and c.op is not Op.REMOVED for each in _people(c.new)]
    for old, new in zip_longest(*_by_role(gone, come)):
        yield _person(where, place or _name(old if new is None else new), old, new)
    stayed: dict[str, list[Change[Detail]]] = {}
    for change in found:
        if not _is_whole(change):
            stayed.setdefault(_identity(change.path), []).append(change)
    for name, changes in stayed.items():
        yield _fields(where, place or name, changes)


def _where(path: str) -> tuple[str, str]:
    """What the list is called, and the site that it is of."""
    if (site := _site_of(path)) is not None:
        parts = site.split("|")
        named = (parts[0], parts[1], parts[-1]) if len(parts) == 5 else parts
        return "Site contact", line(", ".join(filter(None, named)))
    return line(capital(label(path.partition("[")[0].rpartition(".")[2]))), ""


def _is_whole(change: Change[Detail]) -> bool:
    value = change.old if change.new is None else change.new
    return isinstance(value, dict | list)


def _people(value: Any) -> list[dict[str, Any]]:
    people = value if isinstance(value, list) else [value]
    return [each for each in people if isinstance(each, dict)]


def _by_role(
    gone: list[dict[str, Any]], come: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Both sides with the roles that both have first, so that a principal investigator follows another one."""
    shared = {str(each.get("role")) for each in gone} & {str(each.get("role")) for each in come}

    def place(person: dict[str, Any]) -> tuple[bool, str]:
        role = str(person.get("role"))
        return role not in shared, role

    return sorted(gone, key=place), sorted(come, key=place)


def _name(person: dict[str, Any]) -> str:
    return line(str(person.get("name") or person.get("email") or ""))


def _person(where: str, name: str, old: dict[str, Any] | None, new: dict[str, Any] | None) -> Difference:
    ops = {(True, False): Op.ADDED, (False, True): Op.REMOVED}
    return Difference(
        title=where,
        name=name,
        op=ops.get((old is None, new is None), Op.CHANGED),
        fields=tuple(
            each for each in changed_values(old, new) if name not in (each.old, each.new) or (old and new)
        ),
    )


def _identity(path: str) -> str:
    _, of_site, person = path.rpartition("].contacts")
    name = (person if of_site else path).partition("[")[2].rpartition("]")[0]
    return line(name if name or of_site else path)


def _fields(where: str, name: str, found: Sequence[Change[Detail]]) -> Difference:
    fields = (
        changed_values(c.old, c.new, capital(label(field)), field)
        for c in found
        for field in [c.path.rpartition(".")[2]]
    )
    return Difference(
        title=where, name=name, op=Op.CHANGED, fields=tuple(each for told in fields for each in told)
    )
