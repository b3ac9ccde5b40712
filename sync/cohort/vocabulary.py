"""The closed sets of what a trial may be said to be, apart from the rules: reading a configuration needs no more (pure)."""

from __future__ import annotations

import re
from typing import Literal, get_args

TrialClass = Literal[
    "car_t_product",
    "car_other",
    "in_vivo_car",
    "tcr_til_other_cells",
    "around_car_t",
    "follow_up",
    "not_related",
]
Source = Literal["autologous", "allogeneic", "unknown"]
Area = Literal["oncology_heme", "oncology_solid", "autoimmune", "infection", "other"]

CLASSES: tuple[TrialClass, ...] = get_args(TrialClass)
SOURCES: tuple[Source, ...] = get_args(Source)
AREAS: tuple[Area, ...] = get_args(Area)

ANTIGEN = re.compile(r"[^\W_][\w .+/()-]{0,39}")
"""What can be the name of an antigen, also of one that no term knows."""

IN_WORDS: dict[str, str] = {
    "car_t_product": "CAR-T product",
    "car_other": "CAR in other cells",
    "in_vivo_car": "CAR made in the body",
    "tcr_til_other_cells": "other cells, no CAR",
    "around_car_t": "around a CAR-T",
    "follow_up": "follow-up",
    "not_related": "not related to a CAR",
    "oncology_heme": "blood cancer",
    "oncology_solid": "solid tumours",
    "autoimmune": "autoimmune disease",
    "infection": "infection",
    "other": "other diseases",
    "unknown": "not said",
}
"""The names as people read them."""


def class_words(name: str) -> str:
    """A class, source or area as people read it."""
    return IN_WORDS.get(name, name)


def grounds_in_words(says: str) -> str:
    """What a piece of evidence says as people read it: "class: CAR-T product, for a CAR is in its title"."""
    name, colon, rest = says.partition(": ")
    value, comma, why = rest.partition(", ")
    return f"{name}{colon}{class_words(value)}{comma}{why}"
