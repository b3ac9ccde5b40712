"""The record history is in no description: where its answers have another shape nothing is guessed, and nothing stored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from storage import past, versions
from sync.config import Settings
from sync.past.backfill import BackfillRun, Filled, HistoryChanged
from sync.registry.client import Registry
from sync.registry.errors import Blocked, RateLimited
from sync.registry.pacing import Patience
from sync.registry.settings import BackfillSettings, RegistrySettings
from sync.rules import by_watch
from sync.service import Service, utc_now
from tests.acceptance.instance import Instance, watch
from tests.acceptance.registry_server import study

ONE, TWO, THREE = "NCT90000001", "NCT90000002", "NCT90000003"
Answer = Callable[[str, str], httpx.Response]
"""An answer to the path behind `/studies/`, for a study."""

DAYS = ("2024-01-01", "2025-01-01", "2026-01-01")


def as_it_was(path: str, nct_id: str) -> httpx.Response:
    """What the record history answers with."""
    if path.endswith("/history"):
        changes = [{"version": n, "date": day, "status": "RECRUITING"} for n, day in enumerate(DAYS)]
        return httpx.Response(200, json={"changes": changes})
    number = int(path.rpartition("/")[2])
    return httpx.Response(200, json={"studyVersion": number, "study": record(nct_id, number)})


def record(nct_id: str, number: int) -> dict[str, Any]:
    made = study(nct_id, posted=DAYS[number], conditionsModule={"conditions": [f"Condition {number}"]})
    return {name: value for name, value in made.items() if name != "derivedSection"}


def changed(change: Callable[[dict[str, Any]], object], only: str = "", at: str = "/1") -> Answer:
    """The same, its JSON changed at one address; of one study alone, where one is named."""

    def answer(path: str, nct_id: str) -> httpx.Response:
        body = as_it_was(path, nct_id).json()
        if path.endswith(at) and only in nct_id:
            change(body)
        return httpx.Response(200, json=body)

    return answer


class Registries(httpx.BaseTransport):
    """A registry that knows three studies, and whose record history answers as it is told to."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        made = self._response(request)
        # As it comes over the wire: to be read once, by whoever asked.
        return httpx.Response(made.status_code, headers=made.headers, stream=httpx.ByteStream(made.content))

    def _response(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/version"):
            return httpx.Response(200, json={"apiVersion": "2", "dataTimestamp": "2026-09-01T09:00:00"})
        _, _, path = request.url.path.partition("/studies/")
        if "/history" in path:
            return self.answer(path, path[:11])
        return httpx.Response(
            200, json=study(path, conditionsModule={"conditions": ["Condition 2"]}, posted=DAYS[2])
        )


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., list[Filled]]:
    """Runs a backfill of all three, or of some, against answers."""
    instance = Instance(tmp_path, "http://registry.test/api/v2", (watch(ONE),))

    def fill(answer: Answer, *ids: str) -> list[Filled]:
        settings = Settings.model_construct(
            **{**dict(instance.settings), "backfill": BackfillSettings(min_interval_s=0)}
        )
        access = RegistrySettings(base_url="http://registry.test/api/v2", min_interval_s=0)
        impatient = Patience(retries=0)
        with (
            instance.database() as database,
            Registry(access, transport=Registries(answer), patience=impatient) as registry,
        ):
            service = Service(settings, database, registry, by_watch(settings), utc_now)
            return list(BackfillRun(service, by="ana").run(ids or (ONE, TWO, THREE)))

    fill.instance = instance  # type: ignore[attr-defined]
    return fill


def numbers(run: Any, nct_id: str) -> list[int]:
    with run.instance.database() as database, database.read() as session:
        assert nct_id in past.backfills(session, [nct_id]) or len(versions.versions(session, nct_id)) <= 1
        return [info.number for info in versions.versions(session, nct_id)]


CHANGES: dict[str, Answer] = {
    "the list has another name": changed(
        lambda body: body.update(history=body.pop("changes")), at="/history"
    ),
    "the list is empty": changed(lambda body: body["changes"].clear(), at="/history"),
    "the list counts from 1": changed(
        lambda body: [each.update(version=each["version"] + 1) for each in body["changes"]], at="/history"
    ),
    "a version is listed twice": changed(
        lambda body: body["changes"].append(body["changes"][0]), at="/history"
    ),
    "days are written otherwise": changed(
        lambda body: body["changes"][0].update(date="01/01/2024"), at="/history"
    ),
    "a version has no study": changed(lambda body: body.pop("study")),
    "it is another version": changed(lambda body: body.update(studyVersion=2)),
    "it is always the newest": changed(lambda body: body.update(study=record(ONE, 2))),
    "it is another study": changed(lambda body: body.update(study=record("NCT90000009", 1))),
    "the record is wrapped": changed(lambda body: body.update(study={"record": body["study"]})),
    "a module is a text": changed(
        lambda body: body["study"]["protocolSection"].update(statusModule="RECRUITING")
    ),
    "the status is gone": changed(lambda body: body["study"]["protocolSection"].pop("statusModule")),
    "a page of HTML": lambda path, nct_id: (
        httpx.Response(200, html="<html>maintenance</html>")
        if path.endswith("/1")
        else as_it_was(path, nct_id)
    ),
}


def test_answers_as_they_were_are_stored(run: Callable[..., list[Filled]]) -> None:
    assert [each.state for each in run(as_it_was)] == ["stored"] * 3
    assert numbers(run, ONE) == [-1, 0, 1]


@pytest.mark.parametrize("answer", CHANGES.values(), ids=CHANGES.keys())
def test_another_shape_ends_the_run_and_nothing_of_it_is_stored(
    run: Callable[..., list[Filled]], answer: Answer
) -> None:
    with pytest.raises(HistoryChanged) as caught:
        run(answer, ONE)
    assert ONE in str(caught.value)
    assert "newer trialdelta" in caught.value.hint
    assert numbers(run, ONE) == [1], "only what the API itself says is stored"
    assert [each.state for each in run(as_it_was, ONE)] == ["stored"], "and the next run takes it up"


def test_one_odd_study_is_refused_and_two_in_a_row_end_the_run(run: Callable[..., list[Filled]]) -> None:
    def odd(body: dict[str, Any]) -> None:
        body["study"]["protocolSection"]["statusModule"] = "RECRUITING"

    found = run(changed(odd, only=TWO))
    assert [each.state for each in found] == ["stored", "refused", "stored"]
    assert "statusModule" in (found[1].problem or "")
    with pytest.raises(HistoryChanged):
        run(changed(odd), TWO, "NCT90000004", "NCT90000005")


@pytest.mark.parametrize("status, error", [(403, Blocked), (429, RateLimited)])
def test_a_registry_that_refuses_ends_the_run_and_what_is_stored_stays(
    run: Callable[..., list[Filled]], status: int, error: type[Exception]
) -> None:
    def refused(path: str, nct_id: str) -> httpx.Response:
        return httpx.Response(status, text="no") if nct_id == TWO else as_it_was(path, nct_id)

    with pytest.raises(error):
        run(refused)
    assert [len(numbers(run, each)) for each in (ONE, TWO, THREE)] == [3, 1, 0]


def test_a_study_without_a_history_is_done(run: Callable[..., list[Filled]]) -> None:
    def none(_path: str, nct_id: str) -> httpx.Response:
        return httpx.Response(404, text=f"NCT number {nct_id} not found")

    assert [each.state for each in run(none, ONE)] == ["nothing"]
    assert [each.state for each in run(none, ONE)] == ["done"]
