"""Normal forms of the registry's text, the same for the Markdown and the HTML that it serves."""

from __future__ import annotations

from sync.study.criteria.blocks import blocks


def normal(text: str) -> str:
    """The canonical form of a long text: its paragraphs and list items, markers dropped, one a line, each `plain`."""
    return "\n".join(block.text for block in blocks(text) if block.text)
