"""What a record says of a CAR, as the rules ask it (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from sync.cohort.denied import is_denied
from sync.cohort.labels import Evidence, Label
from sync.cohort.mentions import Mention, Mentions, is_told_as_given, mentions, modality_of
from sync.cohort.passages import GIVEN_NAME, HEAD, OTHER_NAME, TITLES, Part, Passage, Passages
from sync.cohort.terms import CELLS as ANY_CELLS
from sync.cohort.terms import Term, terms, words_of
from sync.cohort.vocabulary import TrialClass
from sync.cohort.wordings import (
    ANTIBODY,
    AS_TREATMENT,
    BESIDE,
    BESIDE_OTHERS,
    CELLS,
    CELLS_BUT_STEM,
    CODE,
    CONDITIONING,
    DRUGS,
    EXAMINED,
    FOLLOW_UP,
    GENE_MODIFIED_T,
    NEVER_CELLS,
    NO_CELLS,
    PUT_IN,
    SERVICE,
    SOME_CELLS,
)
from sync.study.record import Record, Study, at

CLASS_OF_CELLS: dict[str, TrialClass] = {
    "CAR-T": "car_t_product",
    "CAR-γδ T": "car_t_product",
    "mRNA CAR-T": "car_t_product",
    "CAR-T in virus-specific T cells": "car_t_product",
    "CAR-NK": "car_other",
    "CAR-iNKT": "car_other",
    "CAR-Treg": "car_other",
    "CAR-M": "car_other",
    "CAR-DC": "car_other",
    "in vivo CAR": "in_vivo_car",
    # Its bait is an autoantigen instead of an antibody's piece: no CAR in the strict sense.
    "CAAR-T": "tcr_til_other_cells",
}
"""The class that follows from the cells which carry the construct."""
_NAMING = (*TITLES, GIVEN_NAME, OTHER_NAME)
"""The fields that name what is tried."""


class Facts:
    """What a record says, as the rules ask it."""

    def __init__(self, record: Record) -> None:
        self.study = Study(record)
        self.passages = Passages(record)
        self.words = terms().telling.intersection(words_of(self.passages.text))
        self.found: Mentions = mentions(self.passages, self.words)
        self.type = at(record, "protocolSection", "designModule", "studyType")

    @property
    def is_observational(self) -> bool:
        """Nothing is given by the study itself."""
        return bool(self.type == "OBSERVATIONAL")

    @cached_property
    def names(self) -> dict[int, str]:
        """The interventions by their names."""
        return {
            each.owner: each.folded.text
            for each in reversed(self.passages.of(Part.GIVEN))
            if each.owner is not None and each.is_name and each.field.endswith(".name")
        }

    @cached_property
    def given(self) -> list[Mention]:
        """The construct as an intervention: by its name, else by its description."""
        told = [each for each in self.found.told(Part.GIVEN) if not self._is_service(each)]
        told = [each for each in told if self._types.get(each.passage.owner) not in NEVER_CELLS]
        return [each for each in told if each.passage.is_name] or [
            each for each in told if not CONDITIONING.search(self.names.get(each.passage.owner or 0, ""))
        ]

    @cached_property
    def _types(self) -> dict[int | None, Any]:
        return {number: each.get("type") for number, each in enumerate(self.study.interventions)}

    def _is_service(self, mention: Mention) -> bool:
        name = self.names.get(-1 if mention.passage.owner is None else mention.passage.owner, "")
        without = re.sub(r"car t?.{0,30}?(?:following|after|plus|and|with|combined).*", "", name)
        return bool(SERVICE.search(without)) and mention.product is None

    @cached_property
    def titled(self) -> list[Mention]:
        """The construct in a title, as what is tried."""
        return self.found.told(Part.TITLE)

    @cached_property
    def told(self) -> list[Mention]:
        """The construct in arms, texts and measures, as what is tried."""
        return self.found.told(Part.ARM, Part.TEXT, Part.MEASURE, Part.WORD)

    @cached_property
    def beside(self) -> list[Mention]:
        """The construct as what patients have anyway, where a study speaks of itself."""
        return self.found.context(*HEAD, Part.WORD) + [
            each for each in self.found.context(Part.TEXT) if each.passage.field.endswith("briefSummary")
        ]

    @cached_property
    def main_drugs(self) -> list[str]:
        """Interventions that are neither the construct nor what goes with it."""
        constructs = {each.passage.owner for each in self.given}
        return [
            name
            for number, name in self.names.items()
            if number not in constructs and not BESIDE.search(name) and not CELLS.search(name)
        ]

    @cached_property
    def gives_no_cells(self) -> bool:
        """Whether none of the interventions can be cells, by their types and names."""
        kinds = {str(each.get("type")) for each in self.study.interventions}
        names = list(self.names.values())
        if names and all(map(ANTIBODY.search, names)):
            return True
        if not kinds <= NO_CELLS | DRUGS:
            return all(map(SERVICE.search, names)) and not all(map(CONDITIONING.search, names))
        listed = [name for number, name in self.names.items() if self._types.get(number) in DRUGS]
        others = [name for name in listed if name in self.main_drugs or SERVICE.search(name)]
        are_drugs = not any(map(CODE.match, self.main_drugs)) and any(
            not CONDITIONING.search(name) for name in others
        )
        return bool(kinds) and (kinds <= NO_CELLS or are_drugs)

    @cached_property
    def title_examines(self) -> bool:
        """Whether the titles are of what becomes of those who had the construct, listed or not."""
        had = self.found.context(Part.TITLE) + [each for each in self.titled if _is_of_the_treated(each)]
        if not had or not all(map(_is_of_the_treated, self.titled)):
            return False
        return bool(EXAMINED.search(" ".join(self._titles)))

    @cached_property
    def title_is_of_a_companion(self) -> bool:
        """Whether the titles tell the construct only as what comes before or after another intervention."""
        if self.titled or not self.found.context(Part.TITLE):
            return False
        if any(name.split()[0] in title for name in self._services if name for title in self._titles):
            return True
        known = [
            each for each in self.found.context(Part.TITLE) if not each.product or each.product.is_marketed
        ]
        return bool(known) and bool(self.main_drugs or "RADIATION" in self._types.values())

    @property
    def _titles(self) -> list[str]:
        return [each.folded.text for each in self.passages.of(Part.TITLE)]

    @property
    def _services(self) -> list[str]:
        return [name for name in self.names.values() if SERVICE.search(name)]

    @cached_property
    def follow_up(self) -> Evidence | None:
        """Whether the study only watches those who have had the construct, of which it then speaks."""
        for each in self.passages.of(Part.TITLE) if self.found.all else ():
            match = FOLLOW_UP.search(each.folded.text)
            if match and not any(CONDITIONING.search(name) for name in self.names.values()):
                return Evidence(each.field, each.folded.quote(*match.span()), "class: only followed up")
        return None

    @cached_property
    def other_cells(self) -> Label | None:
        """Cells without a CAR among the interventions."""
        if self.is_observational or terms().other_cells.words.isdisjoint(self.words):
            return None
        cells = terms().other_cells.perhaps_in(self.passages.text_at(*_NAMING), self.words)
        if not cells:
            return None
        given_first = sorted(self.passages.at(*_NAMING), key=lambda each: each.part is Part.TITLE)
        return next((said for each in given_first if (said := _other_cells(each, cells))), None)

    @cached_property
    def explained(self) -> list[Mention]:
        """The construct in a text, in the same sentence as an intervention: "X is a CAR-T product"."""
        return [
            each
            for each in self.found.told(Part.ARM, Part.TEXT)
            if any(
                name in each.sentence
                for name in self.names.values()
                if len(name) > 2 and not BESIDE.search(name)
            )
        ]

    @cached_property
    def gives_what_is_summed_up(self) -> bool:
        """Whether the summary tells a CAR, and all that is given besides are makers' codes of biologicals."""
        told = any(each.passage.field.endswith("briefSummary") for each in self.told)
        return told and bool(self.main_drugs) and self._lists_codes_alone

    @property
    def _lists_codes_alone(self) -> bool:
        """Whether what may be a drug has but a maker's code, and is registered as a biological."""
        if any(map(ANTIBODY.search, self.main_drugs)):
            return False
        drugs = [number for number, name in self.names.items() if name in self.main_drugs]
        return all(CODE.match(self.names[each]) and self._types.get(each) not in DRUGS for each in drugs)

    @cached_property
    def gives_what_a_text_gives(self) -> bool:
        """Whether a text tells a CAR as given, and what is listed may be it: cells, or a code that is told after none."""
        if not self._lists_codes_alone or self.gives_no_cells or self.found.context(*HEAD):
            return False
        around = [each.sentence for each in self.found.context(Part.TEXT)]
        apart = [name for name in self.main_drugs if any(name in sentence for sentence in around)]
        listed = any(CELLS_BUT_STEM.search(name) or CODE.match(name) for name in self.names.values())
        return listed and not apart and any(map(is_told_as_given, self.found.told(Part.ARM, Part.TEXT)))

    @cached_property
    def is_of_other_drugs(self) -> bool:
        """Whether the title names other drugs, and a CAR is listed beside them without saying which."""
        named = any(name.split()[0] in title for name in self.main_drugs for title in self._titles)
        is_any = not any(
            each.product or terms().antigen.search(each.passage.folded.text) for each in self.given
        )
        return named and is_any and not self.titled and not self.beside

    @cached_property
    def unknown_cells(self) -> bool:
        """Whether cells are given of which the record does not say what they are."""
        if self.words.isdisjoint(ANY_CELLS):
            return False
        firsts = ((name, SOME_CELLS.search(name)) for name in self.names.values())
        return any(first and PUT_IN.search(name, first.end()) for name, first in firsts)

    @cached_property
    def gene_modified(self) -> Evidence | None:
        """Gene-modified T cells in the words of the years before CAR was the word for it."""
        if "t cell" not in self.passages.text and "t lymphocyte" not in self.passages.text:
            return None
        for each in self.passages.of(*HEAD):
            for match in GENE_MODIFIED_T.finditer(each.folded.text):
                if not is_denied(each.folded.text, *match.span()):
                    return Evidence(
                        each.field, each.folded.quote(*match.span()), "class: gene-modified T cells"
                    )
        return None

    @cached_property
    def modality(self) -> Label | None:
        """The cells that carry the construct, where they are not plain T cells: as interventions say, else titles, texts."""
        for group in (self.given, self.titled, self.explained, self.told):
            said = _modalities(group)
            if group is self.given and any(
                each.product and each.product.modality == "CAR-T" for each in group
            ):
                # A known CAR-T product among them decides, whatever else is given.
                return next((each for each in said if CLASS_OF_CELLS[each.name] == "car_t_product"), None)
            if said and not _is_mixed([*group, *self.titled], said[0]):
                return said[0]
        return None

    @cached_property
    def product_class(self) -> TrialClass:
        """The class of a study that gives the construct."""
        return CLASS_OF_CELLS[self.modality.name] if self.modality else "car_t_product"

    @property
    def construct(self) -> Mention:
        """The first place that speaks of the construct."""
        return (
            self.given or self.titled or self.explained or self.told or self.beside or list(self.found.all)
        )[0]


