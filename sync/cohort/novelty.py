"""What is new about a study that comes into a watch: the first of its kind there, or the fourteenth (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sync.cohort.neighbours import AREAS, CARS, CLASSES
from sync.cohort.profile import Profile, disease_words
from sync.words import ordinal

MOST_DISEASES = 3
"""Diseases that are asked about: a basket trial names a dozen."""


class Feature(NamedTuple):
    """A combination of traits, and what a study with it is called: "CD19 in-vivo CAR in lupus nephritis"."""

    traits: tuple[tuple[str, str], ...]
    words: str


def features(study: Profile) -> list[Feature]:
    """What can be counted of a study, narrowest first: its kind in each of its diseases, then its antigens in its area."""
    diseases = study.diseases[:MOST_DISEASES]
    if study.class_ not in CARS:
        return [Feature((("disease", each),), f"study in {disease_words(each)}") for each in diseases]
    return [*_narrow(study, diseases), *_wide(study)]


def _narrow(study: Profile, diseases: Sequence[str]) -> Iterator[Feature]:
    antigens = [("antigen", each) for each in study.antigens]
    kind = study.modality if study.class_ == "car_other" and study.modality else CLASSES[study.class_]
    name = f"{'/'.join(study.antigens)} {kind}".strip()
    for each in diseases:
        yield Feature(
            (*antigens, ("class", study.class_), ("disease", each)), f"{name} in {disease_words(each)}"
        )
    if not diseases:
        yield Feature((*antigens, ("class", study.class_)), name)


def _wide(study: Profile) -> Iterator[Feature]:
    if study.area not in AREAS:
        return
    area, name = AREAS[study.area], "/".join(study.antigens) or "CAR"
    antigens = [("antigen", each) for each in study.antigens]
    yield Feature((*antigens, ("gives", "CAR"), ("area", study.area)), f"{name} in {area}")


def novelty(study: Profile, before: Sequence[int]) -> str:
    """What is new about a study, given how many studies had each of its features before; nothing where it has none.

    The rarest of the narrow ones is told, and the widest: "first CD19 in-vivo CAR in IgG4-related disease in this cohort;
    14th CD19 in autoimmune disease". Who has all antigens of a study has its feature, also with further ones.
    """
    counted = list(zip(before, features(study), strict=True))
    if not counted:
        return ""
    wide = counted[-1:] if study.class_ in CARS and study.area in AREAS else []
    narrow = counted[: len(counted) - len(wide)]
    told = [*([min(narrow, key=lambda each: each[0])] if narrow else []), *wide]
    sayings = [f"{ordinal(number + 1)} {feature.words}" for number, feature in told]
    return "; ".join([f"{sayings[0]} in this cohort", *sayings[1:]])
