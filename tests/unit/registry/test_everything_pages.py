"""The pages of the whole registry: each belongs to whoever works on it, and is not kept in memory by the walk as well."""

from __future__ import annotations

import json

import httpx

from tests.unit.registry.invented import Make, study


def page(request: httpx.Request) -> httpx.Response:
    following = {"": "second", "second": "third"}.get(request.url.params.get("pageToken", ""))
    body = {"totalCount": 3, "studies": [study("NCT00000001")], "nextPageToken": following}
    return httpx.Response(
        200, content=json.dumps(body).encode(), headers={"content-type": "application/json"}
    )


def test_a_page_that_was_handed_over_is_gone_with_who_worked_on_it(make_registry: Make) -> None:
    pages = make_registry(httpx.MockTransport(page)).everything()
    page_in_hand = next(pages)
    assert page_in_hand.token == "second"
    assert pages.gi_frame is not None  # type: ignore[attr-defined]
    assert page_in_hand not in pages.gi_frame.f_locals.values()  # type: ignore[attr-defined]
    assert [each.token for each in pages] == ["third", None]
