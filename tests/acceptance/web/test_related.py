"""The studies nearest to one, on its page and from the API."""

from __future__ import annotations

from collections.abc import Callable

from sync.service import Service
from tests.acceptance.console import text_of
from tests.acceptance.web.api import Api
from tests.acceptance.web.conftest import OpenConsole

STUDY = "NCT90000001"


def test_the_page_and_the_api_name_the_same_neighbours_with_the_same_reasons(
    open_console: OpenConsole, story_service: Callable[..., Service]
) -> None:
    found = Api(story_service()).read(f"/studies/{STUDY}/related", limit=6)
    scores = [each["score"] for each in found["nearest"]]
    assert scores == sorted(scores, reverse=True) != []
    assert all(each["score"] == sum(r["points"] for r in each["reasons"]) for each in found["nearest"])
    page = text_of(open_console().get(f"/studies/{STUDY}"))
    for each in found["nearest"]:
        assert "; ".join(reason["says"] for reason in each["reasons"]) in page
    assert STUDY not in [each["nct_id"] for each in found["nearest"]]


def test_a_study_that_is_not_stored_has_no_neighbours_but_an_answer(
    story_service: Callable[..., Service],
) -> None:
    assert Api(story_service()).refused("/studies/NCT00000099/related")[0] == 404
