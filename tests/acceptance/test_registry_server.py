"""The local registry server has the manners of ClinicalTrials.gov, over real HTTP."""

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sync.demo.registry import RunningRegistry, serve
from tests.acceptance.registry_server import StartRegistry, study, told, write_corpus

RELEASE = "2026-03-02"
STUDIES = 25


def nct(number: int) -> str:
    return f"NCT900000{number:02}"


def invented_cohort() -> list[dict[str, Any]]:
    studies = [
        told(nct(n), {"2026-03-01": study(nct(n), posted=f"2026-01-{n:02}")}, [["2026-03-01", "2026-03-09"]])
        for n in range(1, STUDIES - 4)
    ]
    changing = study(nct(21), "UNKNOWN", conditionsModule={"conditions": ["Lupus Nephritis"]})
    renamed = study(nct(23))
    renamed["protocolSection"]["identificationModule"]["nctIdAliases"] = [nct(22)]
    criteria = {"eligibilityCriteria": "Inclusion Criteria:\n\n* Age \\> 18\n* ECOG 0\\~1\n\n  1. stable\n"}
    return [
        *studies,
        told(nct(21), {"2026-03-01": study(nct(21)), "2026-03-03": changing}, [["2026-03-01", "2026-03-02"]]),
        told(nct(22), {"2026-03-01": study(nct(22)), "2026-03-05": None}),
        told(nct(23), {"2026-03-04": renamed}),
        told(nct(24), {"2026-03-01": study(nct(24), "COMPLETED", eligibilityModule=criteria)}),
        told(nct(25), {"2026-03-01": study(nct(25)), "2026-03-06": None}),
    ]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    corpus = write_corpus(tmp_path_factory.mktemp("registry") / "cohort.jsonl", invented_cohort())
    with serve([corpus], release=RELEASE) as running:
        yield running


@pytest.fixture
def registry(server: RunningRegistry) -> RunningRegistry:
    """The module's server, on its first release, without faults, its log empty."""
    server.set_faults()
    server.move_to(RELEASE)
    server.clear_log()
    return server


def awkward_records() -> list[dict[str, Any]]:
    """Records whose parts are of wrong types, one to a study."""
    surrogate = json.loads('"\\ud800"')
    return [
        study(nct(1)) | {"protocolSection": {"identificationModule": [], "statusModule": []}},
        study(nct(2), status={"is": "no word"}),
        study(nct(3), posted=20260101),
        study(nct(4), contactsLocationsModule={"locations": {"city": surrogate}}),
        study(nct(5)) | {"derivedSection": None},
    ]


@pytest.fixture
def api(registry: RunningRegistry) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=registry.api_url, timeout=5, verify=False) as client:
        yield client


def ids_of(answer: httpx.Response) -> list[str]:
    records = answer.raise_for_status().json()["studies"]
    return [record["protocolSection"]["identificationModule"]["nctId"] for record in records]


def walk(api: httpx.Client, **params: str) -> list[list[str]]:
    """The ids of every page of a search, in a fixed order; stops after twenty pages."""
    asked = {"pageSize": "10", "sort": "LastUpdatePostDate", **params}
    pages, token = [], None
    while len(pages) < 20:
        answer = api.get("/studies", params=asked | ({"pageToken": token} if token else {}))
        pages.append(ids_of(answer))
        token = answer.json().get("nextPageToken")
        if not token:
            break
    return pages


def found_by_walking(api: httpx.Client) -> list[str]:
    return list(itertools.chain.from_iterable(walk(api)))


# Getting an answer at all


def test_the_version_names_the_release_being_served(api: httpx.Client, registry: RunningRegistry) -> None:
    assert api.get("/version").json() == {"apiVersion": "2.0.5", "dataTimestamp": "2026-03-02T09:00:04"}
    registry.move_to("2026-03-03")
    assert api.get("/version").json()["dataTimestamp"] == "2026-03-03T09:00:04"


@pytest.mark.parametrize("name", ["curl/8.5.0", "python-requests/2.32", "Mozilla/5.0", "trialdelta/1.0", ""])
def test_a_user_agent_without_the_token_of_httpx_is_refused(api: httpx.Client, name: str) -> None:
    refusal = api.get("/version", headers={"User-Agent": name})
    assert refusal.status_code == 403
    assert "html" in refusal.headers["content-type"]


