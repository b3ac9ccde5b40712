"""Sites as a table by country: what came, what went, what is called otherwise; never their coordinates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sync.alerts.content import CountryRow, Difference, line
from sync.changes.kinds.site_changes import SiteDetail
from sync.changes.model import Change, Detail, Op
from sync.changes.sentences import step
from sync.study.labels import label
from sync.words import counted


def sites(found: Sequence[Change[Detail]]) -> Iterator[Difference]:
    """The sites that changed, by country, the country with the most first; those only located anew are counted."""
    computed = [change for change in found if _is_computed(change)]
    told = [change for change in found if not _is_computed(change)]
    if told:
        yield _table(told)
    if computed:
        number = counted(len(computed), "site")
        yield Difference("Sites", Op.CHANGED, notes=(f"{number} placed anew on the map by the registry",))


def _is_computed(change: Change[Detail]) -> bool:
    detail = change.detail
    return change.path.endswith(".geoPoint") or (isinstance(detail, SiteDetail) and detail.computed)


def _table(told: Sequence[Change[Detail]]) -> Difference:
    countries: dict[str, list[Change[Detail]]] = {}
    for change in told:
        countries.setdefault(_country(change), []).append(change)
    heaviest = sorted(countries.items(), key=lambda each: (-len(each[1]), each[0]))
    return Difference("Sites", Op.CHANGED, rows=tuple(_row(name, changes) for name, changes in heaviest))


def _row(country: str, changes: Sequence[Change[Detail]]) -> CountryRow:
    columns = [_column(change) for change in changes]
    steps = {_step(change) for column, change in zip(columns, changes, strict=True) if column == "other"}
    what = steps.pop() if len(steps) == 1 else "changed"
    names = sorted(
        (_MARKS.get(column, "="), _name(change, column, what))
        for column, change in zip(columns, changes, strict=True)
    )
    numbers = {column: columns.count(column) for column in set(columns)}
    return CountryRow(country, **numbers, names=tuple(names), what=what)


_MARKS = {"added": "+", "removed": "-"}


def _column(change: Change[Detail]) -> str:
    if change.path.endswith("]") and change.op in (Op.ADDED, Op.REMOVED):
        return str(change.op)
    return "renamed" if isinstance(change.detail, SiteDetail) and change.detail.renamed else "other"


def _identity(change: Change[Detail]) -> list[str]:
    return change.path.partition("[")[2].rpartition("]")[0].split("|")


def _country(change: Change[Detail]) -> str:
    value = change.old if change.new is None else change.new
    known = value.get("country") if isinstance(value, dict) else None
    parts = _identity(change)
    named = parts[4] if len(parts) == 5 else ""
    found = known if isinstance(known, str) else named
    return line(found.partition(" #")[0]) or "No country"


def _name(change: Change[Detail], column: str, what: str) -> str:
    """The facility and its town; what it was called before, or what of it changed unless all did so."""
    detail = change.detail
    name = line(", ".join(filter(None, _identity(change)[:2])))
    if isinstance(detail, SiteDetail):
        name = _short_of(detail.site)
        if column == "renamed":
            return f"{_short_of(detail.was or '')} → {name}"
    return f"{name}: {_step(change)}" if column == "other" and what == "changed" else name


def _short_of(site: str) -> str:
    """ "City Hospital, Lyon" of "City Hospital, Lyon, France": the row says which country."""
    return line(site.rpartition(", ")[0] or site)


def _step(change: Change[Detail]) -> str:
    name = change.path.rpartition("]")[2].lstrip(".").rpartition(".")[2]
    told = step(change.old, change.new) if not isinstance(change.value, dict | list) else str(change.op)
    return line(told if name == "status" else f"{label(name)} {told}")
