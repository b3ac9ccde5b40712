"""One search: which studies it finds, and in what order."""

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sync.demo.registry import fields
from sync.demo.registry.answers import QueryError, Request
from sync.demo.registry.corpus import Found, Version, View
from sync.demo.registry.query import Test, compile_query

QUERIES = {
    "query.cond": "ConditionSearch",
    "query.term": "BasicSearch",
    "query.locn": "LocationSearch",
    "query.titles": "TitleSearch",
    "query.intr": "InterventionSearch",
    "query.outc": "OutcomeSearch",
    "query.spons": "SponsorSearch",
    "query.lead": "LeadSponsorName",
    "query.id": "IdSearch",
    "query.patient": "PatientSearch",
}
FILTERS = {"filter.ids", "filter.overallStatus", "filter.advanced"}
NOT_SERVED = {"filter.geo", "filter.synonyms", "aggFilters", "geoDecay"}

# A corpus with `listed` spans holds what one search found; its few fields do not allow to repeat that search.
# A search by intervention or term that finds this share of the listed studies by text is taken for that one:
# of the autoimmune cohort "CAR-T" finds half, "chimeric antigen receptor" a tenth, one product's name a hundredth.
SHARE_OF_COHORT = 0.05

_IDS_ONLY = re.compile(r"\s*(NCT\d{8}[\s,]*)+", re.IGNORECASE)
_ID = re.compile(r"NCT0*([1-9]\d{0,7})", re.IGNORECASE | re.ASCII)
_SORT = re.compile(r"(?P<field>@relevance|[A-Za-z][\w.\-]*)(:(?P<way>asc|desc))?")


@dataclass(frozen=True)
class Search:
    """A search as compiled from the parameters of a request."""

    given: Mapping[str, str] = field(hash=False)
    """What is searched for, by parameter: with the ids and the order all of it."""
    texts: dict[str, Test] = field(compare=False)
    filters: dict[str, Test] = field(compare=False)
    ids: frozenset[str] | None
    sort: tuple[tuple[str, bool], ...]

    @classmethod
    def of(cls, request: Request, others: Collection[str]) -> "Search":
        """Reads a search; `others` are the parameters that belong to something else. Raises QueryError."""
        given: dict[str, str] = {}
        for name, value in request.params:
            parameter = name.replace("postFilter.", "filter.")
            if parameter in NOT_SERVED:
                raise QueryError(f"`{name}` is not served here")
            if parameter not in FILTERS and parameter not in QUERIES and parameter not in others:
                raise QueryError(f"`{name}` is unknown parameter")
            if value.strip():
                given[parameter] = value
        if named := _ids_in_queries(given):
            # A query of nothing but NCT ids makes the registry ignore every filter.
            return cls({}, {}, {}, named, _sort_keys(given.get("sort", "")))
        return cls(
            given={name: value for name, value in given.items() if name not in others},
            texts={name: compile_query(given[name], area) for name, area in QUERIES.items() if name in given},
            filters=dict(_filters(given)),
            ids=_ids(given["filter.ids"]) if "filter.ids" in given else None,
            sort=_sort_keys(given.get("sort", "")),
        )

    def results(self, view: View) -> list[Found]:
        """The studies found on a release."""
        finds = self._find(view)
        return [
            result
            for result in _candidates(view, self.ids)
            if finds(result) and all(test(result.version) for test in self.filters.values())
        ]

    def finds(self, version: Version) -> bool:
        """Whether a version has all that is searched for, its id apart."""
        tests = (*self.texts.values(), *self.filters.values())
        return all(test(version) for test in tests)

    def _find(self, view: View) -> Callable[[Found], bool]:
        tests = tuple(self.texts.values())

        def by_text(result: Found) -> bool:
            return all(test(result.version) for test in tests)

        if not self._is_the_cohorts(view):
            return by_text
        return lambda result: (
            by_text(result) if result.entry.listed is None else result.entry.is_listed(view.release)
        )

    def _is_the_cohorts(self, view: View) -> bool:
        tests = [self.texts[name] for name in ("query.intr", "query.term") if name in self.texts]
        cohort = [study.version for study in view.studies.values() if study.entry.listed is not None]
        hits = sum(all(test(version) for test in tests) for version in cohort)
        return bool(tests and cohort) and hits >= SHARE_OF_COHORT * len(cohort)

    def order(self, results: list[Found], shuffle: int) -> list[Found]:
        """Sorted as asked; without `sort` in another order at every moment, as the registry warns."""
        ordered = sorted(results, key=lambda result: result.entry.nct_id)
        if not self.sort:
            return sorted(ordered, key=lambda result: _scatter(result.entry.nct_id, shuffle))
        for name, descending in reversed(self.sort):
            ordered.sort(key=lambda result: _sort_value(result.version, name), reverse=descending)
            # Those without a value come last, whichever way it is sorted.
            ordered.sort(key=lambda result: _sort_value(result.version, name) is _MISSING)
        return ordered


