"""SVG as text: words and attributes are escaped, so that a drawing is well formed whatever it shows (pure)."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

Piece = str | Markup


def tag(name: str, *children: Piece, **attributes: object) -> Markup:
    """An element. `class_` is class, `text_anchor` is text-anchor; an attribute that is None is left out."""
    # put together as plain text, every part of it escaped: Markup's own format takes seven times as long
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_value(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = joined(children)
    return Markup(f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>")  # noqa: S704


def joined(pieces: Iterable[Piece]) -> Markup:
    """Pieces one after the other; plain text among them is escaped."""
    parts = (piece if isinstance(piece, Markup) else escape(words(piece)) for piece in pieces)
    return Markup("".join(parts))  # noqa: S704


def words(text: str) -> str:
    """Text without the characters that XML forbids or that nobody can see."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _value(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else words(str(value))
