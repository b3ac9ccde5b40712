"""Pages as byte spans; one study that is no JSON must not cost the other 999 (FAULTS C1, C2, C4)."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.registry.errors import Unreadable
from sync.registry.pages import RawRecord, hash_of_read, raw_hash, read_page, read_study, usual_hash
from tests.unit.registry.invented import ids, page_of, study


def as_bytes(record: object) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode()


def spoilt(title: bytes, nct_id: str = "NCT00000500") -> bytes:
    return as_bytes(study(nct_id)).replace(b"Invented", title)


def first_member(member: bytes) -> bytes:
    return b"{" + member + b"," + as_bytes(study("NCT00000500"))[1:]


POISONS = {
    "lone surrogate": spoilt(rb"\ud800"),
    "NUL": spoilt(b"\x00"),
    "escape of nothing": spoilt(rb"\x"),
    "a raw line end in a text": spoilt(b"two\nlines"),
    "NaN": first_member(b'"count":NaN'),
    "infinity": first_member(b'"count":-Infinity'),
    "byte order mark": b"\xef\xbb\xbf" + as_bytes(study("NCT00000500")),
    "1,000 levels": first_member(b'"deep":' + b"[" * 1000 + b"]" * 1000),
    "100,000 levels": first_member(b'"deep":' + b"[" * 100_000 + b"]" * 100_000),
    "cut in a text": as_bytes(study("NCT00000500"))[:75],
    "cut in a bracket": as_bytes(study("NCT00000500"))[:40],
    "a bracket too many": as_bytes(study("NCT00000500")) + b"}",
    "a key without quotes": first_member(b"count:1"),
    "no value": first_member(b'"count":'),
    "HTML": b"<p>Internal error</p>",
}


@pytest.mark.parametrize("poison", POISONS.values(), ids=POISONS)
@pytest.mark.parametrize("place", [0, 500, 999])
def test_one_study_that_is_no_json_is_handed_out_alone_and_999_survive(poison: bytes, place: int) -> None:
    good = [as_bytes(study(nct_id)) for nct_id in ids(999, first=1000)]
    page = read_page(page_of([*good[:place], poison, *good[place:]], total=1000, token="next").content)
    assert (page.total, page.token) == (1000, "next")
    assert [record.raw for record in page.records if record.problem is None] == good
    assert b"\n".join(record.raw for record in page.records if record.problem) == poison
    assert len(page.records) == 1000


@pytest.mark.parametrize(
    "name", ["lone surrogate", "NUL", "NaN", "byte order mark", "1,000 levels", "a raw line end in a text"]
)
def test_the_id_of_a_study_that_is_no_json_is_still_made_out(name: str) -> None:
    page = read_page(page_of([study("NCT00000001"), POISONS[name], study("NCT00000002")]).content)
    assert [record.nct_id for record in page.records] == ["NCT00000001", "NCT00000500", "NCT00000002"]


@pytest.mark.parametrize(
    "name, reason",
    [
        ("lone surrogate", "surrogate"),
        ("NaN", "NaN"),
        ("100,000 levels", "nested deeper"),
        ("HTML", "not JSON"),
        ("NUL", "not JSON"),
    ],
)
def test_the_problem_says_what_is_wrong(name: str, reason: str) -> None:
    [record] = read_page(page_of([POISONS[name]]).content).records
    assert record.problem is not None
    assert reason in record.problem


@pytest.mark.parametrize("poison", [POISONS["NaN"], POISONS["lone surrogate"], POISONS["100,000 levels"]])
def test_a_page_on_one_line_or_on_many_is_split_as_well(poison: bytes) -> None:
    compact = (
        b'{"totalCount":3,"studies":['
        + b",".join([as_bytes(study("NCT00000001")), poison, as_bytes(study("NCT00000002"))])
        + b"]}"
    )
    spread = (
        b'{ "totalCount": 3, "studies": [\n'
        + b",\n".join(
            [
                json.dumps(study("NCT00000001"), indent=1).encode(),
                poison,
                json.dumps(study("NCT00000002"), indent=1).encode(),
            ]
        )
        + b'\n ],\n "nextPageToken": "abc"\n}\n'
    )
    for body, token in ((compact, None), (spread, "abc")):
        page = read_page(body)
        assert [(record.nct_id, record.problem is None) for record in page.records] == [
            ("NCT00000001", True),
            ("NCT00000500", False),
            ("NCT00000002", True),
        ]
        assert (page.total, page.token) == (3, token)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_a_page_that_is_cut_is_no_page_even_when_it_is_poisoned(kept: float) -> None:
    for records in (
        [study(nct_id) for nct_id in ids(50)],
        [study("NCT00000001"), POISONS["NaN"], study("NCT00000002")],
    ):
        body = page_of(list(records), total=50, token="next").content
        with pytest.raises(Unreadable):
            read_page(body[: int(len(body) * kept)])


@pytest.mark.parametrize(
    "body", [b"<html></html>", b"", b"{", b'{"studies":[', b'{"studies":[NaN]', b"[NaN]", b'{"a":NaN,"b":[]}']
)
def test_what_is_no_page_at_all_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_page(body)


def test_a_poisoned_page_of_ten_megabytes_is_split_in_bounded_time() -> None:
    site = {"facility": 'A "quoted" clinic', "city": "Somewhere", "contacts": [{"name": "N. N."}]}
    records = [study(nct_id) | {"sites": [site] * 110} for nct_id in ids(999)]
    body = page_of([*records, POISONS["NaN"]]).content
    assert len(body) > 10_000_000
    began = time.process_time()
    assert sum(record.problem is None for record in read_page(body).records) == 999
    assert time.process_time() - began < 8  # about 0.6 s; a quadratic search would take minutes


@pytest.mark.parametrize(
    "record, nct_id",
    [
        ({"protocolSection": []}, None),
        ({"protocolSection": {"identificationModule": None}}, None),
        ({"protocolSection": {"identificationModule": {"nctId": 5}}}, None),
        ({"protocolSection": {"identificationModule": {"nctId": "../../x"}}}, None),
        ({"protocolSection": {"identificationModule": {"nctId": "NCT00000001\n"}}}, None),
        ({"protocolSection": {"statusModule": {"expandedAccessInfo": {"nctId": "NCT00000009"}}}}, None),
        ({}, None),
        (study("NCT00000001") | {"derivedSection": []}, "NCT00000001"),
        (study("NCT00000001", nctIdAliases="NCT00000002"), "NCT00000001"),
        (study("NCT00000001", nctIdAliases=[7, "NCT00000002", "x"]), "NCT00000001"),
        (study("NCT00000001", briefTitle=17), "NCT00000001"),
    ],
)
def test_json_of_any_shape_is_handed_on_with_its_bytes_and_the_id_where_it_has_one(
    record: object, nct_id: str | None
) -> None:
    [read] = read_page(page_of([record]).content).records
    assert (read.nct_id, read.problem) == (nct_id, None)
    assert json.loads(read.raw) == record


def test_former_ids_and_the_date_of_the_release_are_read_from_the_record() -> None:
    [record] = read_page(page_of([study("NCT00000001", nctIdAliases=["NCT00000002"])]).content).records
    assert record.version_holder == "2026-09-01"
    assert record.is_for("NCT00000001")
    assert record.is_for("NCT00000002")
    assert not record.is_for("NCT00000003")


def test_a_study_by_itself_that_is_no_json_comes_with_its_problem() -> None:
    record = read_study(POISONS["lone surrogate"])
    assert (record.nct_id, record.raw) == ("NCT00000500", POISONS["lone surrogate"])
    assert record.problem is not None


def with_holder(date: str, **rest: object) -> bytes:
    return as_bytes(
        study("NCT00000001")
        | {"derivedSection": {"miscInfoModule": {"versionHolder": date, **rest}}}
        | {"hasResults": False}
    )


def test_the_raw_hash_is_blind_to_the_date_of_the_release() -> None:
    assert raw_hash(with_holder("2026-09-01")) == raw_hash(with_holder("2026-09-02"))
    assert raw_hash(with_holder("2026-09-01", modelPredictions=1)) == raw_hash(
        with_holder("2026-09-02", modelPredictions=1)
    )


def test_the_raw_hash_sees_everything_else() -> None:
    before = with_holder("2026-09-01")
    elsewhere = study("NCT00000001") | {"miscInfoModule": {"versionHolder": "2026-09-01"}}
    assert raw_hash(before) != raw_hash(before.replace(b"Invented", b"Invenged"))
    assert raw_hash(before) != raw_hash(before.replace(b"NCT00000001", b"NCT00000002"))
    assert raw_hash(before) != raw_hash(before + b" ")
    assert raw_hash(as_bytes(elsewhere)) != raw_hash(as_bytes(elsewhere).replace(b"2026", b"2027"))


def test_a_text_that_spells_the_release_date_is_part_of_the_raw_hash() -> None:
    def quoting(date: str) -> bytes:
        return as_bytes(
            study(
                "NCT00000001",
                briefTitle='"derivedSection":{"miscInfoModule":{"versionHolder":"' + date + '"}}',
            )
        )

    assert raw_hash(quoting("2026-09-01")) != raw_hash(quoting("2026-09-02"))


def whole(raw: bytes) -> bool:
    """Whether every byte counts."""
    return raw_hash(raw) == hashlib.sha256(raw).hexdigest()


DATED = b'{"miscInfoModule":{"removedCountries":[],"versionHolder":"%s"}}'


@pytest.mark.parametrize(
    "around",
    [
        b'{"derivedSection":%s}',
        b' {"derivedSection" : %s , "protocolSection":{} } ',
        b'{"protocolSection":{"a":"versionHolder","b":"\\"derivedSection\\":{"},"derivedSection":%s}',
        b'{"protocolSection":{"derivedSection":{"miscInfoModule":{"versionHolder":"x"}}},"derivedSection":%s}',
        rb'{"derived\u0053ection":%s}',
        b'{"1":1,"":{},"derivedSection":%s,"hasResults":false}',
    ],
)
def test_the_release_date_is_found_where_the_decoder_finds_it(around: bytes) -> None:
    first, second = (around % (DATED % date) for date in (b"2026-09-01", b"2026-09-02"))
    assert raw_hash(first) == raw_hash(second)
    assert raw_hash(first) == hashlib.sha256(around % (DATED % b"")).hexdigest()


@pytest.mark.parametrize(
    "raw",
    [
        b'{"other":{"derivedSection":%s}}' % (DATED % b"2026"),
        b'{"derivedSection":{},"x":%s}' % (DATED % b"2026"),
        b'{"derivedSection":%s,"derivedSection":%s}' % (DATED % b"1", DATED % b"2"),
        b'{"a":1,"a":1,"derivedSection":%s}' % (DATED % b"1"),
        b'{"derivedSection":{"miscInfoModule":{"versionHolder":7}}}',
        b'{"derivedSection":{"miscInfoModule":{"versionHolder":"a\\u0041"}}}',
        b'{"derivedSection":{"miscInfoModule":null}}',
        b'{"derivedSection":[]}',
        b"[]",
        b"no JSON",
        b'"derivedSection":{"miscInfoModule":{'
        * 1_000,  # 33 KB: three quarters of a minute for an expression
    ],
)
def test_what_is_no_release_date_counts_with_every_byte(raw: bytes) -> None:
    assert whole(raw)


def test_a_text_without_an_end_is_one_piece_however_many_quotes_it_escapes() -> None:
    endless = b'{"a":"' + rb"\"" * 500_000  # from each of its quotes to the end: minutes
    page = read_page(b'{"studies":[{},\n' + endless + b',\n{"b":1}],"totalCount":3}')
    assert [record.problem is None for record in page.records] == [True, False, True]


def test_a_record_without_a_release_date_is_hashed_as_it_is() -> None:
    raw = as_bytes({"protocolSection": {}})
    assert raw_hash(raw) == hashlib.sha256(raw).hexdigest()


def laid_out(date: str, **rest: object) -> bytes:
    misc = {"miscInfoModule": {"versionHolder": date, **rest}}
    return as_bytes(study("NCT00000001") | {"derivedSection": misc} | {"hasResults": False})


@pytest.mark.parametrize(
    "raw",
    [
        laid_out("2026-09-01"),
        laid_out("2026-09-01", removedCountries=["Ghana"]),
        laid_out(""),
        as_bytes({"derivedSection": {"miscInfoModule": {"versionHolder": "2026-09-01"}}}),
        as_bytes(
            {"a": {"derivedSection": {"miscInfoModule": {"versionHolder": "1"}}}}
            | {"derivedSection": {"miscInfoModule": {"versionHolder": "2"}}}
        ),
    ],
)
def test_the_hash_of_the_usual_layout_is_that_of_every_layout(raw: bytes) -> None:
    assert usual_hash(raw) == raw_hash(raw)
    assert usual_hash(raw) == usual_hash(raw.replace(b"2026-09-01", b"2026-09-02"))


@pytest.mark.parametrize(
    "raw",
    [
        as_bytes(study("NCT00000001") | {"derivedSection": {}}),
        json.dumps({"derivedSection": {"miscInfoModule": {"versionHolder": "2026-09-01"}}}).encode(),
        as_bytes({"derivedSection": {"miscInfoModule": {"a": 1, "versionHolder": "2026-09-01"}}}),
        as_bytes({"derivedSection": {"miscInfoModule": {"versionHolder": 'two "days'}}}),
        as_bytes(
            study("NCT00000001", briefTitle='"derivedSection":{"miscInfoModule":{"versionHolder":"')
        ).replace(b'"derivedSection":{', b'"other":{'),
        b"",
        b"[]",
    ],
)
def test_another_layout_has_no_quick_hash(raw: bytes) -> None:
    assert usual_hash(raw) is None


def laid_out_as_usual(
    nct_id: str = "NCT00000001", *, former: tuple[str, ...] = (), date: str = "2026-09-01"
) -> bytes:
    """A record laid out as the registry lays it out, with something between its beginning and its end."""
    identification: dict[str, object] = {"nctId": nct_id}
    identification |= {"nctIdAliases": list(former)} if former else {}
    modules = {
        "identificationModule": {**identification, "briefTitle": 'of "a" title'},
        "statusModule": {"overallStatus": "RECRUITING"},
    }
    misc = {"miscInfoModule": {"versionHolder": date}, "conditionBrowseModule": {"meshes": [{"id": "D1"}]}}
    return as_bytes({"protocolSection": modules, "derivedSection": misc, "hasResults": False})


def read_twice(*raws: bytes, known: dict[str, str]) -> tuple[RawRecord, ...]:
    """The records of a page, of which it is the same to all but `is_known` whether anything is known of them."""
    body = page_of(list(raws), total=len(raws)).content
    records = read_page(body, known).records
    assert tuple(replace(record, is_known=False) for record in records) == read_page(body).records
    return records


def test_of_a_record_that_is_known_the_same_is_read() -> None:
    raws = [
        laid_out_as_usual(),
        laid_out_as_usual("NCT00000002", former=("NCT00000009", "no id"), date="2026-09-02"),
    ]
    known = {f"NCT0000000{number}": raw_hash(raw) for number, raw in enumerate(raws, 1)}
    first, second = read_twice(*raws, known=known)
    assert (first.is_known, second.is_known) == (True, True)
    assert (second.nct_id, second.aliases) == ("NCT00000002", ("NCT00000009",))
    assert (first.version_holder, second.version_holder) == ("2026-09-01", "2026-09-02")


@pytest.mark.parametrize(
    "came",
    [
        laid_out_as_usual().replace(b"RECRUITING", b"COMPLETED"),
        laid_out_as_usual("NCT00000002"),
        laid_out_as_usual(date="2026-09-\u00e9").replace(rb"\u00e9", b"\xff"),
        laid_out_as_usual(date=""),
        laid_out_as_usual(date='2026"'),
        laid_out_as_usual().replace(b"RECRUITING", b"RECRUITING\x00"),
        laid_out_as_usual()[:-1],
        laid_out_as_usual() + b"}",
        as_bytes(study("NCT00000001")),
        json.dumps(json.loads(laid_out_as_usual())).encode(),
    ],
)
def test_a_record_with_other_bytes_or_another_layout_is_looked_through(came: bytes) -> None:
    known = {"NCT00000001": raw_hash(laid_out_as_usual())}
    records = read_twice(came, laid_out_as_usual("NCT00000003"), known=known)
    assert not any(record.is_known for record in records)


OUTSIDE = b'"derivedSection":{"miscInfoModule":{"versionHolder":"1"}}'
"""Where it does not stand in the record itself, it is not the date of its release."""


@pytest.mark.parametrize(
    "raw",
    [
        laid_out_as_usual().replace(b'"hasResults":false', b'"a":{"b":1,' + OUTSIDE + b"}"),
        laid_out_as_usual()
        .replace(b'"derivedSection"', b'"a":{"b":1,"derivedSection"')
        .replace(b"false}", b"false}}"),
        laid_out_as_usual().replace(
            b'"briefTitle"', b'"a":{"b":1,"statusModule":{}},"nctIdAliases":["NCT00000009"],"t"'
        ),
        laid_out_as_usual().replace(b'"protocolSection"', b'"a":{"b":1,"statusModule":{}},"protocolSection"'),
        laid_out_as_usual().replace(b'"nctId":', b'"other":'),
    ],
)
def test_what_is_cut_in_the_middle_of_a_section_is_looked_through(raw: bytes) -> None:
    json.loads(raw)
    (record,) = read_twice(raw, known={"NCT00000001": raw_hash(raw)})
    assert not record.is_known


def test_a_record_that_is_known_and_too_large_by_now_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.registry.pages.MAX_RECORD_BYTES", 100)
    (record,) = read_twice(laid_out_as_usual(), known={"NCT00000001": raw_hash(laid_out_as_usual())})
    assert record.problem


HOLDER = '"derivedSection":{"miscInfoModule":{"versionHolder":"1"}}'


@pytest.mark.parametrize(
    "raw",
    [
        "{%s}",
        '{"a":1,%s,"b":{}} ',
        '{"a":{%s},%s}',
        '{%s,"a":{%s}}',
        '{"a":[{%s}]}',
        '{ "derivedSection":{"miscInfoModule":{"versionHolder":"2"}},"a":{%s}}',
        '{"derived\\u0053ection":{"miscInfoModule":{"versionHolder":"2"}},"a":{%s}}',
        '{"a":{"b\\"derivedSection":{"miscInfoModule":{"versionHolder":"2"}}}}',
        '{"a\\"derivedSection":{"miscInfoModule":{"versionHolder":"2"}}}',
        '{"derivedSection":{"miscInfoModule":{"versionHolder":"\\u0032"}}}',
        '{"derivedSection":{"miscInfoModule":{"versionHolder":2}}}',
        '{"a":"%s"}',
        "{}",
    ],
)
def test_a_record_that_was_read_has_the_same_raw_hash(raw: str) -> None:
    raw = raw.replace('"%s"', json.dumps(HOLDER)).replace("%s", HOLDER)
    assert isinstance(json.loads(raw), dict)
    assert hash_of_read(raw.encode()) == raw_hash(raw.encode())


def test_a_date_that_stands_deeper_down_is_taken_for_no_other_record() -> None:
    def nested(date: str) -> bytes:
        within = {"derivedSection": {"miscInfoModule": {"versionHolder": date}}}
        return as_bytes({"derivedSection": {"miscInfoModule": {"versionHolder": "2026-09-01"}}, "b": within})

    assert usual_hash(nested("2026-09-01")) not in {
        raw_hash(nested(f"2026-09-0{day}")) for day in range(1, 9)
    }


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # a busy machine is no fault
@given(st.lists(st.dictionaries(st.text(), json_values, max_size=4), min_size=1, max_size=6), st.booleans())
def test_both_ways_to_split_a_page_give_the_same_records(
    records: list[dict[str, object]], ascii_only: bool
) -> None:
    whole = [json.dumps(record, ensure_ascii=ascii_only).encode("utf-8", "replace") for record in records]
    quick = read_page(page_of(list(whole)).content).records
    by_hand = read_page(page_of([*whole, b"NaN"]).content).records
    assert [record.raw for record in quick] == whole
    assert [record for record in by_hand if record.raw != b"NaN"] == list(quick)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(st.dictionaries(st.text(), json_values, max_size=3).map(as_bytes), max_size=5),
    st.sampled_from([b",", b",\n", b"\n,", b",\r\n", b" ,\n\n", b"\n", b",\n,"]),
)
def test_where_the_lines_of_a_page_end_says_nothing(records: list[bytes], between: bytes) -> None:
    frame = b'{"totalCount":7,"studies":[%s],"nextPageToken":"abc"}'
    body = frame % between.join(records)
    if between.strip() == b"," or len(records) < 2:
        at_once = read_page(frame % b",".join(records))
        assert read_page(body) == at_once
        assert [record.raw for record in at_once.records] == records


@pytest.mark.corpus
def test_the_registrys_own_pages_are_split_and_joined_without_loss(corpus: Path) -> None:
    for name, token in (("studies_page_1.json", True), ("studies_page_2.json", True)):
        body = (corpus / "responses" / name).read_bytes()
        page = read_page(body)
        assert [json.loads(record.raw) for record in page.records] == json.loads(body)["studies"]
        assert all(isinstance(record, RawRecord) and record.nct_id for record in page.records)
        assert bool(page.token) == token