def _other_cells(passage: Passage, cells: Iterable[Term]) -> Label | None:
    """Cells without a CAR that a name tells as given; a title may also tell them as what is measured."""
    text = passage.folded.text
    for kind in cells:
        for match in kind.pattern.finditer(text):
            if passage.part is Part.GIVEN or kind.name == "TCR-T" or AS_TREATMENT.match(text[match.end() :]):
                quote = passage.folded.quote(*match.span())
                return Label(kind.name, Evidence(passage.field, quote, f"modality: {kind.name}"))
    return None


def _is_of_the_treated(mention: Mention) -> bool:
    """Whether a construct is told as what certain patients are treated with."""
    return bool(re.search(r"treated with (?:\w+ ){0,3}$", mention.passage.folded.text[: mention.start]))


def _is_mixed(group: list[Mention], said: Label) -> bool:
    """Whether CAR-T cells are given besides the natural killer cells that carry one."""
    return said.name == "CAR-NK" and any(
        BESIDE_OTHERS.search(each.passage.folded.text, 0, each.end)
        and not modality_of(each)
        and not each.product
        for each in group
    )


def _modalities(group: list[Mention]) -> list[Label]:
    """The cells that these places name."""
    found = []
    for each in group:
        if each.product and each.product.modality != "CAR-T":
            name = each.product.modality
            found.append(
                Label(name, Evidence(each.passage.field, each.quote, f"modality: {name}, as of this product"))
            )
        elif said := modality_of(each):
            name = said[0].name
            found.append(Label(name, Evidence(each.passage.field, said[1], f"modality: {name}")))
    return found