def test_a_comment_after_the_token_of_httpx_is_let_pass(api: httpx.Client) -> None:
    named = {"User-Agent": f"python-httpx/{httpx.__version__} (trialdelta/1.0; +ops@invented.example)"}
    assert api.get("/version", headers=named).status_code == 200


def test_an_unknown_study_is_told_in_plain_text_and_a_wrong_path_in_html(api: httpx.Client) -> None:
    unknown = api.get("/studies/NCT99999999")
    assert (unknown.status_code, unknown.text) == (404, "NCT number NCT99999999 not found")
    assert unknown.headers["content-type"].startswith("text/plain")
    wrong = api.get("/trials")
    assert wrong.status_code == 404
    assert wrong.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "params, said",
    [
        ({"query.recrs": "open"}, "`query.recrs` is unknown parameter"),
        ({"fields": "NCTId|Colour"}, "`Colour` is unknown field"),
        ({"query.term": "lupus AND ("}, "Cannot parse query"),
        ({"query.term": " OR ".join(f"w{n}" for n in range(14))}, "Too complicated query"),
        ({"sort": "NCTId"}, "`sort` by `NCTId`"),
        ({"sort": "EnrollmentCount|StartDate|CompletionDate"}, "`sort` has too many items"),
        ({"pageToken": "long-forgotten"}, "`pageToken`"),
        ({"pageSize": "many"}, "`pageSize`"),
        ({"filter.ids": "../../x"}, "is not a valid NCT number"),
        ({"filter.advanced": "AREA[Colour]red"}, "`Colour` is unknown field"),
        ({"filter.advanced": "AREA[LastUpdatePostDate]RANGE[yesterday,MAX]"}, "not a range of dates"),
    ],
)
def test_a_bad_question_is_answered_400_in_plain_text(
    api: httpx.Client, params: dict[str, str], said: str
) -> None:
    refusal = api.get("/studies", params=params)
    assert refusal.status_code == 400
    assert refusal.headers["content-type"].startswith("text/plain")
    assert said in refusal.text


def test_an_over_long_address_gets_an_html_page(api: httpx.Client) -> None:
    refusal = api.get("/studies", params={"filter.ids": "|".join([nct(1)] * 1_000)})
    assert refusal.status_code == 414
    assert refusal.headers["content-type"].startswith("text/html")


def test_the_etag_names_the_build_and_never_changes(api: httpx.Client, registry: RunningRegistry) -> None:
    before = api.get(f"/studies/{nct(21)}")
    registry.move_to("2026-03-03")
    after = api.get(f"/studies/{nct(21)}", headers={"If-None-Match": before.headers["etag"]})
    assert after.headers["etag"] == before.headers["etag"]
    assert after.status_code == 200
    assert after.content != before.content


