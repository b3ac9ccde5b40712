"""Reading a record: strict about bytes, tolerant about content."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.errors import UnreadableRecord
from sync.study.record import MAX_DEPTH, MAX_LISTS, Study, read_record


def raw(**protocol: object) -> bytes:
    modules = {"identificationModule": {"nctId": "NCT90000001"}, **protocol}
    return json.dumps({"protocolSection": modules}).encode()


@pytest.mark.parametrize(
    "body, reason",
    [
        (b"\xff\xfe", "not UTF-8"),
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"null", "it is null"),
        (b"[]", "it is a list"),
        (b"{}", "no NCT ID"),
        (raw(x="?").replace(b"NCT90000001", b"../../etc"), "no NCT ID"),
        (raw(x="?").replace(b'"?"', b"NaN"), "NaN"),
        (raw(x="?").replace(b'"?"', b"1e400"), "beyond any measure"),
        (raw(x="?").replace(b'"?"', rb'"\ud800"'), "half a character"),
        (raw(x="?").replace(b'"?"', b'"a\x00b"'), "not JSON"),
        (raw(x="?").replace(b'"x": "?"', b'"x": 1, "x": 2'), "twice"),
        (raw(x="?").replace(b'"?"', b"[" * 500 + b"]" * 500), "nested deeper"),
        (raw(x="?").replace(b'"?"', b"[" * 100_000 + b"]" * 100_000), "nested deeper"),
    ],
)
def test_a_record_that_two_readers_would_read_differently_is_refused_with_the_reason(body, reason):
    with pytest.raises(UnreadableRecord, match=reason):
        read_record(body)


def test_nesting_up_to_the_limit_is_read():
    deep = MAX_DEPTH - 3
    assert read_record(raw(x="?").replace(b'"?"', b'{"a":' * deep + b"1" + b"}" * deep))
    assert read_record(raw(x="?").replace(b'"?"', b"[" * MAX_LISTS + b"]" * MAX_LISTS))


def test_lists_within_lists_beyond_any_real_record_are_refused():
    deep = MAX_LISTS + 1
    with pytest.raises(UnreadableRecord, match="lists nested deeper than 10"):
        read_record(raw(x="?").replace(b'"?"', b"[" * deep + b"1" + b"]" * deep))


def test_an_escaped_nul_and_a_huge_integer_are_read():
    record = read_record(raw(x="?").replace(b'"?"', rb'["\u0000", 18446744073709551617]'))
    assert record["protocolSection"]["x"] == ["\0", 18446744073709551617]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
MODULES = {
    "statusModule": [
        "overallStatus",
        "startDateStruct",
        "whyStopped",
        "statusVerifiedDate",
        "lastUpdatePostDateStruct",
    ],
    "designModule": ["phases", "enrollmentInfo", "studyType"],
    "sponsorCollaboratorsModule": ["leadSponsor"],
    "contactsLocationsModule": ["locations"],
    "eligibilityModule": ["eligibilityCriteria"],
}


@given(
    st.fixed_dictionaries(
        {name: st.dictionaries(st.sampled_from(keys), anything) | anything for name, keys in MODULES.items()}
    )
)
def test_the_view_takes_anything_anywhere(modules):
    study = Study({"protocolSection": modules, "hasResults": "perhaps"})
    for name, attribute in vars(Study).items():
        if not name.startswith("_") and hasattr(attribute, "__get__") and not callable(attribute):
            getattr(study, name)
    assert study.enrollment.count is None or isinstance(study.enrollment.count, int)


def test_the_view_reads_what_is_there():
    study = Study(
        {
            "protocolSection": {
                "identificationModule": {"nctId": "NCT90000001", "briefTitle": "A  trial"},
                "statusModule": {
                    "overallStatus": "SUSPENDED",
                    "completionDateStruct": {"date": "2027-06", "type": "ANTICIPATED"},
                },
                "designModule": {
                    "enrollmentInfo": {"count": 24, "type": "ANTICIPATED"},
                    "phases": ["PHASE1"],
                },
            }
        }
    )
    assert (study.title, study.status, study.phases) == ("A trial", "SUSPENDED", ("PHASE1",))
    assert (study.enrollment.count, study.enrollment.type) == (24, "ESTIMATED")
    assert study.completion is not None
    assert (str(study.completion.date), study.completion.type) == ("2027-06", "ESTIMATED")
