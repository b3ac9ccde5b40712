"""What a trial has to do with CAR-T cells, with the words of its record for each label (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sync.cohort import labels
from sync.cohort.facts import Facts
from sync.cohort.labels import Evidence, Label
from sync.cohort.passages import HEAD
from sync.cohort.rules import RULES_VERSION, Rule, rule_for
from sync.cohort.terms import terms
from sync.cohort.vocabulary import TrialClass
from sync.study.record import Record


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
    confidence: str
    """The rule's `Confidence`, or `decided`."""
    classifier: str
    decided: dict[str, Any] | None = None
    """What a person decided of it, who, when and why; the labels are as decided then."""

    @property
    def is_open(self) -> bool:
        """Whether it asks for a person's look."""
        return self.confidence == "uncertain"

    @property
    def is_car_t(self) -> bool:
        """Whether CAR-T cells made outside the body are given as a study treatment."""
        return self.class_ == "car_t_product"

    def as_json(self) -> dict[str, Any]:
        """The fields as programs get them."""
        # Field by field: `asdict` copies each text of it, and takes ten times as long.
        fields = {
            "nct_id": self.nct_id,
            "class": self.class_,
            "is_car_t": self.is_car_t,
            "antigens": self.antigens,
            "source": self.source,
            "area": self.area,
            "diseases": self.diseases,
            "modality": self.modality,
            "generation": self.generation,
            "evidence": tuple(each._asdict() for each in self.evidence),
            "confidence": self.confidence,
            "classifier": self.classifier,
        }
        return fields | ({"decided": self.decided} if self.decided else {})


def classifier() -> str:
    """The version of rules and terms: another one may give other answers on the same record."""
    return f"{RULES_VERSION}-{terms().version}"


def classify(record: Record) -> Classification:
    """What a record is; it may lack anything."""
    facts = Facts(record)
    rule = rule_for(facts)
    class_ = rule.class_(facts)
    is_car = class_ in ("car_t_product", "car_other", "in_vivo_car")
    antigens = (
        labels.antigens(facts.found, facts.passages, class_ in ("follow_up", "around_car_t"))
        if class_ not in ("not_related", "tcr_til_other_cells")
        else []
    )
    source = labels.source(facts.found, facts.passages) if is_car or class_ == "tcr_til_other_cells" else None
    if class_ == "in_vivo_car":
        source = None
    generation = labels.generation(facts.found) if is_car else None
    modality = _modality(facts, class_)
    diseases, area = labels.diseases(facts.passages, facts.words)
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
        classifier=classifier(),
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
    title = facts.passages.title
    return Evidence(title.field if title else "", title.folded.original if title else "", says)
