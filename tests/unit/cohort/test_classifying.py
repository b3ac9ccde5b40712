"""What a trial has to do with CAR-T cells: every rule and every trap with an invented record."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.cohort.classifying import classify
from sync.cohort.facts import CLASS_OF_CELLS, Facts
from sync.cohort.folding import fold
from sync.cohort.inputs import READ, is_read_alike
from sync.cohort.passages import IN_ALL, LONGEST, Part, Passages
from sync.cohort.rules import RULES
from sync.cohort.terms import terms
from sync.cohort.vocabulary import grounds_in_words
from sync.study.labels import place_in_words
from sync.study.record import Record, at
from tests.support.trials import trial

PRODUCT, OTHER, IN_VIVO = "car_t_product", "car_other", "in_vivo_car"
CELLS, AROUND, FOLLOW_UP, NONE = "tcr_til_other_cells", "around_car_t", "follow_up", "not_related"

CASES: dict[str, tuple[str, Record]] = {
    "a construct as an intervention": (PRODUCT, trial("CD19 CAR-T in lymphoma", "CD19 CAR-T cells")),
    "a product's code alone": (PRODUCT, trial("A study of KYV-101 in myasthenia gravis", "KYV-101")),
    "an INN alone": (PRODUCT, trial("Novucabtagene autoleucel in myeloma", "novucabtagene autoleucel")),
    "the one INN without a gene word": (PRODUCT, trial("Tisagenlecleucel in children", "tisagenlecleucel")),
    "chimeric T cell receptor, as once written": (
        PRODUCT,
        trial("Gene modified lymphocytes", "anti-CD19 chimeric T cell receptor transduced lymphocytes"),
    ),
    "genetically targeted T cells": (
        PRODUCT,
        trial("T cells genetically targeted to CD19 for CLL", "autologous genetically targeted T cells"),
    ),
    "a construct of signalling parts": (PRODUCT, trial("Study of 19-28z T cells", "19-28z T cells")),
    "a glued construct": (PRODUCT, trial("GD2 study", "iC9.GD2.CAR.IL-15 T-cells")),
    "glued in front": (PRODUCT, trial("Neuroblastoma study", "C7R-GD2.CART cells")),
    "4SCAR": (PRODUCT, trial("4SCAR-GD2 in neuroblastoma", "4SCAR-GD2")),
    "full-width and no-break signs": (PRODUCT, trial("ＣＡＲ－Ｔ\u00a0in lupus", "ＣＤ１９\u00a0ＣＡＲ‑Ｔ")),
    "gamma delta T cells": (PRODUCT, trial("CD20 CAR γδ T cells", "anti-CD20 CAR-γδ T cells")),
    "virus-specific T cells that carry one": (
        PRODUCT,
        trial("CD30 CAR EBV-specific T cells", "CD30.CAR EBVST cells"),
    ),
    "a regimen with a checkpoint antibody": (
        PRODUCT,
        trial("CD19 CAR-T combined with pembrolizumab in lymphoma", "CD19 CAR-T cells", "Pembrolizumab"),
    ),
    "a regimen with a tyrosine kinase inhibitor": (
        PRODUCT,
        trial(
            "Acalabrutinib and axicabtagene ciloleucel in B-cell lymphoma",
            "Acalabrutinib",
            "Axicabtagene ciloleucel",
        ),
    ),
    "expanded access": (
        PRODUCT,
        trial(
            "Managed access to out of specification lisocabtagene maraleucel",
            "lisocabtagene maraleucel",
            kind="EXPANDED_ACCESS",
        ),
    ),
    "CAR-T against standard care": (
        PRODUCT,
        trial("Axi-cel versus standard of care in lymphoma", "Axicabtagene Ciloleucel", "Standard of care"),
    ),
    "after stem cells, as a consolidation": (
        PRODUCT,
        trial(
            "BCMA CAR-T following autologous stem cell transplantation in myeloma", "BCMA CAR-T", "Melphalan"
        ),
    ),
    "a code that only the summary explains": (
        PRODUCT,
        trial("A study of XYZ-77", "XYZ-77", summary="XYZ-77 is a CAR-T product against CD19."),
    ),
    "natural killer cells": (OTHER, trial("CD19 CAR-NK in lymphoma", "CAR-NK-CD19 cells")),
    "natural killer cells, spelled out": (
        OTHER,
        trial("Cord blood cells", "CAR-transduced natural killer cells", "Fludarabine"),
    ),
    "macrophages": (OTHER, trial("HER2 CAR macrophages in solid tumors", "CAR-macrophages")),
    "regulatory T cells": (OTHER, trial("HLA-A2 CAR-Treg in kidney transplantation", "CAR-Treg cells")),
    "natural killer T cells": (OTHER, trial("GD2 CAR-NKT in neuroblastoma", "GD2-CAR NKT cells")),
    "inside the body": (IN_VIVO, trial("In vivo CAR-T in myeloma", "ESO-T01", kind_of_given="GENETIC")),
    "inside the body, by particles": (
        IN_VIVO,
        trial(
            "Study of ABC-1",
            "ABC-1",
            summary="ABC-1 is an mRNA-LNP that makes anti-CD19 CAR T cells in vivo.",
        ),
    ),
    "expansion inside the body is none": (
        PRODUCT,
        trial(
            "CD19 CAR-T in lymphoma", "CD19 CAR-T", summary="In vivo expansion of CAR-T cells is measured."
        ),
    ),
    "mRNA outside the body is none": (PRODUCT, trial("mRNA CAR-T Descartes-08 in lupus", "Descartes-08")),
    "a T cell receptor": (CELLS, trial("NY-ESO-1 TCR-T in sarcoma", "NY-ESO-1 TCR-T cells")),
    "a T cell receptor's INN": (
        CELLS,
        trial("Afamitresgene autoleucel in sarcoma", "afamitresgene autoleucel"),
    ),
    "infiltrating lymphocytes": (CELLS, trial("Lifileucel in melanoma", "lifileucel")),
    "natural killer cells without one": (CELLS, trial("NK cells in AML", "haploidentical NK cells")),
    "virus-specific T cells": (CELLS, trial("Tabelecleucel in EBV disease", "tabelecleucel")),
    "a drug against its toxicity": (
        AROUND,
        trial(
            "Anakinra for the prevention of neurotoxicity in patients receiving CAR-T",
            "Anakinra",
            kind_of_given="DRUG",
        ),
    ),
    "a bispecific after it": (
        AROUND,
        trial("Glofitamab after CAR-T failure in large B-cell lymphoma", "Glofitamab", kind_of_given="DRUG"),
    ),
    "radiotherapy before it": (
        AROUND,
        trial("Bridging radiotherapy before CAR T-cell therapy", "Radiotherapy", kind_of_given="RADIATION"),
    ),
    "radiotherapy before a marketed one, both listed": (
        AROUND,
        trial("Radiotherapy before axicabtagene ciloleucel", "Radiotherapy", "Axicabtagene ciloleucel"),
    ),
    "exercise of its recipients": (
        AROUND,
        trial("Exercise in CAR-T recipients", "Exercise program", kind_of_given="BEHAVIORAL"),
    ),
    "imaging": (
        AROUND,
        trial("PET imaging of patients undergoing CAR-T therapy", "FDG PET", kind_of_given="DIAGNOSTIC_TEST"),
    ),
    "a cohort of the real world": (
        AROUND,
        trial(
            "Real-world outcomes of axicabtagene ciloleucel", "Axicabtagene ciloleucel", kind="OBSERVATIONAL"
        ),
    ),
    "collection of cells": (
        AROUND,
        trial(
            "Leukapheresis of patients for CAR-T manufacturing", "Leukapheresis", kind_of_given="PROCEDURE"
        ),
    ),
    "a drug with it, which alone is given": (
        AROUND,
        trial("Zanubrutinib with CD19 CAR-T in lymphoma", "Zanubrutinib", kind_of_given="DRUG"),
    ),
    "a marketed one that is given anyway": (
        AROUND,
        trial("Duvelisib against cytokines", "Duvelisib", summary="It is given with standard of care CAR-T."),
    ),
    "a decision aid": (AROUND, trial("CAR-T decision aid", "A booklet", kind_of_given="BEHAVIORAL")),
    "a vaccine of its patients": (
        AROUND,
        trial("Influenza vaccine in CAR-T patients", "Influenza vaccine", kind_of_given="DRUG"),
    ),
    "a long follow-up": (
        FOLLOW_UP,
        trial(
            "Long-term follow-up of patients treated with CD19 CAR-T", "No study drug", kind="OBSERVATIONAL"
        ),
    ),
    "a rollover": (FOLLOW_UP, trial("Rollover study of participants who received UCART19", "Observation")),
    "an antibody that bars it": (
        NONE,
        trial(
            "Teclistamab in myeloma",
            "Teclistamab",
            eligibility="Exclusion: prior BCMA CAR-T therapy",
            kind_of_given="DRUG",
        ),
    ),
    "a ratio of C-reactive protein": (NONE, trial("CAR ratio (CRP/albumin) in sepsis", "Blood test")),
    "a car": (NONE, trial("Headache after a car accident in teens", "Car seat to the driver")),
    "antiretroviral therapy": (NONE, trial("Starting cART early in HIV", "cART")),
    "a shopping cart": (NONE, trial("Cart based shopping", "Cart nudges")),
    "a scar": (NONE, trial("Scar treatment", "Scar tape")),
    "cartilage": (NONE, trial("NOVOCART in cartilage defects", "NOVOCART 3D")),
    "a receptor of the nucleus": (
        NONE,
        trial("Constitutive androstane receptor (CAR) activation", "Phenobarbital"),
    ),
}


@pytest.mark.parametrize(("expected", "record"), CASES.values(), ids=CASES)
def test_the_class_is(expected: str, record: Record) -> None:
    assert classify(record).class_ == expected


ANTIGENS: dict[str, tuple[set[str], Record]] = {
    "one": ({"CD19"}, trial("anti-CD19 CAR-T in lupus", "anti-CD19 CAR-T")),
    "two": ({"CD19", "CD22"}, trial("Lymphoma", "CD19/CD22 dual-targeted CAR-T cells")),
    "two, in short": ({"CD19", "CD20"}, trial("Lymphoma", "CD19/20 CAR-T cells")),
    "two, in words": ({"CD19", "BCMA"}, trial("CAR-T cells targeting CD19 and BCMA in lupus", "CAR-T")),
    "three": ({"CD19", "CD20", "CD22"}, trial("CD19/CD20/CD22 CAR-T", "CAR-T")),
    "glued": ({"CD19"}, trial("Lymphoma", "CD19CAR-T")),
    "as a number": ({"CD19"}, trial("Study of CART-19", "huCART19")),
    "by a Greek letter": ({"FRα"}, trial("Ovarian cancer", "FRα CAR-T cells")),
    "glypican": ({"GPC3"}, trial("GPC3-directed CAR-T in hepatocellular carcinoma", "CAR-GPC3 T cells")),
    "claudin": ({"Claudin 18.2"}, trial("Claudin18.2 CAR-T in gastric cancer", "CAR-CLDN18.2 T cells")),
    "a ligand": ({"BAFF-R"}, trial("BAFF CAR-T in lymphoma", "BAFF CAR-T")),
    "interleukin 3 as a ligand": ({"CD123"}, trial("IL3 CAR-T in AML", "IL3-CAR T cells")),
    "NKG2D": ({"NKG2D-L"}, trial("NKG2D CAR-T in colorectal cancer", "NKG2D-based CAR-T")),
    "the vIII variant, not the receptor": ({"EGFRvIII"}, trial("Glioblastoma", "EGFRvIII CAR T cells")),
    "a product's": ({"BCMA"}, trial("Cilta-cel in myeloma", "ciltacabtagene autoleucel")),
    "a product's two": ({"CD19", "CD20"}, trial("Lymphoma", "MB-CART2019.1")),
    "not a disease's": ({"CD19"}, trial("CD19 CAR-T in CD20-positive lymphoma", "CD19 CAR-T")),
    "not an earlier antibody's": (
        {"BCMA"},
        trial(
            "BCMA CAR-T after anti-CD38 antibody in myeloma",
            "BCMA CAR-T",
            eligibility="prior anti-CD38, CD22 CAR-T",
        ),
    ),
    "not a safety switch": ({"CD19"}, trial("Lymphoma", "CD19 CAR-T cells expressing truncated EGFR")),
    "not a safety switch in short": ({"CD19"}, trial("Lymphoma", "CD19-CAR-T/EGFRt cells")),
    "not costimulation": ({"CD19"}, trial("Lymphoma", "CD19-CD28-CD3zeta CAR-T cells")),
    "not a comparator's": ({"CD19"}, trial("CD19 CAR-T in MS", "KYV-101", "Anti-CD20 mAb")),
    "not a mutation": ({"HER2"}, trial("HER2 CAR-T in EGFR mutant lung cancer", "HER2 CAR-T")),
    "not what was failed": (
        {"CD22"},
        trial("CD22 CAR-T in patients who relapsed after CD19 CAR-T", "CD22 CAR-T cells"),
    ),
    "as a number after a dot": ({"CD19"}, trial("NK cells", "CAR.19/IL15-transduced NK cells")),
    "by its signalling part": ({"Kappa LC"}, trial("Kappa-CD28 T lymphocytes", "Kappa-CD28 T cells")),
    "of an armoured construct": (
        {"GPC3"},
        trial("IL-15 armored glypican-3-specific CAR in T cells", "Cells"),
    ),
    "none said": (set(), trial("CAR-T in lymphoma", "CAR-T cells")),
}


@pytest.mark.parametrize(("expected", "record"), ANTIGENS.values(), ids=ANTIGENS)
def test_the_antigens_are(expected: set[str], record: Record) -> None:
    assert set(classify(record).antigens) == expected


SOURCES: dict[str, tuple[str, Record]] = {
    "said": ("autologous", trial("Autologous CD19 CAR-T", "CD19 CAR-T")),
    "said by the INN": ("autologous", trial("Lupus", "novucabtagene autoleucel")),
    "a patient's own": (
        "autologous",
        trial("CD19 CAR-T", "CD19 CAR-T", summary="Made of the patient's own T cells."),
    ),
    "universal": ("allogeneic", trial("Universal CD19 CAR-T", "CD19 UCAR-T")),
    "off the shelf": ("allogeneic", trial("Off-the-shelf CD19 CAR-T", "CD19 CAR-T")),
    "cord blood": ("allogeneic", trial("Lupus", "umbilical cord blood CD19 CAR-T cells")),
    "a donor's": ("allogeneic", trial("Lymphoma", "donor-derived CD19 CAR-T cells")),
    "not said": ("unknown", trial("CD19 CAR-T in lupus", "CD19 CAR-T")),
    "a transplant is no source": (
        "unknown",
        trial(
            "CD19 CAR-T after allogeneic stem cell transplantation",
            "CD19 CAR-T",
            eligibility="a healthy donor; allogeneic CAR-T",
        ),
    ),
    "an autologous transplant is no source": (
        "unknown",
        trial("BCMA CAR-T versus autologous stem cell transplantation", "BCMA CAR-T"),
    ),
    "humanised is not universal": ("unknown", trial("huCART19 in leukemia", "huCART19")),
    "both": ("unknown", trial("CD19 CAR-T", "autologous CD19 CAR-T", "allogeneic CD19 CAR-T")),
}


@pytest.mark.parametrize(("expected", "record"), SOURCES.values(), ids=SOURCES)
def test_the_source_is_said_or_unknown(expected: str, record: Record) -> None:
    assert classify(record).source == expected


AREAS: dict[str, tuple[str, tuple[str, ...]]] = {
    "a leukemia": ("oncology_heme", ("B-ALL",)),
    "a myeloma": ("oncology_heme", ("Multiple Myeloma in Relapse",)),
    "a solid tumor": ("oncology_solid", ("Hepatocellular Carcinoma",)),
    "a glioma": ("oncology_solid", ("Glioblastoma Multiforme",)),
    "lupus": ("autoimmune", ("Lupus Nephritis", "SLE")),
    "HIV": ("infection", ("HIV-1-infection",)),
    "a transplant": ("other", ("Kidney Transplantation",)),
    "nothing known": ("other", ("Hiccups",)),
}


@pytest.mark.parametrize(("expected", "conditions"), AREAS.values(), ids=AREAS)
def test_the_area_is(expected: str, conditions: tuple[str, ...]) -> None:
    assert classify(trial("CAR-T study", "CAR-T", conditions=conditions)).area == expected


@pytest.mark.parametrize("case", [*CASES, *ANTIGENS, *SOURCES])
def test_every_quote_stands_in_the_record_where_it_is_said_to_stand(case: str) -> None:
    record = (CASES.get(case) or ANTIGENS.get(case) or SOURCES[case])[1]
    for each in classify(record).evidence:
        assert each.quote
        assert each.quote in _at(record, each.field)


def _at(record: Any, path: str) -> str:
    for name in path.replace("[", ".").replace("]", "").split("."):
        record = record[int(name)] if name.isdigit() else record[name]
    return str(record)


def test_every_label_has_its_evidence() -> None:
    found = classify(
        trial(
            "Fourth generation autologous CD19/CD22 CAR-T in lymphoma",
            "CD19/CD22 CAR-T",
            conditions=("B-cell Lymphoma", "B-ALL"),
        )
    )
    said = {each.says.split(":")[0] for each in found.evidence}
    assert said == {"class", "antigen", "source", "modality", "generation", "area", "disease"}
    assert found.generation == "4th"
    assert sum(each.says.startswith("antigen") for each in found.evidence) == 2


def test_every_rule_decides_one_of_the_cases() -> None:
    said = {classify(record).evidence[0].says for _, record in CASES.values()}
    said |= {
        classify(record).evidence[0].says
        for record in (
            trial("CAR-T and a drug", "Somedrug"),
            trial("A study of drugs", "Somedrug", details="Others gave CAR-T cells."),
            trial("A study of ABC", "ABC cell injection"),
            trial("CD19 CAR-T in lupus", "Dose level 1"),
            trial("Cytopenia after CAR-T", "CAR-T"),
            trial("Somedrug in leukemia", "Somedrug", "CAR-T"),
            trial("A study of ABC-101", "ABC-101", summary="Safety of mesothelin-targeting CAR-T cells."),
            trial("A study of cells", "Dose level 1", summary="CAR-T cells are infused."),
            trial("A study of ABC", "Cells", summary="CAR-T is infused. Blood is taken before CAR-T."),
            {"protocolSection": {"statusModule": {"overallStatus": "WITHHELD"}}},
        )
    }
    assert [rule.name for rule in RULES if not any(each.endswith(f"for {rule.name}") for each in said)] == []


WORDS = (
    "T cells", "T-cell infusion", "TCR-T", "dendritic cell vaccine", "long-term follow-up", "genetically modified",
    "after", "cells for injection", "lupus", "cyclophosphamide", "quality of life", "care", "ABC-101", "relapse",
)  # fmt: skip
texts = st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join)


@given(texts, texts, texts, texts, st.sampled_from(["INTERVENTIONAL", "OBSERVATIONAL"]))
def test_where_no_construct_is_mentioned_no_rule_holds_that_needs_one(
    title: str, name: str, summary: str, details: str, kind: str
) -> None:
    facts = Facts(trial(title, name, summary=summary, details=details, kind=kind))
    assert not facts.found.all
    assert not [rule.name for rule in RULES if rule.needs_a_car and rule.holds(facts)]


def test_a_passage_is_one_and_the_same_however_it_is_asked_for() -> None:
    record = trial("CD19 CAR-T in lupus", "CAR-T cells", details="CAR-T\0cells")
    passages = Passages(record)
    named = passages.of(Part.GIVEN)
    assert next(each for each in passages if each.part is Part.GIVEN) is named[0]
    assert [each.folded for each in passages] == [fold(each.folded.original) for each in passages]


@pytest.mark.parametrize("record", [{}, {"protocolSection": []}, {"protocolSection": {"designModule": 3}}])
def test_a_record_that_lacks_everything_is_not_related(record: Record) -> None:
    assert classify(record).class_ == NONE


def test_every_kind_of_cells_in_the_terms_has_a_class() -> None:
    named = {each.name for each in terms().modalities} | {each.modality for each in terms().products}
    assert named <= set(CLASS_OF_CELLS)


def test_evidence_is_told_to_people_without_the_names_of_classes_and_fields() -> None:
    told = grounds_in_words("class: car_t_product, for a CAR is in its title")
    assert told == "class: CAR-T product, for a CAR is in its title"
    assert grounds_in_words("area: oncology_solid") == "area: solid tumours"
    assert grounds_in_words("antigen: CD19") == "antigen: CD19"
    assert (
        place_in_words("protocolSection.armsInterventionsModule.interventions[0].name")
        == "intervention › name"
    )
    assert place_in_words("protocolSection.identificationModule.briefTitle") == "brief title"


def test_of_a_record_without_end_no_more_is_looked_at_than_any_real_one_has() -> None:
    endless = trial("CAR-T " * LONGEST, *["CAR-T " * LONGEST] * 9)
    lengths = [len(each.folded.original) for each in Passages(endless)]
    assert max(lengths) <= LONGEST
    assert sum(lengths) <= IN_ALL


def test_nothing_is_read_but_where_two_records_are_held_against_each_other() -> None:
    for name, (_, record) in CASES.items():
        only: Record = {}
        for *above, last in READ:
            within = only
            for each in above:
                within = within.setdefault(each, {})
            within[last] = at(record, *above, last)
        elsewhere = {"statusModule": {"overallStatus": "RECRUITING"}, "eligibilityModule": {}}
        other = {**record, "protocolSection": {**record["protocolSection"], **elsewhere}}
        assert is_read_alike(record, other)
        assert is_read_alike(record, only)
        assert classify(only) == classify(record) == classify(other), name


@pytest.mark.parametrize("path", READ, ids=".".join)
def test_records_that_differ_where_the_classifier_reads_are_not_read_alike(path: tuple[str, ...]) -> None:
    record = trial("CD19 CAR-T in lymphoma", "CD19 CAR-T cells")
    other = copy.deepcopy(record)
    at(other, *path[:-1])[path[-1]] = "something else"
    assert not is_read_alike(record, other)
