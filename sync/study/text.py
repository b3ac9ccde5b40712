"""Normal forms of the registry's text, the same for the Markdown and the HTML that it serves."""

from __future__ import annotations

import re

from sync.study.plain import is_plain, plain, starts_with_words

_has_word = re.compile(r"\w").search


def normal(text: str) -> str:
    """The canonical form of a long text: its paragraphs and list items, markers dropped, one a line, each `plain`."""
    # Paragraphs without a sign that could mean anything, as three in four texts are: they are their own normal form.
    paragraphs = text.split("\n\n")
    for each in paragraphs:
        if not (starts_with_words(each) and is_plain(each)):
            return _of_blocks(text, paragraphs)
    return "\n".join(paragraphs)


def _of_blocks(text: str, paragraphs: list[str]) -> str:
    # Late: the blocks bring 60 expressions, and most cycles find no text of which one is to be read.
    from sync.study.criteria.blocks import blocks, is_one_block

    if all(map(is_one_block, paragraphs)):
        return "\n".join(filter(_has_word, map(plain, paragraphs)))
    return "\n".join(block.text for block in blocks(text) if block.text)
