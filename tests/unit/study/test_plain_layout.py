"""A text that is laid out as the registry writes its own has the blocks that the reader of all texts cuts it into."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.study.criteria import blocks as module
from sync.study.criteria.blocks import Block, blocks

INDENTS = ("", "", "    ", "   ", "\t")
MARKERS = ("* ", "* ", "1. ", "2. ", "3. ", "", "", "\\* ", "1\\. ", "*", "- ", "a. ", "# ", "*  ", "I1. ")
WORDS = (
    "Age 18 or older", "Able to walk", "Exclusion Criteria:", "≥ 18 years", "½ dose", "2. twice", "① one", "- minus",
    "\\<18", "<p>Para</p>", "a<br>b", "&lt;b>", "---", "!", "", "1.5 mg", "o Be", "Part A. one; B. two", "ﬁve",
    "200 mg a day", "Criterion \u2488 x", "\u2488 x", "E. coli", "i. one", "one\u00a0two",
)  # fmt: skip
LINES = st.tuples(*map(st.sampled_from, (INDENTS, MARKERS, WORDS))).map("".join)
TEXTS = st.lists(st.one_of(LINES, st.just("")), max_size=9).map("\n".join)
LAWS = settings(max_examples=600, deadline=None)


def by_the_reader_of_all(text: str) -> list[Block]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_plainly_laid_out", lambda _text: None)
        return blocks(text)


@LAWS
@given(TEXTS)
def test_a_text_has_the_same_blocks_by_the_short_way(text: str) -> None:
    assert blocks(text) == by_the_reader_of_all(text)


def test_the_registrys_own_layout_goes_the_short_way() -> None:
    text = (
        "Inclusion Criteria:\n\n* Age \\>= 18 years\n* ≥ 2 lesions\n    * of 1 cm\n\n"
        "1. Able to walk\n2. Able to talk\n\nExclusion Criteria:\n\n* Pregnancy"
    )
    found = module._plainly_laid_out(text)
    assert found is not None
    assert [(block.indent, block.style, block.text) for block in found] == [
        (0, "", "Inclusion Criteria:"),
        (0, "*", "Age >= 18 years"),
        (0, "*", "≥ 2 lesions"),
        (4, "*", "of 1 cm"),
        (0, "1.", "Able to walk"),
        (0, "1.", "Able to talk"),
        (0, "", "Exclusion Criteria:"),
        (0, "*", "Pregnancy"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("1. One\n3. Three", id="a number that was left out"),
        pytest.param("* 1) One", id="a second marker"),
        pytest.param("One\n* two\nand three", id="a line that was wrapped"),
        pytest.param("<p>One</p>", id="a tag"),
        pytest.param("# One", id="a heading"),
        pytest.param("a. One", id="a letter"),
    ],
)
def test_whatever_may_be_read_otherwise_is_read_line_by_line(text: str) -> None:
    assert module._plainly_laid_out(text) is None
    assert blocks(text)
