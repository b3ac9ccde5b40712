"""What a trial has to do with CAR-T cells: facts of a record, and rules of which the first that holds decides (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

from sync.cohort import labels
from sync.cohort.labels import Evidence, Label
from sync.cohort.mentions import Mention, Mentions, mentions, modality_of
from sync.cohort.passages import HEAD, Part, Passage, passages
from sync.cohort.terms import terms
from sync.study.record import Record, Study, at

TrialClass = Literal[
    "car_t_product",
    "car_other",
    "in_vivo_car",
    "tcr_til_other_cells",
    "around_car_t",
    "follow_up",
    "not_related",
]
Confidence = Literal["certain", "likely", "uncertain"]
"""`uncertain` asks for a person's look."""
RULES_VERSION = 1
"""Raised with every change of the rules; the terms have a version of their own."""

_CLASSES: dict[str, TrialClass] = {
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

_FOLLOW_UP = re.compile(
    r"long term (?:safety )?(?:follow ?up|safety|surveillance)|ltfu|roll ?over|post authori[sz]ation|15 years?|"
    r"fifteen years?|delayed adverse|registry of|registry stud|long term.{0,40}follow ?up"
)
# Interventions that are done for, to or around those who get a CAR: never the construct itself, though they may name it.
_SERVICE = re.compile(
    r"\b(?:sampl\w+|questionnaires?|surveys?|interviews?|monitoring|biops(?:y|ies)|imaging|pet|mri|education\w*|app|exercise|"
    r"collection|apheresis|leukapheresis|bridging|prophyla\w+|vaccin\w+|no intervention|observation\w*|registry|"
    r"quality of life|follow up|assessments?|rehabilitation|telemedicine|lymphodepletion|lymphodepleting|conditioning|"
    r"radiotherapy|radiation|no study drug|data|decision|navigation|diary|wearable\w*)\b"
)
_CONDITIONING = re.compile(
    r"cyclophosphamide|fludarabine|bendamustine|lymphodeplet\w+|conditioning|leukapheresis|apheresis"
)
_BESIDE = re.compile(
    r"cyclophosphamide|fludarabine|bendamustine|lymphodeplet|conditioning|apheresis|tocilizumab|mesna|biops|biospecimen|"
    r"imaging|tomography|echocardio|questionnaire|quality of life|lumbar|aspirat|placebo|standard|car\b|interleukin|il 2"
)
_GENE_MODIFIED_T = re.compile(
    r"(?:gene(?:tically)? ?(?:modified|engineered|targeted|retargeted|redirected)|retargeted|redirected) "
    r"(?:\w+ ){0,4}?(?:t cells?|t lymphocytes?)|(?:t cells?|t lymphocytes?) (?:\w+ ){0,2}?genetically "
    r"(?:modified|engineered|targeted|retargeted|redirected)"
)
_AS_TREATMENT = re.compile(r" (?:cells? )?(?:injections?|infusions?|therapy|transfer|treatment)\b")
_NO_CELLS = {"BEHAVIORAL", "DEVICE", "DIAGNOSTIC_TEST", "RADIATION", "PROCEDURE", "DIETARY_SUPPLEMENT"}
_CELLS = re.compile(
    r"\b(?:t|car t|car) (?:cells?|lymphocytes?)\b|infusion|injection|\bcells?\b|dose|arm|group|cohort"
)


@dataclass(frozen=True)
class Classification:
    """What one record is, with the words of the record for each label."""

    nct_id: str | None
    class_: TrialClass
    antigens: tuple[str, ...]
    source: str
    area: str
    diseases: tuple[str, ...]
    modality: str | None
    generation: str | None
    evidence: tuple[Evidence, ...]
    confidence: Confidence
    classifier: str

    @property
    def is_car_t(self) -> bool:
        """Whether CAR-T cells made outside the body are given as a study treatment."""
        return self.class_ == "car_t_product"

    def as_json(self) -> dict[str, Any]:
        """The fields as programs get them."""
        fields = {("class" if name == "class_" else name): value for name, value in asdict(self).items()}
        head = {"nct_id": fields.pop("nct_id"), "class": fields.pop("class"), "is_car_t": self.is_car_t}
        return head | fields


class Facts:
    """What a record says, as the rules ask it."""

    def __init__(self, record: Record) -> None:
        self.study = Study(record)
        self.passages = passages(record)
        self.found: Mentions = mentions(self.passages)
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
            for each in reversed(self.passages)
            if each.owner is not None and each.is_name and each.field.endswith(".name")
        }

    @cached_property
    def given(self) -> list[Mention]:
        """The construct as an intervention: by its name, else by its description."""
        told = [each for each in self.found.told(Part.GIVEN) if not self._is_service(each)]
        return [each for each in told if each.passage.is_name] or [
            each for each in told if not _CONDITIONING.search(self.names.get(each.passage.owner or 0, ""))
        ]

    def _is_service(self, mention: Mention) -> bool:
        name = self.names.get(-1 if mention.passage.owner is None else mention.passage.owner, "")
        without = re.sub(r"car t?.{0,30}?(?:following|after|plus|and|with|combined).*", "", name)
        return bool(_SERVICE.search(without)) and mention.product is None

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
            if number not in constructs and not _BESIDE.search(name) and not _CELLS.search(name)
        ]

    @cached_property
    def gives_no_cells(self) -> bool:
        """Whether none of the interventions is of a type that cells are registered under."""
        kinds = {each.get("type") for each in self.study.interventions}
        return bool(kinds) and kinds <= (_NO_CELLS | ({"DRUG"} if self.main_drugs else set()))

    @cached_property
    def title_is_of_a_companion(self) -> bool:
        """Whether the titles tell the construct only as what comes before or after another intervention."""
        titles = [each.folded.text for each in self.passages if each.part is Part.TITLE]
        named = any(
            drug.split()[0] in title
            for drug in [*self.main_drugs, *self._services]
            if drug
            for title in titles
        )
        return bool(self.found.context(Part.TITLE)) and not self.titled and named

    @property
    def _services(self) -> list[str]:
        return [name for name in self.names.values() if _SERVICE.search(name)]

    @cached_property
    def follow_up(self) -> Evidence | None:
        """Whether the study only watches those who have had the construct."""
        for each in self.passages:
            match = _FOLLOW_UP.search(each.folded.text) if each.part is Part.TITLE else None
            if match and not any(_CONDITIONING.search(name) for name in self.names.values()):
                return Evidence(each.field, each.folded.quote(*match.span()), "class: only followed up")
        return None

    @cached_property
    def other_cells(self) -> Label | None:
        """Cells without a CAR among the interventions."""
        if self.is_observational:
            return None
        for part in (Part.GIVEN, Part.TITLE):
            for each in self.passages:
                if each.part is part and each.is_name and (said := _other_cells(each)):
                    return said
        return None

    @cached_property
    def explained(self) -> list[Mention]:
        """The construct in a text, in the same sentence as an intervention: "X is a CAR-T product"."""
        return [
            each
            for each in self.found.told(Part.ARM, Part.TEXT)
            if any(
                name in _sentence(each)
                for name in self.names.values()
                if len(name) > 2 and not _BESIDE.search(name)
            )
        ]

    @cached_property
    def unknown_cells(self) -> bool:
        """Whether cells are given of which the record does not say what they are."""
        return any(re.search(r"\bcells?\b.*\b(?:injection|infusion)\b", name) for name in self.names.values())

    @cached_property
    def gene_modified(self) -> Evidence | None:
        """Gene-modified T cells in the words of the years before CAR was the word for it."""
        for each in self.passages:
            match = _GENE_MODIFIED_T.search(each.folded.text) if each.part in HEAD else None
            if match:
                return Evidence(each.field, each.folded.quote(*match.span()), "class: gene-modified T cells")
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
                return next((each for each in said if _CLASSES[each.name] == "car_t_product"), None)
            if said:
                return said[0]
        return None

    @cached_property
    def product_class(self) -> TrialClass:
        """The class of a study that gives the construct."""
        return _CLASSES[self.modality.name] if self.modality else "car_t_product"

    @property
    def construct(self) -> Mention:
        """The first place that speaks of the construct."""
        return (
            self.given or self.titled or self.explained or self.told or self.beside or list(self.found.all)
        )[0]


