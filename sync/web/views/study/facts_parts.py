"""What a trial page lists: arms, interventions, outcomes, sites, people, references (pure)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from pydantic import Field

from sync.study.record import Record
from sync.view import View
from sync.web.views.study.record_values import Paragraph, objects, prose, text, texts

NOWHERE = "Country not given"
_PMID = re.compile(r"\d{1,10}", re.ASCII)


class Intervention(View):
    """What is given or done; `arms` are the labels of the arms that get it."""

    type: str | None
    name: str
    description: tuple[Paragraph, ...]
    other_names: tuple[str, ...]
    arms: tuple[str, ...]


class Arm(View):
    """A group of participants."""

    label: str
    type: str | None
    description: tuple[Paragraph, ...]
    interventions: tuple[str, ...]


class Outcome(View):
    """What is measured, and when."""

    measure: str
    time_frame: str | None
    description: tuple[Paragraph, ...]


class Site(View):
    """A place where the study is done."""

    facility: str
    city: str | None
    state: str | None
    zip: str | None
    country: str
    status: str | None


class Country(View):
    """The sites of one country, by city and facility."""

    name: str
    sites: tuple[Site, ...]
    statuses: dict[str, int] = Field(description="How many of them are in each status that the record gives.")


class Contact(View):
    """Whom to ask."""

    name: str
    role: str | None
    phone: str | None
    email: str | None


class Official(View):
    """Who answers for the study."""

    name: str
    role: str | None
    affiliation: str | None


class Named(View):
    """An organisation, with its class: INDUSTRY, NIH, OTHER …"""

    name: str
    kind: str | None


class Reference(View):
    """A publication; with a PubMed id, where it has one that can be one."""

    citation: str
    type: str | None
    pmid: str | None


def interventions(module: Any) -> tuple[Intervention, ...]:
    """The interventions of the module of arms."""
    return tuple(
        Intervention(
            type=text(each, "type"),
            name=text(each, "name") or "Unnamed",
            description=prose(each, "description"),
            other_names=texts(each, "otherNames"),
            arms=texts(each, "armGroupLabels"),
        )
        for each in objects(module, "interventions")
    )


def arms(module: Any) -> tuple[Arm, ...]:
    """The arms of the module of arms."""
    return tuple(
        Arm(
            label=text(each, "label") or "Unnamed",
            type=text(each, "type"),
            description=prose(each, "description"),
            interventions=texts(each, "interventionNames"),
        )
        for each in objects(module, "armGroups")
    )


def outcomes(module: Any, name: str) -> tuple[Outcome, ...]:
    """The outcomes of one kind: primaryOutcomes, secondaryOutcomes or otherOutcomes."""
    return tuple(
        Outcome(
            measure=text(each, "measure") or "Unnamed",
            time_frame=text(each, "timeFrame"),
            description=prose(each, "description"),
        )
        for each in objects(module, name)
    )


def countries(locations: Iterable[Record]) -> tuple[Country, ...]:
    """The sites by country, the country with the most first."""
    by_country: defaultdict[str, list[Site]] = defaultdict(list)
    for site in map(_site, locations):
        by_country[site.country].append(site)
    # By name where the numbers are equal: the registry does not promise an order, and a page that shuffles looks changed.
    ordered = sorted(by_country.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    return tuple(_country(name, sites) for name, sites in ordered)


def contacts(module: Any) -> tuple[Contact, ...]:
    """The central contacts."""
    return tuple(
        Contact(
            name=name,
            role=text(each, "role"),
            phone=_phone(each),
            email=text(each, "email"),
        )
        for each in objects(module, "centralContacts")
        # Records exist that name nobody but give a number; it is the number that people look for.
        if (name := text(each, "name") or text(each, "email") or text(each, "phone"))
    )


def officials(module: Any) -> tuple[Official, ...]:
    """The overall officials."""
    return tuple(
        Official(name=name, role=text(each, "role"), affiliation=text(each, "affiliation"))
        for each in objects(module, "overallOfficials")
        if (name := text(each, "name"))
    )


def named(tree: Any) -> Named | None:
    """An organisation of the module of sponsors."""
    name = text(tree, "name")
    return Named(name=name, kind=text(tree, "class")) if name else None


def references(module: Any) -> tuple[Reference, ...]:
    """The publications that the record names."""
    return tuple(
        Reference(citation=citation, type=text(each, "type"), pmid=_pmid(each))
        for each in objects(module, "references")
        if (citation := text(each, "citation") or text(each, "pmid"))
    )


def _site(location: Record) -> Site:
    return Site(
        facility=text(location, "facility") or "Facility not given",
        city=text(location, "city"),
        state=text(location, "state"),
        zip=text(location, "zip"),
        country=text(location, "country") or NOWHERE,
        status=text(location, "status"),
    )


def _country(name: str, sites: list[Site]) -> Country:
    ordered = sorted(sites, key=lambda site: (site.city or "", site.facility))
    statuses = Counter(site.status for site in sites if site.status)
    return Country(name=name, sites=tuple(ordered), statuses=dict(statuses.most_common()))


def _phone(contact: Record) -> str | None:
    phone, extension = text(contact, "phone"), text(contact, "phoneExt")
    return f"{phone}, ext. {extension}" if phone and extension else phone


def _pmid(reference: Record) -> str | None:
    found = text(reference, "pmid")
    # It becomes part of an address.
    return found if found and _PMID.fullmatch(found) else None
