"""What is new about a study that comes into a watch, in words."""

from __future__ import annotations

from dataclasses import replace

from sync.cohort.novelty import features, novelty
from sync.cohort.profile import Profile
from sync.words import ordinal

IN_VIVO = Profile(
    "NCT00000001",
    class_="in_vivo_car",
    antigens=("CD19",),
    area="autoimmune",
    diseases=("Lupus nephritis", "Systemic sclerosis"),
)


def test_the_rarest_disease_and_the_area_are_told():
    assert [each.words for each in features(IN_VIVO)] == [
        "CD19 in-vivo CAR in lupus nephritis",
        "CD19 in-vivo CAR in systemic sclerosis",
        "CD19 in autoimmune disease",
    ]
    assert novelty(IN_VIVO, [4, 0, 13]) == (
        "first CD19 in-vivo CAR in systemic sclerosis in this cohort; 14th CD19 in autoimmune disease"
    )


def test_a_study_of_no_known_disease_is_told_by_its_kind():
    assert novelty(replace(IN_VIVO, diseases=(), area="other"), [1]) == "2nd CD19 in-vivo CAR in this cohort"


def test_a_car_without_an_antigen_is_called_a_car():
    told = novelty(replace(IN_VIVO, antigens=(), diseases=("Pemphigus",)), [2, 10])
    assert told == "3rd in-vivo CAR in pemphigus in this cohort; 11th CAR in autoimmune disease"


def test_other_cells_are_named_by_their_kind():
    nk = replace(IN_VIVO, class_="car_other", modality="CAR-NK", diseases=("Graves' disease",))
    assert novelty(nk, [0, 1]).startswith("first CD19 CAR-NK in Graves' disease in this cohort; 2nd CD19")


def test_what_gives_no_car_is_told_by_its_disease_and_nothing_is_told_of_what_has_none():
    assert (
        novelty(Profile("NCT00000002", diseases=("Sepsis",)), [0]) == "first study in sepsis in this cohort"
    )
    assert novelty(Profile("NCT00000002"), []) == ""


ORDINALS = "first 2nd 3rd 4th 5th 6th 7th 8th 9th 10th 11th 12th 13th 14th 15th 16th 17th 18th 19th 20th 21st 22nd 23rd"


def test_ordinals():
    assert [ordinal(number) for number in range(1, 24)] == ORDINALS.split()
    assert [ordinal(number) for number in (101, 111, 1012, 1023)] == ["101st", "111th", "1,012th", "1,023rd"]
