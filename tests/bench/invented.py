"""Invented records in any number, and small edits of them, spread as the registry's are: most of all nothing special."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from sync.demo.story import cast, edits
from sync.demo.story.cast import Part, Record

STATUSES = {
    "RECRUITING": 38, "COMPLETED": 22, "ACTIVE_NOT_RECRUITING": 13, "NOT_YET_RECRUITING": 8, "UNKNOWN": 7,
    "TERMINATED": 5, "ENROLLING_BY_INVITATION": 3, "WITHDRAWN": 3, "SUSPENDED": 1,
}  # fmt: skip
PHASES = {
    ("PHASE1",): 34, ("PHASE1", "PHASE2"): 22, ("PHASE2",): 20, ("EARLY_PHASE1",): 9, ("PHASE3",): 7,
    ("PHASE2", "PHASE3"): 2, ("PHASE4",): 2, ("NA",): 4,
}  # fmt: skip
COUNTRIES = {
    "United States": 42, "China": 30, "Germany": 9, "France": 8, "United Kingdom": 7, "Spain": 6, "Italy": 6,
    "Canada": 6, "Australia": 5, "Japan": 4, "South Korea": 4, "Israel": 3, "Netherlands": 3, "Belgium": 3,
    "Switzerland": 2, "Denmark": 2, "Sweden": 2, "Austria": 2, "Poland": 2, "Brazil": 2, "India": 2, "Turkey (Türkiye)": 1,
    "Singapore": 1, "Norway": 1, "Czechia": 1, "Saudi Arabia": 1, "Mexico": 1,
}  # fmt: skip
DISEASES = (
    "Systemic Lupus Erythematosus", "Lupus Nephritis", "Systemic Sclerosis", "Myasthenia Gravis", "Multiple Sclerosis",
    "Rheumatoid Arthritis", "Pemphigus Vulgaris", "Immune Thrombocytopenia", "Sjogren Syndrome", "Multiple Myeloma",
    "Acute Lymphoblastic Leukemia", "Diffuse Large B-Cell Lymphoma", "Mantle Cell Lymphoma", "Follicular Lymphoma",
    "Stiff Person Syndrome", "ANCA-Associated Vasculitis", "Membranous Nephropathy", "Glioblastoma",
)  # fmt: skip
TARGETS = ("CD19", "BCMA", "CD20", "CD19/BCMA", "GPRC5D", "CD7", "CD22", "GPC3")
REASONS = (
    "Business decision",
    "Slow accrual",
    "Three deaths from cytokine release syndrome",
    "Lack of funding",
    "The sponsor moved on to another product",
)
PLACES = (
    "Alder",
    "Brook",
    "Copper",
    "Dove",
    "Elm",
    "Fern",
    "Grey",
    "Harrow",
    "Iron",
    "Juniper",
    "Kestrel",
    "Linden",
)
HOUSES = {
    "Biologics, Inc.": "INDUSTRY",
    "Cell Works": "INDUSTRY",
    "University Hospital": "OTHER",
    "Medical Center": "OTHER",
}
AGENCIES = {"National Institute of Invented Medicine": "NIH", "Ministry of Invented Health": "OTHER_GOV"}


def invented(number: int, chance: random.Random) -> Record:
    """A whole record."""
    sponsor, kind = _sponsor(chance)
    status = _pick(STATUSES, chance)
    part = Part(
        1_000_000 + number,
        chance.choice(DISEASES),
        chance.choice(TARGETS),
        f"{chance.choice(PLACES)[:3].upper()}-{chance.randrange(100, 900)}",
        "a score of 6 or more",
        sponsor,
        status,
        int(chance.lognormvariate(3.6, 0.9)) + 3,
        *_dates(status, chance),
    )
    record = cast.record(part)
    protocol = record["protocolSection"]
    protocol["sponsorCollaboratorsModule"]["leadSponsor"]["class"] = kind
    protocol["designModule"]["phases"] = list(_pick(PHASES, chance))
    protocol["contactsLocationsModule"]["locations"] = _sites(status, chance)
    record["hasResults"] = status in ("COMPLETED", "TERMINATED") and chance.random() < 0.3
    return record


def _sponsor(chance: random.Random) -> tuple[str, str]:
    if chance.random() < 0.05:
        return chance.choice(list(AGENCIES.items()))
    house, kind = chance.choice(list(HOUSES.items()))
    return f"{chance.choice(PLACES)}{chance.choice(('vale', 'moor', 'field', 'gate'))} {house}", kind


def _dates(status: str, chance: random.Random) -> tuple[str, str, str, str, str]:
    """Month of verification, day of the last update, start, primary completion, completion."""
    old = status in ("COMPLETED", "TERMINATED", "WITHDRAWN", "UNKNOWN") or chance.random() < 0.12
    year = chance.randrange(2022, 2025) if old else chance.choice((2025, 2026, 2026))
    month = chance.randrange(1, 8)
    end = (
        chance.choice((2024, 2025, 2025, 2026, 2027, 2028, 2030))
        if not old
        else chance.choice((2023, 2024, 2025, 2027))
    )
    start = (
        f"{min(year, end) - chance.randrange(0, 4)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
    )
    return (
        f"{year}-{month:02}", f"{year}-{month:02}-{chance.randrange(1, 29):02}", start,
        f"{end}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}", f"{end + 1}-{chance.randrange(1, 13):02}",
    )  # fmt: skip


def _sites(status: str, chance: random.Random) -> list[Record]:
    countries = {_pick(COUNTRIES, chance) for _ in range(min(8, int(chance.expovariate(0.8)) + 1))}
    sites = []
    for country in sorted(countries):
        for _ in range(int(chance.expovariate(0.5)) + 1):
            town = chance.choice(PLACES) + chance.choice(("ton", "ford", "burg"))
            site = cast.site(
                f"{town} General Hospital", town, "", f"{chance.randrange(10**5):05}", country, 1.5, 2.5
            )
            sites.append(site | ({"status": status} if status == "RECRUITING" else {}))
    return sites


def edited(record: Record, day: str, chance: random.Random) -> Record:
    """The record with one thing changed, by its sponsor on a day or, for UNKNOWN, by the registry."""
    edit = _pick(_EDITS, chance)
    if not edit(record, chance):
        edits.submitted(day)(record)
    return record


def _status(record: Record, chance: random.Random) -> bool:
    now = edits.at(record, edits.STATUS)
    if now not in _NEXT:  # it has ended
        return _contact(record, chance)
    becomes = chance.choice(_NEXT[now])
    edits.put(edits.STATUS, becomes)(record)
    if becomes in ("TERMINATED", "WITHDRAWN", "SUSPENDED"):
        edits.put(edits.WHY_STOPPED, chance.choice(REASONS))(record)
    return becomes == "UNKNOWN"


def _enrollment(record: Record, chance: random.Random) -> bool:
    count = edits.at(record, "designModule.enrollmentInfo.count")
    edits.enrolled(max(1, int(count * chance.choice((0.5, 0.8, 1.2, 1.5, 2)))) + 1)(record)
    return False


def _slip(record: Record, chance: random.Random) -> bool:
    path = chance.choice(("primaryCompletionDateStruct", "completionDateStruct"))
    year, *rest = edits.at(record, f"statusModule.{path}.date").split("-")
    edits.put(f"statusModule.{path}.date", "-".join([str(int(year) + chance.choice((1, 1, 2))), *rest]))(
        record
    )
    return False


def _site(record: Record, chance: random.Random) -> bool:
    edits.add(edits.SITES, _sites("RECRUITING", chance)[0])(record)
    return False


def _contact(record: Record, chance: random.Random) -> bool:
    edits.put("contactsLocationsModule.centralContacts.0.phone", f"555-{chance.randrange(10**4):04}")(record)
    return False


def _criteria(record: Record, chance: random.Random) -> bool:
    text = edits.at(record, "eligibilityModule.eligibilityCriteria")
    plates = chance.choice([f"Platelet count ≥{number}×10^9/L" for number in (30, 50, 75, 100)])
    lines = [f"  * {plates}" if "Platelet count" in line else line for line in text.splitlines()]
    edits.put("eligibilityModule.eligibilityCriteria", "\n".join(lines) + "\n")(record)
    return False


_NEXT = {
    "NOT_YET_RECRUITING": ("RECRUITING", "WITHDRAWN"),
    "RECRUITING": ("ACTIVE_NOT_RECRUITING", "ACTIVE_NOT_RECRUITING", "SUSPENDED", "TERMINATED", "UNKNOWN"),
    "ACTIVE_NOT_RECRUITING": ("COMPLETED", "COMPLETED", "TERMINATED", "UNKNOWN"),
    "ENROLLING_BY_INVITATION": ("ACTIVE_NOT_RECRUITING", "COMPLETED"),
    "SUSPENDED": ("RECRUITING", "TERMINATED"),
    "UNKNOWN": ("RECRUITING", "COMPLETED"),
}
_EDITS: dict[Callable[[Record, random.Random], bool], int] = {
    _status: 22, _enrollment: 15, _slip: 25, _site: 20, _contact: 10, _criteria: 8,
}  # fmt: skip


def _pick(weights: dict[Any, int], chance: random.Random) -> Any:
    return chance.choices(list(weights), list(weights.values()))[0]
