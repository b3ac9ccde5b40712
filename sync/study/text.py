"""Normal forms of the registry's text, the same for the Markdown and the HTML that it serves."""

from __future__ import annotations

from sync.study.criteria.blocks import blocks
from sync.study.plain import plain

__all__ = ["normal", "plain"]


def normal(text: str) -> str:
    """The canonical form of a long text: its paragraphs and list items, markers dropped, one a line, each `plain`."""
    return "\n".join(block.text for block in blocks(text) if block.text)