def _ids_in_queries(given: dict[str, str]) -> frozenset[str] | None:
    named = [value for name, value in given.items() if name in QUERIES and _IDS_ONLY.fullmatch(value)]
    return frozenset().union(*map(_ids, named)) if named else None


def normal_id(text: str) -> str:
    """An NCT id in its usual form. Raises QueryError for anything else."""
    match = _ID.fullmatch(text)
    if match is None:
        raise QueryError(f"`{text}` is not a valid NCT number")
    return f"NCT{int(match[1]):08}"


def _ids(value: str) -> frozenset[str]:
    return frozenset(normal_id(part) for part in re.split(r"[|,\s]+", value) if part)


def _candidates(view: View, ids: frozenset[str] | None) -> Iterable[Found]:
    if ids is None:
        return view.studies.values()
    # `filter.ids` finds a study by its former ids as well.
    current = {view.aliases.get(nct_id, nct_id) for nct_id in ids}
    return [view.studies[nct_id] for nct_id in current if nct_id in view.studies]


def _filters(given: dict[str, str]) -> Iterable[tuple[str, Test]]:
    if "filter.advanced" in given:
        yield "filter.advanced", compile_query(given["filter.advanced"], "BasicSearch")
    if "filter.overallStatus" in given:
        statuses = re.split(r"[|,]", given["filter.overallStatus"])
        status = fields.field("OverallStatus")
        yield (
            "filter.overallStatus",
            lambda version: any(value in statuses for value in status.values(version.study or {})),
        )


def _sort_keys(value: str) -> tuple[tuple[str, bool], ...]:
    keys = [part for part in re.split(r"[|,]", value) if part]
    if len(keys) > 2:
        # Two at most, and none of text: the registry's own limits.
        raise QueryError("`sort` has too many items")
    return tuple(_sort_key(key) for key in keys)


def _sort_key(key: str) -> tuple[str, bool]:
    match = _SORT.fullmatch(key)
    if match is None:
        raise QueryError(f"`sort` has incorrect format: {key}")
    name = match["field"]
    if name == "@relevance":
        raise QueryError("`sort` by `@relevance` is not served here")
    kind = fields.field(name).kind
    if kind == "text":
        raise QueryError(f"`sort` by `{name}` is not supported: neither a date nor a number")
    return name, match["way"] == "desc" if match["way"] else kind == "date"


_MISSING: tuple[()] = ()


def _sort_value(version: Version, name: str) -> Any:
    wanted = fields.field(name)
    fitting = str if wanted.kind == "date" else (int, float)
    values = (value for value in wanted.values(version.study or {}) if isinstance(value, fitting))
    return next(((value,) for value in values), _MISSING)


def _scatter(nct_id: str, shuffle: int) -> bytes:
    return hashlib.blake2b(f"{nct_id} {shuffle}".encode(), digest_size=8).digest()
