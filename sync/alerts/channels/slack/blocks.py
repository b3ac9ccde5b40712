"""Slack's blocks. Texts are `rich_text` elements, which Slack takes literally: markup in a record stays text."""

from __future__ import annotations

from typing import Any

from sync.alerts.channels.styled_lines import Line, Piece, item_lines, section_lines
from sync.alerts.content import Message, Section, short
from sync.alerts.truncate import fitted

MOST_BLOCKS = 50
MOST_LETTERS = 3000
"""Of one block; Slack's limit for a section's text, held to for rich text too."""
MOST_IN_ALL = 12_000
MOST_HEADER = 150

Json = dict[str, Any]


def escaped(text: str) -> str:
    """Text that Slack would parse, with nothing in it to parse."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def blocks(message: Message) -> list[Json]:
    """The message in at most 50 blocks of at most 3,000 letters."""
    return fitted(message, _blocks, _size, 1.0)


def _size(rendered: list[Json]) -> float:
    """How full Slack's limits are; above 1 it is too much."""
    sizes = [_letters(block) for block in rendered]
    return max(len(rendered) / MOST_BLOCKS, max(sizes) / MOST_LETTERS, sum(sizes) / MOST_IN_ALL)


def _letters(value: Any) -> int:
    """The letters that a reader sees, and those of links."""
    if isinstance(value, list):
        return sum(map(_letters, value))
    if not isinstance(value, dict):
        return 0
    own = sum(len(value[key]) for key in ("text", "url") if isinstance(value.get(key), str))
    return own + sum(map(_letters, value.values()))


def _blocks(message: Message) -> list[Json]:
    head = " · ".join(filter(None, (message.severity.upper(), message.nct_id or "trialdelta", message.title)))
    lead: list[Line] = [[Piece(message.lead, "bold")]]
    if message.also:
        lead.append([Piece(f"also {message.also}", "quiet")])
    return [
        {"type": "header", "text": {"type": "plain_text", "text": short(head, MOST_HEADER), "emoji": False}},
        _rich(lead),
        *(block for section in message.sections for block in _section(section)),
    ]


def _section(section: Section) -> list[Json]:
    """One block a section; changes have one each."""
    title: Line = [Piece(section.title.upper(), "quiet")]
    # A change can be long; each in a block of its own comes under Slack's limit by itself.
    if section.name not in ("cause", "changes"):
        return [_rich([title, *section_lines(section)])]
    first, *rest = (list(item_lines(item)) for item in section.items)
    return [{"type": "divider"}, _rich([title, *first]), *map(_rich, rest)]


def _rich(lines: list[Line]) -> Json:
    """A block of lines."""
    elements = [_element(piece) for line in lines for piece in [*line, Piece("\n")] if piece.text]
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements[:-1]}]}


_STYLES: dict[str, Json] = {
    "bold": {"style": {"bold": True}},
    "struck": {"style": {"strike": True}},
    "put": {"style": {"bold": True}},
    "code": {"style": {"code": True}},
    "quiet": {"style": {"italic": True}},
}


def _element(piece: Piece) -> Json:
    if piece.url:
        return {"type": "link", "url": piece.url, "text": piece.text}
    return {"type": "text", "text": piece.marked} | _STYLES.get(piece.style, {})
