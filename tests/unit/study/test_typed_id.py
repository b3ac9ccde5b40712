"""NCT IDs as people type and paste them."""

import pytest

from sync.study.typed_id import nct_id_typed


@pytest.mark.parametrize(
    "text",
    [
        "NCT06056921",
        " nct06056921 ",
        "https://clinicaltrials.gov/study/NCT06056921",
        "https://www.clinicaltrials.gov/study/nct06056921?tab=history&a=1#top",
        "clinicaltrials.gov/ct2/show/NCT06056921",
    ],
)
def test_an_id_and_the_address_of_its_study_are_one(text: str) -> None:
    assert nct_id_typed(text) == "NCT06056921"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "NCT0605692",
        "NCT060569211",
        "NCT０６０５６９２１",
        "https://clinicaltrials.gov/search?cond=lupus",
        "https://clinicaltrials.gov.example.org/study/NCT06056921",
        "https://example.org/NCT06056921",
    ],
)
def test_what_names_no_study_is_no_id(text: str) -> None:
    assert nct_id_typed(text) is None
