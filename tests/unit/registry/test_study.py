"""One study by its id, its aliases, and the record history (FAULTS B9)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import respx

from sync.registry.errors import Moved, NotFound, Unreadable
from tests.unit.registry.invented import BASE, NO_RETRY, Clock, Make, study

OLD, NEW = "NCT00000001", "NCT00000002"
INTERNAL = "https://registry.example/api/int"


def studies(nct_id: str) -> respx.Route:
    return respx.get(f"{BASE}/studies/{nct_id}")


@respx.mock
def test_a_study_is_its_bytes_as_they_came(make_registry: Make) -> None:
    body = b' {"protocolSection": {"identificationModule": {"nctId": "NCT00000001"}}}\n'
    studies(OLD).respond(200, content=body, content_type="application/json")
    record = make_registry().study(OLD)
    assert (record.nct_id, record.raw, record.problem) == (OLD, body, None)


@respx.mock
@pytest.mark.parametrize(
    "location",
    [
        f"{BASE}/studies/{NEW}",
        f"/api/v2/studies/{NEW}",
        f"http://registry.example/api/v2/studies/{NEW}",
        NEW,
        f"{BASE}/studies/{NEW}?format=json",
    ],
)
def test_a_former_id_leads_to_the_study_under_its_present_one(make_registry: Make, location: str) -> None:
    studies(OLD).respond(301, headers={"location": location})
    asked = studies(NEW).respond(200, json=study(NEW, nctIdAliases=[OLD]))
    record = make_registry().study(OLD)
    assert (record.nct_id, record.aliases) == (NEW, (OLD,))
    assert asked.calls.last.request.url == f"{BASE}/studies/{NEW}"


@respx.mock
def test_a_redirect_to_a_study_that_never_had_the_id_is_not_believed(make_registry: Make) -> None:
    studies(OLD).respond(301, headers={"location": f"{BASE}/studies/{NEW}"})
    studies(NEW).respond(200, json=study(NEW, nctIdAliases=["NCT00000009"]))
    record = make_registry(patience=NO_RETRY).study(OLD)
    assert (record.nct_id, record.aliases) == (OLD, ())
    assert record.problem == f"asked for {OLD}, the registry answers with {NEW}"


@respx.mock
def test_another_study_than_the_one_asked_for_is_not_believed(make_registry: Make) -> None:
    studies(OLD).respond(200, json=study(NEW))
    record = make_registry(patience=NO_RETRY).study(OLD)
    assert (record.nct_id, record.problem) == (OLD, f"asked for {OLD}, the registry answers with {NEW}")


@respx.mock
def test_redirects_in_a_ring_end(make_registry: Make) -> None:
    studies(OLD).respond(301, headers={"location": NEW})
    studies(NEW).respond(301, headers={"location": OLD})
    registry = make_registry()
    with pytest.raises(Moved):
        registry.study(OLD)
    assert registry.requests == 2


@respx.mock
def test_a_present_id_that_is_not_found_is_not_found_under_the_former_one_either(make_registry: Make) -> None:
    studies(OLD).respond(301, headers={"location": NEW})
    studies(NEW).respond(404, text=f"NCT number {NEW} not found")
    with pytest.raises(NotFound, match=NEW):
        make_registry().study(OLD)


HISTORY = {
    "changes": [
        {"version": 1, "date": "2024-02-01", "status": "RECRUITING", "moduleLabels": ["Study Status"]},
        {
            "version": 0,
            "date": "2024-01-01",
            "status": "NOT_YET_RECRUITING",
            "moduleLabels": [],
            "unknown": True,
        },
    ]
}


@respx.mock
def test_the_history_lists_the_versions_oldest_first(make_registry: Make) -> None:
    respx.get(f"{INTERNAL}/studies/{OLD}/history").respond(200, json=HISTORY)
    first, second = make_registry().history(OLD)
    assert (first.version, first.submitted, first.status, first.modules) == (
        0,
        "2024-01-01",
        "NOT_YET_RECRUITING",
        (),
    )
    assert (second.version, second.modules) == (1, ("Study Status",))


@respx.mock
def test_a_version_of_the_history_is_the_bytes_of_its_study(make_registry: Make) -> None:
    inner = b'{"protocolSection":{"identificationModule":{"nctId":"NCT00000001"}}}'
    respx.get(f"{INTERNAL}/studies/{OLD}/history/3").respond(
        200, content=b'{"studyVersion":3,"study":' + inner + b"}", content_type="application/json"
    )
    assert make_registry().history_version(OLD, 3).raw == inner


@respx.mock
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"changes": None},
        {"changes": [{"version": "0", "date": "2024-01-01"}]},
        {"changes": [{"version": 0}]},
        {"studyVersion": 4, "study": study(OLD)},
        {"studyVersion": 3, "study": study(NEW)},
        {"studyVersion": 3, "study": []},
        {"studyVersion": 3},
    ],
)
def test_a_history_of_another_shape_is_unreadable(make_registry: Make, body: dict[str, Any]) -> None:
    respx.get(url__startswith=INTERNAL).respond(200, json=body)
    registry = make_registry(patience=NO_RETRY)
    for ask in (lambda: registry.history(OLD), lambda: registry.history_version(OLD, 3)):
        with pytest.raises(Unreadable):
            ask()


@respx.mock
def test_a_study_without_a_history_is_not_found(make_registry: Make) -> None:
    respx.get(f"{INTERNAL}/studies/{OLD}/history").respond(404, text=f"NCT number {OLD} not found")
    with pytest.raises(NotFound):
        make_registry().history(OLD)


@respx.mock
def test_the_history_is_asked_no_faster_than_it_bears(make_registry: Make, clock: Clock) -> None:
    respx.get(f"{INTERNAL}/studies/{OLD}/history").mock(return_value=httpx.Response(200, json=HISTORY))
    registry = make_registry(min_interval_s=0.1)
    for _ in range(3):
        registry.history(OLD)
    assert clock.slept == pytest.approx([0.5, 0.5])