def test_answers_are_packed_for_those_who_accept_it(api: httpx.Client) -> None:
    assert api.get("/studies").headers["content-encoding"] == "gzip"
    plain = api.get("/studies", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers


# Records and lists


def test_every_record_is_stamped_with_the_release_and_stands_on_its_own_line(api: httpx.Client) -> None:
    answer = api.get("/studies", params={"pageSize": "1000"})
    lines = answer.text.splitlines()
    assert len(lines) == len(answer.json()["studies"]) == STUDIES - 1
    assert all(f'"versionHolder":"{RELEASE}"' in line for line in lines)


def test_a_study_is_unknown_before_its_first_version(api: httpx.Client, registry: RunningRegistry) -> None:
    assert api.get(f"/studies/{nct(23)}").status_code == 404
    registry.move_to("2026-03-04")
    assert api.get(f"/studies/{nct(23)}").status_code == 200


def test_a_study_without_a_record_is_gone(api: httpx.Client, registry: RunningRegistry) -> None:
    registry.move_to("2026-03-06")
    assert api.get(f"/studies/{nct(25)}").text == f"NCT number {nct(25)} not found"
    assert ids_of(api.get("/studies", params={"filter.ids": nct(25)})) == []


def test_an_alias_answers_301_and_loses_the_parameters(api: httpx.Client, registry: RunningRegistry) -> None:
    registry.move_to("2026-03-04")
    moved = api.get(f"/studies/{nct(22)}", params={"fields": "NCTId"})
    assert moved.status_code == 301
    assert moved.headers["location"] == f"/api/v2/studies/{nct(23)}"
    assert ids_of(api.get("/studies", params={"filter.ids": nct(22)})) == [nct(23)]


def test_page_sizes_are_cut_to_a_thousand_and_zero_means_ten(api: httpx.Client) -> None:
    assert len(ids_of(api.get("/studies", params={"pageSize": "5000"}))) == STUDIES - 1
    assert len(ids_of(api.get("/studies", params={"pageSize": "0"}))) == 10


def test_a_walk_finds_every_study_once_and_counts_on_its_first_page_only(api: httpx.Client) -> None:
    first = api.get("/studies", params={"countTotal": "true", "sort": "LastUpdatePostDate"}).json()
    assert first["totalCount"] == STUDIES - 1
    token = first["nextPageToken"]
    second = api.get(
        "/studies", params={"countTotal": "true", "sort": "LastUpdatePostDate", "pageToken": token}
    ).json()
    assert "totalCount" not in second
    found = found_by_walking(api)
    assert len(found) == len(set(found)) == STUDIES - 1


def test_the_order_without_sort_is_another_one_at_every_request(api: httpx.Client) -> None:
    orders = {tuple(ids_of(api.get("/studies", params={"pageSize": "100"}))) for _ in range(3)}
    assert len(orders) == 3


def test_sorting_by_date_goes_backwards_unless_told_otherwise(api: httpx.Client) -> None:
    params = {"fields": "LastUpdatePostDate", "pageSize": "100"}

    def dates(sort: str) -> list[str]:
        text = api.get("/studies", params={**params, "sort": sort}).text
        return re.findall(r'"date":"([\d-]+)"', text)

    assert dates("LastUpdatePostDate") == sorted(dates("LastUpdatePostDate"), reverse=True)
    assert dates("LastUpdatePostDate:asc") == sorted(dates("LastUpdatePostDate"))


def test_fields_leave_nothing_else_in_a_record(api: httpx.Client) -> None:
    answer = api.get("/studies", params={"fields": "NCTId,OverallStatus", "filter.ids": nct(24)})
    assert answer.json()["studies"] == [
        {
            "protocolSection": {
                "identificationModule": {"nctId": nct(24)},
                "statusModule": {"overallStatus": "COMPLETED"},
            }
        }
    ]


@pytest.mark.parametrize(
    "params, found",
    [
        ({"filter.overallStatus": "COMPLETED|TERMINATED"}, [nct(24)]),
        ({"filter.advanced": "AREA[LastUpdatePostDate]RANGE[2026-01-19,2026-01-20]"}, [nct(19), nct(20)]),
        ({"filter.advanced": "AREA[LastUpdatePostDate]RANGE[MIN,2026-01-01]"}, [nct(1)]),
        ({"query.term": "AREA[OverallStatus]COMPLETED"}, [nct(24)]),
        ({"query.titles": '"study 003" OR "study 004"'}, [nct(3), nct(4)]),
        ({"query.titles": "CAR-T AND (003 OR 004) AND NOT 004"}, [nct(3)]),
        ({"query.id": nct(7)}, [nct(7)]),
        ({"query.term": f"{nct(7)}, {nct(8)}", "filter.overallStatus": "COMPLETED"}, [nct(7), nct(8)]),
        ({"query.cond": "lupus"}, []),
    ],
)
def test_searches_and_filters_find(api: httpx.Client, params: dict[str, str], found: list[str]) -> None:
    assert sorted(ids_of(api.get("/studies", params=params))) == found


def test_listed_spans_decide_the_search_of_a_cohort(api: httpx.Client, registry: RunningRegistry) -> None:
    cohort = {"query.intr": 'CAR-T OR "chimeric antigen receptor"', "pageSize": "100"}
    assert nct(21) in ids_of(api.get("/studies", params=cohort))
    registry.move_to("2026-03-03")
    assert nct(21) not in ids_of(api.get("/studies", params=cohort))
    assert nct(21) in ids_of(api.get("/studies", params={"query.cond": "lupus"}))
    assert api.get(f"/studies/{nct(21)}").status_code == 200


def test_records_of_wrong_types_are_served_as_they_are(start_registry: StartRegistry, tmp_path: Path) -> None:
    records = awkward_records()
    corpus = write_corpus(
        tmp_path / "awkward.jsonl", [told(nct(n), {RELEASE: record}) for n, record in enumerate(records, 1)]
    )
    running = start_registry([corpus])
    with httpx.Client(base_url=running.api_url, verify=False) as api:
        params = {"sort": "LastUpdatePostDate", "filter.advanced": "AREA[LastUpdatePostDate]RANGE[MIN,MAX]"}
        assert api.get("/studies", params=params).status_code == 200
        assert api.get("/studies", params={"filter.overallStatus": "RECRUITING"}).status_code == 200
        assert b'"city":"\\ud800"' in api.get(f"/studies/{nct(4)}").content
        for number in range(1, len(records) + 1):
            assert api.get(f"/studies/{nct(number)}").status_code == 200
            assert httpx.get(f"{running.url}/api/int/studies/{nct(number)}/history").status_code == 200


# The record history


def test_the_history_numbers_versions_from_zero(api: httpx.Client, registry: RunningRegistry) -> None:
    registry.move_to("2026-03-03")
    changes = httpx.get(f"{registry.url}/api/int/studies/{nct(21)}/history").json()["changes"]
    assert [change["version"] for change in changes] == [0, 1]
    assert [change["status"] for change in changes] == ["RECRUITING", "UNKNOWN"]
    assert changes[1]["moduleLabels"] == ["Study Status", "Conditions"]


def test_a_version_of_the_history_is_html_without_the_derived_section(registry: RunningRegistry) -> None:
    told = httpx.get(f"{registry.url}/api/int/studies/{nct(24)}/history/0").json()
    assert told["studyVersion"] == 0
    assert "derivedSection" not in told["study"]
    criteria = told["study"]["protocolSection"]["eligibilityModule"]["eligibilityCriteria"]
    assert criteria == (
        "<p>Inclusion Criteria:</p><ul><li>Age &gt; 18</li><li>ECOG 0~1<ol><li>stable</li></ol></li></ul>"
    )


def test_a_study_without_history_is_a_404(registry: RunningRegistry) -> None:
    assert httpx.get(f"{registry.url}/api/int/studies/NCT99999999/history").status_code == 404


def test_a_second_request_to_the_history_at_a_time_is_refused(
    start_registry: StartRegistry, tmp_path: Path
) -> None:
    corpus = write_corpus(tmp_path / "one.jsonl", [told(nct(1), {RELEASE: study(nct(1))})])
    address = f"{start_registry([corpus], faults=['stall:30']).url}/api/int/studies/{nct(1)}/history"
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(address, timeout=0.3)
    assert httpx.get(address).status_code == 429


# Control


def test_the_log_tells_what_was_asked(api: httpx.Client, registry: RunningRegistry) -> None:
    api.get("/studies", params={"filter.ids": nct(1)})
    api.get("/studies/NCT99999999")
    assert [(entry["path"], entry["params"], entry["status"]) for entry in registry.log()] == [
        ("/api/v2/studies", {"filter.ids": nct(1)}, 200),
        ("/api/v2/studies/NCT99999999", {}, 404),
    ]


def test_the_log_names_the_faults_that_struck(api: httpx.Client, registry: RunningRegistry) -> None:
    registry.set_faults("503:/version")
    api.get("/version")
    api.get("/studies")
    assert [entry["faults"] for entry in registry.log()] == [["503:/version"], []]


def test_an_unknown_fault_is_refused_with_the_names_of_all(registry: RunningRegistry) -> None:
    refusal = httpx.post(f"{registry.url}/_control/faults", json={"faults": ["earthquake"]})
    assert refusal.status_code == 400
    assert "html-maintenance" in refusal.text


def test_next_moves_to_the_next_release_of_the_corpus(api: httpx.Client, registry: RunningRegistry) -> None:
    registry.move_to("next")
    assert api.get("/version").json()["dataTimestamp"].startswith("2026-03-03")


def test_a_corpus_that_cannot_be_read_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from sync.demo.registry.__main__ import main

    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"nctId": "NCT90000001"}\n', "utf-8")
    assert main(["--corpus", str(broken)]) == 2
    assert "broken.jsonl:1" in capsys.readouterr().err


