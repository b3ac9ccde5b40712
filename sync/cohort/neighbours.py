"""How near two studies are to each other, with the reasons in words (pure).

A score from 0 to 100 is a sum over what the two have in common. What is tried and in which disease make 74 of it, so that no
pair is near for its country and phase alone. `related.py` has the searches that ask the registry for candidates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from sync.cohort.folding import fold
from sync.cohort.profile import Profile, disease_words
from sync.study.labels import in_words, phases
from sync.words import counted

RELATED = 45
"""From this score on two studies count as related. It is met by the same antigen in the same class of product and area
(52), and by the same class of product in the same disease with one thing more; it is missed by the same antigen in another
area, such as lymphoma for lupus (35 at most, without sponsor and sites), and by who shares sponsor, country, phase."""

ANTIGEN, CLASS, OTHER_CLASS, PRODUCT = 22, 14, 5, 10
AREA, DISEASE, ALL_DISEASES = 16, 8, 4
SPONSOR, SITES, COUNTRY, PHASE, DESIGN = 8, 8, 3, 3, 4

NARROW = ("antigen", "disease", "product", "sponsor", "class")
"""The kinds of trait of which one must be shared: an area alone makes nobody a neighbour."""

CARS = ("car_t_product", "in_vivo_car", "car_other")
AREAS = {
    "autoimmune": "autoimmune disease",
    "oncology_heme": "cancer of the blood",
    "oncology_solid": "solid tumours",
    "infection": "infection",
}
CLASSES = {
    "car_t_product": "CAR-T",
    "in_vivo_car": "in-vivo CAR",
    "car_other": "CAR in other cells than T cells",
    "tcr_til_other_cells": "cells without a CAR",
    "around_car_t": "around CAR-T",
    "follow_up": "follow-up of CAR-T",
}
"""The classes of a study as sentences name them."""


class Reason(NamedTuple):
    """One thing that two studies have in common, what it counts for, and in words."""

    what: str
    points: int
    says: str


@dataclass(frozen=True, slots=True)
class Relation:
    """How near a study is to another one: the sum of its reasons, weightiest first."""

    nct_id: str
    score: int
    reasons: tuple[Reason, ...]

    @property
    def is_related(self) -> bool:
        """Whether the two count as related."""
        return self.score >= RELATED

    @property
    def sentence(self) -> str:
        """The reasons in one line."""
        return "; ".join(each.says for each in self.reasons)


def relation(study: Profile, other: Profile) -> Relation:
    """How near `other` is to `study`; the same the other way round, but for whose id it bears."""
    reasons = sorted(_reasons(study, other), key=lambda each: -each.points)
    return Relation(other.nct_id, sum(each.points for each in reasons), tuple(reasons))


def nearest(study: Profile, others: Iterable[Profile]) -> list[Relation]:
    """All others by how near they are, nearest first; the study itself is left out."""
    found = (relation(study, other) for other in others if other.nct_id != study.nct_id)
    return sorted(found, key=lambda each: (-each.score, each.nct_id))


def differences(study: Profile, other: Profile) -> Iterator[str]:
    """What `other` lacks of what would count most: "the antigen (BCMA, for CD19)"."""
    if not _common(study.antigens, other.antigens) and (study.antigens or other.antigens):
        yield f"the antigen ({_listed(other.antigens) or 'none said'}, for {_listed(study.antigens) or 'none said'})"
    if study.class_ != other.class_:
        yield f"the class ({_class_of(other)}, for {_class_of(study)})"
    if study.area != other.area:
        yield f"the area ({AREAS.get(other.area, 'none said')}, for {AREAS.get(study.area, 'none said')})"
    elif not _common(study.diseases, other.diseases):
        yield "the disease"


def _class_of(study: Profile) -> str:
    return CLASSES.get(study.class_, "nothing of a CAR")


def moved(before: Profile, after: Profile) -> str:
    """What a study is compared by that is another thing than before: "antigen: CD19 → none said"."""
    pairs = (
        ("class", _class_of(before), _class_of(after)),
        ("antigen", _listed(before.antigens), _listed(after.antigens)),
        ("area", AREAS.get(before.area, ""), AREAS.get(after.area, "")),
        ("disease", _listed(before.diseases), _listed(after.diseases)),
        ("product", _listed(before.products), _listed(after.products)),
        ("sponsor", before.sponsor or "", after.sponsor or ""),
        ("site", _listed(before.sites), _listed(after.sites)),
    )
    return "; ".join(
        f"{name}: {was or 'none said'} → {now or 'none said'}" for name, was, now in pairs if was != now
    )


def traits(study: Profile) -> dict[tuple[str, str], int]:
    """What a study is looked up by, kind and value, each with what it counts for; what thousands share is left out."""
    found = {("antigen", each): ANTIGEN for each in study.antigens}
    found |= {("disease", each): DISEASE for each in study.diseases}
    found |= {("product", each): PRODUCT for each in study.products}
    if study.sponsor:
        found["sponsor", same_name(study.sponsor)] = SPONSOR
    if study.class_ != "not_related":
        found["class", study.class_] = CLASS - OTHER_CLASS
    if study.class_ in CARS:
        found["gives", "CAR"] = OTHER_CLASS
    if study.area != "other":
        found["area", study.area] = AREA
    return found


def _reasons(study: Profile, other: Profile) -> Iterator[Reason]:
    yield from _treatment(study, other)
    yield from _disease(study, other)
    if study.sponsor and same_name(study.sponsor) == same_name(other.sponsor or ""):
        yield Reason("sponsor", SPONSOR, f"same sponsor ({other.sponsor})")
    yield from _sites(study, other)
    if countries := _common(study.countries, other.countries):
        yield Reason("country", COUNTRY, f"both in {_listed(countries)}")
    if common := _common(study.phases, other.phases):
        yield Reason("phase", PHASE, f"both {phases(common) or 'without a phase'}")
    yield from _design(study, other)


def _treatment(study: Profile, other: Profile) -> Iterator[Reason]:
    if products := _common(study.products, other.products):
        # Where neither gives a CAR there is neither antigen nor class: what is given counts for all three.
        is_car = study.class_ in CARS or other.class_ in CARS
        points = PRODUCT if is_car else PRODUCT + ANTIGEN + CLASS
        yield Reason("product", points, f"both give {_listed(products)}")
    if antigens := _common(study.antigens, other.antigens):
        # A second antigen makes another product of it: CD19/BCMA is half of CD19.
        share = len(antigens) / len({*study.antigens, *other.antigens})
        elsewhere = _areas_differ(study, other)
        says = f"both against {_listed(antigens)}"
        more = [each for each in (*study.antigens, *other.antigens) if each not in antigens]
        says += f", one of them also against {_listed(more)}" if more else ""
        yield Reason("antigen", max(1, round(ANTIGEN * share / (1 + elsewhere))), says)
    if study.class_ == other.class_ != "not_related":
        yield Reason("class", CLASS, f"same class ({_kind_of(study)})")
    elif study.class_ in CARS and other.class_ in CARS:
        yield Reason("class", OTHER_CLASS, f"both give a CAR ({_kind_of(study)} and {_kind_of(other)})")


def _kind_of(study: Profile) -> str:
    is_named = study.class_ == "car_other" and study.modality
    return study.modality if is_named and study.modality else CLASSES[study.class_]


def _areas_differ(study: Profile, other: Profile) -> bool:
    return "other" not in (study.area, other.area) and study.area != other.area


def _disease(study: Profile, other: Profile) -> Iterator[Reason]:
    diseases = _common(study.diseases, other.diseases)
    if diseases:
        share = len(diseases) / len({*study.diseases, *other.diseases})
        points = DISEASE + round(ALL_DISEASES * share) + AREA
        yield Reason("disease", points, f"both in {_listed([disease_words(each) for each in diseases])}")
    elif study.area == other.area != "other":
        yield Reason("disease", AREA, f"both in {AREAS[study.area]}")


def _sites(study: Profile, other: Profile) -> Iterator[Reason]:
    names = {same_name(each): each for each in other.sites}
    shared = [names[key] for key in dict.fromkeys(map(same_name, study.sites)) if key in names]
    if shared:
        says = f"{counted(len(shared), 'site')} in common ({_listed(shared[:2])}{' …' if len(shared) > 2 else ''})"
        yield Reason("sites", min(SITES, 4 + 2 * len(shared)), says)


def _design(study: Profile, other: Profile) -> Iterator[Reason]:
    common = _common(study.design, other.design)
    # What only one of them states differs as well: a design is alike as a whole or hardly.
    share = len(common) / max(len(study.design), len(other.design), 1)
    if points := round(DESIGN * share):
        yield Reason(
            "design", points, f"like design ({_listed([in_words(each).lower() for each in common])})"
        )


def _common(ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    return [each for each in dict.fromkeys(ours) if each in theirs]


@lru_cache(maxsize=50_000)
def same_name(name: str) -> str:
    """A name without what two ways of writing it differ by. Kept: hundreds of sites are compared with each other."""
    return fold(name).text.strip(" .")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
