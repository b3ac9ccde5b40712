"""Normal forms of the registry's text, the same for the Markdown and the HTML that it serves."""

from __future__ import annotations

from sync.study.criteria.blocks import blocks
from sync.study.criteria.markers import starts_with_words
from sync.study.plain import is_plain


def normal(text: str) -> str:
    """The canonical form of a long text: its paragraphs and list items, markers dropped, one a line, each `plain`."""
    # Paragraphs without a sign that could mean anything, as three in four texts are: they are their own normal form.
    paragraphs = text.split("\n\n")
    if all(starts_with_words(each) and is_plain(each) for each in paragraphs):
        return "\n".join(paragraphs)
    return "\n".join(block.text for block in blocks(text) if block.text)