def _other_cells(passage: Passage) -> Label | None:
    """Cells without a CAR that a name tells as given; a title may also tell them as what is measured."""
    text = passage.folded.text
    for name, pattern in terms().other_cells:
        for match in pattern.finditer(text):
            if passage.part is Part.GIVEN or _AS_TREATMENT.match(text[match.end() :]):
                quote = passage.folded.quote(*match.span())
                return Label(name, Evidence(passage.field, quote, f"modality: {name}"))
    return None


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


def _sentence(mention: Mention) -> str:
    """The sentence that a place stands in."""
    text = mention.passage.folded.text
    start = max(text.rfind(". ", 0, mention.start), text.rfind("\n", 0, mention.start)) + 1
    end = text.find(". ", mention.end)
    return text[start : end if end > 0 else len(text)]


class Rule(NamedTuple):
    """One line of the table: when it holds, what the study is then, and how sure that is."""

    name: str
    holds: Callable[[Facts], bool]
    class_: Callable[[Facts], TrialClass]
    confidence: Confidence


def _is(name: TrialClass) -> Callable[[Facts], TrialClass]:
    return lambda _: name


RULES = (
    Rule(
        "it only follows up those who had a CAR",
        lambda f: bool(f.follow_up and f.found.all),
        _is("follow_up"),
        "certain",
    ),
    Rule(
        "it observes, and a CAR is in its title, its groups or its summary",
        lambda f: f.is_observational and bool(f.given or f.titled or f.beside or f.told),
        _is("around_car_t"),
        "certain",
    ),
    Rule(
        "its title is of something else, given before or after a CAR",
        lambda f: f.title_is_of_a_companion,
        _is("around_car_t"),
        "likely",
    ),
    Rule("a CAR is one of its interventions", lambda f: bool(f.given), lambda f: f.product_class, "certain"),
    Rule(
        "a CAR is in its title, and what it gives is something else",
        lambda f: bool(f.titled) and f.gives_no_cells,
        _is("around_car_t"),
        "uncertain",
    ),
    Rule(
        "a CAR is in its title, and nothing else is given",
        lambda f: bool(f.titled) and not f.main_drugs,
        lambda f: f.product_class,
        "certain",
    ),
    Rule("a CAR is in its title", lambda f: bool(f.titled), lambda f: f.product_class, "uncertain"),
    Rule(
        "other cells are given, and its title has no CAR",
        lambda f: bool(f.other_cells) and not f.beside,
        _is("tcr_til_other_cells"),
        "certain",
    ),
    Rule(
        "it gives something before, with or after a CAR",
        lambda f: bool(f.beside),
        _is("around_car_t"),
        "likely",
    ),
    Rule(
        "its texts call one of its interventions a CAR",
        lambda f: bool(f.explained),
        lambda f: f.product_class,
        "likely",
    ),
    Rule(
        "its texts tell a CAR as what is given",
        lambda f: bool(f.told and f.names) and not f.main_drugs,
        lambda f: f.product_class,
        "likely",
    ),
    Rule("its T cells are gene-modified", lambda f: bool(f.gene_modified), _is("car_t_product"), "uncertain"),
    Rule("its texts mention a CAR", lambda f: bool(f.told), _is("not_related"), "uncertain"),
    Rule(
        "cells are given of which it does not say what they are",
        lambda f: f.unknown_cells,
        _is("not_related"),
        "uncertain",
    ),
    Rule("nothing of it is of a CAR", lambda _: True, _is("not_related"), "certain"),
)
"""From top to bottom: the first that holds decides."""


