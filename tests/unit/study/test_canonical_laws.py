"""The canonical form comes to what the same form spelled out without short cuts comes to, for any record, hash by hash."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.study.canonical import canonicalise, canonicalise_beside, with_hashes
from sync.study.criteria import markers, model, titles
from sync.study.criteria.blocks import blocks, is_one_block
from sync.study.digest import sha256_as_written, sha256_of
from sync.study.plain import is_plain, plain
from sync.study.text import normal
from tests.support import plain_canonical as spelled_out

LAWS = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

PIECES = st.sampled_from(
    [
        *("", " ", "  ", "\n", "\n\n", "\t", "_", "*", "**", "__", "\\", "\\*", "<", "<b>", "</b>", "<br>"),
        *(
            "&amp;",
            "&lt;",
            "≥",
            "–",
            "é",
            "½",
            "⁹",
            "\u00a0",
            "\u200b",
            "\x7f",
            "\x85",
            "①",
            "o ",
            "1.",
            "a)",
        ),
        *("Inclusion", "Criteria:", "No. 1:", "Group", "RECRUITING", "NOT_YET", "* ", "- ", "# ", "|---|"),
        *("Tumour volume", "at 12 months", "(mg/kg)", "i.", "E. coli", "12", "0", "～", "Ω", "\U0001f600"),
    ]
)
TEXTS = st.lists(PIECES, max_size=7).map("".join) | st.text(max_size=20).filter(
    lambda text: text.isprintable()
)
NAMES = st.sampled_from(
    [
        *(
            "protocolSection",
            "derivedSection",
            "eligibilityModule",
            "eligibilityCriteria",
            "locations",
            "city",
        ),
        *(
            "facility",
            "geoPoint",
            "largeDocs",
            "size",
            "filename",
            "type",
            "enrollmentInfo",
            "startDateStruct",
        ),
        *(
            "description",
            "briefSummary",
            "primaryOutcomes",
            "measure",
            "timeFrame",
            "armGroups",
            "label",
            "id",
        ),
        *(
            "miscInfoModule",
            "versionHolder",
            "contactsLocationsModule",
            "documentSection",
            "counts",
            "groupId",
        ),
        *("largeDocumentModule", "name", "title", "url", "value", "zip", "é"),
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=40,
)
SITES = st.lists(st.dictionaries(NAMES, LEAVES, max_size=5) | LEAVES, max_size=5)


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    """A record: anything anywhere, sites and documents where they belong as a rule."""
    record: dict[str, Any] = draw(st.dictionaries(NAMES, VALUES, max_size=5))
    if draw(st.booleans()):
        sites, documents = draw(SITES), draw(SITES)
        record["protocolSection"] = {
            "contactsLocationsModule": {"locations": sites},
            "eligibilityModule": {"eligibilityCriteria": draw(TEXTS)},
        }
        record["documentSection"] = {"largeDocumentModule": {"largeDocs": documents}}
    return record


def form_of(record: dict[str, Any]) -> tuple[Any, Any, str, str]:
    form = canonicalise(record)
    return form.content, form.derived, form.content_hash, form.derived_hash


@LAWS
@given(records())
def test_a_record_has_the_form_that_is_spelled_out(record: dict[str, Any]) -> None:
    assert form_of(record) == spelled_out.forms(record)


@LAWS
@given(records(), st.randoms(use_true_random=False))
def test_two_records_are_equal_if_they_are_equal_spelled_out(
    record: dict[str, Any], chance: random.Random
) -> None:
    other = reworked(record, chance)
    ours, theirs = (canonicalise(each).content_hash for each in (record, other))
    mine, yours = (spelled_out.forms(each)[2] for each in (record, other))
    assert (ours == theirs) == (mine == yours)


@LAWS
@given(records(), records(), st.randoms(use_true_random=False))
def test_a_record_beside_another_has_the_form_that_it_has_by_itself(
    record: dict[str, Any], stranger: dict[str, Any], chance: random.Random
) -> None:
    # Some of it as it was, some of it edited here and there, some of another record.
    after = {**edited(record, chance), **dict(list(record.items())[:1]), **dict(list(stranger.items())[:1])}
    form = canonicalise_beside(record, canonicalise(record), after)
    # With its order, which is that of the record: an event lists what changed in it.
    assert json.dumps(form.content) == json.dumps(canonicalise(after).content)
    assert form == canonicalise(after)


def edited(value: Any, chance: random.Random) -> Any:
    """The same, of which a part here and there is another one: gone, twice, of another kind or in another place."""
    if isinstance(value, dict):
        return {name: edited(child, chance) for name, child in value.items() if chance.random() < 0.95}
    if isinstance(value, list):
        children = [edited(child, chance) for child in value for _ in range(chance.choice((1, 1, 1, 2)))]
        return chance.choice((children, children[::-1], children[1:]))
    if isinstance(value, str):
        return chance.choice((value, value, value, value + "x"))
    if value in (0, 1) and chance.random() < 0.3:
        return int(value) if isinstance(value, bool) else bool(value)
    return value


def test_a_truth_value_is_no_number_beside_it() -> None:
    for one, other in ((True, 1), (0, False)):
        before, after = ({"section": {"list": [{"name": "a", "value": each}, "b"]}} for each in (one, other))
        form = canonicalise_beside(before, canonicalise(before), after)
        assert form == canonicalise(after) != canonicalise(before)


def test_what_two_records_have_in_common_is_made_once() -> None:
    sites = [{"facility": f"Clinic {number}", "city": "Ghent"} for number in range(3)]
    before = {"protocolSection": {"contactsLocationsModule": {"locations": sites}}}
    changed = [sites[2], {**sites[1], "status": "RECRUITING"}, sites[0]]
    after = {"protocolSection": {"contactsLocationsModule": {"locations": changed}}}
    form = canonicalise(before)
    ours, theirs = (
        each["protocolSection"]["contactsLocationsModule"]["locations"]
        for each in (form.content, canonicalise_beside(before, form, after).content)
    )
    assert [ours[key] is theirs[key] for key in ours] == [True, False, True]


def test_a_form_of_known_hashes_is_the_one_that_is_made() -> None:
    record = {"protocolSection": {"armGroups": [{"label": "A"}]}, "derivedSection": {"term": "T"}}
    form = canonicalise(record)
    assert with_hashes(record, form.content_hash, form.derived_hash) == form


def reworked(value: Any, chance: random.Random) -> Any:
    """The same in another order and layout, for the most part."""
    if isinstance(value, dict):
        return {name: reworked(child, chance) for name, child in sorted(value.items(), reverse=True)}
    if isinstance(value, list):
        return chance.sample([reworked(child, chance) for child in value], len(value))
    if isinstance(value, str):
        return chance.choice((value, value.replace(" ", "  "), f" {value}", value + chance.choice(("", "x"))))
    return value


@LAWS
@given(TEXTS)
def test_a_text_is_read_as_if_each_step_were_taken(text: str) -> None:
    assert plain(text) == spelled_out.plain(text)
    assert normal(text) == spelled_out.normal(text)
    if markers.starts_with_words(text):
        assert markers._read(text) is None


STARTS = st.lists(
    st.sampled_from(
        (
            *(
                "* ",
                "*",
                "- ",
                "o ",
                "O",
                "1",
                "12",
                "0",
                "1,5",
                ". ",
                ".",
                ") ",
                ")",
                "(",
                ": ",
                ", ",
                " ",
                "  ",
                "\t",
            ),
            *(
                "a",
                "B",
                "i",
                "iv",
                "IX",
                "ill",
                "No",
                "Nº",
                "IN",
                "Item",
                "INC",
                "Excl.",
                "Criterion",
                "Inclusion",
            ),
            *("-", "–", "/", "°", "①", "１", "é", "word", "Word", "#", "x", "'", "\u00a0"),
        )
    ),
    max_size=5,
).map("".join)


@LAWS
@given(STARTS)
def test_a_marker_that_is_told_at_once_is_the_one_that_the_expressions_find(line: str) -> None:
    assert markers.read(line) == markers._read(line)


@LAWS
@given(st.text("aéß1_ .,;:-–`'\u00a0\t(×", max_size=14))
def test_a_criterion_is_compared_by_its_words_and_signs(text: str) -> None:
    signs = re.findall(r"\w+|[^\w\s]", text.translate(model._LOOKALIKES))
    assert model.key(text) == " ".join(signs).rstrip(model._TRAILING)


@LAWS
@given(st.recursive(TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner)))
def test_a_digest_is_that_of_the_text_that_json_writes(value: Any) -> None:
    assert sha256_of(value) == spelled_out.sha256_of(value)


def test_half_a_character_has_a_digest_too() -> None:
    for digest in (sha256_of, sha256_as_written):
        assert digest({"\ud800": ["\udfff"]}) == spelled_out.sha256_of({"\ud800": ["\udfff"]})


NUMBERS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)


@LAWS
@given(st.recursive(TEXTS | NUMBERS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner)))
def test_a_number_is_in_the_digest_as_it_is_written(value: Any) -> None:
    assert sha256_as_written(value) == spelled_out.sha256_of(value)


SECTIONS = st.lists(
    st.sampled_from(
        (
            "Inclusion",
            "Exclusion",
            "EXCLUSION",
            "Non-inclusion",
            "Noninclusion",
            "exclusion",
            "Criteria",
            "CRITERIA",
            ":",
            ". ",
            " ",
            "Key ",
            "age",
        )
    )
).map("".join)


@LAWS
@given(SECTIONS)
def test_a_paragraph_is_cut_as_if_each_space_of_it_were_looked_at(text: str) -> None:
    assert titles.cut_at_sections(text) == titles._INLINE_SECTION.split(text)


@pytest.mark.corpus
def test_real_records_have_the_form_that_is_spelled_out(corpus: Path) -> None:
    for record in real_records(corpus):
        assert form_of(record) == spelled_out.forms(record)


def real_records(corpus: Path) -> Iterator[dict[str, Any]]:
    for file in ("histories.jsonl.gz", "studies.jsonl.gz", "pairs.jsonl.gz"):
        with gzip.open(corpus / file, "rt", encoding="utf-8") as lines:
            # one line in five: all of them take a minute, and have been compared once
            for line in list(lines)[::5]:
                value = json.loads(line)
                if "before" in value:
                    yield from (value["before"], value["after"])
                else:
                    yield from [each["study"] for each in value.get("versions", [])] or [value]


def test_every_sign_of_a_text_that_is_taken_as_it_stands_stands_for_itself() -> None:
    plain_signs = [sign for sign in map(chr, range(0x110000)) if is_plain(sign)]
    assert len(plain_signs) > 200
    assert [sign for sign in plain_signs if spelled_out.plain(sign) != sign] == []


@LAWS
@given(st.text("ab Ωé×-(~#|1", max_size=12))
def test_a_text_that_is_plain_is_its_own_plain_form(text: str) -> None:
    if is_plain(text):
        assert spelled_out.plain(text) == text


@LAWS
@given(st.lists(PIECES.filter(lambda piece: "\n" not in piece), max_size=5).map("".join))
def test_a_paragraph_that_is_taken_for_one_is_one_block(line: str) -> None:
    if is_one_block(line):
        found = [block.text for block in blocks(f"{line}\n\nAnd more")]
        assert found == [
            *filter(str.strip, [plain(line)] if re.search(r"\w", plain(line)) else []),
            "And more",
        ]
