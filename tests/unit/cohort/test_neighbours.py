"""How near two studies are: what counts, what it says, and who is nearest in a real cohort."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from sync.cohort.classifying import classify
from sync.cohort.neighbours import RELATED, nearest, relation
from sync.cohort.profile import Profile
from sync.cohort.profile import profile as profile_of
from sync.study.record import Record, Study
from tests.support.trials import trial

REGISTRY = Path(__file__).parents[4] / "shared" / "registry"
LUPUS = Profile(
    "NCT00000001",
    class_="car_t_product",
    modality="CAR-T",
    antigens=("CD19",),
    area="autoimmune",
    diseases=("Systemic lupus erythematosus",),
    sponsor="Aurelia Bio",
    phases=("PHASE1",),
    design=("NA", "SINGLE_GROUP", "TREATMENT", "NONE"),
    countries=("China",),
    sites=("Harbour Hospital, Tianjin, China",),
)


def profile(record: Record) -> Profile:
    return profile_of(Study(record), classify(record).as_json())


def other(**said: object) -> Profile:
    """Another CD19 CAR-T in the same area, with which the first one has nothing else in common."""
    base = Profile("NCT00000002", "car_t_product", "CAR-T", ("CD19",), area="autoimmune")
    return replace(base, **said)  # type: ignore[arg-type]


def test_the_same_antigen_class_and_area_are_enough():
    assert relation(LUPUS, other()).is_related


def test_the_same_antigen_in_lymphoma_is_not_related_for_its_country_phase_and_design():
    far = other(
        area="oncology_heme",
        diseases=("Lymphoma",),
        phases=LUPUS.phases,
        countries=LUPUS.countries,
        design=LUPUS.design,
    )
    assert relation(LUPUS, far).score < RELATED


def test_another_antigen_in_the_same_disease_is_related_where_one_thing_more_is_shared():
    near = other(antigens=("BCMA",), diseases=LUPUS.diseases)
    assert not relation(LUPUS, replace(near, area="autoimmune", diseases=())).is_related
    assert relation(LUPUS, replace(near, phases=("PHASE1",), countries=("China",))).is_related


def test_who_shares_only_sponsor_country_and_phase_is_not_related():
    drug = Profile(
        "NCT00000003", sponsor=LUPUS.sponsor, phases=LUPUS.phases, countries=LUPUS.countries, area="infection"
    )
    assert relation(LUPUS, drug).score < RELATED
    assert [each.what for each in relation(LUPUS, drug).reasons] == ["sponsor", "country", "phase"]


def test_a_second_antigen_counts_for_less_and_is_named():
    dual = relation(LUPUS, other(antigens=("CD19", "BCMA")))
    assert dual.score < relation(LUPUS, other()).score
    assert "both against CD19, one of them also against BCMA" in dual.sentence


def test_a_car_in_other_cells_counts_for_less_than_the_same_class():
    cells = relation(LUPUS, other(class_="car_other", modality="CAR-NK"))
    assert cells.score < relation(LUPUS, other()).score
    assert "both give a CAR (CAR-T and CAR-NK)" in cells.sentence


def test_shared_sites_are_named_and_found_under_other_capitals():
    near = relation(LUPUS, other(sites=("HARBOUR HOSPITAL, Tianjin, China", "Elsewhere, Lyon, France")))
    assert "1 site in common (HARBOUR HOSPITAL, Tianjin, China)" in near.sentence


@pytest.mark.parametrize(
    "theirs", [other(), other(antigens=("CD19", "BCMA"), diseases=LUPUS.diseases, sites=LUPUS.sites)]
)
def test_a_relation_is_the_same_from_both_sides(theirs: Profile):
    assert relation(LUPUS, theirs).score == relation(theirs, LUPUS).score


def test_no_two_studies_score_more_than_a_hundred_and_the_score_is_the_sum_of_its_reasons():
    twin = replace(LUPUS, nct_id="NCT00000009", products=("kyv 101",))
    found = relation(replace(LUPUS, products=("kyv 101",)), twin)
    assert 90 <= found.score == sum(each.points for each in found.reasons) <= 100


def test_a_study_is_not_its_own_neighbour_and_equals_come_by_id():
    found = nearest(LUPUS, [LUPUS, other(nct_id="NCT00000005"), other(nct_id="NCT00000004")])
    assert [each.nct_id for each in found] == ["NCT00000004", "NCT00000005"]


def test_studies_without_a_car_are_near_by_what_they_give():
    ours, theirs = (Profile(f"NCT0000001{n}", products=("letermovir",), area="infection") for n in (1, 2))
    assert relation(ours, theirs).is_related


def test_nothing_in_common_scores_nothing():
    assert relation(LUPUS, Profile("NCT00000008")).score == 0


def test_a_profile_comes_back_from_its_json():
    assert Profile.of_json({**json.loads(json.dumps(LUPUS.as_json())), "unheard_of": 1}) == LUPUS


def products(*given: str) -> tuple[str, ...]:
    record = trial("CD19 CAR-T in lupus", *given)
    return profile(record).products


def test_products_are_known_ones_by_their_first_name_and_codes_but_no_generic_names():
    assert products("KYV-101") == products("kyv101")
    assert products("anti-CD19 CAR-T cells", "Fludarabine", "CD19/BCMA CAR-T") == ()
    assert products("ZQ-77 CD19 CAR-T cells") == ("zq 77",)


def test_sites_that_are_not_named_are_left_out():
    record = trial("CD19 CAR-T in lupus", "CD19 CAR-T")
    record["protocolSection"]["contactsLocationsModule"] = {
        "locations": [
            {"facility": "Research Site 12", "city": "Lyon", "country": "France"},
            {"facility": "Harbour Hospital", "city": "Tianjin", "country": "China"},
        ]
    }
    assert profile(record).sites == ("Harbour Hospital, Tianjin, China",)


def test_cd19_car_t_trials_in_autoimmune_disease_come_first_for_the_headline_study():
    corpus = REGISTRY / "cohort-autoimmune.jsonl.gz"
    if not corpus.exists():
        pytest.skip("the folder shared/registry is missing")
    with gzip.open(corpus) as lines:
        records = [json.loads(line)["versions"][-1]["study"] for line in lines]
    profiles = {each.nct_id: each for each in (profile(record) for record in records)}
    first = [profiles[each.nct_id] for each in nearest(profiles["NCT06056921"], profiles.values())[:60]]
    assert {(each.class_, each.antigens, each.area) for each in first} == {
        ("car_t_product", ("CD19",), "autoimmune")
    }