# Faults


@pytest.mark.parametrize("status", [403, 429, 500, 502, 503, 504])
def test_a_fault_of_status(api: httpx.Client, registry: RunningRegistry, status: int) -> None:
    registry.set_faults(str(status))
    assert api.get("/version").status_code == status


@pytest.mark.parametrize(
    "fault, header",
    [
        ("429", r"1"),
        ("429:7s", r"7"),
        ("429:date", r"\w{3}, .* GMT"),
        ("429:negative", r"-5"),
        ("429:day", r"86400"),
    ],
)
def test_retry_after_comes_in_the_wanted_form(
    api: httpx.Client, registry: RunningRegistry, fault: str, header: str
) -> None:
    registry.set_faults(fault)
    assert re.fullmatch(header, api.get("/version").headers["retry-after"])


def test_retry_after_can_be_left_out(api: httpx.Client, registry: RunningRegistry) -> None:
    registry.set_faults("429:none")
    assert "retry-after" not in api.get("/version").headers


def test_a_fault_keeps_to_its_number_its_start_and_its_path(
    api: httpx.Client, registry: RunningRegistry
) -> None:
    registry.set_faults("503:x2:@2:/version")
    assert api.get("/studies").status_code == 200
    assert [api.get("/version").status_code for _ in range(5)] == [200, 503, 503, 200, 200]


