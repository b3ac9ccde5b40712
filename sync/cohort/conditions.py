"""Conditions on what a study has to do with CAR-T cells, as routes and watches have them (pure)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import field_validator

from sync.cohort.vocabulary import Area, TrialClass
from sync.settings_base import InvalidValue, Section


class ClassConditions(Section):
    """Which classes, antigens and areas are meant; of each any one will do, and what is not named narrows nothing."""

    classes: tuple[TrialClass, ...] = ()
    antigens: tuple[str, ...] = ()
    areas: tuple[Area, ...] = ()

    @field_validator("classes", "antigens", "areas", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("antigens")
    @classmethod
    def _known_antigens(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_known_antigen(name, place) for place, name in enumerate(value, 1))

    @property
    def asks_for_a_class(self) -> bool:
        """Whether there is any such condition."""
        return bool(self.classes or self.antigens or self.areas)

    def objection(self, answer: Mapping[str, Any]) -> str | None:
        """Why a study of this class, of these antigens, in this area is not meant; None where it is."""
        if self.classes and answer["class"] not in self.classes:
            return f"its class is {answer['class']}, not {_either(self.classes)}"
        if self.antigens and not set(self.antigens) & set(answer["antigens"]):
            aims = f"it aims at {_either(answer['antigens'])}" if answer["antigens"] else "it says no antigen"
            return f"{aims}, not at {_either(self.antigens)}"
        if self.areas and answer["area"] not in self.areas:
            return f"its area is {answer['area']}, not {_either(self.areas)}"
        return None


def _known_antigen(name: str, place: int) -> str:
    # All terms are read and compiled for this, which a configuration without antigens need not wait for.
    from sync.cohort.terms import antigen_named, terms

    if (known := antigen_named(name)) is not None:
        return known
    raise InvalidValue(
        f"entry {place} is no antigen that is known; there are {', '.join(sorted(terms().antigens))}"
    )


def _either(names: Collection[str]) -> str:
    return " or ".join(names)
