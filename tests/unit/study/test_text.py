"""The plain form of a text: nothing of the markup, everything of the words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.study.plain import plain
from sync.study.text import normal


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Age \\>= 18\\~65", "Age >= 18~65"),
        ("Age &gt;= 18&nbsp;years", "Age >= 18 years"),
        ("a \\&amp;gt; 2 x ULN", "a > 2 x ULN"),
        ("**Note**: *not* under_score_here", "Note: not under_score_here"),
        ("<p>Platelets &lt; 30&#x2F;L</p>", "Platelets < 30/L"),
        ("platelets <18 and b>3", "platelets <18 and b>3"),
        ("30×10⁹/L", "30×10^9/L"),
        ("30×10<sup>9</sup>/L", "30×10^9/L"),
        ("1½ years", "1 1/2 years"),
        ("ＥＣＯＧ　０－１；", "ECOG 0-1;"),
        ("wide\u00a0\u2009space\u200b\ufeff\r\nand\x00 null", "wide space and null"),
        ("5*10^9 or 3*10^9", "5*10^9 or 3*10^9"),
        ("NightWare™", "NightWare™"),
    ],
)
def test_markup_goes_and_words_stay(written: str, read: str) -> None:
    assert plain(written) == read


def test_markdown_and_html_of_one_text_have_one_normal_form() -> None:
    markdown = "First paragraph \\> 2\nflows on.\n\n* one\n* two &amp; three\n\nLast."
    html = "<p>First paragraph &gt; 2 flows on.</p><ul><li>one</li><li><p>two &amp; three</p></li></ul><p>Last.</p>"
    assert normal(markdown) == normal(html) == "First paragraph > 2 flows on.\none\ntwo & three\nLast."


@given(st.text())
def test_plain_is_one_printable_line_whatever_comes(text: str) -> None:
    result = plain(text)
    assert result == result.strip()
    assert all(char.isprintable() for char in result)


@given(st.text(alphabet="ab \n*-1.)<p>/li&;\\", max_size=80))
def test_the_normal_form_of_broken_markup_raises_nothing(text: str) -> None:
    normal(text)


def test_a_reference_to_a_character_of_endless_digits_is_no_error() -> None:
    assert plain(f"a &#{'9' * 5_000}; b") == "a \ufffd b"
    assert plain(f"a &#{'0' * 90}65; b") == "a A b"


def test_a_heap_of_combining_marks_keeps_each_of_them_and_is_sorted_in_pieces() -> None:
    heap = "e" + "\u0301\u0316" * 100_000  # in one piece: half a minute
    said = plain(heap)
    assert sorted(said.replace("\u034f", "")) == sorted(
        plain("e\u0301") + "\u0301" * 99_999 + "\u0316" * 100_000
    )
    assert plain("e" + "\u0316\u0301" * 15) == plain(
        "e" + "\u0301\u0316" * 15
    )  # as many as may stand in a row
