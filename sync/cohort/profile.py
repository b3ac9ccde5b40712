"""What two studies are compared by: what is tried, in which diseases, by whom, where and how (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from typing import Any

import msgspec

from sync.cohort.folding import fold
from sync.cohort.rules import RULES_VERSION
from sync.cohort.terms import may_name_a_car, terms
from sync.study.plain import PLAIN, plain
from sync.study.record import Study, at
from sync.words import capital

FORM = 1
"""Raised with every change of what a profile holds; the classifier has a version of its own."""
MOST_SITES = 500
"""Sites of a study that are kept for comparison: the largest real list has 1,200, the 99th of a hundred 200."""

_DESIGN = (
    ("designInfo", "allocation"),
    ("designInfo", "interventionModel"),
    ("designInfo", "observationalModel"),
    ("designInfo", "primaryPurpose"),
    ("designInfo", "maskingInfo", "masking"),
)
_NO_PRODUCT = re.compile(
    r"cyclophosphamide|fludarabine|bendamustine|tocilizumab|mesna|placebo|standard|conditioning|lymphodeplet|apheresis|"
    r"usual care|no intervention|questionnaire|biops|sampl|imaging|observation"
)
"""What goes with a treatment in many trials, and makes no two of them alike."""
_NO_PLACE = re.compile(
    r"(?:research|investigati\w{1,9}|investigator|study|clinical|trial|local|gsk|pfizer|novartis)? ?"
    r"(?:investigati\w{1,9} |trial |clinical )?(?:site|institution|facility|centre|center)?[ #\d-]{0,20}"
)
"""Names that stand for a hospital which is not named."""
_EPONYMS = ("Hodgkin", "Waldenström", "Still")
MOST_CONDITIONS = 10
_CODE = re.compile(r"\b(?:(?=[a-z]{0,12}\d)(?=\d{0,12}[a-z])[a-z0-9]{4,24}|[a-z]{2,12} \d{2,8})")
"""What a sponsor calls a product before it has a name: "kyv101", "rd06 04"."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A study as it is compared with others. What the record does not say is empty or None, and counts for nothing."""

    nct_id: str
    class_: str = "not_related"
    modality: str | None = None
    antigens: tuple[str, ...] = ()
    source: str = "unknown"
    area: str = "other"
    diseases: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    sponsor: str | None = None
    sponsor_class: str | None = None
    phases: tuple[str, ...] = ()
    design: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    """Facility, city and country, as the record writes them."""

    def as_json(self) -> dict[str, Any]:
        """The fields that say something, as they are stored."""
        return {name: value for name in _FIELDS if (value := getattr(self, name))}

    @classmethod
    def of_json(cls, known: Mapping[str, Any]) -> Profile:
        """A stored profile; a field that is not known any more is passed over."""
        return msgspec.convert(known, cls)


_FIELDS = tuple(each.name for each in fields(Profile))


def form() -> str:
    """What profiles are made by: those of another form were made by other rules, and are made again."""
    return f"{FORM}-{RULES_VERSION}-{terms().version}"


def profile(study: Study, answer: Mapping[str, Any]) -> Profile:
    """What a study is compared by; `answer` is the JSON of its classification, with what a person decided above it."""
    return Profile(
        nct_id=study.nct_id or "",
        class_=answer["class"],
        modality=answer["modality"],
        antigens=tuple(answer["antigens"]),
        source=answer["source"],
        area=answer["area"],
        diseases=tuple(answer["diseases"]) or _conditions(study),
        products=tuple(dict.fromkeys(_products(study))),
        sponsor=study.sponsor,
        sponsor_class=study.sponsor_class,
        phases=study.phases,
        design=tuple(_design(study)),
        countries=tuple(sorted(study.countries)),
        sites=tuple(dict.fromkeys(_sites(study)))[:MOST_SITES],
    )


def _conditions(study: Study) -> tuple[str, ...]:
    """Diseases that the terms have no name for, as the record names them but for their capitals."""
    named = (plain(each)[:200] for each in study.conditions[:MOST_CONDITIONS])
    return tuple(
        dict.fromkeys(capital(" ".join(map(_without_capital, each.split()))) for each in named if each)
    )


def _without_capital(word: str) -> str:
    return word.lower() if word[1:].islower() else word


def disease_words(name: str) -> str:
    """A disease within a sentence: "systemic sclerosis", but "ANCA-associated vasculitis" and "Hodgkin lymphoma"."""
    first = name.split(" ", 1)[0]
    is_common = (
        first[1:].replace("-", "").islower() and not first.endswith(("'s", "s'")) and first not in _EPONYMS
    )
    return name[:1].lower() + name[1:] if is_common and name in _named_by_us() else name


@cache
def _named_by_us() -> frozenset[str]:
    return frozenset(each.name for each in terms().diseases)


def _products(study: Study) -> Iterator[str]:
    """What is given, by a product's first name where it is a known one; "CD19 CAR-T cells" names none."""
    for each in study.interventions:
        name = each.get("name")
        if isinstance(name, str):
            yield from _products_named(name[:300])


# Kept: what is given in one study is given in many.
@lru_cache(maxsize=10_000)
def _products_named(name: str) -> tuple[str, ...]:
    text = fold(name).text.strip()
    known = [each.name for each in terms().products.perhaps_in(text) if each.pattern.search(text)]
    if known or not text or _NO_PRODUCT.search(text):
        return tuple(known)
    return tuple(_unknown_product(text))


def _unknown_product(text: str) -> Iterator[str]:
    """A name that no term knows; where it is that of a CAR, only the code in it tells it from any other one."""
    if not may_name_a_car(text) or not terms().car.search(text):
        yield text[:100]
    elif code := _CODE.search(terms().car.sub(" ", terms().antigen.sub(" ", text))):
        yield code.group()


def _design(study: Study) -> Iterator[str]:
    module = at(study.record, "protocolSection", "designModule")
    for path in _DESIGN:
        value = at(module, *path)
        if isinstance(value, str) and value not in ("", "NA"):
            yield value


def _sites(study: Study) -> Iterator[str]:
    for each in study.locations:
        facility = each.get("facility")
        if isinstance(facility, str) and _is_place(facility[:200]):
            parts = (facility, each.get("city"), each.get("country"))
            yield ", ".join([PLAIN[part][:100] for part in parts if isinstance(part, str) and part])


@lru_cache(maxsize=10_000)
def _is_place(facility: str) -> bool:
    # Kept: the hospitals that take part in studies take part in many.
    return not _NO_PLACE.fullmatch(fold(facility).text.strip())