def test_a_fault_keeps_to_requests_with_a_parameter(api: httpx.Client, registry: RunningRegistry) -> None:
    registry.set_faults("503:?filter.ids")
    assert api.get("/studies").status_code == 200
    assert api.get("/studies", params={"filter.ids": nct(1)}).status_code == 503


def test_a_fault_with_a_rate_strikes_now_and_then_and_the_same_way_again(
    api: httpx.Client, registry: RunningRegistry
) -> None:
    runs = []
    for _ in range(2):
        registry.set_faults("429:0.3")
        runs.append([api.get("/version").status_code for _ in range(40)])
    assert runs[0] == runs[1]
    assert 4 <= runs[0].count(429) <= 20


@pytest.mark.parametrize(
    "fault, body",
    [
        ("empty-body", ""),
        ("null", "null"),
        ("busy-string", '"busy"'),
        ("list", "[]"),
        ("empty-object", "{}"),
        ("error-object", '{"error":"internal error"}'),
        ("studies-null", '{"studies":null}'),
    ],
)
def test_a_200_with_a_body_that_is_no_answer(
    api: httpx.Client, registry: RunningRegistry, fault: str, body: str
) -> None:
    registry.set_faults(fault)
    answer = api.get("/studies")
    assert (answer.status_code, answer.text) == (200, body)
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize(
    "fault, kind", [("html-maintenance", "text/html"), ("html-maintenance:json", "application/json")]
)
def test_a_maintenance_page_comes_with_200(
    api: httpx.Client, registry: RunningRegistry, fault: str, kind: str
) -> None:
    registry.set_faults(fault)
    answer = api.get("/studies")
    assert answer.status_code == 200
    assert answer.text.startswith("<html>")
    assert answer.headers["content-type"].startswith(kind)


@pytest.mark.parametrize(
    "fault, error",
    [
        ("truncate", httpx.RemoteProtocolError),
        ("chunk-cut", httpx.RemoteProtocolError),
        ("hang-up", httpx.RemoteProtocolError),
        ("reset", httpx.ReadError),
        ("gzip-plain", httpx.DecodingError),
        ("gzip-bad-crc", httpx.DecodingError),
    ],
)
def test_a_broken_connection_or_packing_is_seen_by_httpx(
    api: httpx.Client, registry: RunningRegistry, fault: str, error: type[Exception]
) -> None:
    registry.set_faults(fault)
    with pytest.raises(error):
        api.get("/studies")


