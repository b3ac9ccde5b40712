"""The texts of a record that a study is found by, field by field (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sync.study.plain import PLAIN
from sync.study.record import Study, at

MOST_VALUES = 3_000
"""Of one field: the registry's largest record has 1,200 sites."""
LONGEST = 500

FIELDS = (
    "id",
    "title",
    "condition",
    "intervention",
    "keyword",
    "sponsor",
    "person",
    "site",
    "city",
    "country",
)


def searched(study: Study) -> dict[str, list[str]]:
    """Each value of a field once, in the record's order; a field without a value is left out."""
    return {field: values for field in FIELDS if (values := _distinct(_VALUES[field](study)))}


def _distinct(values: Iterable[Any]) -> list[str]:
    # Once as they stand: a hundred sites are in a handful of countries.
    given = dict.fromkeys([value for value in values if isinstance(value, str)])
    texts = dict.fromkeys([PLAIN[value[: 2 * LONGEST]] for value in given])
    if max(map(len, texts), default=0) > LONGEST:
        texts = dict.fromkeys([text[:LONGEST] for text in texts])
    texts.pop("", None)
    return list(texts)[:MOST_VALUES]


def _module(study: Study, name: str) -> Any:
    return at(study.record, "protocolSection", name)


def _each(objects: Any, *names: str) -> Iterator[Any]:
    """The values of these names, in each object of a list."""
    for each in objects if isinstance(objects, list | tuple) else ():
        if isinstance(each, dict):
            yield from map(each.get, names)


def _ids(study: Study) -> Iterator[Any]:
    module = _module(study, "identificationModule")
    yield at(module, "nctId")
    yield from study.aliases
    yield at(module, "orgStudyIdInfo", "id")
    yield from _each(at(module, "secondaryIdInfos"), "id")


def _titles(study: Study) -> Iterator[Any]:
    module = _module(study, "identificationModule")
    yield from (at(module, name) for name in ("briefTitle", "officialTitle", "acronym"))


def _interventions(study: Study) -> Iterator[Any]:
    for each in study.interventions:
        yield each.get("name")
        others = each.get("otherNames")
        yield from others if isinstance(others, list) else ()


def _sponsors(study: Study) -> Iterator[Any]:
    module = _module(study, "sponsorCollaboratorsModule")
    yield at(module, "leadSponsor", "name")
    yield from _each(at(module, "collaborators"), "name")
    yield at(_module(study, "identificationModule"), "organization", "fullName")


def _people(study: Study) -> Iterator[Any]:
    module = _module(study, "contactsLocationsModule")
    yield at(_module(study, "sponsorCollaboratorsModule"), "responsibleParty", "investigatorFullName")
    yield from _each(at(module, "overallOfficials"), "name")
    yield from _each(at(module, "centralContacts"), "name", "email")
    for site in study.locations:
        # only a site that recruits has any
        if contacts := site.get("contacts"):
            yield from _each(contacts, "name", "email")


def _cities(study: Study) -> Iterator[str]:
    for site in study.locations:
        parts = [site.get("city"), site.get("state"), site.get("zip")]
        yield ", ".join(part for part in parts if isinstance(part, str) and part)


_VALUES: dict[str, Any] = {
    "id": _ids,
    "title": _titles,
    "condition": lambda study: study.conditions,
    "intervention": _interventions,
    "keyword": lambda study: study.keywords,
    "sponsor": _sponsors,
    "person": _people,
    "site": lambda study: [each.get("facility") for each in study.locations],
    "city": _cities,
    "country": lambda study: [each.get("country") for each in study.locations],
}
