"""Conditions on what a study has to do with CAR-T cells, as routes and watches have them (pure)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import field_validator

from sync.cohort.vocabulary import ANTIGEN, Area, TrialClass, class_words
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
    def _antigens_by_name(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_by_name(name, place) for place, name in enumerate(value, 1)))

    @property
    def asks_for_a_class(self) -> bool:
        """Whether there is any such condition."""
        return bool(self.classes or self.antigens or self.areas)

    @property
    def conditions_in_words(self) -> str:
        """The conditions as people read them: "a CAR-T product, against CD19 or BCMA, in autoimmune disease"."""
        classes = _either([class_words(each) for each in self.classes])
        areas = _either([class_words(each) for each in self.areas])
        parts = (classes, self.antigens and f"against {_either(self.antigens)}", areas and f"in {areas}")
        return ", ".join(part for part in parts if part)

    def objection(self, answer: Mapping[str, Any]) -> str | None:
        """Why a study of this class, of these antigens, in this area is not meant; None where it is."""
        if self.classes and answer["class"] not in self.classes:
            return f"its class is {answer['class']}, not {_either(self.classes)}"
        if self.antigens and _folded(self.antigens).isdisjoint(_folded(answer["antigens"])):
            if not answer["antigens"]:
                return f"it says no antigen, and {_either(self.antigens)} is asked for"
            return f"it aims at {_either(answer['antigens'])}, not at {_either(self.antigens)}"
        if self.areas and answer["area"] not in self.areas:
            return f"its area is {answer['area']}, not {_either(self.areas)}"
        return None

    def doubts(self) -> list[str]:
        """A sentence for each antigen that no term knows: a slip of the pen, or one that only people can name so far."""
        return doubts_of(self.antigens)


def doubts_of(antigens: Iterable[str]) -> list[str]:
    """A sentence for each of the antigens that no term knows."""
    return [_doubt(name) for name in antigens if _known(name) is None]


def _by_name(name: str, place: int) -> str:
    """An antigen by the name that it has here; one that no term knows as it is written, since a person may decide on it."""
    if (known := _known(name)) is not None:
        return known
    if not ANTIGEN.fullmatch(name.strip()):
        raise InvalidValue(
            f"entry {place} is not the name of an antigen: letters, digits and dashes, such as CD19"
        )
    return name.strip()


def _known(name: str) -> str | None:
    # All terms are read and compiled for this, which a configuration without antigens need not wait for.
    from sync.cohort.terms import antigen_named

    return antigen_named(name)


def _doubt(name: str) -> str:
    from sync.cohort.terms import terms

    by_folded = {each.casefold(): each for each in terms().antigens}
    near = [by_folded[each] for each in get_close_matches(name.casefold(), by_folded, n=3, cutoff=0.6)]
    offer = f"; did you mean {_either(near)}?" if near else ""
    return (
        f"{name} is not among the known antigens: only a study whose title writes it so, or of which a person decided it "
        f"(`trialdelta classify NCT… --set antigens={name}`), matches it{offer}"
    )


def _folded(names: Collection[str]) -> set[str]:
    return {name.casefold() for name in names}


def _either(names: Collection[str]) -> str:
    return " or ".join(names)