@pytest.mark.parametrize("fault", ["no-length", "short-length", "gzip-cut"])
def test_half_a_body_passes_httpx_as_a_200(api: httpx.Client, registry: RunningRegistry, fault: str) -> None:
    registry.set_faults(fault)
    answer = api.get("/studies")
    assert answer.status_code == 200
    with pytest.raises((json.JSONDecodeError, UnicodeDecodeError)):
        answer.json()


def test_gzip_without_its_trailer_passes_httpx_whole(api: httpx.Client, registry: RunningRegistry) -> None:
    registry.set_faults("gzip-no-trailer")
    assert len(ids_of(api.get("/studies"))) == 10


def test_a_bomb_is_small_on_the_wire(api: httpx.Client, registry: RunningRegistry) -> None:
    registry.set_faults("gzip-bomb:20")
    with api.stream("GET", "/studies") as answer:
        packed = sum(map(len, answer.iter_raw()))
    assert packed < 100_000


def test_slow_sends_single_bytes(api: httpx.Client, registry: RunningRegistry) -> None:
    registry.set_faults("slow:0.002")
    with api.stream("GET", "/version") as answer:
        assert len(list(answer.iter_raw())) > 10


def test_a_redirect_leads_to_another_host_name(api: httpx.Client, registry: RunningRegistry) -> None:
    registry.set_faults("redirect-elsewhere")
    assert api.get("/version").headers["location"].startswith("http://localhost:")


def test_a_lying_etag_says_unchanged(api: httpx.Client, registry: RunningRegistry) -> None:
    registry.set_faults("lying-etag")
    etag = api.get("/studies").headers["etag"]
    assert api.get("/studies", headers={"If-None-Match": etag}).status_code == 304


# Faults of paging


def test_a_token_is_refused_in_the_middle_of_a_walk(api: httpx.Client, registry: RunningRegistry) -> None:
    registry.set_faults("stale-token:x1")
    token = api.get("/studies").json()["nextPageToken"]
    assert api.get("/studies", params={"pageToken": token}).status_code == 400
    assert api.get("/studies", params={"pageToken": token}).status_code == 200


def test_a_repeated_page_hides_the_one_it_stands_for(api: httpx.Client, registry: RunningRegistry) -> None:
    registry.set_faults("repeat-page:x1")
    first, second, _ = walk(api)
    assert first == second


def test_a_looping_token_leads_to_the_same_page(api: httpx.Client, registry: RunningRegistry) -> None:
    registry.set_faults("token-loop")
    pages = walk(api)
    assert len(pages) == 20
    assert pages[0] == pages[19]


def test_an_empty_page_loses_nothing(api: httpx.Client, registry: RunningRegistry) -> None:
    registry.set_faults("empty-page")
    assert [len(page) for page in walk(api)] == [10, 0, 10, 4]


def test_a_full_last_page_leads_to_an_empty_one(api: httpx.Client, registry: RunningRegistry) -> None:
    registry.set_faults("full-last-page")
    assert [len(page) for page in walk(api, pageSize="12")] == [12, 12, 0]


def test_a_short_page_misses_studies(api: httpx.Client, registry: RunningRegistry) -> None:
    registry.set_faults("short-page:3:x1")
    assert [len(page) for page in walk(api)] == [7, 10, 4]


def test_a_huge_total_is_claimed(api: httpx.Client, registry: RunningRegistry) -> None:
    registry.set_faults("huge-total")
    assert api.get("/studies", params={"countTotal": "true"}).json()["totalCount"] == 600_000


def test_a_moving_study_is_seen_twice_and_another_not_at_all(
    api: httpx.Client, registry: RunningRegistry
) -> None:
    whole = found_by_walking(api)
    registry.set_faults("moving-study:x1")
    moved = found_by_walking(api)
    assert len(moved) == len(whole)
    assert len(set(whole) - set(moved)) == 1


def test_pages_can_be_clamped(api: httpx.Client, registry: RunningRegistry) -> None:
    registry.set_faults("clamp:7")
    assert [len(page) for page in walk(api)] == [7, 7, 7, 3]


def test_a_clamp_cuts_a_walk_into_pages_for_other_faults(
    api: httpx.Client, registry: RunningRegistry
) -> None:
    registry.set_faults("clamp:9", "repeat-page:x1")
    first, second, _ = walk(api, pageSize="1000")
    assert first == second
    assert len(first) == 9


