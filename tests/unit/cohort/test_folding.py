"""Folded texts: as terms meet them, and quoted as the record has them."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from sync.cohort.folding import SEPARATOR, fold, folded_text


@given(st.one_of(st.text(max_size=60), st.text("Ab1 -_\t\\'®βéﬁ\u0301", max_size=60)))
def test_every_stretch_of_a_folded_text_is_quoted_from_where_it_stood(original: str) -> None:
    folded = fold(original)
    assert "  " not in folded.text
    for place in range(len(folded.text)):
        quoted = folded.quote(place, place + 1)
        assert fold(quoted).text.strip() == "" or folded.text[place] in fold(quoted).text


@given(st.lists(st.text("Ab1 -_\t\\'®βéﬁ＇\u0301\0≥\ud800", max_size=20), max_size=6))
def test_texts_folded_together_are_as_each_is_by_itself(originals: list[str]) -> None:
    together = folded_text(SEPARATOR.join(originals))
    assert together == SEPARATOR.join(fold(each).text for each in originals)


@given(st.text("Ab1 -_\t\\'®βéﬁ＇\u0301\0≥\ud800", max_size=60))
def test_a_text_is_folded_sign_by_sign(original: str) -> None:
    assert fold(original).text == re.sub("  +", " ", "".join(fold(sign).text for sign in original))


def test_what_is_dropped_or_made_longer_moves_no_quote() -> None:
    folded = fold("Anti-CD19  CAR‑T\\®, TGFβ–CAR")
    assert folded.text == "anti cd19 car t, tgfbeta car"
    assert folded.quote(10, 15) == "CAR‑T"
    assert folded.quote(17, 24) == "TGFβ"
