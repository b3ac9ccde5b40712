"""One document in many layouts: Markdown and HTML, bullets, numbers, typed letters, wrapped lines, escapes or none."""

from __future__ import annotations

import html
import random
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.mutation.texts import Document, Node

_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_ROMAN = [
    "i",
    "ii",
    "iii",
    "iv",
    "v",
    "vi",
    "vii",
    "viii",
    "ix",
    "x",
    "xi",
    "xii",
    "xiii",
    "xiv",
    "xv",
    "xvi",
    "xvii",
    "xviii",
    "xix",
    "xx",
]

Marker = Callable[[int], str]
_MARKERS: tuple[Marker, ...] = (
    lambda n: "*",
    lambda n: "-",
    lambda n: "•",
    lambda n: f"{n}.",
    lambda n: f"{n})",
    lambda n: f"({n})",
    lambda n: f"{n}\\.",
    lambda n: f"I{n:02}.",
    lambda n: f"No. {n}:",
    lambda n: f"#{n}",
)
_NESTED: tuple[Marker, ...] = (
    *_MARKERS,
    lambda n: f"{chr(96 + n)}." if n < 27 else f"{n}.",
    lambda n: f"{chr(96 + n)})" if n < 27 else f"{n})",
    lambda n: f"({_ROMAN[n - 1]})" if n <= 20 else f"({n})",
)
_TITLES = (
    "{} Criteria:",
    "{} Criteria",
    "{} criteria:",
    "Key {} Criteria:",
    "{} CRITERIA:",
    "**{} Criteria:**",
)


@dataclass(frozen=True)
class Layout:
    """How a document is written down."""

    is_html: bool
    markers: tuple[Marker, Marker]
    indent: int
    width: int
    title: str
    spaced: bool
    paragraphs: bool

    def render(self, document: Document) -> str:
        return self._html(document) if self.is_html else self._markdown(document)

    def _markdown(self, document: Document) -> str:
        parts = []
        for section, nodes in document.items():
            gap = "\n\n" if self.spaced else "\n"
            parts.append(self.title.format(section.capitalize()) + "\n\n" + gap.join(self._lines(nodes, 0)))
        return "\n\n".join(parts)

    def _lines(self, nodes: list[Node], depth: int) -> Iterator[str]:
        lead = " " * (self.indent * depth)
        for number, node in enumerate(nodes, 1):
            mark = f"{lead}{self.markers[min(depth, 1)](number)} "
            text = mark + node.text
            if self.width:
                text = "\n".join(
                    textwrap.wrap(
                        text,
                        self.width,
                        subsequent_indent=" " * len(mark),
                        break_long_words=False,
                        break_on_hyphens=False,
                    )
                )
            yield text
            yield from self._lines(node.children, depth + 1)

    def _html(self, document: Document) -> str:
        return "".join(
            f"<p>{self.title.format(section.capitalize()).strip('*')}</p>{self._html_list(nodes, 0)}"
            for section, nodes in document.items()
        )

    def _html_list(self, nodes: list[Node], depth: int) -> str:
        tag = "ol" if self.markers[min(depth, 1)](1)[-1] in ".)" else "ul"
        items = []
        for node in nodes:
            text = html.escape(_ESCAPE.sub(r"\1", node.text), quote=True).replace("/", "&#x2F;")
            text = f"<p>{text}</p>" if self.paragraphs or node.children else text
            below = self._html_list(node.children, depth + 1) if node.children else ""
            items.append(f"<li>{text}{below}</li>")
        return f"<{tag}>{''.join(items)}</{tag}>"


REGISTRY = Layout(False, (_MARKERS[0], _MARKERS[0]), 2, 0, _TITLES[0], False, False)


def some(rng: random.Random) -> Layout:
    """A layout at random."""
    return Layout(
        is_html=rng.random() < 0.35,
        markers=(rng.choice(_MARKERS), rng.choice(_NESTED)),
        indent=rng.choice((2, 3, 4)),
        width=rng.choice((0, 0, 60, 72, 100)),
        title=rng.choice(_TITLES),
        spaced=rng.random() < 0.3,
        paragraphs=rng.random() < 0.3,
    )
