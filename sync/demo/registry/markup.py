"""Markdown as API v2 serves it, turned into the HTML of the record history."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

_ITEM = re.compile(r"(?P<indent> *)(?P<marker>[*\-]|\d+\.) +(?P<text>.*)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


@dataclass
class _Block:
    """A paragraph or a list item (`tag` says of which kind of list) with its indentation."""

    indent: int
    tag: str
    text: str


def to_html(markdown: str) -> str:
    """Paragraphs and nested lists; escapes resolved, entities written out."""
    return "".join(_render(_blocks(markdown.splitlines())))


def _blocks(lines: list[str]) -> Iterator[_Block]:
    block: _Block | None = None
    for line in [*lines, ""]:
        match = _ITEM.match(line)
        if block and (match or not line.strip()):
            yield block
            block = None
        if match:
            tag = "ol" if match["marker"][0].isdigit() else "ul"
            block = _Block(len(match["indent"]), tag, match["text"])
        elif block:
            block.text += "\n" + line.strip()
        elif line.strip():
            block = _Block(len(line) - len(line.lstrip()), "", line.strip())


def _render(blocks: Iterator[_Block]) -> Iterator[str]:
    open_lists: list[_Block] = []
    for block in blocks:
        text = html.escape(_ESCAPE.sub(r"\1", block.text), quote=False)
        while open_lists and _ends(open_lists[-1], block):
            yield f"</li></{open_lists.pop().tag}>"
        if not block.tag:
            yield f"<p>{text}</p>"
        elif open_lists and open_lists[-1].indent == block.indent:
            yield f"</li><li>{text}"
        else:
            open_lists.append(block)
            yield f"<{block.tag}><li>{text}"
    yield from (f"</li></{opened.tag}>" for opened in reversed(open_lists))


def _ends(opened: _Block, block: _Block) -> bool:
    if block.tag:
        # A numbered list right after a bulleted one at the same depth is a list of its own.
        return block.indent < opened.indent or (block.indent == opened.indent and block.tag != opened.tag)
    return block.indent <= opened.indent