def classify(record: Record) -> Classification:
    """What a record is; it may lack anything."""
    facts = Facts(record)
    rule = next(each for each in RULES if each.holds(facts))
    class_ = rule.class_(facts)
    is_car = class_ in ("car_t_product", "car_other", "in_vivo_car")
    antigens = labels.antigens(facts.found) if class_ not in ("not_related", "tcr_til_other_cells") else []
    source = labels.source(facts.found, facts.passages) if is_car or class_ == "tcr_til_other_cells" else None
    if class_ == "in_vivo_car":
        source = None
    generation = labels.generation(facts.found) if is_car else None
    modality = _modality(facts, class_)
    diseases, area = labels.diseases(facts.passages)
    said = [*antigens, *(each for each in (source, modality, generation, area) if each), *diseases]
    return Classification(
        nct_id=facts.study.nct_id,
        class_=class_,
        antigens=tuple(each.name for each in antigens),
        source=source.name if source else "unknown",
        area=area.name if area else "other",
        diseases=tuple(each.name for each in diseases),
        modality=modality.name if modality else None,
        generation=generation.name if generation else None,
        evidence=(_why(facts, rule, class_), *(each.evidence for each in said)),
        confidence=rule.confidence,
        classifier=f"{RULES_VERSION}-{terms().version}",
    )


def _modality(facts: Facts, class_: TrialClass) -> Label | None:
    if class_ == "tcr_til_other_cells":
        return facts.modality if facts.found.told(*HEAD) else facts.other_cells
    if class_ in ("car_t_product", "car_other", "in_vivo_car") and facts.found.all:
        first = facts.construct
        return facts.modality or Label("CAR-T", Evidence(first.passage.field, first.quote, "modality: CAR-T"))
    return None


def _why(facts: Facts, rule: Rule, class_: TrialClass) -> Evidence:
    """The words that the class rests on; the title where it rests on the lack of any."""
    says = f"class: {class_}, for {rule.name}"
    if class_ == "follow_up" and facts.follow_up:
        return Evidence(facts.follow_up.field, facts.follow_up.quote, says)
    if class_ == "tcr_til_other_cells" and facts.other_cells and not facts.titled:
        return Evidence(facts.other_cells.evidence.field, facts.other_cells.evidence.quote, says)
    if facts.found.all:
        return Evidence(facts.construct.passage.field, facts.construct.quote, says)
    if facts.gene_modified:
        return Evidence(facts.gene_modified.field, facts.gene_modified.quote, says)
    title = next((each for each in facts.passages if each.part is Part.TITLE), None)
    return Evidence(title.field if title else "", title.folded.original if title else "", says)


__all__ = ["RULES", "Classification", "Confidence", "Facts", "Passage", "Rule", "TrialClass", "classify"]