def test_the_release_moves_on_during_a_walk(api: httpx.Client, registry: RunningRegistry) -> None:
    registry.set_faults("release-flip")
    token = api.get("/studies").json()["nextPageToken"]
    assert '"versionHolder":"2026-03-03"' in api.get("/studies", params={"pageToken": token}).text
    assert api.get("/version").json()["dataTimestamp"].startswith("2026-03-03")


# Faults of studies


def test_a_hidden_study_is_found_by_its_id_only(api: httpx.Client, registry: RunningRegistry) -> None:
    registry.set_faults(f"hide:{nct(5)}")
    assert ids_of(api.get("/studies", params={"filter.ids": f"{nct(5)}|{nct(6)}"})) == [nct(6)]
    assert api.get(f"/studies/{nct(5)}").status_code == 200


def test_a_vanished_study_is_found_nowhere(api: httpx.Client, registry: RunningRegistry) -> None:
    registry.set_faults("vanish:20")
    assert len(found_by_walking(api)) == STUDIES - 21
    assert api.get(f"/studies/{nct(1)}").text == f"NCT number {nct(1)} not found"


def test_a_study_goes_over_to_another_id(api: httpx.Client, registry: RunningRegistry) -> None:
    registry.set_faults(f"alias:{nct(5)}")
    moved = api.get(f"/studies/{nct(5)}", follow_redirects=True)
    identification = moved.json()["protocolSection"]["identificationModule"]
    assert identification["nctId"] != nct(5)
    assert identification["nctIdAliases"] == [nct(5)]


def test_a_study_comes_under_a_wrong_id(api: httpx.Client, registry: RunningRegistry) -> None:
    registry.set_faults("wrong-id")
    record = api.get(f"/studies/{nct(5)}").json()
    assert record["protocolSection"]["identificationModule"]["nctId"] == "NCT99999999"


def test_a_poison_spoils_one_study_of_a_page_and_leaves_the_others(
    api: httpx.Client, registry: RunningRegistry
) -> None:
    from sync.demo.registry.faults.poison import POISONS

    params = {"pageSize": "24", "sort": "LastUpdatePostDate"}
    good = api.get("/studies", params=params).content.split(b",\n")
    for kind in POISONS:
        registry.set_faults(f"poison:{kind}={nct(7)}")
        spoilt = api.get("/studies", params=params).content.split(b",\n")
        assert [
            number for number, pair in enumerate(zip(good, spoilt, strict=True)) if pair[0] != pair[1]
        ] == [next(number for number, line in enumerate(good) if f'"nctId":"{nct(7)}"'.encode() in line)], (
            kind
        )


@pytest.mark.parametrize("kind", ["bad-utf8", "raw-nul", "bom", "cut"])
def test_some_poisons_are_no_json(api: httpx.Client, registry: RunningRegistry, kind: str) -> None:
    registry.set_faults(f"poison:{kind}")
    with pytest.raises((json.JSONDecodeError, UnicodeDecodeError)):
        json.loads(api.get("/studies").content)


# Over the registry's real records


@pytest.mark.corpus
def test_the_real_cohort_is_served_as_listed(corpus: Path) -> None:
    releases = corpus / "cohort-autoimmune.releases.txt"
    with serve([corpus / "cohort-autoimmune.jsonl.gz"], releases=[releases], release="2026-04-25") as running:
        params = {"query.intr": "CAR-T", "pageSize": "1000", "countTotal": "true", "fields": "NCTId"}
        first = httpx.get(f"{running.api_url}/studies", params=params).json()
        running.move_to("2026-08-22")
        last = httpx.get(f"{running.api_url}/studies", params=params).json()
    assert first["totalCount"] < last["totalCount"] <= 316


@pytest.mark.corpus
def test_errors_are_worded_as_the_registry_words_them(corpus: Path, api: httpx.Client) -> None:
    responses = corpus / "responses"
    assert (
        api.get("/studies?query.recrs=x").text == (responses / "error_400_unknown_parameter.txt").read_text()
    )
    assert api.get("/studies/NCT99999999").text == (responses / "error_404_unknown_study.txt").read_text()
