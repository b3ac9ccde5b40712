"""SVG as text: words and attributes are escaped, so that a drawing is well formed whatever it shows (pure)."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

Piece = str | Markup

_FILLED, _EMPTY = Markup("<{0}{1}>{2}</{0}>"), Markup("<{0}{1}/>")


def tag(name: str, *children: Piece, **attributes: object) -> Markup:
    """An element. `class_` is class, `text_anchor` is text-anchor; an attribute that is None is left out."""
    told = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _value(value))
        for key, value in attributes.items()
        if value is not None
    )
    inside = joined(children)
    return (_FILLED if inside else _EMPTY).format(name, told, inside)


def joined(pieces: Iterable[Piece]) -> Markup:
    """Pieces one after the other; plain text among them is escaped."""
    return Markup("").join(piece if isinstance(piece, Markup) else escape(words(piece)) for piece in pieces)


def words(text: str) -> str:
    """Text without the characters that XML forbids or that nobody can see."""
    return text if text.isprintable() else "".join(each if each.isprintable() else " " for each in text)


def _value(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else words(str(value))
